"""What is counted: subjects, ISO weeks, figures. Pure.

A figure says how many different people of the families read something in one ISO week of Paris, and is never under
`LEAST`: fewer is not shown, and not kept once the week is over (CNIL: audience figures must not single anybody out).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Protocol

from publish.paris import PARIS

LEAST = 5
"""Fewer people than that are nowhere: not in a figure, not in a file of past weeks."""

KEPT_WEEKS = 108
"""How long figures are kept: 25 months at most (CNIL, audience measurement), in whole weeks."""

SALT_BYTES = 32

SITE = "site"
"""The kind that stands for a centre's whole site."""

CALENDAR = "calendrier"
HOME = "accueil"
KINDS = (SITE, HOME, "programmes", "rappels", "articles", "infos", "moments", CALENDAR)
"""What can be read, in the order in which it is shown; the folders of a site, as DESIGN's addresses name them."""

_POSTS = re.compile(r"(programmes|rappels|articles|infos|moments)/([a-z0-9][a-z0-9._-]*)(/(index\.html)?|\.ics)")
_OF_ONE_GROUP = re.compile(r"(programmes/[^/]+)/[a-z0-9][a-z0-9-]*(\.ics)")
"""Which group it is stays out of every count: it tells the age of somebody's child."""

_WEEK = re.compile(r"\d{4}-W\d{2}")


@dataclass(frozen=True, order=True)
class Subject:
    """Something that people read.

    Arguments:
        centre: slug.
        kind: one of `KINDS`.
        post: stem of the post; empty for a kind as a whole.
    """

    centre: str
    kind: str
    post: str = ""


@dataclass(frozen=True)
class Figure:
    """How many different people read a subject in a week; at least `LEAST`, give or take some hundredths.

    Arguments:
        week: `2022-W45`.
        ended: whether the week is over; before, it is the figure up to now.
    """

    week: str
    subject: Subject
    people: int
    ended: bool


Marks = Mapping[Subject, frozenset[bytes]]
"""Who read what, as marks that only this week's salt could give."""


class Ledger(Protocol):
    """A store of what is counted; shared by all gateways of a city. One contract suite holds the stores.

    Every method but `close` raises `SessionsDown` where it can't do what is asked.
    """

    async def salt(self, week: str) -> bytes:
        """The random bytes from which this week's marks are made: the same for every gateway, made when first asked."""

    async def add(self, week: str, marks: Marks) -> None:
        """Take marks of the running week in."""

    async def end_weeks(self, running: str) -> int:
        """Turn every other week into figures and destroy its salt and sketches, for good; how many weeks."""

    async def figures(self) -> list[Figure]:
        """Every figure that may be shown, the running week's too."""

    async def close(self) -> None:
        """Let go of files and connections."""


def week_of(moment: datetime) -> str:
    """The ISO week of a moment, in Paris: `2022-W45`."""
    return _week_of_hour(moment.timestamp() // 3600)


@lru_cache(maxsize=64)
def _week_of_hour(hour: float) -> str:
    # A week begins with a whole hour of UTC, in summer and in winter.
    year, week, _ = datetime.fromtimestamp(hour * 3600, PARIS).isocalendar()
    return f"{year}-W{week:02d}"


def monday(week: str) -> date:
    """The first day of a week.

    Raises:
        ValueError: it is no week.
    """
    if not _WEEK.fullmatch(week):
        raise ValueError(week)
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)


def oldest_kept(running: str) -> str:
    """The first week whose figures are still kept."""
    year, week, _ = (monday(running) - timedelta(weeks=KEPT_WEEKS)).isocalendar()
    return f"{year}-W{week:02d}"


@lru_cache(maxsize=4_096)
def subjects_of(centre: str, path: str) -> tuple[Subject, ...]:
    """What somebody reads who opens a path of a site: the post, its kind and the site; nothing for a photo or a file.

    Arguments:
        path: after the centre's slug, as it was asked for: `articles/2022-11-08-potager/`.
    """
    whole = Subject(centre, SITE)
    if path in ("", "index.html"):
        return (Subject(centre, HOME), whole)
    if path == "calendrier.ics":
        return (Subject(centre, CALENDAR),)
    if one := _OF_ONE_GROUP.fullmatch(path):
        path = "".join(one.groups())
    found = _POSTS.fullmatch(path)
    if found is None:
        return ()
    kind, post, end, _ = found.groups()
    if end == ".ics":
        return (Subject(centre, CALENDAR, post), Subject(centre, CALENDAR))
    return (Subject(centre, kind, post), Subject(centre, kind), whole)
