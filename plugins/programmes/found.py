"""What the items of a programme gave, before it is put on its days."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from markupsafe import Markup

from plugins.programmes.labels import Label
from plugins.programmes.lines import Item
from plugins.programmes.model import Detail
from plugins.site.typography import typo

CLOSED = "Fermé"
"""What a part of a day on which the centre is closed says, with its reason after it."""


@dataclass(frozen=True)
class Leaf:
    """One activity as written, before it is put on its days."""

    label: Label
    text: str
    html: Markup
    details: tuple[Detail, ...]
    line: int


@dataclass
class Found:
    """What the items of a programme gave; `notes` are lines about a day that belong to no one activity."""

    leaves: list[Leaf] = field(default_factory=list)
    closed: dict[date, tuple[str, int, bool]] = field(default_factory=dict)
    notes: list[tuple[date, Item]] = field(default_factory=list)

    def close(self, label: Label, line: int) -> None:
        """Note closed days: the reason, the line, and whether it is said of that very day."""
        for day in label.days or ():
            if day not in self.closed or not label.repeated:
                self.closed[day] = (typo(label.closed or ""), line, not label.repeated)
