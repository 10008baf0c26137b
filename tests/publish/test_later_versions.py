"""What a later version of Préau wrote is refused, told as such and left as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from publish.doctor.versions import examine_versions
from publish.errors import NewerError, ReleaseError
from publish.heads import current
from publish.integrity import examine
from publish.language import translate_to
from publish.layout import release_key, series_key
from publish.publication import Publication, publish
from publish.stores.folder import FolderStore
from tests.publish.trees import NOW, release


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


def put_in_force(store: FolderStore, tree: Path) -> Publication:
    return publish(store, release(tree), now=NOW, by="camille")


def later_head(store: FolderStore, number: int = 2) -> str:
    """A head as a later version may write it, after the last one; its key."""
    key, before = (series_key("fessart", "heads", each) for each in (number, number - 1))
    table = json.loads(store.get(before) or b"")
    store.put(key, json.dumps({**table, "later": 1}).encode())
    return key


def test_what_a_later_version_wrote_is_not_called_damaged(store: FolderStore, one: Path, two: Path) -> None:
    put_in_force(store, one)
    key = later_head(store)
    said: list[str] = []
    for call in (lambda: current(store, "fessart"), lambda: put_in_force(store, two)):
        with pytest.raises(NewerError) as caught:
            call()
        assert key in str(caught.value)
        said.append(caught.value.text(translate_to("fr")))
        assert "version plus récente" in said[-1]
        assert "rollback" not in f"{said[-1]} {caught.value}"
    assert [finding.text(translate_to("fr")) for finding in examine_versions(store)] == said[:1] == said[1:]
    assert store.get(series_key("fessart", "heads", 3)) is None
    with pytest.raises(NewerError):
        examine(store, "fessart")
    store.put(key, b'{"release": "x", "later": 1}')
    with pytest.raises(ReleaseError, match="damaged"):
        current(store, "fessart")


def test_a_manifest_of_a_later_version_is_not_written_over(store: FolderStore, one: Path, two: Path) -> None:
    done = put_in_force(store, one)
    key = release_key("fessart", done.head.release)
    later = (store.get(key) or b"").replace(b'"format":1', b'"format":2')
    store.put(key, later)
    for tree in (one, two):
        with pytest.raises(NewerError):
            put_in_force(store, tree)
    assert store.get(key) == later
