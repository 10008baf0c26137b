"""How long photos are shown: until a day, for some months, or to the end of the school year and a month."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from plugins.errors import N_, Wrong
from plugins.posts.dates import parse_date
from plugins.posts.words import fold

SCHOOL_YEAR = "annee scolaire"
_LAST_MONTH = 8
"""A school year goes from September to August: what is done in a summer centre belongs to the year that ends."""

_LENGTH = re.compile(r"(\d{1,2}) (mois|ans?)")
_MOST_MONTHS = 36


@dataclass(frozen=True)
class Retention:
    """What `[conservation] photos` says.

    Arguments:
        last: the last day, whenever an article was published; `None` for a length of time.
        months: counted from an article's day; 0 for the end of its school year and a month.
    """

    last: date | None = None
    months: int = 0

    def until(self, published: date) -> date:
        """The last day on which the photos of an article of that day are shown."""
        if self.last is not None:
            return self.last
        if self.months:
            return after_months(published, self.months)
        return after_months(date(published.year + (published.month > _LAST_MONTH), _LAST_MONTH, 31), 1)


def parse_retention(text: str) -> Retention:
    """`31 août 2023`, `6 mois`, `1 an` or `année scolaire`; raises `Wrong`."""
    words = fold(text)
    if words == SCHOOL_YEAR:
        return Retention()
    if found := _LENGTH.fullmatch(words):
        months = int(found[1]) * (12 if found[2].startswith("an") else 1)
        if 0 < months <= _MOST_MONTHS:
            return Retention(months=months)
        raise Wrong(
            N_("“{text}”: photos are kept for 1 month at least and {most} at most."), text=text, most=_MOST_MONTHS
        )
    try:
        return Retention(last=parse_date(text))
    except Wrong:
        raise Wrong(
            N_("“{text}” does not say how long. Write « 31 août 2023 », « 6 mois », « 1 an » or « année scolaire » "
               "(until its end and a month)."), text=text) from None  # fmt: skip


def photos_until(published: date, city: Retention, centre: Retention | None) -> date:
    """The last day for an article: the city's, or the centre's if that is sooner."""
    until = city.until(published)
    return until if centre is None else min(until, centre.until(published))


def after_months(day: date, months: int) -> date:
    """The same day some months later, or the last one of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
