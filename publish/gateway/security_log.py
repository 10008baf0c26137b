"""The security log: who signed in, was refused, signed out. JSON lines, pseudonymous, nothing of a request.

A person is a keyed hash of issuer and subject, with a key of its own: lines of one person can be put together, lists
and lines can't. What is written is a constant of this code, the id of a provider, the slug of a centre or a UAI.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from publish.access import Person
from publish.gateway.sessions import Clock

MOST_A_MINUTE = 300
"""Lines of one event about one person, or about nobody known: a flood neither fills the disk nor hides the others."""


class Event(StrEnum):
    """What a line tells."""

    SIGN_IN = "sign-in"
    SIGN_IN_FAILED = "sign-in failed"
    PROVIDER_DOWN = "provider down"
    REFUSED = "refused"
    SIGN_OUT = "sign-out"
    PROVIDER_SIGN_OUT = "provider sign-out"
    PROVIDER_SIGN_OUT_REFUSED = "provider sign-out refused"
    DROPPED_UAI = "dropped uai"
    SCHOOLS_WITHHELD = "schools withheld"
    FORGED_FORM = "forged form"
    IDENTITY_HEADER = "identity header"
    FOREIGN_HOST = "foreign host"
    POLICY_CHANGED = "policy changed"
    CODE_BOUND = "code bound"
    CODE_REFUSED = "code refused"
    CHARTER_ACCEPTED = "charter accepted"


class Lines(Protocol):
    """Where lines go."""

    def write(self, line: str, /) -> object:
        """One whole line."""

    def flush(self) -> None:
        """Let nothing wait."""


class SecurityLog:
    """Writes lines.

    Arguments:
        stream: each line is flushed.
        clock: the current moment.
        access_key: key of the lists; the log's own is derived from it.
    """

    def __init__(self, stream: Lines, clock: Clock, access_key: bytes) -> None:
        self._stream = stream
        self._clock = clock
        self._key = hmac.new(access_key, b"preau security log", hashlib.sha256).digest()
        self._lock = threading.Lock()
        self._minute = 0
        self._said: dict[tuple[Event, str], int] = {}

    def write(self, event: Event, person: Person | None = None, **facts: str) -> None:
        """One line; beyond `MOST_A_MINUTE` like it, only their number is said once the minute is over (`left_out`).

        Arguments:
            facts: `ent`, `centre`, `letter`, `policy`, `version`, `reason`, `sessions`, `uai`: never what a browser or
                a provider chose freely.
        """
        now, who = self._clock(), self.pseudonym(person) if person is not None else ""
        with self._lock:
            minute = int(now.timestamp() // 60)
            if minute != self._minute:
                for (other, whose), number in self._said.items():
                    if number > MOST_A_MINUTE:
                        self._put(now, other, whose, {"left_out": str(number - MOST_A_MINUTE)})
                self._minute, self._said = minute, {}
            number = self._said[event, who] = self._said.get((event, who), 0) + 1
            if number <= MOST_A_MINUTE:
                self._put(now, event, who, facts)

    def _put(self, now: datetime, event: Event, who: str, facts: Mapping[str, str]) -> None:
        line = {"time": now.isoformat(timespec="seconds"), "event": str(event), **facts}
        text = json.dumps(line | ({"person": who} if who else {}), ensure_ascii=True, sort_keys=True)
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def policy_changed(self, slug: str, number: int) -> None:
        """Another policy of a centre is in force here from now on; `preau access history` says what it changed."""
        self.write(Event.POLICY_CHANGED, centre=slug, policy=str(number))

    def pseudonym(self, person: Person) -> str:
        """What stands for a person in the log."""
        return hmac.new(self._key, f"{person.issuer}\0{person.subject}".encode(), hashlib.sha256).hexdigest()[:24]
