"""`preau publish --due`: what a timer may do, and what it must leave to people."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from plugins.posts.dates import PARIS
from publish import publication, sites
from publish.build import BuildRequest, Silent
from publish.due import State, Verdict, content_digest, judge
from publish.errors import ReleaseError
from publish.heads import Head, Mark, read_head, read_head_number, write_head
from publish.history import rollback
from publish.jobs import Built, Failed, Outcome
from publish.layout import next_key, series_key
from publish.sites import Published, publish_sites
from publish.stores import Store
from tests.publish.contents import write_content
from tests.publish.stores.memory import MemoryStore
from tests.publish.trees import NOW, files_of, write_tree

LATER = NOW + timedelta(days=1)
HEAD = Head(3, "0" * 32, NOW, "camille", "publish")


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return write_content(tmp_path / "content")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the build of `fessart` gives, with the city's tree; a test may change it."""
    folder = write_tree(tmp_path / "sites/fessart")
    city = write_tree(tmp_path / "sites/ville", {"ville.json": b"{}"})

    def build(request: BuildRequest, names: tuple[str, ...], progress: object) -> tuple[Outcome, ...]:
        built = Built("fessart", "Fessart", folder, 3, 1, next_change=request.now + timedelta(days=1))
        return tuple(replace(each, files=files_of(each.tree)) for each in (Built("ville", "ville", city, 1, 0), built))

    monkeypatch.setattr(sites, "build_sites", build)
    return folder


def change(tree: Path, words: str) -> None:
    (tree / "index.html").write_text(f"<!doctype html><title>{words}</title>", "utf-8")


def go(store: Store, content: Path, now: datetime = NOW, due: dict[str, Verdict] | None = None) -> Published | Failed:
    request = BuildRequest(content, content.parent / "out", content.parent / "cache", now, 1)
    results = publish_sites(
        request, store, ("fessart",), version="0.1.0", by="camille", clock=lambda: now, progress=Silent(), due=due
    )
    return results[-1]


def verdict(store: Store, content: Path, now: datetime = LATER) -> Verdict:
    (found,) = judge(store, content, ["fessart"], now)
    return found


def test_a_centre_is_due_when_its_moment_has_come_and_not_before(tree: Path, content: Path) -> None:
    store = MemoryStore()
    assert verdict(store, content).state is State.NEVER
    go(store, content)
    assert verdict(store, content, LATER - timedelta(microseconds=1)).state is State.LATER
    found = verdict(store, content)
    assert (found.state, found.head, found.at) == (State.DUE, 1, LATER)
    change(tree, "Demain")
    result = go(store, content, LATER, {"fessart": found})
    assert isinstance(result, Published)
    assert result.publication.head.number == 2
    assert verdict(store, content, LATER).state is State.LATER


def test_a_site_that_did_not_change_gets_its_next_moment_all_the_same(tree: Path, content: Path) -> None:
    store = MemoryStore()
    go(store, content)
    result = go(store, content, LATER, {"fessart": verdict(store, content)})
    assert isinstance(result, Published)
    assert not result.publication.changed
    assert verdict(store, content, LATER).at == LATER + timedelta(days=1)


def test_two_machines_agree(tree: Path, content: Path, tmp_path: Path) -> None:
    store = MemoryStore()
    go(store, content)
    other = write_content(tmp_path / "elsewhere/content")
    assert verdict(store, other) == verdict(store, content)
    os.utime(other / "fessart/centre.toml", (0, 0))
    assert verdict(store, other).state is State.DUE, "times of files are each machine's own"


def of_before(store: MemoryStore, data: bytes | None) -> None:
    """The store as an older Préau left it: what is noted is not in the head, but in an object of its own."""
    key = series_key("fessart", "heads", 1)
    head = json.loads(store.objects[key])
    store.objects[key] = json.dumps({name: head[name] for name in ("release", "since", "by", "why")}).encode()
    if data is not None:
        store.put(next_key("fessart"), data)


@pytest.mark.parametrize(
    "data",
    [
        None, b"", b"{", b"[]", b'{"at":"2099-01-01T00:00:00+01:00"}',
        b'{"format":1,"head":1,"content":"zz","at":"2099-01-01T00:00:00+01:00"}',
        b'{"format":2,"head":1,"content":"%s","at":"2099-01-01T00:00:00+01:00"}' % (b"a" * 64),
        b'{"format":1,"head":9,"content":"%s","at":"2099-01-01T00:00:00+01:00"}' % (b"a" * 64),
        b'{"format":1,"head":1,"content":"%s","at":"2099-01-01T00:00:00"}' % (b"a" * 64),
        b'{"format":1,"head":1,"content":"%s","at":"2099-01-01T00:00:00+01:00","more":1}' % (b"a" * 64),
    ],
)  # fmt: skip
def test_a_mark_that_can_t_be_believed_waits_for_a_person(tree: Path, content: Path, data: bytes | None) -> None:
    store = MemoryStore()
    go(store, content)
    of_before(store, data)
    assert verdict(store, content, NOW).state is State.UNKNOWN
    assert verdict(store, content).state is State.UNKNOWN
    go(store, content)  # a person publishes again
    assert verdict(store, content).state is State.DUE


