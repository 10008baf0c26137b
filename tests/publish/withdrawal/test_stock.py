"""Archives of photos that hold one of those withdrawn, whole or saved again."""

from __future__ import annotations

import hashlib
import zipfile
from io import BytesIO

import pytest

from plugins.photos import likeness
from publish.layout import blob_key
from publish.manifest import FileEntry, Manifest
from publish.withdrawal.stock import Stock, holds
from tests.publish.stores.memory import MemoryStore
from tests.publish.trees import NOW
from tests.publish.withdrawal.scene import changed, small

LADYBIRD, DROPS = small("coccinelle.jpg"), small("gouttes-de-pluie.jpg")
DIGEST = hashlib.sha256(LADYBIRD).hexdigest()


def archive(*photos: bytes, how: int = zipfile.ZIP_STORED) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", how) as opened:
        for number, data in enumerate(photos):
            opened.writestr(f"{number}.jpg", data)
    return out.getvalue()


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_archive_that_holds_it(how: int) -> None:
    known = likeness.likenesses(likeness.picture(LADYBIRD))
    assert holds(archive(DROPS, LADYBIRD, how=how), {DIGEST}, None)
    assert not holds(archive(DROPS, how=how), {DIGEST}, known)
    again = archive(DROPS, changed("coccinelle.jpg", (0.03, 0.03, 1, 1)), how=how)
    assert holds(again, {DIGEST}, known)
    assert not holds(again, {DIGEST}, None), "by its bytes alone it is not known again"
    assert not holds(b"PK", {DIGEST}, known)
    assert not holds(archive(DROPS, LADYBIRD)[:-30], {DIGEST}, known)


def test_it_is_found_among_releases() -> None:
    store, files = MemoryStore(), {}
    for path, data in {"a/photos.zip": archive(LADYBIRD), "b/photos.zip": archive(DROPS), "index.html": b"x"}.items():
        digest = hashlib.sha256(data).hexdigest()
        files[path] = FileEntry(digest, len(data), "application/zip")
        store.put(blob_key("fessart", digest), data)
    stock = Stock(store, {"fessart": {"r": Manifest("fessart", "Fessart", NOW, "0", files)}})
    assert stock.bundles({DIGEST}, None) == [files["a/photos.zip"]]
