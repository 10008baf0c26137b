"""A SQLite file that nobody else reads: how it is opened, what a failing statement means, what is not read again."""

from __future__ import annotations

import asyncio
import functools
import os
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from time import monotonic
from typing import Any, Generic, ParamSpec, TypeVar

from publish.errors import N_, ServeError
from publish.gateway.sessions import SessionsDown

P = ParamSpec("P")
T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

BUSY_SECONDS = 2.0
"""Most that a lock held by another process is waited for."""

MOST_SHARED = 0.005
"""Seconds after which SQLite is asked again, however long one turn of the loop takes."""

MOST_KEPT = 4_096
"""Rows of one file that are not read again while nobody writes to it."""


def open_private(path: Path, prepare: Callable[[sqlite3.Connection], None]) -> sqlite3.Connection:
    """Open a file, made with its folder if need be, mode 0600; what is deleted in it is overwritten.

    Arguments:
        path: the file; a link is not followed.
        prepare: makes its tables.

    Raises:
        ServeError: it can't be made or opened, or is no such file.
    """
    db: sqlite3.Connection | None = None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite gives its journals the mode of the file, so the file comes first.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        path.chmod(0o600)
        db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA secure_delete = ON")
        # Outside a transaction, where SQLite would not hear it: a session's handles go with it.
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("BEGIN IMMEDIATE")
        prepare(db)
        db.execute("COMMIT")
    except (OSError, sqlite3.Error) as error:
        if db is not None:
            db.close()
        raise ServeError(
            N_("the sessions' file {path} can't be used ({cause}); check its folder's owner and free space"),
            path=path,
            cause=error,
        ) from error
    return db


def made_once(tables: str, layout: int) -> Callable[[sqlite3.Connection], None]:
    """For a file that is never made anew: makes its tables in an empty one, and refuses any other layout.

    Arguments:
        tables: SQL.
        layout: `user_version` of the file.
    """

    def prepare(db: sqlite3.Connection) -> None:
        (found,) = db.execute("PRAGMA user_version").fetchone()
        if found == 0:
            make_tables(db, tables, layout)
        elif found != layout:
            raise sqlite3.DatabaseError(f"layout {found}")

    return prepare


def make_tables(db: sqlite3.Connection, tables: str, layout: int) -> None:
    """Make tables, and note their layout."""
    for statement in tables.strip().split(";"):
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {layout}")


def or_down(method: Callable[P, Awaitable[T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """A method whose failing statement is `SessionsDown`: a full disk, a lock held too long, a damaged file."""

    @functools.wraps(method)
    async def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await method(*args, **kwargs)
        except sqlite3.Error as error:
            raise SessionsDown from error

    return asked


class Unchanged(Generic[K, V]):
    """What was read of a file, while nobody writes to it: at each request, SQLite is asked whether somebody did.

    `PRAGMA data_version` is another number once any other connection has committed, this process's or another one's;
    `total_changes` once this connection has written a row, by a cascade too (both are promises of sqlite.org). Requests
    that are here at the same time ask once together: what is received after a question is answered after `_ask_again`,
    for a loop calls in the order in which it was told to. No answer is shared for longer than `MOST_SHARED`.

    Arguments:
        db: to the file.
        read: of a key, what is kept; `None` is not.
    """

    def __init__(self, db: sqlite3.Connection, read: Callable[[K], V | None]) -> None:
        self._db = db
        self._read = read
        self._kept: dict[K, V] = {}
        self._state: tuple[int, int] | None = None
        self._others = 0
        self._asked_in: asyncio.AbstractEventLoop | None = None
        self._asked_at = 0.0

    def find(self, key: K) -> V | None:
        """What the file says now; inside a running loop."""
        # Before anything is read: what is committed meanwhile is seen at the next question.
        state = self._now()
        if state != self._state or len(self._kept) >= MOST_KEPT:
            self._kept.clear()
            self._state = state
        found = self._kept.get(key)
        if found is None and (found := self._read(key)) is not None:
            self._kept[key] = found
        return found

    def _now(self) -> tuple[int, int]:
        loop, moment = asyncio.get_running_loop(), monotonic()
        if self._asked_in is not loop or moment - self._asked_at > MOST_SHARED:
            (self._others,) = self._db.execute("PRAGMA data_version").fetchone()
            if self._asked_in is not loop:
                self._asked_in = loop
                loop.call_soon(self._ask_again)
            self._asked_at = moment
        return self._others, self._db.total_changes

    def _ask_again(self) -> None:
        self._asked_in = None
