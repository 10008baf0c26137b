"""Which bytes a browser can read, whether it has them, and which part it wants (RFC 9110, 12.5.3, 13, 14). Pure."""

from __future__ import annotations

import re

_WEIGHT = re.compile(r"[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_RANGE = re.compile(r"[bB][yY][tT][eE][sS]=[ \t]*([0-9]{0,15})-([0-9]{0,15})[ \t]*")
_TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')

UNSATISFIABLE = object()
"""A part that begins after the end of the file."""


def choose_coding(accept: str | None) -> str | None:
    """The content coding to send, best first (`br`, `gzip`); `None` for plain bytes, which everybody can read.

    Arguments:
        accept: the request's `Accept-Encoding`; a malformed part of it asks for nothing.
    """
    weights: dict[str, float] = {}
    for part in (accept or "").split(","):
        name, _, parameter = part.strip(" \t").partition(";")
        match = _WEIGHT.fullmatch(parameter.strip(" \t"))
        if not parameter:
            weights[name.rstrip(" \t").lower()] = 1.0
        elif match:
            weights[name.rstrip(" \t").lower()] = float(match.group(1))
    best, heaviest = None, 0.0
    for coding in ("br", "gzip"):
        weight = weights.get(coding, weights.get("*", 0.0))
        if weight > heaviest:
            best, heaviest = coding, weight
    return best


def etag(digest: str, coding: str | None = None) -> str:
    """The entity tag of a file, known without compressing it.

    Arguments:
        digest: sha256 of its plain bytes, whose tag is strong.
        coding: in which it is sent; then the tag is weak, for another gateway's library may make other bytes.
    """
    return f'"{digest}"' if coding is None else f'W/"{digest}-{coding}"'


def is_fresh(if_none_match: str | None, tag: str) -> bool:
    """Whether the browser's copy is this file, compared weakly (13.1.2); `*` counts, a malformed header doesn't."""
    if if_none_match is None or len(if_none_match) > 4096:
        return False
    if if_none_match.strip(" \t") == "*":
        return True
    if _TAG.sub("", if_none_match).strip(" \t,"):
        return False
    return any(f'"{match.group(1)}"' == tag.removeprefix("W/") for match in _TAG.finditer(if_none_match))


def byte_range(asked: str, size: int) -> tuple[int, int] | object | None:
    """The one part of a file that `Range` asks for (RFC 9110, section 14.1.2).

    Arguments:
        asked: the header; several parts, another unit or a malformed header ask for the whole file: nothing that a
            browser sends makes more than one answer, or one longer than the file.
        size: of the file, in bytes.

    Returns (start, end), `UNSATISFIABLE`, or `None` for the whole file.
    """
    match = _RANGE.fullmatch(asked)
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        length = min(int(match[2]), size)
        return (size - length, size) if length else UNSATISFIABLE
    start, end = int(match[1]), int(match[2]) + 1 if match[2] else size
    if end <= start and match[2]:
        return None
    return (start, min(end, size)) if start < size else UNSATISFIABLE


def is_same(if_range: str | None, tag: str) -> bool:
    """Whether a part may be given: the browser has other parts of these very bytes, or of none. Dates never count."""
    return if_range is None or if_range.strip(" \t") == tag
