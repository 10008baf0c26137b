"""What a doctor finds: one thing that was looked at, how it is to be taken, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from publish.errors import PublishError, Reason, Translate


class Level(StrEnum):
    """How a finding is to be taken."""

    GOOD = "good"
    TOLD = "told"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Arguments:
        message: what was found and, if it is bad, what to do; an English source with the fields `values`.
    """

    level: Level
    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def text(self, translate: Translate) -> str:
        """The sentence in the reader's language."""
        values = {key: value.text(translate) if isinstance(value, PublishError | Reason) else value
                  for key, value in self.values.items()}  # fmt: skip
        return translate(self.message).format(**values)


def good(message: str, **values: object) -> Finding:
    """As it must be."""
    return Finding(Level.GOOD, message, values)


def told(message: str, **values: object) -> Finding:
    """To be known; nothing need be done."""
    return Finding(Level.TOLD, message, values)


def bad(message: str, **values: object) -> Finding:
    """To mend."""
    return Finding(Level.BAD, message, values)
