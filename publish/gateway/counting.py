"""Who reads what, kept in memory for half a minute, then only as marks in sketches. No answer waits for it.

Families alone are counted: not the staff, not the city, for they are no measure of what a site is to its readers.
"""

from __future__ import annotations

import hashlib
import hmac
import logging

import anyio

from publish.access import Decision, Person, Rule
from publish.gateway.counts import Ledger, Subject, subjects_of, week_of
from publish.gateway.sessions import Clock, SessionsDown

FLUSH_SECONDS = 30.0

MOST_PENDING = 50_000
"""Readings that wait for a ledger that does not answer; those beyond are not counted."""

_FAMILIES = frozenset({Rule.MEMBERSHIP, Rule.FAMILY_CODE, Rule.ENROLLED})
_log = logging.getLogger(__name__)


class Counting:
    """Notes readings, and hands them over.

    Arguments:
        ledger: where.
        clock: the current moment.
    """

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._pending: set[tuple[str, str, str, str]] = set()

    def note(self, person: Person, decision: Decision, centre: str, path: str) -> None:
        """Somebody got a path of a site, by this decision."""
        if decision.reason in _FAMILIES and len(self._pending) < MOST_PENDING and subjects_of(centre, path):
            self._pending.add((week_of(self._clock()), centre, path, f"{person.issuer}\0{person.subject}"))

    async def flush(self) -> None:
        """Hand over what was noted. A week that is over takes nothing more in: its salt is gone, or goes now."""
        running = week_of(self._clock())
        taken, self._pending = self._pending, set()
        handed_over = False
        try:
            await self._ledger.end_weeks(running)
            if mine := [reading for reading in taken if reading[0] == running]:
                salt = await self._ledger.salt(running)
                marks: dict[Subject, set[bytes]] = {}
                for _, centre, path, who in mine:
                    mark = hmac.new(salt, who.encode(), hashlib.sha256).digest()
                    for subject in subjects_of(centre, path):
                        marks.setdefault(subject, set()).add(mark)
                await self._ledger.add(running, {subject: frozenset(held) for subject, held in marks.items()})
            handed_over = True
        except SessionsDown:
            _log.warning("the counts' store does not answer: what was read is counted later")
        finally:
            # Cancelled on the way too. What arrived all the same counts once: a sketch knows its marks again.
            if not handed_over:
                self._pending |= set(list(taken)[: MOST_PENDING - len(self._pending)])

    async def run(self) -> None:
        """Hand over again and again, until cancelled; then once more."""
        try:
            while True:
                await anyio.sleep(FLUSH_SECONDS)
                await self.flush()
        finally:
            with anyio.CancelScope(shield=True), anyio.move_on_after(FLUSH_SECONDS):
                await self.flush()
            await self._ledger.close()
