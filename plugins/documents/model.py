"""What an attached document is, once made anew, and the limits within which that is done."""

from __future__ import annotations

from dataclasses import dataclass

from plugins.errors import N_, Problem

SECONDS = 20
"""Of computing, for one document."""

MAX_PAGES = 200
UNCLEAN = N_("The copy of this PDF still held something besides its pages ({found}): nothing was published.")


@dataclass(frozen=True)
class Document:
    """One PDF that a post links to.

    Arguments:
        source: path from the content folder; for messages only, it never enters a site.
        path: from the root of the site, `documents/<digest>-<name>.pdf`.
        size: bytes of the copy that families receive.
        sha256: of that copy.
        advices: what would make it better, and what was taken out of it.
    """

    source: str
    path: str
    size: int
    sha256: str
    advices: tuple[Problem, ...] = ()

    @property
    def digest(self) -> str:
        """Its name in the cache."""
        return self.path.removeprefix("documents/").partition("-")[0]
