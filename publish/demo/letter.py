"""The demonstration's letter: one code, which opens a centre to somebody of whom the ENT says too little."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from publish.access import Grant, LetterCode, MembershipKind
from publish.letter_codes import code_hash, new_code, reference, shown
from publish.policies import Signature, add_codes, read_policy
from publish.stores import Store

FIRST = "fessart"
"""Where there is no such centre, the first one."""


@dataclass(frozen=True)
class DemoLetter:
    """What would stand on paper.

    Arguments:
        slug: of the centre that it opens.
        code: as somebody types it.
    """

    slug: str
    code: str


def write_letter(store: Store, centres: Mapping[str, str], key: bytes, now: datetime) -> DemoLetter | None:
    """Put the letter's code in force, where it is not yet; `None` where no parent could enter with it.

    Arguments:
        key: of the hashes; the code is made of it, so that it stays the same from one run to the next.
        now: moment noted in the rules.
    """
    slug = FIRST if FIRST in centres else min(centres)
    found = read_policy(store, slug)
    if found is None or not found.policy.schools or MembershipKind.GUARDIAN not in found.policy.admitted:
        return None
    numbers = iter(hmac.new(key, b"preau demo letter", hashlib.sha256).digest())
    code = new_code(lambda below: next(numbers) % below)
    entry = LetterCode(reference(code), code_hash(key, code), Grant.GUARDIAN, min(found.policy.schools), date.max)
    if all(held.ref != entry.ref for held in found.policy.codes):
        add_codes(store, slug, [entry], Signature(now, "preau demo"))
    return DemoLetter(slug, shown(code))
