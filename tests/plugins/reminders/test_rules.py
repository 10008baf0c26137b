from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from plugins.posts.dates import PARIS
from plugins.posts.model import Reminder, Status
from plugins.reminders.rules import in_force, ordered, shown

TODAY = date(2022, 11, 9)


def reminder(title: str, until: int = 0, published: int = 0, *, important: bool = False) -> Reminder:
    moment = datetime.combine(TODAY + timedelta(published), datetime.min.time(), PARIS)
    return Reminder(
        "a.md",
        title,
        title,
        moment,
        (),
        (),
        "",
        "",
        Status.PUBLISHED,
        "",
        Markup(),
        from_city=False,
        blocks=(),
        until=TODAY + timedelta(until),
        important=important,
        action="",
    )


@pytest.mark.parametrize(("until", "published", "wanted"), [(0, 0, True), (-1, -5, False), (1, 0, True), (3, 1, False)])
def test_the_last_day_is_included(until: int, published: int, wanted: bool) -> None:
    assert in_force(reminder("a", until, published), TODAY) is wanted


def test_important_first_then_the_one_that_ends_first() -> None:
    posts = [reminder("c", 5), reminder("a", 1), reminder("d", 9, important=True), reminder("b", 1)]
    assert [r.title for r in shown(posts, TODAY)] == ["d", "a", "b", "c"]


@given(st.lists(st.tuples(st.text(max_size=3), st.integers(0, 9), st.booleans()), max_size=8))
def test_the_order_does_not_depend_on_the_files(rows: list[tuple[str, int, bool]]) -> None:
    posts = [reminder(title, until, important=important) for title, until, important in rows]
    assert ordered(posts) == ordered(reversed(posts))
