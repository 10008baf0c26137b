"""JSON that is what it must be, or refused: no key given twice, no NaN, no unknown or missing key, no other type."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import NoReturn

MOST_TEXT = 500
"""Characters of a text, unless it is told otherwise."""

_FORBIDDEN = re.compile("[\\x00-\\x1f\\x7f\\ud800-\\udfff]")


class Malformed(ValueError):
    """Bytes that are not the expected JSON; the text says what was found, for the log."""


class Newer(Malformed):
    """Not damaged, as far as can be told: a later version wrote it."""


class Twice(Malformed):
    """A key that a table gives twice: readers would not agree on its value."""


def dump(value: object) -> bytes:
    """Canonical bytes: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def load(data: bytes, *, most: int) -> object:
    """Parse at most `most` bytes.

    Raises:
        Malformed: too long, not UTF-8, not JSON, nested too deep, a key given twice, or a number that JSON has not.
    """
    if len(data) > most:
        raise Malformed(f"{len(data)} bytes, more than {most}")
    try:
        return json.loads(data.decode(), object_pairs_hook=_pairs, parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed(str(error)) from error


def table(value: object, keys: Collection[str], where: str) -> dict[str, object]:
    """`value` as a table that has exactly these keys."""
    if not isinstance(value, dict):
        raise Malformed(f"{where} is not a table")
    if value.keys() != set(keys):
        raise Malformed(f"{where} has the keys {sorted(value)} instead of {sorted(keys)}")
    return value


def edition(value: object, known: Collection[int]) -> int:
    """The number of a format, one of those that are known."""
    if not isinstance(value, int) or isinstance(value, bool) or value not in known:
        kind = Newer if isinstance(value, int) and value > max(known) else Malformed
        raise kind(f"format {value!r:.80}")
    return value


def mapping(value: object, where: str) -> dict[str, object]:
    """`value` as a table with free keys."""
    if not isinstance(value, dict):
        raise Malformed(f"{where} is not a table")
    return value


def text(value: object, where: str, *, most: int = MOST_TEXT) -> str:
    """`value` as a text without control characters or halves of a surrogate pair."""
    if not isinstance(value, str) or len(value) > most or _FORBIDDEN.search(value):
        raise Malformed(f"{where} is not a text")
    return value


def number(value: object, where: str, *, most: int) -> int:
    """`value` as a whole number from 0 to `most`."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise Malformed(f"{where} is not a number from 0 to {most}")
    return value


def texts(value: object, where: str, *, most: int = 100_000) -> tuple[str, ...]:
    """`value` as a list of texts, none given twice."""
    if not isinstance(value, list) or len(value) > most:
        raise Malformed(f"{where} is not a list")
    found = tuple(text(item, where) for item in value)
    if len(set(found)) != len(found):
        raise Malformed(f"{where} names something twice")
    return found


def texts_in_order(value: object, where: str, *, number: int) -> tuple[str, ...]:
    """`value` as a list of this number of texts, each in its place."""
    if not isinstance(value, list) or len(value) != number:
        raise Malformed(f"{where} is not a list of {number} texts")
    return tuple(text(item, where) for item in value)


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Twice("a key is given twice")
    return found


def _constant(name: str) -> NoReturn:
    raise Malformed(f"{name} is not a number")
