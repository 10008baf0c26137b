"""Sessions and pending sign-ins: what they hold and what any store of them promises. No I/O here.

A browser holds a random value; a store knows only its sha256, so that reading the store gives nobody a session. The
promises are held by one contract suite, which every store runs.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Protocol

from publish.access import Membership, MembershipKind, Person

Handle = bytes
"""What a provider may call sessions by, hashed; see `handle`."""

Once = Callable[[Handle, timedelta], Awaitable[bool]]
"""See `Sessions.once`."""

Clock = Callable[[], datetime]
"""The current moment, with its zone."""

ATTEMPT_LIFE = timedelta(minutes=10)
"""How long somebody may take to sign in at the ENT."""

MOST_ATTEMPTS = 20_000
"""Pending sign-ins in all; beyond, the oldest give way: a flood must outrun 20,000 within one family's sign-in."""

MOST_PER_BROWSER = 20
"""Pending sign-ins of one browser (its tabs); beyond, its oldest give way."""

MOST_READ = 4_096
"""Persons whose text is not parsed, and whose hash is not made, again at each request. The store itself is asked at
each: SQLite whether anything was written, a server for the session and for what is remembered of the account."""


class SessionsDown(Exception):
    """What is kept of sessions and accounts can't be read or written now: nobody is let in, and nothing is lost."""


_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Limits:
    """How long a session lives.

    Arguments:
        idle: without a request.
        absolute: in any case.
        own_device: without a request, where somebody said that the device is theirs; `None`: as anywhere else.
    """

    idle: timedelta
    absolute: timedelta
    own_device: timedelta | None = None

    @cached_property
    def resolution(self) -> timedelta:
        """How late the last request may be noted: a session may end that much earlier, never later."""
        return min(timedelta(seconds=60), self.idle / 10)

    def idle_on(self, *, own_device: bool) -> timedelta:
        """How long without a request on such a device."""
        return self.own_device if own_device and self.own_device else self.idle

    def left(self, now: float, started: float, seen: float, *, own_device: bool) -> float:
        """Seconds that a session has left without a request, from moments in seconds; 0: it is over."""
        # A moment in the future (a clock set back) is no licence to live longer.
        idle = self.idle_on(own_device=own_device).total_seconds() - abs(now - seen)
        absolute = self.absolute.total_seconds() - abs(now - started)
        return min(idle, absolute) if idle > 0 and absolute > 0 else 0.0  # what is no number (NaN) is over


@dataclass(frozen=True)
class NewSession:
    """What a sign-in gives.

    Arguments:
        person: who; the only thing that decisions see.
        ent: id of the provider.
        display_name: shown to this person alone; may be empty.
        id_token: given back to the provider at sign-out (`id_token_hint`), and by `end` alone; may be empty.
        handles: by what the provider may end it (`end_by`); not given back by `find`.
        own_device: whether they said that this device is theirs.
    """

    person: Person
    ent: str
    display_name: str = field(default="", repr=False)
    id_token: str = field(default="", repr=False)
    handles: frozenset[Handle] = field(default=frozenset(), repr=False)
    own_device: bool = False


@dataclass(frozen=True)
class Session(NewSession):
    """A living session.

    Arguments:
        csrf: a random value that this session's forms carry.
        started: moment of the sign-in.
    """

    csrf: str = field(default="", repr=False, kw_only=True)
    started: datetime = field(kw_only=True)


@dataclass(frozen=True)
class Attempt:
    """A sign-in under way. Single use.

    Arguments:
        ent: the provider for which it was made, and for no other.
        nonce: must come back in the ID token.
        verifier: PKCE code verifier.
        back: path to return to, already checked.
        started: moment it was made.
        own_device: whether the box « this device is mine » was ticked.
    """

    ent: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    back: str
    started: datetime
    own_device: bool = False


class Sessions(Protocol):
    """A store of sessions and pending sign-ins. Times come from the clock that it was made with.

    Every method but `close` raises `SessionsDown` where it can't know or keep what is asked.
    """

    async def open(self, new: NewSession, replaced: str | None) -> str:
        """Begin a session; the value for the browser, always a new one. The session of `replaced` ends."""

    async def find(self, token: str) -> Session | None:
        """The living session of a browser's value, and note that it was used; `None` past a limit or after `end`."""

    async def end(self, token: str) -> str:
        """End a session for good; its `id_token`. One that does not exist is no error, and has none."""

    async def end_by(self, handle: Handle) -> int:
        """End for good every session that was opened with this handle; how many there were."""

    async def begin(self, state: str, browser: str, attempt: Attempt) -> None:
        """Keep a pending sign-in under its state, bound to a browser's value."""

    async def take(self, state: str, browser: str) -> Attempt | None:
        """The pending sign-in of this state and browser, once; `None` if used, too old, or another browser's."""

    async def once(self, mark: Handle, life: timedelta) -> bool:
        """Whether this mark is seen for the first time within `life`: what may be used once (a ticket, a `jti`)."""

    async def sweep(self) -> int:
        """Forget everything past its limits; how many."""

    async def close(self) -> None:
        """Let go of files and connections."""


def new_token() -> str:
    """32 random bytes, as a cookie or a URL may hold them."""
    return secrets.token_urlsafe(32)


def is_token(text: str) -> bool:
    """Whether a browser's value has the form of `new_token`."""
    return _TOKEN.fullmatch(text) is not None


def token_hash(token: str) -> bytes:
    """What a store keeps of a browser's value. It has 256 random bits: a plain hash can't be searched."""
    return hashlib.sha256(token.encode()).digest()


def handle(*parts: str) -> Handle:
    """The hash of what a provider calls a session by: a sort ("ticket", "sid", "sub"), its id, and its own value.

    Parts are kept apart, so that no value of one sort can pass for another's.
    """
    return hashlib.sha256(json.dumps(parts).encode()).digest()


def person_to_json(person: Person) -> str:
    """A person, for a store."""
    held = sorted((str(membership.kind), membership.uai) for membership in person.memberships)
    return json.dumps(
        {"issuer": person.issuer, "subject": person.subject, "memberships": held, "identifier": person.identifier}
    )


@lru_cache(maxsize=MOST_READ)
def person_from_json(text: str) -> Person:
    """The person that `person_to_json` wrote. The same text is the same person: it is read once while many ask.

    Raises:
        ValueError: it is anything else; the session then counts as none.
    """
    try:
        raw = json.loads(text)
        issuer, subject, identifier = raw["issuer"], raw["subject"], raw["identifier"]
        held = frozenset(Membership(MembershipKind(kind), uai) for kind, uai in raw["memberships"])
    except (KeyError, TypeError) as error:
        raise ValueError("not a person") from error
    texts = (issuer, subject, identifier, *(membership.uai for membership in held))
    if not all(isinstance(item, str) for item in texts) or not issuer or not subject:
        raise ValueError("not a person")
    return Person(issuer, subject, held, identifier)
