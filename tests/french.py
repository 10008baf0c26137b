"""French typography, for tests of what people read: which spaces must not break, which signs are not French."""

from __future__ import annotations

import re

_SPACES = (
    # `![` begins a photo in Markdown and `<!--` a comment: neither ends a sentence
    (re.compile(r"(?<![\u00a0\u202f;?!<])[;?!](?!\[)"), "no no-break space before"),
    (re.compile(r"(?<= ):|(?<![\u00a0\u202f])»"), "no no-break space before"),
    (re.compile(r"«(?![\u00a0\u202f])"), "no no-break space after"),
)
_SIGNS = (
    (re.compile(r"(?<=\w)'(?=\w)"), "a straight"),
    (re.compile(r"\.\.\."), "three dots:"),
)


def breaking_spaces(text: str) -> list[str]:
    """Each sign that a line may part from its word."""
    return _found(_SPACES, text)


def foreign_signs(text: str) -> list[str]:
    """Each sign that French writes otherwise."""
    return _found(_SIGNS, text)


def _found(rules: tuple[tuple[re.Pattern[str], str], ...], text: str) -> list[str]:
    return [
        f"{what} {match[0]} in: {text[max(0, match.start() - 20) : match.end() + 20]}"
        for pattern, what in rules
        for match in pattern.finditer(text)
    ]
