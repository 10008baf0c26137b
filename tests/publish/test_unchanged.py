"""A site that stands as this machine published it is neither read nor made again, and never hides what others did."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from plugins.photos.refused import Register
from publish import sites as module
from publish.access import Admission, MembershipKind
from publish.build import BuildRequest, Silent
from publish.errors import BuildError
from publish.heads import read_head
from publish.history import rollback
from publish.incremental.ledger import Ledger
from publish.jobs import Built
from publish.memory import Memory
from publish.policies import Signature, read_policy, replace_policy
from publish.release import make_release
from publish.sites import Published, publish_built
from publish.steps import no_log
from publish.withdrawn import withdraw
from tests.publish.stores.memory import MemoryStore
from tests.publish.test_cli import place_in
from tests.publish.trees import NOW, files_of, write_tree

ADMISSION = Admission(frozenset({"0929010U"}), "ecoles", frozenset({MembershipKind.GUARDIAN}))


@dataclass
class Machine:
    """Somebody who builds and publishes one centre, and what their machine knows."""

    store: MemoryStore
    root: Path
    content: str = "ab" * 32
    moment: datetime = NOW + timedelta(days=1)
    built: Built = field(init=False)

    def __post_init__(self) -> None:
        self.build("un")

    def build(self, text: str) -> None:
        tree = write_tree(self.root / text, {"index.html": f"<p>{text}</p>".encode() * 30, "404.html": b"<p>404</p>"})
        self.built = Built("fessart", "Fessart", tree, 1, 0, ADMISSION, next_change=self.moment, files=files_of(tree))

    def publish(self, *, unchanged: bool = True) -> Published:
        request = BuildRequest(self.root, self.root, self.root, NOW, 1)
        (done,) = publish_built(
            request,
            [replace(self.built, next_change=self.moment, unchanged=unchanged)],
            self.store,
            Register({}),
            {"fessart": self.content},
            version="0.1.0",
            by=self.root.name,
            clock=lambda: NOW,
            progress=Silent(),
            log=no_log,
            memory=Memory(self.root / "connu", self.store),
        )
        assert isinstance(done, Published), done
        return done


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def ours(store: MemoryStore, tmp_path: Path) -> Machine:
    machine = Machine(store, tmp_path / "camille")
    machine.publish(unchanged=False)
    return machine


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Slugs of the releases that are made from now on."""
    found: list[str] = []
    real = make_release

    def make(*args: object, **more: object) -> object:
        found.append(str(more["slug"]))
        return real(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "make_release", make)
    return found


def test_nothing_is_made_read_or_listed(ours: Machine, store: MemoryStore, made: list[str]) -> None:
    for path in ours.built.tree.iterdir():
        path.unlink()
    store.listed, before = 0, dict(store.objects)
    done = ours.publish()
    assert (made, store.listed, store.objects) == ([], 0, before)
    assert (done.publication.changed, done.publication.head.number, done.publication.pages) == (False, 1, 2)


def test_another_moment_or_content_is_noted_in_a_new_head(ours: Machine, store: MemoryStore, made: list[str]) -> None:
    ours.moment += timedelta(days=1)
    assert ours.publish().publication.head.number == 2
    ours.content = "cd" * 32
    assert not ours.publish().publication.changed
    head = read_head(store, "fessart")
    assert head is not None
    assert head.mark is not None
    assert (head.number, head.mark.content, head.mark.at) == (3, ours.content, ours.moment)
    assert ours.publish().publication.head == head
    assert made == []
    ours.build("deux")
    assert ours.publish(unchanged=False).publication.head.number == 4


CHANGES: dict[str, Callable[[Machine, MemoryStore], object]] = {
    "another site": lambda ours, store: theirs(ours, store).publish(unchanged=False),
    "a rollback": lambda ours, store: (
        ours.build("deux"),
        ours.publish(unchanged=False),
        rollback(store, "fessart", to=None, now=NOW, by="ville"),
    ),
    "a lost head": lambda ours, store: store.delete("centres/fessart/heads/000001.json"),
    "something withdrawn": lambda ours, store: withdraw(
        store, "fessart", digests=["ab" * 32], paths=[], since=NOW, by="ville"
    ),
    "another name": lambda ours, store: setattr(ours, "built", replace(ours.built, name="Autre")),
    "another tree": lambda ours, store: setattr(ours, "built", replace(ours.built, files="ef" * 32)),
}
REFUSED = {"something withdrawn", "another tree"}


