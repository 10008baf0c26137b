"""Public holidays of France, from a maintained calendar; the same day always gives the same answer."""

from __future__ import annotations

from datetime import date
from functools import lru_cache


@lru_cache(maxsize=16)
def _year(year: int) -> dict[date, str]:
    from holidays.countries.france import France  # one country: the package holds two hundred

    return dict(France(years=year, language="fr"))  # type: ignore[no-untyped-call]


def public_holiday(day: date) -> str | None:
    """`Armistice` for 11 November; `None` for a day like others."""
    return _year(day.year).get(day)
