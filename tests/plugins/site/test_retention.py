"""How long photos are shown."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.errors import Wrong
from plugins.site.retention import Retention, after_months, parse_retention, photos_until


@pytest.mark.parametrize(
    ("published", "last"),
    [
        ((2022, 9, 1), (2023, 9, 30)),
        ((2022, 11, 9), (2023, 9, 30)),
        ((2023, 7, 14), (2023, 9, 30)),  # a summer centre: the year that ends
        ((2023, 8, 31), (2023, 9, 30)),
        ((2023, 9, 1), (2024, 9, 30)),
    ],
)
def test_the_end_of_the_school_year_and_a_month(published: tuple[int, int, int], last: tuple[int, int, int]) -> None:
    assert Retention().until(date(*published)) == date(*last)


@pytest.mark.parametrize(
    ("text", "retention"),
    [
        ("2023-08-31", Retention(last=date(2023, 8, 31))),
        ("31 août 2023", Retention(last=date(2023, 8, 31))),
        ("6 mois", Retention(months=6)),
        ("1 an", Retention(months=12)),
        ("2 ans", Retention(months=24)),
        ("Année scolaire", Retention()),
    ],
)
def test_what_can_be_written(text: str, retention: Retention) -> None:
    assert parse_retention(text) == retention


@pytest.mark.parametrize("text", ["longtemps", "0 mois", "4 ans", "40 mois", "un an", "31 août", "-3 mois"])
def test_what_can_t(text: str) -> None:
    with pytest.raises(Wrong):
        parse_retention(text)


def test_a_centre_may_keep_them_for_less_and_never_for_more() -> None:
    day, city = date(2022, 11, 9), Retention(last=date(2023, 8, 31))
    assert photos_until(day, city, None) == date(2023, 8, 31)
    assert photos_until(day, city, Retention(months=3)) == date(2023, 2, 9)
    assert photos_until(day, city, Retention(months=24)) == date(2023, 8, 31)


@given(st.dates(date(2020, 1, 1), date(2090, 1, 1)), st.integers(1, 36))
def test_months_are_counted_as_people_do(day: date, months: int) -> None:
    later = after_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later + timedelta(1)).day == 1
