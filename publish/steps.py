"""What a publication tells, line by line: each thing that was written or not, with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from publish.errors import N_

NEW = N_("new")
CHANGED = N_("changed")
ALREADY_THERE = N_("already there")
REPAIRED = N_("repaired")
SAME = N_("same as in force")
NOTED = N_("same site as in force; what was published and when it changes next is noted")

PARTS = (N_("manifest"), N_("head"), N_("policy"))
"""What is written besides files: told in the reader's language; a file is told by its path."""


@dataclass(frozen=True)
class Step:
    """One line of the log.

    Arguments:
        site: slug.
        what: path in the site, `manifest`, `head` or `policy`.
        reason: `new`, `already there`, `repaired`, `same as in force`, …: an English source for gettext.
        size: bytes written, 0 if none were.
    """

    site: str
    what: str
    reason: str
    size: int = 0

    @property
    def is_file(self) -> bool:
        """Whether it is a file of the site."""
        return self.what not in PARTS

    @property
    def is_written(self) -> bool:
        """Whether anything is written."""
        return self.reason not in (ALREADY_THERE, SAME)


Log = Callable[[Step], None]


def no_log(step: Step) -> None:
    """Say nothing."""
