"""A centre with photos, published, and a reader who looks for one of them everywhere."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path

from PIL import Image

from plugins.photos.cache import Cache
from plugins.photos.ready import Wanted, found_ready
from publish.build import BuildRequest, Silent
from publish.heads import Head, current, write_head
from publish.layout import blob_key, release_key
from publish.manifest import FileEntry
from publish.publication import publish
from publish.release import make_release
from publish.sites import Published, publish_sites
from publish.stores import Store
from publish.stores.folder import FolderStore
from publish.stores.s3 import S3Store
from publish.withdrawal.record import expected, of_content
from publish.withdrawal.run import Place, Withdrawing
from tests.project import ROOT
from tests.publish.contents import write_content
from tests.publish.trees import NOW

DEMONSTRATION = ROOT / "content/fessart/articles/2022-09-28-jardin"
FOLDER = "fessart/articles/2022-11-08-potager"
PHOTO = f"{FOLDER}/coccinelle.jpg"
ARTICLE = """\
Titre: Le potager
Date: 2022-11-08
Droit à l'image: vérifié par Camille Exemple le 8 novembre 2022

Les bottes aux pieds.

![Zoé tient une coccinelle](coccinelle.jpg "Zoé et sa coccinelle")
![Des gouttes](gouttes.jpg)

Et le goûter.
"""


def small(name: str, width: int = 640) -> bytes:
    """A photo of the demonstration, as somebody may have taken it."""
    out = BytesIO()
    with Image.open(DEMONSTRATION / name) as image:
        image.draft("RGB", (width, width))
        image.convert("RGB").resize((width, width * image.height // image.width)).save(out, "JPEG", quality=88)
    return out.getvalue()


def changed(name: str, box: tuple[float, float, float, float] = (0, 0, 1, 1)) -> bytes:
    """The same one, cropped and saved again."""
    out = BytesIO()
    with Image.open(BytesIO(small(name))) as image:
        left, top, right, bottom = box
        size = image.width, image.height
        image.crop((int(left * size[0]), int(top * size[1]), int(right * size[0]), int(bottom * size[1]))).save(
            out, "JPEG", quality=55
        )
    return out.getvalue()


def write(root: Path) -> Path:
    content = write_content(root)
    (content / FOLDER / "feuilles.jpg").unlink()
    (content / FOLDER / "article.md").write_text(ARTICLE, encoding="utf-8")
    (content / PHOTO).write_bytes(small("coccinelle.jpg"))
    (content / FOLDER / "gouttes.jpg").write_bytes(small("gouttes-de-pluie.jpg"))
    return content


@dataclass
class Scene:
    """One machine with its content, its store and its caches."""

    root: Path
    store: Store
    traces: dict[str, bytes] = field(default_factory=dict)

    @property
    def content(self) -> Path:
        return self.root / "content"

    @property
    def state(self) -> Path:
        return self.root / ".preau"

    @property
    def request(self) -> BuildRequest:
        return BuildRequest(self.content, self.state / "sites", self.state / "cache/photos", NOW, 1)

    @property
    def place(self) -> Place:
        return Place(self.store, self.request, lambda: NOW, Silent(), self.state / "visages")

    def publish(self, *slugs: str) -> None:
        results = publish_sites(
            self.request, self.store, slugs, version="0", by="camille", clock=lambda: NOW, progress=Silent()
        )
        for result in results:
            assert isinstance(result, Published), result

    def publish_built(self, without: str = "") -> None:
        """Publish what the last build left, without one photo: as a build would, within milliseconds."""
        tree = self.state / "sites/fessart"
        for path in tree.glob(f"photos/{without}-*") if without else ():
            path.unlink()
        known = expected(of_content(self.content), "fessart")
        release = make_release(tree, slug="fessart", name="Fessart", built=NOW, version="0")
        publish(self.store, release, now=NOW, by="camille", withdrawn=known)

    def remember(self, file: str = PHOTO) -> None:
        """Note the bytes of a photo and of all that is made of it."""
        data = (self.content / file).read_bytes()
        self.traces[hashlib.sha256(data).hexdigest()] = data
        cache = Cache(self.request.cache, time.time)
        entry = found_ready(Wanted(self.content, self.content / file, file), cache)
        assert entry is not None
        for stored in entry.files:
            self.traces[stored.sha256] = cache.read(entry.digest, stored.name)
        assert len(self.traces) > 2

    def what(self, *asked: str, slug: str = "fessart", why: str = "famille") -> Withdrawing:
        return Withdrawing(slug, asked, why, "ville", NOW)

    def found(self) -> set[str]:
        """Where a piece of any of those bytes still is: every version of every object, every file on the disk."""
        shapes = [shape(data) for data in self.traces.values() for shape in (bytes, base64.b64encode)]
        pieces = [data[at : at + 48] for data in shapes for at in (len(data) // 3, len(data) * 2 // 3)]
        assert pieces
        return {where for where, data in self._everything() if any(piece in data for piece in pieces)}

    def _everything(self) -> Iterator[tuple[str, bytes]]:
        for path in self.root.rglob("*"):
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(self.root).as_posix(), path.read_bytes()
        if isinstance(self.store, S3Store):
            yield from every_version(self.store)

    def address(self) -> str:
        """Of the photo, as a page shows it."""
        found = current(self.store, "fessart")
        assert found is not None
        return next(path for path, entry in found[1].files.items() if entry.sha256 in self.traces)

    def left(self) -> set[str]:
        """Where it still is, besides the quarantine."""
        return {where for where in self.found() if not where.startswith(".preau/quarantaine/")}


def every_version(store: S3Store) -> Iterator[tuple[str, bytes]]:
    """Every object of a bucket below the store's prefix, in every version, read with the publisher's key."""
    pages = store.client.get_paginator("list_object_versions").paginate(
        Bucket=store.settings.bucket, Prefix=store.settings.prefix
    )
    for page in pages:
        for version in page.get("Versions", []):
            got = store.client.get_object(
                Bucket=store.settings.bucket, Key=version["Key"], VersionId=version["VersionId"]
            )
            yield f"s3:{version['Key']}@{version['VersionId']}", got["Body"].read()


def in_folder(root: Path) -> Scene:
    write(root / "content")
    return Scene(root, FolderStore(root / ".preau/store"))


def published_later(scene: Scene) -> tuple[str, bytes, str]:
    """A release in force as a later version may make it, the photo in files of other names: its key and bytes, as this
    version would write them, and the digest of the photo.
    """
    data = changed("coccinelle.jpg")
    digest = hashlib.sha256(data).hexdigest()
    found = current(scene.store, "fessart")
    assert found is not None
    head, manifest = found
    photos = "photos/" + scene.address().removeprefix("photos/").partition("-")[0]
    files = {path: entry for path, entry in manifest.files.items() if not path.startswith(photos)}
    files[f"photos/{'f' * 24}-640.jpg"] = FileEntry(digest, len(data), "image/jpeg")
    later = replace(manifest, files=dict(sorted(files.items())))
    key = release_key("fessart", later.id)
    scene.store.put(blob_key("fessart", digest), data)
    scene.store.put(key, later.to_json().replace(b'"format":1', b'"format":2'))
    write_head(scene.store, "fessart", Head(head.number + 1, later.id, NOW, "ville", "publish"))
    return key, later.to_json(), digest
