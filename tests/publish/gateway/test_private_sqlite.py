"""What was read of a file is kept while nobody writes, and no longer."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from publish.gateway import private_sqlite
from publish.gateway.private_sqlite import Unchanged, made_once, open_private

TABLES = """
CREATE TABLE things (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE parts (name TEXT NOT NULL REFERENCES things (name) ON DELETE CASCADE);
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "things.sqlite3"


@pytest.fixture
def db(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_private(file, made_once(TABLES, 1))) as opened:
        opened.executemany("INSERT INTO things VALUES (?, ?)", [("a", "1"), ("b", "1")])
        opened.execute("INSERT INTO parts VALUES ('a')")
        yield opened


@pytest.fixture
def things(db: sqlite3.Connection) -> Unchanged[str, str]:
    def read(name: str) -> str | None:
        row = db.execute("SELECT value FROM things WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    return Unchanged(db, read)


@pytest.fixture
def other(file: Path, db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file, isolation_level=None)) as opened:
        yield opened


@pytest.fixture
def find(things: Unchanged[str, str], loop: asyncio.Runner) -> Callable[[str], str | None]:
    """As a request does that is alone."""

    async def ask(name: str) -> str | None:
        return things.find(name)

    return lambda name: loop.run(ask(name))


def asked(db: sqlite3.Connection, ask: Callable[[], object]) -> list[str]:
    """The statements that a question takes."""
    said: list[str] = []
    db.set_trace_callback(said.append)
    ask()
    db.set_trace_callback(None)
    return [statement.split()[0] for statement in said]


def test_a_row_is_read_once_and_the_file_asked_each_time(
    find: Callable[[str], str | None], db: sqlite3.Connection
) -> None:
    assert asked(db, lambda: find("a")) == ["PRAGMA", "SELECT"]
    for _ in range(2):
        assert asked(db, lambda: find("a")) == ["PRAGMA"]
    assert asked(db, lambda: find("none")) == asked(db, lambda: find("none")) == ["PRAGMA", "SELECT"]


@pytest.mark.parametrize("elsewhere", [True, False], ids=["another connection", "this connection"])
@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("UPDATE things SET value = '2' WHERE name = 'a'", "2"),
        ("DELETE FROM things WHERE name = 'a'", None),
        ("DELETE FROM things", None),
        ("INSERT OR REPLACE INTO things VALUES ('a', '3')", "3"),
    ],
)
def test_what_is_written_counts_at_the_next_question(
    find: Callable[[str], str | None],
    db: sqlite3.Connection,
    other: sqlite3.Connection,
    elsewhere: bool,
    statement: str,
    value: str | None,
) -> None:
    assert find("a") == "1"
    (other if elsewhere else db).execute(statement)
    assert find("a") == value


def test_what_is_under_way_elsewhere_counts_once_it_is_done(
    find: Callable[[str], str | None], other: sqlite3.Connection
) -> None:
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE things SET value = '2'")
    assert find("a") == "1"
    other.execute("COMMIT")
    assert find("a") == "2"


def test_requests_that_are_here_together_ask_once_and_whoever_comes_after_asks_again(
    things: Unchanged[str, str],
    db: sqlite3.Connection,
    other: sqlite3.Connection,
    loop: asyncio.Runner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(private_sqlite, "MOST_SHARED", float("inf"))  # a disk may be slow
    found: list[str | None] = []

    async def request() -> None:
        found.append(things.find("a"))

    async def write_then_request() -> None:
        other.execute("UPDATE things SET value = '2'")
        # Received after the writing: its task begins after whatever waits already.
        late.append(asyncio.create_task(request()))

    late: list[asyncio.Task[None]] = []

    async def together() -> None:
        await asyncio.gather(request(), request(), write_then_request(), request())
        await late[0]

    assert asked(db, lambda: loop.run(together())) == ["PRAGMA", "SELECT", "PRAGMA", "SELECT"]
    assert found == ["1", "1", "1", "2"]


def test_however_long_a_turn_takes_no_answer_is_old(
    things: Unchanged[str, str], db: sqlite3.Connection, loop: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(private_sqlite, "monotonic", lambda: now)

    async def turn() -> None:
        nonlocal now
        for _ in range(3):
            things.find("a")
            now += private_sqlite.MOST_SHARED * 0.75

    assert asked(db, lambda: loop.run(turn())) == ["PRAGMA", "SELECT", "PRAGMA"]


def test_what_this_connection_writes_counts_for_those_that_are_here_too(
    things: Unchanged[str, str], db: sqlite3.Connection, loop: asyncio.Runner
) -> None:
    async def one() -> tuple[str | None, str | None]:
        before = things.find("a")
        db.execute("DELETE FROM things")
        return before, things.find("a")

    assert loop.run(one()) == ("1", None)


def test_what_goes_by_itself_counts(db: sqlite3.Connection, loop: asyncio.Runner) -> None:
    def read(name: str) -> tuple[int]:
        found: tuple[int] = db.execute("SELECT count(*) FROM parts WHERE name = ?", (name,)).fetchone()
        return found

    parts = Unchanged(db, read)

    async def one() -> list[tuple[int] | None]:
        before = parts.find("a")
        db.execute("DELETE FROM things WHERE name = 'a'")
        return [before, parts.find("a")]

    assert loop.run(one()) == [(1,), (0,)]


def test_what_is_kept_is_bounded(
    things: Unchanged[str, str],
    find: Callable[[str], str | None],
    db: sqlite3.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(private_sqlite, "MOST_KEPT", 1)
    for _ in range(2):
        assert asked(db, lambda: find("a")) == ["PRAGMA", "SELECT"]
        assert asked(db, lambda: find("b")) == ["PRAGMA", "SELECT"]
    assert len(things._kept) == 1


def test_another_loop_asks_for_itself(
    find: Callable[[str], str | None], things: Unchanged[str, str], other: sqlite3.Connection
) -> None:
    """The answer that one loop has not forgotten yet, because it was stopped, counts in no other."""
    assert find("a") == "1"
    other.execute("UPDATE things SET value = '2'")

    async def ask() -> str | None:
        return things.find("a")

    assert asyncio.run(ask()) == "2"
