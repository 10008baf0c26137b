"""Which bytes a browser can read, and whether it has them already (RFC 9110, sections 12.5.3 and 13.1.2). Pure."""

from __future__ import annotations

import re
from collections.abc import Collection

_WEIGHT = re.compile(r"[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


def choose_coding(accept: str | None, available: Collection[str]) -> str | None:
    """The content coding to send, best first (`br`, `gzip`); `None` for plain bytes, which everybody can read.

    Arguments:
        accept: the request's `Accept-Encoding`; a malformed part of it asks for nothing.
        available: codings that this file has.
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
        if coding in available and weight > heaviest:
            best, heaviest = coding, weight
    return best


def etag(digest: str) -> str:
    """The strong entity tag of bytes with this sha256."""
    return f'"{digest}"'


def is_fresh(if_none_match: str | None, tag: str) -> bool:
    """Whether the browser's copy is these bytes; `*` and weak tags count, a malformed header doesn't."""
    if if_none_match is None or len(if_none_match) > 4096:
        return False
    if if_none_match.strip(" \t") == "*":
        return True
    if _TAG.sub("", if_none_match).strip(" \t,"):
        return False
    return any(f'"{match.group(1)}"' == tag for match in _TAG.finditer(if_none_match))