def test_what_an_older_version_noted_still_counts(tree: Path, content: Path) -> None:
    store = MemoryStore()
    go(store, content)
    noted = {"format": 1, "head": 1, "content": content_digest(content, "fessart"), "at": LATER.isoformat()}
    of_before(store, json.dumps(noted).encode())
    assert verdict(store, content, NOW).state is State.LATER
    found = verdict(store, content)
    assert (found.state, found.at) == (State.DUE, LATER)
    assert isinstance(go(store, content, LATER, {"fessart": found}), Published)
    head = read_head(store, "fessart")
    assert head is not None
    assert head.mark == Mark(content_digest(content, "fessart"), LATER + timedelta(days=1))


def test_without_its_mark_an_unfinished_text_goes_nowhere(tree: Path, content: Path) -> None:
    """What was noted is lost, somebody writes, the timer rings; even a verdict of before publishes nothing."""
    store = MemoryStore()
    go(store, content)
    of_before(store, None)
    (content / "fessart/infos/venir.md").write_text("Titre: Venir\n\nPas fini.\n", "utf-8")
    change(tree, "Pas fini")
    found = verdict(store, content)
    assert found.state is State.UNKNOWN
    assert isinstance(go(store, content, LATER, {"fessart": replace(found, state=State.DUE)}), Failed)
    assert read_head(store, "fessart").number == 1  # type: ignore[union-attr]


