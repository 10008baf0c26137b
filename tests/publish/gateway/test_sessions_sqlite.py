"""The SQLite store keeps the contract, and its file gives nothing to whoever reads it."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import stat
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from publish.errors import ServeError
from publish.gateway import sessions_sqlite
from publish.gateway.sessions import Sessions, handle, person_from_json, person_to_json
from publish.gateway.sessions_sqlite import SqliteSessions
from tests.publish.gateway.house import Moment
from tests.publish.gateway.sessions_contract import ATTEMPT, BROWSER, LIMITS, NEW, PERSON, STATE, SessionsContract


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "inside" / "sessions.sqlite3"


class TestSqliteSessions(SessionsContract):
    @pytest.fixture
    def sessions(self, file: Path, clock: Moment, loop: asyncio.Runner) -> Iterator[Sessions]:
        store = SqliteSessions(file, LIMITS, clock)
        yield store
        loop.run(store.close())


@pytest.fixture
def clock() -> Moment:
    return Moment()


@pytest.fixture
def store(file: Path, clock: Moment, loop: asyncio.Runner) -> Iterator[SqliteSessions]:
    opened = SqliteSessions(file, LIMITS, clock)
    yield opened
    loop.run(opened.close())


def test_only_the_owner_reads_the_files(store: SqliteSessions, file: Path, loop: asyncio.Runner) -> None:
    loop.run(store.open(NEW, None))
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
    assert len(found) == 3, "the journal is there too"
    assert set(found.values()) == {0o600}
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_file_that_others_could_read_is_closed_to_them(file: Path, loop: asyncio.Runner) -> None:
    file.parent.mkdir()
    file.touch(mode=0o644)
    store = SqliteSessions(file, LIMITS, Moment())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    loop.run(store.close())


def test_the_file_holds_no_value_of_a_browser(store: SqliteSessions, file: Path, loop: asyncio.Runner) -> None:
    token = loop.run(store.open(NEW, None))
    loop.run(store.begin(STATE, BROWSER, ATTEMPT))
    written = b"".join(path.read_bytes() for path in file.parent.iterdir())
    assert b"ecoles" in written, "this is not where it is written"
    for secret in (token, STATE, BROWSER):
        assert secret.encode() not in written


def test_no_handle_outlives_its_session(store: SqliteSessions, file: Path, clock: Moment, loop: asyncio.Runner) -> None:
    new = replace(NEW, handles=frozenset({handle("sid", "ecoles", "1"), handle("sub", "ecoles", "1")}))
    loop.run(store.end(loop.run(store.open(new, None))))
    loop.run(store.open(new, loop.run(store.open(new, None))))
    loop.run(store.end_by(handle("sid", "ecoles", "1")))
    loop.run(store.open(new, None))
    clock.later(hours=9)
    loop.run(store.sweep())
    with sqlite3.connect(file) as db:
        assert db.execute("SELECT count(*) FROM handles").fetchone() == (0,)
    db.close()


def test_what_is_kept_of_sessions_is_small_and_holds_no_id_token(store: SqliteSessions, loop: asyncio.Runner) -> None:
    """An ID token may have 64 KB, and is asked for once: by whoever signs out."""
    tokens = [loop.run(store.open(replace(NEW, id_token=f"{number:060000}"), None)) for number in range(300)]
    tracemalloc.start()
    for token in tokens:
        assert loop.run(store.find(token)) is not None
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(store._rows._kept) == 300
    assert held < 1_000_000
    assert loop.run(store.end(tokens[7])) == f"{7:060000}"
    assert "0" * 100 not in repr([(vars(session), rest) for session, *rest in store._rows._kept.values()])


def test_a_session_outlives_the_process(store: SqliteSessions, file: Path, loop: asyncio.Runner) -> None:
    token = loop.run(store.open(NEW, None))
    other = SqliteSessions(file, LIMITS, Moment())
    assert loop.run(other.find(token)) is not None
    loop.run(other.end(token))
    assert loop.run(store.find(token)) is None
    loop.run(other.close())


@pytest.mark.parametrize("person", ["", "{}", "[]", "null", '{"issuer": "x"}', person_to_json(PERSON)[:-5], "7"])
def test_a_damaged_row_is_no_session(store: SqliteSessions, file: Path, loop: asyncio.Runner, person: str) -> None:
    token = loop.run(store.open(NEW, None))
    with sqlite3.connect(file) as db:
        db.execute("UPDATE sessions SET person = ?", (person,))
    db.close()
    assert loop.run(store.find(token)) is None


def test_persons_go_round() -> None:
    assert person_from_json(person_to_json(PERSON)) == PERSON


@pytest.mark.parametrize(
    "text",
    [
        '{"issuer": "", "subject": "1", "memberships": [], "identifier": ""}',
        '{"issuer": "x", "subject": 1, "memberships": [], "identifier": ""}',
        '{"issuer": "x", "subject": "1", "memberships": [["king", "0929010U"]], "identifier": ""}',
        '{"issuer": "x", "subject": "1", "memberships": [["child", 7]], "identifier": ""}',
        '{"issuer": "x", "subject": "1", "memberships": ["child"], "identifier": ""}',
    ],
)
def test_what_is_no_person_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        person_from_json(text)


def test_a_file_of_another_layout_is_made_anew(file: Path, loop: asyncio.Runner) -> None:
    file.parent.mkdir()
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE sessions (anything TEXT)")
    db.close()
    store = SqliteSessions(file, LIMITS, Moment())
    assert loop.run(store.find(loop.run(store.open(NEW, None)))) is not None
    loop.run(store.close())


def test_a_file_that_is_no_database_is_an_error(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"not a database" * 100)
    with pytest.raises(ServeError, match="can't be used"):
        SqliteSessions(file, LIMITS, Moment())


def test_a_link_is_not_followed(file: Path, tmp_path: Path) -> None:
    file.parent.mkdir()
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ServeError):
        SqliteSessions(file, LIMITS, Moment())
    assert not (tmp_path / "elsewhere").exists()


def test_all_attempts_are_bounded(store: SqliteSessions, loop: asyncio.Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions_sqlite, "MOST_ATTEMPTS", 3)
    states = [f"{number:043}" for number in range(5)]
    for state in states:
        loop.run(store.begin(state, state, ATTEMPT))
    assert [state for state in states if loop.run(store.take(state, state))] == states[2:]
