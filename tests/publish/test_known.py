"""What a machine knows from its last publication saves requests, and never decides anything that is no longer so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from publish import publication as module
from publish.access import Admission, MembershipKind
from publish.errors import HeadTaken, ReleaseError
from publish.heads import Mark, current, read_head
from publish.history import rollback
from publish.layout import blob_key, series_key
from publish.lists.changes import propose
from publish.manifest import Manifest
from publish.memory import Memory
from publish.policies import PolicyInForce, Signature, read_policy, replace_policy, set_lists
from publish.publication import Publication, publish
from publish.stores import Store
from publish.upload import upload
from publish.withdrawn import Withdrawn, withdraw
from tests.publish.stores.memory import MemoryStore
from tests.publish.stores.proxy import Proxy, proxying
from tests.publish.stores.seaweed import Server
from tests.publish.trees import NOW, SITE, release, write_tree

ADMISSION = Admission(frozenset({"0929010U"}), "ecoles", frozenset({MembershipKind.GUARDIAN}))
NOTHING = Withdrawn()


class Machine:
    """Somebody who publishes, and what their machine knows."""

    def __init__(self, store: Store, root: Path, name: str) -> None:
        self.store, self.root, self.name = store, root / name, name
        self.memory = Memory(self.root / "connu", store)

    def publish(self, text: str, **more: object) -> Publication:
        tree = write_tree(self.root / text, {**SITE, "index.html": f"<p>{text}</p>".encode() * 30})
        known = self.memory.recall("fessart")
        options = {"admission": ADMISSION, "withdrawn": NOTHING, "known": known, "now": NOW, **more}
        done = publish(self.store, release(tree), by=self.name, **options)  # type: ignore[arg-type]
        if done.known is not None:
            self.memory.note("fessart", done.known)
        return done


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def ours(store: MemoryStore, tmp_path: Path) -> Machine:
    machine = Machine(store, tmp_path, "camille")
    machine.publish("un")
    return machine


@pytest.fixture
def theirs(store: MemoryStore, tmp_path: Path) -> Machine:
    return Machine(store, tmp_path, "alix")


def whole(store: MemoryStore) -> Manifest:
    found = current(store, "fessart")
    assert found is not None
    assert all(store.exists(blob_key("fessart", digest)) for digest in found[1].digests())
    return found[1]


def history(store: MemoryStore) -> list[str]:
    return sorted(key for key in store.objects if "/heads/" in key)


def test_nothing_is_listed_where_it_still_holds(ours: Machine, store: MemoryStore) -> None:
    store.listed = 0
    assert ours.publish("deux").head.number == 2
    assert not ours.publish("deux").changed
    assert store.listed == 0
    assert whole(store).id == ours.memory.recall("fessart").head.release  # type: ignore[union-attr]


def test_without_it_series_are_listed(ours: Machine, store: MemoryStore) -> None:
    store.listed = 0
    ours.publish("deux", known=None)
    assert store.listed


def test_somebody_published_since(ours: Machine, theirs: Machine, store: MemoryStore) -> None:
    theirs.publish("deux")
    assert ours.publish("trois").head.number == 3
    assert history(store) == [series_key("fessart", "heads", number) for number in (1, 2, 3)]
    whole(store)


def test_somebody_published_since_and_ours_is_as_before(ours: Machine, theirs: Machine, store: MemoryStore) -> None:
    theirs.publish("deux")
    again = ours.publish("un")
    assert (again.changed, again.head.number) == (True, 3), "what is in force is not ours any more"


def test_a_rollback_since(ours: Machine, store: MemoryStore) -> None:
    ours.publish("deux")
    rollback(store, "fessart", to=None, now=NOW, by="ville")
    assert ours.publish("deux").head.number == 4
    whole(store)


def test_what_was_pruned_since_is_uploaded_again(ours: Machine, theirs: Machine, store: MemoryStore) -> None:
    before = whole(store).files["index.html"]
    theirs.publish("deux")
    for digest in before.digests():
        store.delete(blob_key("fessart", digest))
    write_tree(ours.root / "un", {"rappels/index.html": b"<p>Rappels</p>"})
    assert ours.publish("un").head.number == 3
    assert whole(store).files["index.html"] == before


def test_a_restored_store_is_read_again(ours: Machine, store: MemoryStore) -> None:
    backup = dict(store.objects)
    ours.publish("deux")
    store.objects = backup
    assert ours.publish("trois").head.number == 2, "no hole in the history"
    whole(store)


def test_a_store_restored_to_nothing(ours: Machine, store: MemoryStore) -> None:
    store.objects = {}
    assert ours.publish("deux").head.number == 1
    assert read_policy(store, "fessart") is not None
    whole(store)


def test_it_would_be_broken_without_looking(ours: Machine, store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.objects = {}
    monkeypatch.setattr(module, "still", lambda *args, **more: args[2])
    ours.publish("deux")
    with pytest.raises(AssertionError):
        whole(store)


def test_what_was_withdrawn_since_is_refused(ours: Machine, store: MemoryStore) -> None:
    digest = whole(store).files["photos/0123456789abcdef01234567-480.webp"].sha256
    withdraw(store, "fessart", digests=[digest], paths=[], since=NOW, by="ville")
    with pytest.raises(ReleaseError, match="does not know all that was withdrawn"):
        ours.publish("deux")
    with pytest.raises(ReleaseError, match="never be shown again"):
        ours.publish("deux", withdrawn=Withdrawn(0, frozenset({digest})))
    assert len(history(store)) == 1


def test_what_was_withdrawn_since_would_come_back_without_looking(
    ours: Machine, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = whole(store).files["photos/0123456789abcdef01234567-480.webp"].sha256
    withdraw(store, "fessart", digests=[digest], paths=[], since=NOW, by="ville")
    monkeypatch.setattr(module, "still", lambda *args, **more: args[2])
    assert ours.publish("deux").changed


def test_a_store_that_lost_withdrawals_is_told_again(ours: Machine, store: MemoryStore) -> None:
    """Whatever is restored: what this machine knows is never newer than the head that it looks for."""
    content = Withdrawn(0, frozenset({"ab" * 32}))
    backup = dict(store.objects)
    assert not ours.publish("un", withdrawn=content).changed, "told, and nothing new is in force"
    store.objects = backup
    ours.publish("un", withdrawn=content)
    assert any("/withdrawn/" in key for key in store.objects)


def test_a_store_that_lost_a_policy_gets_it_again(ours: Machine, store: MemoryStore) -> None:
    narrower = replace(ADMISSION, admission="inscrits")
    backup = dict(store.objects)
    assert not ours.publish("un", admission=narrower).changed
    store.objects = backup
    ours.publish("un", admission=narrower)
    found = read_policy(store, "fessart")
    assert found is not None
    assert found.policy.admission == "inscrits"


def test_an_admission_that_changed_is_applied(ours: Machine, store: MemoryStore) -> None:
    ours.publish("deux", admission=replace(ADMISSION, admission="inscrits"))
    found = read_policy(store, "fessart")
    assert found is not None
    assert (found.number, found.policy.admission) == (2, "inscrits")


def opened(ours: Machine, theirs: Machine, store: MemoryStore) -> PolicyInForce:
    """Another machine opens the site against what ours reads in `centre.toml`; ours publishes; who may enter then."""
    wider = Admission(ADMISSION.schools, "ecoles", frozenset(MembershipKind))
    found = read_policy(store, "fessart")
    assert found is not None
    replace_policy(store, "fessart", found, propose(found.policy, wider, {}).after, Signature(NOW, theirs.name))
    ours.publish("deux")
    after = read_policy(store, "fessart")
    assert after is not None
    return after


def test_a_site_that_another_machine_opened_is_closed_again(ours: Machine, theirs: Machine, store: MemoryStore) -> None:
    found = opened(ours, theirs, store)
    assert (found.number, found.signed.by, found.policy.admitted) == (3, "camille", ADMISSION.admitted)
    assert not ours.publish("deux").changed
    assert read_policy(store, "fessart") == found, "once"


def test_also_where_nothing_else_changed(ours: Machine, theirs: Machine, store: MemoryStore) -> None:
    """« deux » is in force already when the other machine opens the site."""
    ours.publish("deux")
    assert opened(ours, theirs, store).policy.admitted == ADMISSION.admitted
    assert len(history(store)) == 2


def test_it_would_stay_open_without_looking(
    ours: Machine, theirs: Machine, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "still", lambda *args, **more: args[2])
    assert opened(ours, theirs, store).policy.admitted == frozenset(MembershipKind)


def test_lists_that_another_machine_wrote_stay(ours: Machine, store: MemoryStore) -> None:
    set_lists(store, "fessart", Signature(NOW, "alix"), staff=["ab" * 32])
    store.listed = 0
    ours.publish("deux")
    assert store.listed == 1, "the policies alone"
    found = read_policy(store, "fessart")
    assert found is not None
    assert (found.number, found.policy.staff) == (2, frozenset({"ab" * 32}))
    store.listed = 0
    ours.publish("trois")
    assert store.listed == 0, "ours has seen it"


def test_a_decision_for_another_head_is_kept_to(ours: Machine, theirs: Machine) -> None:
    theirs.publish("deux")
    with pytest.raises(HeadTaken):
        ours.publish("trois", after=1)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "fessart.json").write_bytes(b"{"),
        lambda folder: (folder / "fessart.json").unlink(),
        lambda folder: (folder / "fessart.json").write_bytes(
            (folder / "fessart.json").read_bytes().replace(b'"maker":"', b'"maker":"9')
        ),
    ],
    ids=["damaged", "gone", "made another way"],
)
def test_what_can_t_be_read_is_as_if_nothing_were_known(
    ours: Machine, store: MemoryStore, damage: Callable[[Path], object]
) -> None:
    (folder,) = (ours.root / "connu").iterdir()
    damage(folder)
    assert ours.memory.recall("fessart") is None
    assert ours.publish("deux").head.number == 2
    assert ours.memory.recall("fessart") is not None


def test_a_manifest_that_can_t_be_read_is_read_from_the_store(ours: Machine, store: MemoryStore) -> None:
    (folder,) = (ours.root / "connu").iterdir()
    (folder / "fessart-manifeste.json").write_bytes(b"{}")
    store.listed = 0
    assert ours.publish("deux").head.number == 2
    assert store.listed
    whole(store)
    assert ours.memory.recall("fessart").manifest is not None  # type: ignore[union-attr]


def test_it_is_for_its_owner_and_for_one_store(ours: Machine, tmp_path: Path) -> None:
    (folder,) = (ours.root / "connu").iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())

    class Other(MemoryStore):
        def __repr__(self) -> str:
            return "Other()"

    assert Memory(ours.root / "connu", Other()).recall("fessart") is None
    assert Memory(None, ours.store).recall("fessart") is None


def test_a_full_disk_costs_requests_and_nothing_else(ours: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("publish.memory.write_private", full)
    assert ours.publish("deux").head.number == 2
    assert ours.publish("trois").head.number == 3


def counted(proxy: Proxy, before: int) -> tuple[int, int]:
    """Requests since then, and how many of them are listings."""
    asked = proxy.asked[before:]
    return len(asked), sum(request.is_listing for request in asked)


def test_one_post_changed_costs_its_blobs_and_five_requests_on_s3(s3: Server, tmp_path: Path) -> None:
    posts = {f"articles/{number}/index.html": f"<p>Texte {number}</p>".encode() * 40 for number in range(12)}
    tree = write_tree(tmp_path / "site", {**SITE, **posts})
    with proxying(s3.endpoint) as proxy:
        store = proxy.store(s3.settings())
        memory = Memory(tmp_path / "connu", store)

        def go(later: int, at: int = 24) -> Publication:
            now, known = NOW + timedelta(hours=later), memory.recall("fessart")
            mark = Mark("ab" * 32, NOW + timedelta(hours=at))
            done = publish(
                store, release(tree), admission=ADMISSION, now=now, by="x", withdrawn=NOTHING, mark=mark, known=known
            )
            if done.known is not None:
                memory.note("fessart", done.known)
            return done

        go(0)
        (tree / "articles/3/index.html").write_bytes(b"<p>Autre texte</p>" * 40)
        before = len(proxy.asked)
        done = go(1)
        assert done.new_blobs == 1, "the page"
        assert counted(proxy, before) == (done.new_blobs + 5, 0)
        before = len(proxy.asked)
        assert not go(2).changed
        assert counted(proxy, before) == (4, 0)
        before = len(proxy.asked)
        assert (go(25, at=48).changed, counted(proxy, before)) == (False, (4, 0)), "another moment, in another head"


def test_one_who_publishes_during_our_upload_is_told_of(
    ours: Machine, theirs: Machine, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they put in force is never replaced by what was made before it."""

    def slow(*args: Any) -> object:
        monkeypatch.setattr(module, "upload", upload)
        theirs.publish("deux", now=NOW + timedelta(seconds=1))
        return upload(*args)

    monkeypatch.setattr(module, "upload", slow)
    with pytest.raises(HeadTaken):
        ours.publish("trois")
    found = read_head(store, "fessart")
    assert found is not None
    assert (found.number, found.by) == (2, "alix")


def test_memory_that_is_not_believed_still_learns(ours: Machine, store: MemoryStore) -> None:
    memory = Memory(ours.root / "connu", store, believed=False)
    assert memory.recall("fessart") is None
    done = ours.publish("deux", known=None)
    assert done.known is not None
    memory.note("fessart", done.known)
    assert ours.memory.recall("fessart") == done.known
    memory.forget("fessart")
    assert ours.memory.recall("fessart") is None
