"""Names of files with spaces, as computers and telephones give them: Markdown ends an address at the first space.

`![Une figue](Photo été 1 (2).JPG "Mûre")` would be no photo but these very signs on the page, and nobody would be told.
"""

from __future__ import annotations

import re
from typing import Any

from markdown_it import helpers

FILE = r"[^\s<>\"\\][^\n<>\"\\]{0,200}?\.(?:jpe?g|png|webp|hei[cf]|avif|pdf|md)(?=[ \t]*\)|[ \t]+[\"'])"
"""Up to the end of a file's name, where the address may end: before `)`, or before a caption."""

_FILE = re.compile(FILE, re.IGNORECASE)


class Destinations:
    """Stands for `markdown_it.helpers`."""

    parseLinkLabel = staticmethod(helpers.parseLinkLabel)  # noqa: N815 - names of markdown-it
    parseLinkTitle = staticmethod(helpers.parseLinkTitle)  # noqa: N815

    @staticmethod
    def parseLinkDestination(string: str, pos: int, maximum: int) -> Any:  # noqa: N802
        """An address; with spaces only if it is a file's name whose brackets are closed."""
        found = helpers.parseLinkDestination(string, pos, maximum)
        spaced = _FILE.match(string, pos, maximum)
        if spaced and " " in spaced[0] and _closed(spaced[0]):
            found.ok, found.pos, found.str = True, spaced.end(), spaced[0]
        return found


def _closed(name: str) -> bool:
    depth = 0
    for sign in name:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return False
    return depth == 0
