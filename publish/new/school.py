"""School holidays of a zone and public holidays of France, from maintained libraries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from holidays import country_holidays
from vacances_scolaires_france import SchoolHolidayDates

ZONE = "C"
"""Paris, Créteil, Versailles, Montpellier, Toulouse."""

_LEAST = 5
"""Days of a holiday that a programme is written for: not the bridge of Ascension, when centres are closed."""


@dataclass(frozen=True)
class Week:
    """The first days, Monday to Friday, of a school holiday: `Vacances de Noël`, 19 to 23 December."""

    name: str
    days: tuple[date, ...]


def next_week(today: date, zone: str = ZONE) -> Week | None:
    """The first week of the next holidays that begin after `today`; `None` if the library does not know them yet."""
    known = SchoolHolidayDates()
    day, last = today + timedelta(1), date(known.max_year, 12, 31)
    while day <= last:
        if _begins(known, day, zone):
            days = [day + timedelta(i) for i in range(16) if _holiday(known, day + timedelta(i), zone)]
            working = [d for d in days if d.weekday() < 5]
            if len(working) >= _LEAST:
                friday = working[0] + timedelta(4 - working[0].weekday())
                return Week(str(known.data[day]["nom_vacances"]), tuple(d for d in working if d <= friday))
        day += timedelta(1)
    return None


def public_holiday(day: date) -> str:
    """The name of a public holiday of France, in French; empty on any other day."""
    return country_holidays("FR", years=day.year, language="fr").get(day) or ""


def _holiday(known: SchoolHolidayDates, day: date, zone: str) -> bool:
    return day.year <= known.max_year and bool(known.is_holiday_for_zone(day, zone))


def _begins(known: SchoolHolidayDates, day: date, zone: str) -> bool:
    return _holiday(known, day, zone) and not _holiday(known, day - timedelta(1), zone)
