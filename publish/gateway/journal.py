"""Where the security log is kept: one private file a day, for as long as the city says, then no longer.

CNIL, recommendation on logging (2021): six months to a year, kept apart, for nothing else than security. Several
gateways of one machine may share the folder: each line is one write at the end of the file.
"""

from __future__ import annotations

import logging
import os
import re
from datetime import date, datetime, timedelta
from pathlib import Path

from publish.errors import N_, ServeError, cause_of
from publish.gateway.sessions import Clock

DAYS_A_MONTH = 31
"""Whole months are kept, so none counts for less."""

_NAME = re.compile(r"securite-(\d{4}-\d{2}-\d{2})\.jsonl")
_log = logging.getLogger(__name__)


class Journal:
    """Takes lines, and forgets old ones.

    Arguments:
        folder: made if need be, readable by nobody else.
        months: how long lines are kept.
        clock: the current moment; a file's day is the day in UTC, as in its lines.

    Raises:
        ServeError: nothing can be written there.
    """

    def __init__(self, folder: Path, months: int, clock: Clock) -> None:
        self._folder = folder
        self._kept = timedelta(days=months * DAYS_A_MONTH)
        self._clock = clock
        self._day: date | None = None
        self._handle = -1
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            self._turn(clock())
            self._forget(clock())
        except OSError as error:
            raise ServeError(
                N_("the security log can't be kept in {path}: {cause}"), path=folder, cause=cause_of(error)
            ) from error

    def write(self, line: str) -> None:
        """One whole line. A full disk locks no reader out: what is lost is said on the error stream."""
        try:
            now = self._clock()
            if self._turn(now):
                self._forget(now)
            os.write(self._handle, line.encode())
        except OSError as error:
            _log.error("the security log can't be written (%s): a line is lost", error.strerror)

    def flush(self) -> None:
        """Nothing waits: every line is written at once."""

    def close(self) -> None:
        """Let go of the file."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _turn(self, now: datetime) -> bool:
        """Go on in the file of this day; whether it is another one than before."""
        if now.date() == self._day:
            return False
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(self._folder / f"securite-{now.date().isoformat()}.jsonl", flags, 0o600)
        self.close()
        self._handle, self._day = handle, now.date()
        return True

    def _forget(self, now: datetime) -> None:
        oldest = (now - self._kept).date()
        for path in self._folder.iterdir():
            found = _NAME.fullmatch(path.name)
            if found and found[1] < oldest.isoformat():
                path.unlink(missing_ok=True)
