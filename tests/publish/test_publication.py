"""Publish, roll back, history: whole or not at all, whatever happens at any step."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from publish import history
from publish import publication as module
from publish.access import Admission, MembershipKind
from publish.differences import differences
from publish.errors import HeadTaken, ReleaseError, StoreError
from publish.heads import Head, current, read_head, read_head_number
from publish.history import named, releases, rollback
from publish.layout import blob_key, release_key, series_key
from publish.manifest import Manifest, parse_manifest
from publish.policies import read_policy
from publish.publication import publish
from publish.release import Release
from publish.steps import Step
from publish.stores import Store
from publish.stores.dry_run import DryRunStore
from publish.stores.folder import FolderStore
from publish.withdrawn import withdraw
from tests.publish.stores.faults import FaultyStore, Killed
from tests.publish.stores.memory import MemoryStore
from tests.publish.trees import NOW, PHOTO, SITE, of_older_version, release, write_tree

ADMISSION = Admission(frozenset({"0929010U"}), "ecoles", frozenset({MembershipKind.GUARDIAN}))


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


def go(store: Store, tree: Path, by: str = "camille", **more: object) -> module.Publication:
    return publish(store, release(tree), now=NOW, by=by, **more)  # type: ignore[arg-type]


def check_whole(store: Store, slug: str = "fessart") -> Manifest | None:
    """As a reader: the head, its manifest, and every one of its bytes."""
    found = current(store, slug)
    if found is None:
        return None
    _, manifest = found
    for digest in manifest.digests():
        assert store.get(blob_key(slug, digest)) is not None
    return manifest


def test_first_publication(store: FolderStore, one: Path) -> None:
    done = go(store, one, admission=ADMISSION)
    assert done.changed
    assert (done.pages, done.photos) == (3, 1)
    assert done.new_blobs == len(release(one).blobs())
    assert done.head == Head(1, release(one).manifest.id, NOW, "camille", "publish")
    assert check_whole(store) == release(one).manifest
    policy = read_policy(store, "fessart")
    assert policy is not None
    assert policy.policy.schools == {"0929010U"}


def test_the_layout_is_the_documented_one(store: FolderStore, one: Path) -> None:
    go(store, one, admission=ADMISSION)
    manifest = release(one).manifest
    assert set(store.keys("")) == {
        *(f"centres/fessart/blobs/{digest[:2]}/{digest}" for digest in manifest.digests()),
        f"centres/fessart/releases/{manifest.id}.json",
        "centres/fessart/heads/000001.json",
        "centres/fessart/policies/000001.json",
    }


def test_the_same_site_again_does_nothing(store: FolderStore, one: Path) -> None:
    first = go(store, one, admission=ADMISSION)
    before = list(store.keys(""))
    steps: list[Step] = []
    again = go(store, one, admission=ADMISSION, log=steps.append)
    assert not again.changed
    assert again.head == first.head
    assert list(store.keys("")) == before
    assert [(step.what, step.reason) for step in steps] == [
        ("policy", "same as in force"),
        ("head", "same as in force"),
    ]


def test_only_what_changed_is_sent_and_every_line_has_a_reason(one: Path, two: Path) -> None:
    store = MemoryStore()
    go(store, one)
    before = set(store.objects)
    steps: list[Step] = []
    done = go(store, two, log=steps.append)
    blobs = {key for key in set(store.objects) - before if "/blobs/" in key}
    assert done.new_blobs == len(blobs) == 2, "the home page and the reminders"
    assert done.new_bytes == sum(len(store.objects[key]) for key in blobs)
    assert {step.reason for step in steps} == {"new", "already there"}
    assert {step.what for step in steps if step.reason == "new"} == {
        "index.html",
        "rappels/index.html",
        "manifest",
        "head",
    }


def test_publishing_lists_no_blobs(one: Path, two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    go(store, one)
    prefixes: list[str] = []
    real = store.keys
    monkeypatch.setattr(store, "keys", lambda prefix: [prefixes.append(prefix), real(prefix)][1])
    go(store, two)
    assert all(prefix.endswith(("/heads/", "/withdrawn/", "/policies/")) for prefix in prefixes)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("error", [Killed(), StoreError("cut")], ids=["killed", "failed"])
def test_cut_off_at_any_step_leaves_the_old_and_can_be_run_again(
    one: Path, two: Path, error: BaseException, after: bool
) -> None:
    whole = MemoryStore()
    go(whole, one)
    counted = FaultyStore(whole)
    done = go(counted, two)
    assert counted.calls == done.new_blobs + 2, "the manifest and the head besides"
    first, second = release(one).manifest, release(two).manifest
    for at in range(1, counted.calls + 1):
        store = MemoryStore()
        go(store, one)
        with pytest.raises(type(error)):
            go(FaultyStore(store, at, after=after, error=error), two)
        seen = check_whole(store)
        # The last call is the head's: once it took effect, the new site is there, and whole.
        assert seen == (second if after and at == counted.calls else first)
        go(store, two)
        assert check_whole(store) == second
        assert [head for head in store.objects if "/heads/" in head] == [
            series_key("fessart", "heads", 1),
            series_key("fessart", "heads", 2),
        ]


def test_a_reader_sees_one_site_or_the_other(store: FolderStore, one: Path, two: Path) -> None:
    go(store, one)
    ids = {release(one).manifest.id, release(two).manifest.id}
    stop = threading.Event()

    def publish_both() -> None:
        for turn in range(12):
            go(store, two if turn % 2 == 0 else one)
        stop.set()

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(publish_both)
        seen = set()
        while not stop.is_set() and not writing.done():
            manifest = check_whole(store)
            assert manifest is not None
            seen.add(manifest.id)
        writing.result()
    assert seen <= ids
    assert read_head(store, "fessart") is not None


def test_one_of_two_publishers_wins_and_the_other_is_told(one: Path, two: Path, tmp_path: Path) -> None:
    for turn in range(10):
        store = FolderStore(tmp_path / f"store{turn}")
        barrier = threading.Barrier(2)

        class Meet:
            """Both publishers reach the creation of the head together."""

            def __init__(self, inner: Store, barrier: threading.Barrier) -> None:
                self.inner, self.barrier = inner, barrier

            def __getattr__(self, name: str) -> object:
                return getattr(self.inner, name)

            def create(self, key: str, data: bytes) -> bool:
                if "/heads/" in key:
                    self.barrier.wait()
                return self.inner.create(key, data)

        def attempt(tree: Path, meet: Store) -> str:
            try:
                return go(meet, tree).head.release
            except HeadTaken:
                return ""

        with ThreadPoolExecutor(2) as pool:
            won = list(pool.map(attempt, [one, two], [Meet(store, barrier)] * 2))
        assert won.count("") == 1
        manifest = check_whole(store)
        assert manifest is not None
        assert manifest.id == max(won)
        loser = one if won[0] == "" else two
        assert go(store, loser).head.number == 2, "nothing was lost: the other runs again"


def test_two_publishers_of_the_very_same_site_both_succeed(one: Path) -> None:
    store = MemoryStore()

    class Late(MemoryStore):
        def create(self, key: str, data: bytes) -> bool:
            if "/heads/" in key and not store.exists(key):
                go(store, one, by="autre")
            return store.create(key, data)

    late = Late()
    late.objects = store.objects
    done = go(late, one)
    assert not done.changed
    assert done.head.by == "autre"


def test_a_withdrawn_digest_or_path_is_never_published(store: FolderStore, one: Path, two: Path) -> None:
    go(store, two)
    photo = "photos/0123456789abcdef01234567-480.webp"
    digest = release(one).manifest.files[photo].sha256
    before = list(store.keys("centres/fessart/heads/"))
    withdraw(store, "fessart", digests=[digest], paths=[], since=NOW, by="ville")
    with pytest.raises(ReleaseError, match=photo):
        go(store, one)
    withdraw(store, "fessart", digests=[], paths=["plan/index.html"], since=NOW, by="ville")
    with pytest.raises(ReleaseError, match=r"plan/index\.html"):
        go(store, one)
    assert list(store.keys("centres/fessart/heads/")) == before


def test_over_a_release_that_an_older_version_wrote_no_blob_is_written(one: Path) -> None:
    """It stored compressed forms; the same site without them is another release, and they go with theirs."""
    store = MemoryStore()
    old, forms = of_older_version(release(one).manifest)
    for digest, data in forms.items():
        store.put(blob_key("fessart", digest), data)
    module.publish(store, Release(old, one), now=NOW, by="Camille")
    assert parse_manifest(old.to_json(), site="fessart", release=old.id) == old
    assert {blob_key("fessart", digest) for digest in old.digests()} == set(store.keys("centres/fessart/blobs/"))
    done = go(store, one)
    assert (done.new_blobs, done.head.release) == (0, release(one).manifest.id)
    assert done.head.release != old.id
    assert differences(old, release(one).manifest) == {}, "nothing that anybody reads changed"
    with pytest.raises(ReleaseError, match="no earlier release"):
        rollback(store, "fessart", to=None, now=NOW, by="Camille")
    assert rollback(store, "fessart", to=old.id, now=NOW, by="Camille").release == old.id


def test_it_would_be_published_without_the_check(
    store: FolderStore, one: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    withdraw(store, "fessart", digests=[], paths=["plan/index.html"], since=NOW, by="ville")
    with pytest.raises(ReleaseError):
        go(store, one)
    monkeypatch.setattr(module, "refuse_withdrawn", lambda manifest, withdrawn: None)
    assert go(store, one).changed


def test_a_damaged_register_stops_publishing(store: FolderStore, one: Path) -> None:
    store.put(series_key("fessart", "withdrawn", 1), b"{}")
    with pytest.raises(ReleaseError, match="withdrawn from fessart is damaged"):
        go(store, one)


def test_a_damaged_manifest_is_written_again(store: FolderStore, one: Path) -> None:
    store.put(release_key("fessart", release(one).manifest.id), b"{half")
    steps: list[Step] = []
    go(store, one, log=steps.append)
    assert ("manifest", "repaired") in {(step.what, step.reason) for step in steps}
    assert check_whole(store) == release(one).manifest


def test_rollback_goes_back_and_forth(store: FolderStore, one: Path, two: Path) -> None:
    go(store, one, admission=ADMISSION)
    go(store, two, admission=Admission(frozenset({"0929008S"}), "ecoles", ADMISSION.admitted))
    head = rollback(store, "fessart", to=None, now=NOW + timedelta(hours=1), by="ville")
    assert (head.number, head.why, head.by) == (3, "rollback", "ville")
    assert check_whole(store) == release(one).manifest
    policy = read_policy(store, "fessart")
    assert policy is not None
    assert policy.policy.schools == {"0929008S"}, "a rollback never brings an old policy back"
    rollback(store, "fessart", to=release(two).manifest.id[:8], now=NOW, by="ville")
    assert check_whole(store) == release(two).manifest


def test_rollback_refuses(store: FolderStore, one: Path, two: Path) -> None:
    with pytest.raises(ReleaseError, match="never published"):
        rollback(store, "fessart", to=None, now=NOW, by="x")
    go(store, one)
    with pytest.raises(ReleaseError, match="no earlier release"):
        rollback(store, "fessart", to=None, now=NOW, by="x")
    with pytest.raises(ReleaseError, match="already in force"):
        rollback(store, "fessart", to=release(one).manifest.id, now=NOW, by="x")
    with pytest.raises(ReleaseError, match="has no release"):
        rollback(store, "fessart", to="zzz", now=NOW, by="x")
    go(store, two)
    store.delete(blob_key("fessart", release(one).manifest.files["index.html"].sha256))
    with pytest.raises(ReleaseError, match="incomplete"):
        rollback(store, "fessart", to=None, now=NOW, by="x")
    store.delete(release_key("fessart", release(one).manifest.id))
    with pytest.raises(ReleaseError, match=r"missing(.|\n)*no other one can be put back"):
        rollback(store, "fessart", to=None, now=NOW, by="x")
    assert check_whole(store) == release(two).manifest


def test_rollback_never_brings_back_what_was_withdrawn(
    store: FolderStore, one: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(store, one)
    go(store, write_tree(tmp_path / "bare", {path: data for path, data in SITE.items() if "photos" not in path}))
    digest = release(one).manifest.files["photos/0123456789abcdef01234567-480.webp"].sha256
    withdraw(store, "fessart", digests=[digest], paths=[], since=NOW, by="ville")
    with pytest.raises(ReleaseError, match="withdrawn"):
        rollback(store, "fessart", to=None, now=NOW, by="x")
    monkeypatch.setattr(history, "refuse_withdrawn", lambda manifest, withdrawn: None)
    rollback(store, "fessart", to=None, now=NOW, by="x")
    assert store.get(blob_key("fessart", digest)) == PHOTO


def test_an_ambiguous_beginning_is_refused(store: FolderStore, one: Path, two: Path) -> None:
    go(store, one)
    go(store, two)
    with pytest.raises(ReleaseError, match="no release"):
        rollback(store, "fessart", to="", now=NOW, by="x")
    heads = [Head(2, "ab" * 16, NOW, "x", "publish"), Head(1, "ac" * 16, NOW, "x", "publish")]
    with pytest.raises(ReleaseError, match="several releases"):
        named("fessart", heads, "a")


def test_history(store: FolderStore, one: Path, two: Path) -> None:
    go(store, one, by="camille")
    go(store, two, by="ville")
    rollback(store, "fessart", to=None, now=NOW, by="ville")
    rows = list(releases(store, "fessart"))
    assert [(row.number, row.head.by, row.head.why, row.in_force) for row in rows if row.head] == [
        (3, "ville", "rollback", True),
        (2, "ville", "publish", False),
        (1, "camille", "publish", False),
    ]
    assert all(row.manifest and row.problem is None for row in rows)
    store.put(release_key("fessart", release(two).manifest.id), b"[]")
    store.delete(release_key("fessart", release(one).manifest.id))
    rows = list(releases(store, "fessart"))
    assert [row.manifest for row in rows] == [None] * 3
    assert all(row.problem for row in rows)


def test_a_damaged_head_is_never_skipped_by_a_reader(store: FolderStore, one: Path, two: Path) -> None:
    go(store, one)
    go(store, two)
    store.put(series_key("fessart", "heads", 3), b'{"release": "../../x"}')
    with pytest.raises(ReleaseError, match="damaged"):
        current(store, "fessart")
    head = rollback(store, "fessart", to=release(two).manifest.id, now=NOW, by="ville")
    assert head.number == 4
    assert check_whole(store) == release(two).manifest


def test_heads_are_probed_without_a_listing_once_one_is_known(one: Path, two: Path) -> None:
    store = MemoryStore()
    go(store, one)
    go(store, two)
    store.listed = 0
    head = read_head(store, "fessart", known=1)
    assert head == read_head_number(store, "fessart", 2)
    assert store.listed == 0


def test_a_dry_run_writes_nothing(store: FolderStore, one: Path, two: Path) -> None:
    dry = DryRunStore(store)
    done = go(dry, one, admission=ADMISSION)
    assert done.new_blobs
    assert check_whole(dry) == release(one).manifest
    assert list(store.keys("")) == []
    assert not store.root.exists()
    go(store, one, admission=ADMISSION)
    before = list(store.keys(""))
    assert go(DryRunStore(store), two).new_blobs == 2
    assert list(store.keys("")) == before


@pytest.mark.parametrize("by", ["camille\n", "\x1b[31m", "c" * 501])
def test_an_author_that_no_reader_would_take_brings_no_site_down(
    store: FolderStore, one: Path, two: Path, by: str
) -> None:
    go(store, one)
    before = check_whole(store)
    with pytest.raises(ReleaseError, match="can't be noted as who did it"):
        go(store, two, by=by)
    assert check_whole(store) == before
