"""Pruning: what is needed stays, whoever publishes meanwhile; what is not needed goes, a day later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from publish import condemned
from publish import prune as module
from publish.errors import HeadTaken, ReleaseError
from publish.heads import current
from publish.history import releases, rollback
from publish.language import translate_to
from publish.layout import blob_key, condemned_key, pruning_key, release_key
from publish.manifest import Manifest
from publish.prune import Pruned, prune
from publish.publication import publish
from publish.stores import Store
from tests.publish.stores.memory import MemoryStore
from tests.publish.trees import NOW, SITE, release, write_tree

DAY = timedelta(days=1)


class Centre:
    """A store in which a centre publishes something else each time."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.store: Store = MemoryStore()
        self.manifests: dict[int, Manifest] = {}

    def publish(self, number: int, when: datetime) -> None:
        files = {**SITE, "index.html": f"<p>Accueil {number}</p>".encode() * 30, f"rappels/{number}.html": b"<p>x</p>"}
        made = release(write_tree(self.root / str(number), files))
        publish(self.store, made, now=when, by="camille")
        self.manifests[number] = made.manifest

    def whole(self, number: int) -> bool:
        manifest = self.manifests[number]
        keys = [blob_key("fessart", digest) for digest in manifest.digests()]
        return all(map(self.store.exists, [*keys, release_key("fessart", manifest.id)]))

    def prune(self, when: datetime, most: int = module.MOST) -> Pruned:
        return prune(self.store, "fessart", when, most=most)


@pytest.fixture
def centre(tmp_path: Path) -> Centre:
    """Fourteen releases, one a day, two months ago."""
    centre = Centre(tmp_path)
    for number in range(14):
        centre.publish(number, NOW - 60 * DAY + number * DAY)
    return centre


def test_the_last_ten_stay_and_the_others_go_a_day_later(centre: Centre) -> None:
    first = centre.prune(NOW)
    assert (first.kept, first.releases, first.blobs) == (10, 0, 0)
    assert first.waiting > 4, "releases, and what only they need"
    assert centre.prune(NOW + DAY - timedelta(minutes=1)).blobs == 0, "not before a day"
    assert all(map(centre.whole, range(14)))
    second = centre.prune(NOW + DAY)
    assert (second.releases, second.waiting) == (4, 0)
    assert second.blobs == 4, "each release had a home page of its own"
    assert [number for number in range(14) if centre.whole(number)] == list(range(4, 14))
    rows = list(releases(centre.store, "fessart"))
    problems = [str(row.problem) for row in rows if row.problem is not None]
    assert len(problems) == 4, "the history still says that they were, and why they are no more"
    assert all("was removed on 2022-11-10, since newer ones are kept" in problem for problem in problems)
    assert rows[-1].problem is not None
    assert "le 10/11/2022" in rows[-1].problem.text(translate_to("fr"))
    with pytest.raises(ReleaseError, match="newer ones are kept") as refused:
        rollback(centre.store, "fessart", to=centre.manifests[0].id, now=NOW + DAY, by="camille")
    assert f"the newest one that can be put back is {centre.manifests[12].id[:12]}, of " in str(refused.value)
    centre.store.delete(blob_key("fessart", centre.manifests[12].files["index.html"].sha256))
    with pytest.raises(ReleaseError, match=f"put back is {centre.manifests[11].id[:12]}, of "):
        rollback(centre.store, "fessart", to=centre.manifests[12].id, now=NOW + DAY, by="camille")
    assert not centre.store.exists(condemned_key("fessart"))
    assert not centre.store.exists(pruning_key("fessart"))


def test_thirty_days_stay_however_many(centre: Centre) -> None:
    for number in range(14, 34):
        centre.publish(number, NOW - 20 * DAY + number * timedelta(hours=1))
    centre.prune(NOW)
    centre.prune(NOW + DAY)
    # the one before those was in force until twenty days ago
    assert [number for number in range(34) if centre.whole(number)] == list(range(13, 34))