def theirs(ours: Machine, store: MemoryStore) -> Machine:
    machine = Machine(store, ours.root.parent / "alix")
    machine.build("trois")
    return machine


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_looked_at_again(ours: Machine, store: MemoryStore, made: list[str], change: str) -> None:
    CHANGES[change](ours, store)
    made.clear()
    with pytest.raises(AssertionError) if change in REFUSED else nullcontext():
        ours.publish()
    assert made == ["fessart"]


def opened(ours: Machine, store: MemoryStore) -> frozenset[MembershipKind]:
    """Another machine opens the site against what ours reads in `centre.toml`; who may enter once ours published."""
    found = read_policy(store, "fessart")
    assert found is not None
    wider = replace(found.policy, admitted=frozenset(MembershipKind))
    replace_policy(store, "fessart", found, wider, Signature(NOW, "alix"))
    ours.publish()
    found = read_policy(store, "fessart")
    assert found is not None
    return found.policy.admitted


def test_a_site_that_another_machine_opened_is_closed_again(ours: Machine, store: MemoryStore, made: list[str]) -> None:
    assert opened(ours, store) == ADMISSION.admitted
    assert made == []
    ours.publish()
    found = read_policy(store, "fessart")
    assert found is not None
    assert found.number == 3, "once"


def test_it_would_stay_open_without_looking(ours: Machine, store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("publish.publication.still", lambda *args, **more: args[2])
    assert opened(ours, store) == frozenset(MembershipKind)


def test_a_city_that_is_published_again_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the typed command on, with what real builds note."""
    place = place_in(tmp_path)
    assert place.run("publish").exit_code == 0
    monkeypatch.setattr(module, "make_release", None)  # called, it fails
    again = json.loads(place.run("publish", "--json").stdout)
    assert {site["slug"]: (site["head"], site["changed"]) for site in again["sites"]} == dict.fromkeys(
        ("ville", "escudier", "fessart"), (1, False)
    )
    for option in ("--paranoid", "--force"):
        with monkeypatch.context() as patch:
            patch.setattr(module, "make_release", make_release)
            patch.setattr("publish.publication.still", None)
            assert place.run("publish", "fessart", option).exit_code == 0, "nothing that was known is believed"
    (place.content / "fessart/infos/venir.md").write_text("Titre: Venir\n\nBus 999.\n", "utf-8")
    assert place.run("publish").exit_code != 0, "the check is alive"


def changed(ours: Machine, path: str, data: bytes) -> None:
    """Another file in the tree, as a build leaves it."""
    tree = write_tree(ours.built.tree, {path: data})
    ours.built = replace(ours.built, files=files_of(tree))


@pytest.mark.parametrize("forgets", [True, False])
def test_who_was_told_of_another_publication_goes_on_the_second_time(
    ours: Machine, store: MemoryStore, monkeypatch: pytest.MonkeyPatch, forgets: bool
) -> None:
    """Also where the other machine's clock is ahead."""
    if not forgets:
        monkeypatch.setattr(Memory, "forget", lambda *args: None)
    theirs(ours, store).publish(unchanged=False)
    key = "centres/fessart/heads/000002.json"
    head = json.loads(store.objects[key])
    store.put(key, json.dumps({**head, "since": (NOW + timedelta(minutes=5)).isoformat()}).encode())
    changed(ours, "404.html", b"<p>Rien</p>")
    with pytest.raises(AssertionError, match="somebody else published"):
        ours.publish(unchanged=False)
    with nullcontext() if forgets else pytest.raises(AssertionError, match="somebody else published"):
        assert ours.publish(unchanged=False).publication.head.number == 3


def test_a_tree_is_not_replaced_while_what_is_noted_of_it_stays(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, tmp_path, tmp_path, NOW, tmp_path / "settings.py")
    ledger.forget("fessart")  # nothing was noted
    (tmp_path / "fessart.json/x").mkdir(parents=True)
    with pytest.raises(BuildError, match="can't be removed"):
        ledger.forget("fessart")
