"""Sessions in one SQLite file: the store of a single gateway.

Statements take some microseconds and run in the event loop. See private_sqlite.py for the file.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from publish.gateway.private_sqlite import Unchanged, make_tables, open_private, or_down
from publish.gateway.sessions import (
    ATTEMPT_LIFE,
    MOST_ATTEMPTS,
    MOST_PER_BROWSER,
    Attempt,
    Clock,
    Handle,
    Limits,
    NewSession,
    Session,
    new_token,
    person_from_json,
    person_to_json,
    token_hash,
)

LAYOUT = 3
"""`user_version` of the file; another one is set aside and made anew: people sign in again, nothing else is lost."""

_TABLES = """
CREATE TABLE sessions (
    token BLOB PRIMARY KEY, person TEXT NOT NULL, ent TEXT NOT NULL, display_name TEXT NOT NULL, id_token TEXT NOT NULL,
    csrf TEXT NOT NULL, started REAL NOT NULL, seen REAL NOT NULL, own_device INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_seen ON sessions (seen);
CREATE TABLE handles (
    handle BLOB NOT NULL, token BLOB NOT NULL REFERENCES sessions (token) ON DELETE CASCADE, PRIMARY KEY (handle, token)
) WITHOUT ROWID;
CREATE INDEX handles_token ON handles (token);
CREATE TABLE marks (mark BLOB PRIMARY KEY, forgotten REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE attempts (
    rank INTEGER PRIMARY KEY AUTOINCREMENT, state BLOB NOT NULL UNIQUE, browser BLOB NOT NULL, ent TEXT NOT NULL,
    nonce TEXT NOT NULL, verifier TEXT NOT NULL, back TEXT NOT NULL, started REAL NOT NULL,
    own_device INTEGER NOT NULL
);
CREATE INDEX attempts_browser ON attempts (browser);
"""


class SqliteSessions:
    """The `Sessions` protocol over one file.

    Arguments:
        path: the file; made with its folder, mode 0600.
        limits: how long sessions live.
        clock: the current moment.

    Raises:
        ServeError: the file can't be made or opened, or is not such a file.
    """

    def __init__(self, path: Path, limits: Limits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._db = open_private(path, _prepare)
        self._rows = Unchanged(self._db, self._read)

    @or_down
    async def open(self, new: NewSession, replaced: str | None) -> str:
        """Begin a session under a new value; the session of `replaced` ends."""
        token, now = new_token(), self._now()
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            if replaced is not None:
                self._db.execute("DELETE FROM sessions WHERE token = ?", (token_hash(replaced),))
            self._db.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    token_hash(token),
                    person_to_json(new.person),
                    new.ent,
                    new.display_name,
                    new.id_token,
                    new_token(),
                    now,
                    now,
                    new.own_device,
                ),
            )
            self._db.executemany(
                "INSERT INTO handles VALUES (?, ?)", [(handle, token_hash(token)) for handle in new.handles]
            )
        return token

    @or_down
    async def find(self, token: str) -> Session | None:
        """The living session of a browser's value, and note that it was used."""
        key, now = token_hash(token), self._now()
        row = self._rows.find(key)
        if row is None:
            return None
        session, started, seen = row
        if self._limits.left(now, started, seen, own_device=session.own_device) == 0:
            await self.end(token)
            return None
        if abs(now - seen) >= _seconds(self._limits.resolution):
            # A full disk must not lock readers out; their sessions only end earlier.
            with suppress(sqlite3.OperationalError):
                self._db.execute("UPDATE sessions SET seen = ? WHERE token = ?", (now, key))
        return session

    @or_down
    async def end(self, token: str) -> str:
        """End a session for good; its ID token."""
        statement = "DELETE FROM sessions WHERE token = ? RETURNING id_token"
        return "".join(hint for (hint,) in self._db.execute(statement, (token_hash(token),)).fetchall())

    @or_down
    async def end_by(self, handle: Handle) -> int:
        """End for good every session that was opened with this handle."""
        return self._db.execute(
            "DELETE FROM sessions WHERE token IN (SELECT token FROM handles WHERE handle = ?)", (handle,)
        ).rowcount

    @or_down
    async def begin(self, state: str, browser: str, attempt: Attempt) -> None:
        """Keep a pending sign-in; the oldest ones past a bound give way."""
        owner = token_hash(browser)
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute(
                "INSERT INTO attempts (state, browser, ent, nonce, verifier, back, started, own_device)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    token_hash(state),
                    owner,
                    attempt.ent,
                    attempt.nonce,
                    attempt.verifier,
                    attempt.back,
                    attempt.started.timestamp(),
                    attempt.own_device,
                ),
            )
            self._db.execute(
                "DELETE FROM attempts WHERE browser = ? AND rank NOT IN"
                " (SELECT rank FROM attempts WHERE browser = ? ORDER BY rank DESC LIMIT ?)",
                (owner, owner, MOST_PER_BROWSER),
            )
            self._db.execute(
                "DELETE FROM attempts WHERE rank <= (SELECT rank FROM attempts ORDER BY rank DESC LIMIT 1 OFFSET ?)",
                (MOST_ATTEMPTS,),
            )

    @or_down
    async def take(self, state: str, browser: str) -> Attempt | None:
        """The pending sign-in of this state and browser, once."""
        rows = self._db.execute(
            "DELETE FROM attempts WHERE state = ? AND browser = ? RETURNING"
            " ent, nonce, verifier, back, started, own_device",
            (token_hash(state), token_hash(browser)),
        ).fetchall()
        if not rows:
            return None
        ent, nonce, verifier, back, started, own = rows[0]
        if abs(self._now() - started) >= ATTEMPT_LIFE.total_seconds():
            return None
        return Attempt(ent, nonce, verifier, back, datetime.fromtimestamp(started, UTC), bool(own))

    @or_down
    async def once(self, mark: Handle, life: timedelta) -> bool:
        """Whether this mark is seen for the first time within `life`."""
        now = self._now()
        return (
            self._db.execute(
                "INSERT INTO marks VALUES (?1, ?3) ON CONFLICT (mark) DO UPDATE SET forgotten = ?3"
                " WHERE forgotten <= ?2",
                (mark, now, now + _seconds(life)),
            ).rowcount
            == 1
        )

    @or_down
    async def sweep(self) -> int:
        """Forget everything past its limits."""
        now = self._now()
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            ended = self._db.execute(
                "DELETE FROM sessions WHERE seen <= CASE own_device WHEN 0 THEN ? ELSE ? END OR started <= ?",
                (
                    now - _seconds(self._limits.idle_on(own_device=False)),
                    now - _seconds(self._limits.idle_on(own_device=True)),
                    now - _seconds(self._limits.absolute),
                ),
            ).rowcount
            lapsed = self._db.execute(
                "DELETE FROM attempts WHERE started <= ?", (now - _seconds(ATTEMPT_LIFE),)
            ).rowcount
            forgotten = self._db.execute("DELETE FROM marks WHERE forgotten <= ?", (now,)).rowcount
            return ended + lapsed + forgotten

    async def close(self) -> None:
        """Close the file; its journal is folded back into it."""
        with suppress(sqlite3.Error):
            self._db.close()

    def _read(self, key: bytes) -> tuple[Session, float, float] | None:
        """A session, and the moments of its beginning and of its last request; a damaged one ends.

        Without its ID token, which is long: what is read is kept.
        """
        row = self._db.execute(
            "SELECT person, ent, display_name, csrf, started, seen, own_device FROM sessions WHERE token = ?", (key,)
        ).fetchone()
        if row is None:
            return None
        person, ent, display_name, csrf, started, seen, own = row
        try:
            known, since = person_from_json(person), datetime.fromtimestamp(started, UTC)
        except (ValueError, OverflowError):
            self._db.execute("DELETE FROM sessions WHERE token = ?", (key,))
            return None
        session = Session(known, ent, display_name, own_device=bool(own), csrf=csrf, started=since)
        return session, started, seen

    def _now(self) -> float:
        return self._clock().timestamp()


def _seconds(length: timedelta) -> float:
    return length.total_seconds()


def _prepare(db: sqlite3.Connection) -> None:
    (layout,) = db.execute("PRAGMA user_version").fetchone()
    if layout == LAYOUT:
        return
    for table in ("handles", "sessions", "attempts", "marks"):
        db.execute(f"DROP TABLE IF EXISTS {table}")
    make_tables(db, _TABLES, LAYOUT)
