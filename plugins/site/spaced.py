"""Names of files with spaces, as computers and telephones give them: Markdown ends an address at the first space.

`![Une figue](Photo été 1 (2).JPG "Mûre")` would be no photo but these very signs on the page, and nobody would be told;
nor of `![Une figue](Photo été 1)`, as Windows shows that name.
"""

from __future__ import annotations

import re
from typing import Any

from markdown_it import helpers

_ENDING = r"\.(?:jpe?g|png|webp|hei[cf]|avif|pdf|md)"
FILE = rf"[^\s<>\"\\][^\n<>\"\\]{{0,200}}?{_ENDING}(?=[ \t]*\)|[ \t]+[\"'])"
"""Up to the end of a file's name, where the address may end: before `)`, or before a caption."""

_FILE = re.compile(FILE, re.IGNORECASE)
_IMAGE = re.compile(r"!\[[^\[\]]*\]\([ \t]*")
_LABEL = 500
"""Characters of an image, before its address, that are looked at again."""
_REST = re.compile(r"(?!\s)(?:[^\n<>\"\\()]|\([^\n<>\"\\()]{0,200}\)){1,200}?(?=[ \t]*\)|[ \t]+[\"'])")
_PLAIN = re.compile(rf"\S{{1,300}}{_ENDING}\s+\([^()]*\)\s*\)|[^\s()]{{1,300}}(?:\s*\)|\s+[\"'])", re.IGNORECASE)
"""An address with nothing after it but a caption; one in brackets, only after the end of a file's name."""


class Destinations:
    """Stands for `markdown_it.helpers`."""

    parseLinkLabel = staticmethod(helpers.parseLinkLabel)  # noqa: N815 - names of markdown-it
    parseLinkTitle = staticmethod(helpers.parseLinkTitle)  # noqa: N815

    @staticmethod
    def parseLinkDestination(string: str, pos: int, maximum: int) -> Any:  # noqa: N802
        """An address; with spaces only if it is a file's name whose brackets are closed, or all that an image has: what
        is no photo then is told, where it would be signs on the page.
        """
        found = helpers.parseLinkDestination(string, pos, maximum)
        spaced = _FILE.match(string, pos, maximum)
        if not (spaced and " " in spaced[0] and _closed(spaced[0])):
            is_left = _of_image(string, pos) and not _PLAIN.match(string, pos, maximum)
            spaced = _REST.match(string, pos, maximum) if is_left else None
        if spaced and " " in spaced[0]:
            found.ok, found.pos, found.str = True, spaced.end(), spaced[0]
        return found


def _of_image(string: str, pos: int) -> bool:
    """Whether an image's address, and not a link's, begins here."""
    start = string.rfind("![", max(0, pos - _LABEL), pos)
    return start >= 0 and string[start - 1 : start] != "\\" and _IMAGE.fullmatch(string, start, pos) is not None


def _closed(name: str) -> bool:
    depth = 0
    for sign in name:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return False
    return depth == 0
