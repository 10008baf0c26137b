"""What a gateway remembers of an account for longer than a session: the letters' codes typed with it, and the charter.

Nothing of it lets anybody in by itself: the policy in force says what a code gives, and dropping it there ends that. An
account is a keyed hash; what is remembered are keyed hashes, a version and a date. One contract suite holds the stores.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from publish.access import Person
from publish.gateway.sessions import MOST_READ

MOST_WRONG = 5
"""Wrong codes that one account may type within `WINDOW`: its sessions and its devices together."""

WINDOW = timedelta(hours=24)

MOST_WRONG_IN_ALL = 300
"""Wrong codes within `WINDOW_IN_ALL`, whoever types them: beyond, no code is taken until the hour is over."""

WINDOW_IN_ALL = timedelta(hours=1)

MOST_GUESSES = 5
"""Wrong codes with the reference of one letter, ever: beyond, that letter's code is dead."""


class Outcome(StrEnum):
    """What became of a code that somebody typed; also the reason in the log."""

    BOUND = "code bound"
    WRONG = "code wrong"
    USED = "code used already"
    DEAD = "code guessed too often"
    TOO_MANY = "too many wrong codes"


@dataclass(frozen=True)
class Account:
    """What is remembered of one account.

    Arguments:
        codes: keyed hashes of the codes that it typed first.
        charter: version of the charter that it accepted last; empty if none.
    """

    codes: frozenset[str] = frozenset()
    charter: str = ""


NOBODY = Account()


class Accounts(Protocol):
    """A store of accounts. Every method but `close` raises `SessionsDown` where it can't know or keep what is asked."""

    async def find(self, account: str) -> Account:
        """What is remembered; an account that never was has nothing."""

    async def redeem(self, account: str, code: str | None, *, right: bool, also: Collection[str] = ()) -> Outcome:
        """Judge, note and bind in one step, whatever others do at once.

        Arguments:
            account: who types; see `account_of`.
            code: keyed hash of the code of the letter whose reference was typed; `None` if there is no such letter.
            right: whether the rest of the code was right too.
            also: codes of other centres' letters that have this reference: what is wrong counts against each.
        """

    async def accept(self, account: str, version: str) -> None:
        """Note that this version of the charter was accepted today; what was accepted before is forgotten."""

    async def sweep(self) -> int:
        """Forget wrong codes that no limit counts any more; how many. Codes and charters stay."""

    async def close(self) -> None:
        """Let go of files and connections."""


def account_of(key: bytes, person: Person) -> str:
    """What stands for a person: HMAC-SHA256 over issuer, NUL, subject, with a key derived from the lists' key."""
    return _hashed(key, person.issuer, person.subject)


@lru_cache(maxsize=MOST_READ)
def _hashed(key: bytes, issuer: str, subject: str) -> str:
    own = hmac.new(key, b"preau accounts", hashlib.sha256).digest()
    return hmac.new(own, f"{issuer}\0{subject}".encode(), hashlib.sha256).hexdigest()