def test_it_would_go_out_without_the_check(tree: Path, content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    go(store, content)
    of_before(store, None)
    change(tree, "Pas fini")
    found = verdict(store, content)
    monkeypatch.setattr(sites, "is_same", lambda _content, _slug, published: published is None)
    assert isinstance(go(store, content, LATER, {"fessart": found}), Published)


def test_content_that_can_t_be_read_is_not_what_was_published(
    tree: Path, content: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MemoryStore()
    go(store, content)
    found = verdict(store, content)

    def unreadable(*_: object) -> str:
        raise PermissionError(13, "no")

    monkeypatch.setattr("publish.due.content_digest", unreadable)
    assert verdict(store, content).state is State.EDITED
    assert isinstance(go(store, content, LATER, {"fessart": found}), Failed)


def test_what_is_noted_is_part_of_the_head() -> None:
    store = MemoryStore()
    head = replace(HEAD, mark=Mark("a" * 64, datetime(2022, 11, 10, tzinfo=PARIS)))
    write_head(store, "fessart", head)
    assert read_head_number(store, "fessart", 3) == head
    key = series_key("fessart", "heads", 3)
    noted = json.loads(store.objects[key])
    for damage in ({"content": "b"}, {"at": "2022-11-10"}, {"at": None}, {"more": 1}):
        store.objects[key] = json.dumps({**noted, **damage}).encode()
        with pytest.raises(ReleaseError, match="damaged"):
            read_head_number(store, "fessart", 3)


def test_another_moment_is_another_head_of_the_same_release(tree: Path, content: Path) -> None:
    store = MemoryStore()
    first = go(store, content)
    second = go(store, content, LATER)
    assert isinstance(first, Published)
    assert isinstance(second, Published)
    assert (second.publication.changed, second.publication.head.number) == (False, 2)
    assert second.publication.head.release == first.publication.head.release
    again = go(store, content, LATER)
    assert isinstance(again, Published)
    assert again.publication.head == second.publication.head


def test_a_rollback_is_a_person_s_and_stays(tree: Path, content: Path) -> None:
    store = MemoryStore()
    go(store, content)
    change(tree, "Une photo de trop")
    go(store, content)
    rollback(store, "fessart", to=None, now=NOW, by="ville")
    for days in (0, 1, 400):
        found = verdict(store, content, NOW + timedelta(days=days))
        assert (found.state, found.by) == (State.PUT_BACK, "ville")
    go(store, content)  # a person publishes again
    assert verdict(store, content, NOW).state is State.LATER


def rolled_back_meanwhile(store: MemoryStore, tree: Path, content: Path) -> Published | Failed:
    """Someone puts the site back between the timer's decision and its publication."""
    go(store, content)
    change(tree, "Une photo de trop")
    go(store, content)
    found = verdict(store, content)
    rollback(store, "fessart", to=None, now=NOW, by="ville")
    change(tree, "Une photo de trop, le lendemain")
    return go(store, content, LATER, {"fessart": found})


def test_a_rollback_while_the_timer_builds_is_not_undone(tree: Path, content: Path) -> None:
    store = MemoryStore()
    result = rolled_back_meanwhile(store, tree, content)
    assert isinstance(result, Failed)
    assert "nothing was lost" in result.problems[0].text(str)
    head = read_head(store, "fessart")
    assert head is not None
    assert (head.number, head.why) == (3, "rollback")


def test_it_would_be_undone_without_the_check(tree: Path, content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = publication.publish
    monkeypatch.setattr(sites, "publish", lambda *args, **more: inner(*args, **{**more, "after": None}))
    store = MemoryStore()
    assert isinstance(rolled_back_meanwhile(store, tree, content), Published)
    head = read_head(store, "fessart")
    assert head is not None
    assert (head.number, head.why) == (4, "publish")


EDITS = {
    "a post": ("fessart/infos/venir.md", "Titre: Venir\n\nBus 999.\n"),
    "a new post": ("fessart/infos/nouveau.md", "Titre: Nouveau\n\nPas fini.\n"),
    "who may enter": ("fessart/centre.toml", 'ecoles = ["0929999Z"]\n'),
    "a photo": ("fessart/articles/2022-11-08-potager/feuilles.jpg", "x"),
    "the city's": ("ville/infos/charte.md", "Titre: Charte\n\nAutre.\n"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_what_was_edited_since_waits_for_a_person(tree: Path, content: Path, edit: str) -> None:
    store = MemoryStore()
    go(store, content)
    path, text = EDITS[edit]
    (content / path).write_text(text, "utf-8")
    assert verdict(store, content, NOW).state is State.LATER
    assert verdict(store, content).state is State.EDITED
    go(store, content)
    assert verdict(store, content).state is State.DUE


def test_what_a_person_left_out_is_not_published_by_a_timer(tree: Path, content: Path) -> None:
    store = MemoryStore()
    request = BuildRequest(content, content.parent / "out", content.parent / "cache", NOW, 1,
                           without=("fessart/infos/venir.md",))  # fmt: skip
    publish_sites(request, store, ("fessart",), version="0.1.0", by="camille", clock=lambda: NOW, progress=Silent())
    assert verdict(store, content, NOW).state is State.LATER
    assert verdict(store, content).state is State.EDITED


def test_a_file_that_is_gone_counts_as_an_edit_and_what_computers_leave_behind_does_not(content: Path) -> None:
    before = content_digest(content, "fessart")
    for name in (".DS_Store", "Thumbs.db", "~$venir.md", "infos/.venir.md.swp"):
        (content / "fessart" / name).write_bytes(b"x")
    (content / "escudier/infos/venir.md").write_text("Titre: A\n\nAutre centre.\n", "utf-8")
    assert content_digest(content, "fessart") == before
    (content / "fessart/rappels/2022-11-20-secret.md").unlink()
    assert content_digest(content, "fessart") != before


def test_a_name_and_its_bytes_are_not_mistaken_for_others(tmp_path: Path) -> None:
    one = write_content(tmp_path / "one")
    two = write_content(tmp_path / "two")
    (one / "fessart/infos/a.md").write_bytes(b"b")
    (two / "fessart/infos/a.mdb").write_bytes(b"")
    assert content_digest(one, "fessart") != content_digest(two, "fessart")


def edited_meanwhile(store: Store, tree: Path, content: Path) -> Published | Failed:
    go(store, content)
    found = verdict(store, content)
    change(tree, "Demain")
    (content / "fessart/infos/venir.md").write_text("Titre: Venir\n\nPas fini.\n", "utf-8")
    return go(store, content, LATER, {"fessart": found})


def test_what_is_edited_while_the_timer_builds_is_not_published(
    tree: Path, content: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MemoryStore()
    result = edited_meanwhile(store, tree, content)
    assert isinstance(result, Failed)
    assert "edited while it was built" in result.problems[0].text(str)
    assert read_head(store, "fessart").number == 1  # type: ignore[union-attr]
    monkeypatch.setattr(sites, "is_same", lambda *_: True)
    (content / "fessart/infos/venir.md").write_text("Titre: Venir\n\nBus 123.\n", "utf-8")
    assert isinstance(edited_meanwhile(MemoryStore(), tree, content), Published), "it would be without the check"


def test_the_city_s_tree_is_not_a_timer_s(tree: Path, content: Path) -> None:
    store = MemoryStore()
    go(store, content)
    rollback_head = series_key("ville", "heads", 1)
    before = store.objects[rollback_head]
    (tree.parent / "ville/ville.json").write_bytes(b'{"changed": true}')
    go(store, content, LATER, {"fessart": verdict(store, content)})
    assert list(store.keys("centres/ville/heads/")) == [rollback_head]
    assert store.objects[rollback_head] == before


def test_a_damaged_head_stops_no_other_centre(tree: Path, content: Path) -> None:
    store = MemoryStore()
    go(store, content)
    store.objects[series_key("escudier", "heads", 1)] = b"{"
    found = {v.slug: v for v in judge(store, content, ["escudier", "fessart"], LATER)}
    assert {slug: v.state for slug, v in found.items()} == {"escudier": State.DUE, "fessart": State.DUE}
    store.objects[series_key("fessart", "heads", 2)] = b"{"
    result = go(store, content, LATER, {"fessart": verdict(store, content)})
    assert isinstance(result, Failed)
    assert "damaged" in result.problems[0].text(str)


def test_a_folder_that_is_no_centre_s_is_never_due(content: Path) -> None:
    assert judge(MemoryStore(), content, ["Fessart", "../x"], NOW) == (
        Verdict("Fessart", State.NEVER), Verdict("../x", State.NEVER))  # fmt: skip