def test_a_dry_run_and_a_bound(centre: Centre) -> None:
    centre.prune(NOW)
    before = dict(centre.store.objects)  # type: ignore[attr-defined]
    told = prune(centre.store, "fessart", NOW + DAY, dry_run=True)
    assert told.releases == 4
    assert centre.store.objects == before  # type: ignore[attr-defined]
    some = centre.prune(NOW + DAY, most=3)
    assert some.releases + some.blobs == 3
    assert some.left == told.releases + told.blobs - 3
    rest = centre.prune(NOW + DAY)
    assert rest.releases + rest.blobs == some.left, "they need not wait another day"


@pytest.mark.parametrize("how", ["publish", "rollback"])
def test_what_is_needed_again_is_spared(centre: Centre, how: str) -> None:
    centre.prune(NOW)
    if how == "publish":
        centre.publish(0, NOW + DAY)
    else:
        rollback(centre.store, "fessart", to=centre.manifests[0].id, now=NOW + DAY, by="camille")
    centre.prune(NOW + 2 * DAY)
    assert centre.whole(0)
    found = current(centre.store, "fessart")
    assert found is not None
    assert found[1].id == centre.manifests[0].id


def _during(centre: Centre, monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Do something right after a running prune read what is needed."""
    real = module.needed_releases

    def needed(store: Store, slug: str, now: datetime) -> frozenset[str]:
        found = real(store, slug, now)
        act()
        return found

    monkeypatch.setattr(module, "needed_releases", needed)


def test_who_publishes_while_a_prune_removes_is_told_and_loses_nothing(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre.prune(NOW)
    refused: list[HeadTaken] = []

    def act() -> None:
        try:
            centre.publish(0, NOW + DAY)
        except HeadTaken as error:
            refused.append(error)

    with monkeypatch.context() as patch:
        _during(centre, patch, act)
        centre.prune(NOW + DAY)
    assert len(refused) == 1
    assert centre.whole(13)
    centre.publish(0, NOW + DAY)
    assert centre.whole(0)


@pytest.mark.parametrize("how", ["publish", "rollback"])
def test_what_a_prune_is_about_to_remove_is_not_counted_on(
    centre: Centre, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """The list names it no more, and its bytes are still there."""
    centre.prune(NOW)
    refused: list[HeadTaken] = []

    def act() -> None:
        try:
            if how == "publish":
                centre.publish(0, NOW + DAY)
            else:
                rollback(centre.store, "fessart", to=centre.manifests[0].id, now=NOW + DAY, by="camille")
        except HeadTaken as error:
            refused.append(error)

    real = condemned.write

    def written(store: Store, slug: str, since: dict[str, datetime]) -> None:
        real(store, slug, since)
        monkeypatch.setattr(condemned, "write", real)
        act()

    monkeypatch.setattr(condemned, "write", written)
    centre.prune(NOW + DAY)
    assert len(refused) == 1
    found = current(centre.store, "fessart")
    assert found is not None
    assert found[1].id == centre.manifests[13].id
    assert centre.whole(13)
    centre.publish(0, NOW + DAY)
    assert centre.whole(0)


def test_what_a_prune_removed_a_moment_ago_is_created_again(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was there when the publication looked first, and the prune ended before it looked for its mark."""
    centre.prune(NOW)
    real = condemned.spare

    def spare(*args: object) -> frozenset[str]:
        monkeypatch.setattr(condemned, "spare", real)
        centre.prune(NOW + DAY)
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(condemned, "spare", spare)
    centre.publish(0, NOW + DAY)
    assert centre.whole(0)


def test_a_prune_that_was_killed_long_ago_refuses_nobody(centre: Centre) -> None:
    condemned.begin(centre.store, "fessart", NOW)
    with pytest.raises(HeadTaken, match="a prune is running"):
        centre.publish(0, NOW + timedelta(hours=5))
    centre.publish(0, NOW + timedelta(hours=7))
    assert centre.whole(0)


def test_without_the_mark_a_site_would_lose_its_bytes(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    centre.prune(NOW)
    monkeypatch.setattr(condemned, "begin", lambda *args: None)
    _during(centre, monkeypatch, lambda: centre.publish(0, NOW + DAY))
    centre.prune(NOW + DAY)
    assert not centre.whole(0)


def test_a_publication_under_way_for_less_than_a_day_loses_nothing(centre: Centre) -> None:
    made = release(write_tree(centre.root / "late", {**SITE, "index.html": b"<p>En retard</p>" * 30}))
    for digest, path in made.blobs().items():  # its bytes are there, its manifest and head are not
        centre.store.create(blob_key("fessart", digest), made.read(digest, path))
    centre.prune(NOW)
    publish(centre.store, made, now=NOW + timedelta(hours=23), by="camille")
    centre.prune(NOW + 2 * DAY)
    assert all(centre.store.exists(blob_key("fessart", digest)) for digest in made.manifest.digests())


def test_two_prunes_and_one_that_was_killed(centre: Centre) -> None:
    condemned.begin(centre.store, "fessart", NOW)
    with pytest.raises(HeadTaken, match="a prune is running"):
        centre.prune(NOW + timedelta(hours=1))
    assert centre.prune(NOW + timedelta(hours=7)).kept == 10


@pytest.mark.parametrize("damage", ["release", "head", "list"])
def test_where_what_is_needed_is_not_known_nothing_is_removed(centre: Centre, damage: str) -> None:
    centre.prune(NOW)
    key = {
        "release": release_key("fessart", centre.manifests[9].id),
        "head": "centres/fessart/heads/000012.json",
        "list": condemned_key("fessart"),
    }[damage]
    centre.store.put(key, b"{")
    with pytest.raises(ReleaseError, match="damaged"):
        centre.prune(NOW + DAY)
    assert all(centre.whole(number) for number in range(14))
    assert not centre.store.exists(pruning_key("fessart"))


def test_a_centre_that_was_never_published_loses_nothing() -> None:
    store = MemoryStore()
    store.put(blob_key("fessart", "ab" * 32), b"x")
    with pytest.raises(ReleaseError, match="never published"):
        prune(store, "fessart", NOW)
    assert store.exists(blob_key("fessart", "ab" * 32))


def test_a_first_publication_that_somebody_overtook_counts_on_nothing(tmp_path: Path) -> None:
    """The store remembers what was condemned long ago; somebody publishes and prunes while ours uploads."""
    ours, theirs = (
        release(write_tree(tmp_path / text, {**SITE, "index.html": f"<p>{text}</p>".encode() * 30}))
        for text in ("ours", "theirs")
    )
    mine = blob_key("fessart", ours.manifest.files["index.html"].sha256)

    class Raced(MemoryStore):
        def put(self, key: str, data: bytes) -> None:
            super().put(key, data)
            if key == mine and not current(self, "fessart"):
                publish(self, theirs, now=NOW, by="alix")
                prune(self, "fessart", NOW)

    store = Raced()
    name = condemned.blob(ours.manifest.files["index.html"].sha256)
    condemned.write(store, "fessart", {name: NOW - 2 * DAY})
    with pytest.raises(HeadTaken):
        publish(store, ours, now=NOW, by="camille")
    assert not store.exists(mine), "the prune took it"
    assert current(store, "fessart")[1] == theirs.manifest  # type: ignore[index]
    assert publish(store, ours, now=NOW, by="camille").head.number == 2
    assert all(store.exists(blob_key("fessart", digest)) for digest in ours.manifest.digests())


def test_a_first_publication_writes_over_what_another_left_half(tmp_path: Path) -> None:
    store, made = MemoryStore(), release(write_tree(tmp_path / "site"))
    key = blob_key("fessart", made.manifest.files["index.html"].sha256)
    store.put(key, b"something else")
    publish(store, made, now=NOW, by="camille")
    assert store.get(key) == SITE["index.html"]
