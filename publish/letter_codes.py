"""The codes of letters: `X7KD-3MPT-9WCQ`. How they are made, read back from what somebody types, and hashed. Pure.

The first four signs are the letter's reference, which may be said on the telephone; the other eight are the secret, 31
bits of it and a check sign. A wrong guess counts against the reference, so that no code can be guessed at length.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

ALPHABET = "2346789CDFHJKMNPQRTVWXY"
"""23 signs that nobody takes for another (0 O, 1 I L, 5 S, B, G, U, Z are left out), without vowels: no word comes out.

Their number is prime, so that the check sign below finds each wrong sign and each two that changed places.
"""

GROUP = 4
LENGTH = 12
MOST_TYPED = 64
"""Characters that are looked at."""


def new_code(choose: Callable[[int], int]) -> str:
    """A new code, without its hyphens.

    Arguments:
        choose: a random number below the one given (`secrets.randbelow`).
    """
    signs = "".join(ALPHABET[choose(len(ALPHABET))] for _ in range(LENGTH - 1))
    return signs + _check(signs)


def shown(code: str) -> str:
    """A code as a letter shows it, in groups."""
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def typed(text: str) -> str | None:
    """The code that somebody typed, whatever its case, spaces and hyphens; `None` if a sign of it must be wrong."""
    if len(text) > MOST_TYPED:
        return None
    code = "".join(sign for sign in text.upper() if not sign.isspace() and sign not in "-‐‑–—._")
    if len(code) != LENGTH or any(sign not in ALPHABET for sign in code):
        return None
    return code if _check(code[:-1]) == code[-1] else None


def reference(code: str) -> str:
    """The reference of a code's letter."""
    return code[:GROUP]


def is_reference(text: str) -> bool:
    """Whether a text has the form of a letter's reference."""
    return len(text) == GROUP and all(sign in ALPHABET for sign in text)


def code_hash(key: bytes, code: str) -> str:
    """Keyed hash under which a policy holds a code: HMAC-SHA256 with a key of its own, derived from the lists' key."""
    own = hmac.new(key, b"preau letter codes", hashlib.sha256).digest()
    return hmac.new(own, code.encode(), hashlib.sha256).hexdigest()


def _check(signs: str) -> str:
    """The sign that makes the weighted sum of all a multiple of 23; weights differ from sign to sign."""
    total = sum(weight * ALPHABET.index(sign) for weight, sign in enumerate(signs, 2))
    return ALPHABET[-total % len(ALPHABET)]
