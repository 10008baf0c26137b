"""What a withdrawal removes of releases that an older version wrote, with compressed forms of their texts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from publish.layout import HEADS, blob_key, blob_prefix, release_key, series_key
from publish.manifest import Manifest
from publish.publication import publish
from publish.release import Release
from publish.withdrawal import purge
from publish.withdrawn import Withdrawn
from tests.publish.stores.memory import MemoryStore
from tests.publish.trees import NOW, SITE, of_older_version, release, write_tree

HOME, CALENDAR = "index.html", "calendrier.ics"


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def old(store: MemoryStore, tmp_path: Path) -> Manifest:
    """A release of an older version, and after it the same site without compressed forms."""
    made = release(write_tree(tmp_path / "fessart"))
    manifest, forms = of_older_version(made.manifest)
    for digest, data in forms.items():
        store.put(blob_key("fessart", digest), data)
    publish(store, Release(manifest, made.tree), now=NOW, by="Camille")
    publish(store, made, now=NOW, by="Camille")
    return manifest


def blobs(store: MemoryStore) -> set[str]:
    return {key.rpartition("/")[2] for key in store.keys(blob_prefix("fessart"))}


def withdraw(store: MemoryStore, manifest: Manifest, path: str) -> None:
    """Of a page, the plain bytes alone are named: so are those of a release that has no compressed forms."""
    hidden = Withdrawn(1, frozenset({manifest.files[path].sha256}))
    purge.remove(store, "fessart", hidden, purge.find(store, "fessart", hidden), NOW)


def test_no_form_of_a_withdrawn_text_stays(store: MemoryStore, old: Manifest) -> None:
    withdraw(store, old, HOME)
    assert blobs(store).isdisjoint(old.files[HOME].digests())
    assert not list(store.keys("centres/fessart/releases/"))


def test_nor_where_a_later_version_wrote_what_is_in_force(store: MemoryStore, old: Manifest) -> None:
    """All releases stay then."""
    head = json.loads(store.objects[series_key("fessart", HEADS, 2)])
    store.put(series_key("fessart", HEADS, 3), json.dumps({**head, "more": 1}).encode())
    withdraw(store, old, HOME)
    assert len(list(store.keys("centres/fessart/releases/"))) == 2
    assert blobs(store) == old.digests() - set(old.files[HOME].digests())


def test_nor_of_one_that_is_withdrawn_later(store: MemoryStore, old: Manifest, tmp_path: Path) -> None:
    """The first withdrawal takes the release away that said which they are."""
    withdraw(store, old, HOME)
    site = {path: data for path, data in SITE.items() if path != HOME} | {HOME: b"<p>Autre accueil</p>"}
    publish(store, release(write_tree(tmp_path / "left", site)), now=NOW, by="Camille")
    assert old.files[CALENDAR].sha256 in blobs(store)
    withdraw(store, old, CALENDAR)
    assert blobs(store).isdisjoint(old.files[CALENDAR].digests())


def test_what_another_release_needs_stays(store: MemoryStore, old: Manifest) -> None:
    other = replace(old, files={path: entry for path, entry in old.files.items() if path != HOME})
    store.put(release_key("fessart", other.id), other.to_json())
    withdraw(store, old, HOME)
    assert list(store.keys("centres/fessart/releases/")) == [release_key("fessart", other.id)]
    assert other.digests() <= blobs(store)
