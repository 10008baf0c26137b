"""What is counted, in one SQLite file beside the sessions': what is deleted in it is overwritten."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import suppress
from pathlib import Path

from publish.gateway.counts import LEAST, SALT_BYTES, Figure, Marks, Subject, oldest_kept
from publish.gateway.counts_sketch import counted, grown
from publish.gateway.private_sqlite import made_once, open_private, or_down

NAME = "counts.sqlite3"
LAYOUT = 1

_TABLES = """
CREATE TABLE salts (week TEXT PRIMARY KEY, salt BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE sketches (
    week TEXT NOT NULL, centre TEXT NOT NULL, kind TEXT NOT NULL, post TEXT NOT NULL, sketch BLOB NOT NULL,
    PRIMARY KEY (week, centre, kind, post)
) WITHOUT ROWID;
CREATE TABLE figures (
    week TEXT NOT NULL, centre TEXT NOT NULL, kind TEXT NOT NULL, post TEXT NOT NULL, people INTEGER NOT NULL,
    PRIMARY KEY (week, centre, kind, post)
) WITHOUT ROWID;
"""


class SqliteLedger:
    """The `Ledger` protocol over one file.

    Arguments:
        path: the file; made with its folder, mode 0600.

    Raises:
        ServeError: the file can't be made or opened, or is of another layout.
    """

    def __init__(self, path: Path) -> None:
        self._db = open_private(path, made_once(_TABLES, LAYOUT))

    @or_down
    async def salt(self, week: str) -> bytes:
        """This week's salt, made when first asked."""
        self._db.execute("INSERT OR IGNORE INTO salts VALUES (?, ?)", (week, secrets.token_bytes(SALT_BYTES)))
        (salt,) = self._db.execute("SELECT salt FROM salts WHERE week = ?", (week,)).fetchone()
        return bytes(salt)

    @or_down
    async def add(self, week: str, marks: Marks) -> None:
        """Take marks in, all or none."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            for subject, new in marks.items():
                key = (week, subject.centre, subject.kind, subject.post)
                row = self._db.execute(
                    "SELECT sketch FROM sketches WHERE (week, centre, kind, post) = (?, ?, ?, ?)", key
                ).fetchone()
                self._db.execute(
                    "INSERT OR REPLACE INTO sketches VALUES (?, ?, ?, ?, ?)",
                    (*key, grown(row[0] if row else None, new)),
                )

    @or_down
    async def end_weeks(self, running: str) -> int:
        """Turn past weeks into figures, and destroy what they were made of."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            rows = self._db.execute(
                "SELECT week, centre, kind, post, sketch FROM sketches WHERE week <> ?", (running,)
            ).fetchall()
            for *key, sketch in rows:
                number = counted(sketch)
                if number >= LEAST:
                    self._db.execute("INSERT OR REPLACE INTO figures VALUES (?, ?, ?, ?, ?)", (*key, number))
            ended = self._db.execute("DELETE FROM salts WHERE week <> ?", (running,)).rowcount
            self._db.execute("DELETE FROM sketches WHERE week <> ?", (running,))
            self._db.execute("DELETE FROM figures WHERE week < ?", (oldest_kept(running),))
        if ended:
            # The journal still holds the pages as they were.
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return ended

    @or_down
    async def figures(self) -> list[Figure]:
        """Every figure that may be shown."""
        past = self._db.execute("SELECT week, centre, kind, post, people FROM figures").fetchall()
        running = self._db.execute("SELECT week, centre, kind, post, sketch FROM sketches").fetchall()
        found = [Figure(week, Subject(*key), number, ended=True) for week, *key, number in past]
        found += [Figure(week, Subject(*key), counted(sketch), ended=False) for week, *key, sketch in running]
        return [figure for figure in found if figure.people >= LEAST]

    async def close(self) -> None:
        """Close the file; its journal is folded back into it."""
        with suppress(sqlite3.Error):
            self._db.close()
