"""The heading of a week (`Semaine du 24 au 28 octobre : Les pirates`), and what is told of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from plugins.posts.dates import read_day
from plugins.posts.words import bare, fold
from plugins.programmes.days import Days
from plugins.programmes.labels import Vocabulary

if TYPE_CHECKING:
    from markdown_it.token import Token

_WEEK = re.compile(
    r"(?:(?:la )?(?P<nth>1re|1ère|1ere|première|premiere|2e|2ème|2eme|deuxième|deuxieme|seconde) )?(?:la )?semaine\b"
    r"(?: (?:n° ?)?(?P<number>\d{1,2})\b)?"
    r"(?: ?(?:[(,:–—→-]|[=-]>)? ?"
    r"(?P<range>du [^:()–—→>]{1,60}?|(?:[^\W\d]{3,8} )?\d{1,2}[^:()→>]{1,40}?\d[^:()–—→>]{,20}?)\)?)?"
    r"(?: ?(?:[:–—→-]|[=-]>) ?(?P<theme>\S.*))?",
    re.IGNORECASE,
)
_THEME = re.compile(r"th[eè]me(?: de la semaine| de cette semaine)? ?: ?(\S.*)", re.IGNORECASE)


@dataclass(frozen=True)
class WeekHeading:
    """What the heading of a week says.

    Arguments:
        days: every day of it.
        dated: its days are written, not counted.
    """

    days: Days
    theme: str
    dated: bool


@dataclass
class WeekPart:
    """The part of a text that stands under a week's heading.

    Arguments:
        first, last: its lines; `last` once it has ended.
        mondays: the weeks meant, if no activity in it says another.
        notes: prose of the week.
    """

    first: int
    mondays: tuple[date, ...]
    theme: str = ""
    last: int = 10**9
    notes: list[Token] = field(default_factory=list)


def heading(text: str, words: Vocabulary) -> WeekHeading | None:
    """A week's heading; `None` if it is none. Raises `Wrong` for days that can't be right."""
    text = bare(" ".join(text.split()))
    if len(text) > 200 or not (m := _WEEK.fullmatch(text)):
        return None
    theme = (m["theme"] or "").strip()
    if m["range"]:
        days = words.period.read(m["range"], fold(m["range"]))
        if days is None and (written := read_day(m["range"].partition(" ")[2])):
            days = Days(words.period.week(_monday(words.period.day(written, text))), repeated=True, span=True)
        return WeekHeading(days, theme, dated=True) if days else None
    nth = {"1": 1, "p": 1, "2": 2, "d": 2, "s": 2}[m["nth"][0].lower()] if m["nth"] else int(m["number"] or 0)
    mondays = words.period.weeks()
    numbered = [monday for monday in mondays if not m["nth"] and monday.isocalendar().week == nth]
    if 1 <= nth <= len(mondays):
        numbered.append(mondays[nth - 1])
    if len(set(numbered)) != 1:  # none, or the first week of the programme and the first of the year
        return None
    days = Days(words.period.week(numbered[0]), repeated=True, span=True)
    return WeekHeading(days, theme, dated=False) if days.days else None


def theme_line(text: str) -> str | None:
    """`Thème : les pirates`."""
    m = _THEME.fullmatch(bare(" ".join(text.split())[:300]))
    return m[1] if m else None


def whole(days: tuple[date, ...]) -> frozenset[date]:
    """Every day from the first to the last."""
    return frozenset(days[0] + timedelta(i) for i in range((days[-1] - days[0]).days + 1))


def mondays_of(days: tuple[date, ...]) -> tuple[date, ...]:
    """The weeks that hold these days."""
    return tuple(dict.fromkeys(_monday(day) for day in days))


def _monday(day: date) -> date:
    return day - timedelta(day.weekday())
