"""What a programme is, once read: frozen values that templates and the calendar use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time

from markupsafe import Markup


@dataclass(frozen=True)
class Slot:
    """A part of the day.

    Arguments:
        key: `matin`, `midi`, `apres-midi`, `soir`, `journee`, or `1145-1230` for written hours, `1000` for one hour.
        label: as families read it (`Après-midi`, `11 h 45 – 12 h 30`, `10 h`).
        start, end: hours in Europe/Paris; the centre's for a named slot; the same one where no end is written.
    """

    key: str
    label: str
    start: time
    end: time


@dataclass(frozen=True)
class Detail:
    """What is told of an activity (plugins.programmes.details): `Départ`, `Retour` …; a note has no label."""

    key: str
    label: str
    text: str


@dataclass(frozen=True)
class Activity:
    """One leaf of a programme.

    Arguments:
        day: the date.
        slot: part of the day; `None` when it lasts the day.
        groups: names of the groups; empty when it is for all.
        text: plain text (calendar).
        html: the same, sanitised, with its emphasis and links (page).
        outing, cancelled: as marked by `Sortie :` and `Annulé :`.
        details: in the order written.
        line: 1-based line in the source file.
        rank: 0-based rank among the activities of the same day, slot and groups, as written.
    """

    day: date
    slot: Slot | None
    groups: tuple[str, ...]
    text: str
    html: Markup
    outing: bool
    cancelled: bool
    details: tuple[Detail, ...]
    line: int
    rank: int


@dataclass(frozen=True)
class Day:
    """One day of a programme, with its activities in order of slot, then group, as the grid shows them.

    Arguments:
        date: the date.
        closed: the centre is closed (`Fermé`).
        closed_reason: plain text, or empty.
        activities: what is done.
        notes: sanitised prose that stands in this day; may be empty.
    """

    date: date
    closed: bool
    closed_reason: str
    activities: tuple[Activity, ...]
    notes: Markup = field(default_factory=Markup)


@dataclass(frozen=True)
class Week:
    """One ISO week (Monday to Sunday) of a programme; only days that hold something or are closed.

    Arguments:
        theme: of this week, plain text; may be empty.
        notes: sanitised prose that stands under its heading; may be empty.
    """

    monday: date
    days: tuple[Day, ...]
    theme: str = ""
    notes: Markup = field(default_factory=Markup)


@dataclass(frozen=True)
class Programme:
    """The body of a programme.

    Arguments:
        start, end: the period (`Du`, `Au`), inclusive.
        theme: plain text, or empty.
        groups: the groups that it knows, in order (the centre's, or its own `Groupes:`).
        weeks: in order.
    """

    start: date
    end: date
    theme: str
    groups: tuple[str, ...]
    weeks: tuple[Week, ...]

    @property
    def days(self) -> tuple[Day, ...]:
        """Every day of every week, in order."""
        return tuple(day for week in self.weeks for day in week.days)
