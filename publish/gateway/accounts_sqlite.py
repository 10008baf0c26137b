"""Accounts in one SQLite file, beside the sessions'. It is never made anew: what it holds can't be asked for again."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from publish.gateway.accounts import (
    MOST_GUESSES,
    MOST_WRONG,
    MOST_WRONG_IN_ALL,
    NOBODY,
    WINDOW,
    WINDOW_IN_ALL,
    Account,
    Outcome,
)
from publish.gateway.private_sqlite import Unchanged, made_once, open_private, or_down
from publish.gateway.sessions import Clock

NAME = "accounts.sqlite3"
LAYOUT = 1

_TABLES = """
CREATE TABLE codes (code TEXT PRIMARY KEY, account TEXT NOT NULL, day TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX codes_account ON codes (account);
CREATE TABLE guesses (code TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE wrong (account TEXT NOT NULL, moment REAL NOT NULL);
CREATE INDEX wrong_account ON wrong (account, moment);
CREATE INDEX wrong_moment ON wrong (moment);
CREATE TABLE charters (account TEXT PRIMARY KEY, version TEXT NOT NULL, day TEXT NOT NULL) WITHOUT ROWID;
"""


class SqliteAccounts:
    """The `Accounts` protocol over one file.

    Arguments:
        path: the file; made with its folder, mode 0600.
        clock: the current moment.

    Raises:
        ServeError: the file can't be made or opened, or is of another layout.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        self._db = open_private(path, made_once(_TABLES, LAYOUT))
        self._rows = Unchanged(self._db, self._read)

    @or_down
    async def find(self, account: str) -> Account:
        """What is remembered."""
        return self._rows.find(account) or NOBODY

    @or_down
    async def redeem(self, account: str, code: str | None, *, right: bool, also: Collection[str] = ()) -> Outcome:
        """Judge, note and bind in one transaction."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            if self._too_many(account):
                return Outcome.TOO_MANY
            outcome = self._judge(account, code, right=right)
            if outcome is Outcome.BOUND:
                day = self._clock().date().isoformat()
                self._db.execute("INSERT OR IGNORE INTO codes VALUES (?, ?, ?)", (code, account, day))
            else:
                self._db.execute("INSERT INTO wrong VALUES (?, ?)", (account, self._now()))
            if code is not None and not right:
                self._db.executemany(
                    "INSERT INTO guesses VALUES (?, 1) ON CONFLICT (code) DO UPDATE SET number = number + 1",
                    [(each,) for each in (code, *also)],
                )
            return outcome

    @or_down
    async def accept(self, account: str, version: str) -> None:
        """Note that this version of the charter was accepted today."""
        day = self._clock().date().isoformat()
        self._db.execute("INSERT OR REPLACE INTO charters VALUES (?, ?, ?)", (account, version, day))

    @or_down
    async def sweep(self) -> int:
        """Forget wrong codes that no limit counts any more."""
        since = self._now() - WINDOW.total_seconds()
        return self._db.execute("DELETE FROM wrong WHERE moment <= ?", (since,)).rowcount

    async def close(self) -> None:
        """Close the file; its journal is folded back into it."""
        with suppress(sqlite3.Error):
            self._db.close()

    def _read(self, account: str) -> Account:
        rows = self._db.execute(
            "SELECT code, '' FROM codes WHERE account = ?1"
            " UNION ALL SELECT '', version FROM charters WHERE account = ?1",
            (account,),
        ).fetchall()
        charter = "".join(version for _, version in rows)
        return Account(frozenset(code for code, _ in rows if code), charter)

    def _too_many(self, account: str) -> bool:
        now = self._now()
        (own,) = self._db.execute(
            "SELECT count(*) FROM wrong WHERE account = ? AND moment > ?", (account, now - WINDOW.total_seconds())
        ).fetchone()
        (in_all,) = self._db.execute(
            "SELECT count(*) FROM wrong WHERE moment > ?", (now - WINDOW_IN_ALL.total_seconds(),)
        ).fetchone()
        return bool(own >= MOST_WRONG or in_all >= MOST_WRONG_IN_ALL)

    def _judge(self, account: str, code: str | None, *, right: bool) -> Outcome:
        if code is None or not right:
            return Outcome.WRONG
        owner = self._db.execute("SELECT account FROM codes WHERE code = ?", (code,)).fetchone()
        if owner is not None:
            return Outcome.BOUND if owner[0] == account else Outcome.USED
        guesses = self._db.execute("SELECT number FROM guesses WHERE code = ?", (code,)).fetchone()
        return Outcome.DEAD if guesses and guesses[0] >= MOST_GUESSES else Outcome.BOUND

    def _now(self) -> float:
        return self._clock().timestamp()
