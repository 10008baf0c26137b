"""French typography on plain text: no-break spaces, apostrophes, hours. Never given code or addresses."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

NARROW = "\u202f"
"""Narrow no-break space: before ; : ! ? » and after «, and inside hours."""

NO_BREAK = "\u00a0"

_SPACES = r"[ \u00a0\u202f]"
_WORD = re.compile(r"\S+")
_URL = re.compile(r"(?:https?://|www\.)(?=\S)")
_MONTHS = "(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)"


def _unbroken(m: re.Match[str]) -> str:
    return re.sub(_SPACES, NO_BREAK, m[0])


_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(?<=\w)'(?=[\w«]|$)"), "’"),
    (re.compile(r"\.\.\."), "…"),
    # 13h30, 13 h 30, 8h, 8 H: an hour, not a word
    (re.compile(rf"(?<![\w.,])(\d{{1,2}}){_SPACES}?[hH]{_SPACES}?(\d\d)(?!\w)"), rf"\1{NARROW}h{NARROW}\2"),
    (re.compile(rf"(?<![\w.,])(\d{{1,2}}){_SPACES}?[hH](?!\w)"), rf"\1{NARROW}h"),
    (re.compile(rf"«{_SPACES}*"), f"«{NARROW}"),
    (re.compile(rf"(?<!{_SPACES}){_SPACES}*»"), f"{NARROW}»"),
    (re.compile(rf"(?<!{_SPACES}){_SPACES}+([;:!?])"), rf"{NARROW}\1"),
    (re.compile(r"(?<=[\w)\]»’…%€])([;:!?]+)(?=\s|$|»)"), rf"{NARROW}\1"),
    (re.compile(rf"(?<=\d){_SPACES}(?=(?:€|%|°C|km|m|kg|g|min|ans|euros)\b|€|%)"), NO_BREAK),
    # a day and its month, and the pairs of a telephone number, stay on one line
    (re.compile(rf"(?<!\w)(\d{{1,2}}|1er){_SPACES}(?={_MONTHS}\b)"), rf"\1{NO_BREAK}"),
    (re.compile(rf"(?<!\d)0\d(?:{_SPACES}\d\d){{4}}(?!\d)"), _unbroken),
    (re.compile(rf"\b(n°|N°|p\.|M\.|Mme){_SPACES}(?=\S)"), rf"\1{NO_BREAK}"),
)  # fmt: skip


@lru_cache(maxsize=1024)
def typo(text: str) -> str:
    """The text as French typography writes it; addresses in it are left alone. Twice changes nothing more."""
    parts: list[str] = []
    end = 0
    for m in _WORD.finditer(text):
        begins = _address(m[0])
        if begins is not None:
            parts += [_apply(text[end : m.start() + begins]), m[0][begins:]]
            end = m.end()
    parts.append(_apply(text[end:]))
    return "".join(parts)


def _address(word: str) -> int | None:
    """Where a web or e-mail address begins in a word. Word by word, and no further: a pasted file is one long word."""
    at = word.find("@", 1)
    if at > 0 and word.rfind(".", 0, -1) > at + 1:
        return 0
    m = _URL.search(word)
    return m.start() if m else None


def _apply(text: str) -> str:
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
