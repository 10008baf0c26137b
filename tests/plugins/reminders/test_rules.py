from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from plugins.posts.dates import PARIS
from plugins.posts.model import Reminder, Status
from plugins.reminders.rules import in_force, ordered, shown
from tests.plugins.making import load, make_content

TODAY = date(2022, 11, 9)


def reminder(title: str, until: int = 0, published: int = 0, *, important: bool = False) -> Reminder:
    moment = datetime.combine(TODAY + timedelta(published), datetime.min.time(), PARIS)
    return Reminder(
        f"{title}.md",
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


def test_titles_are_in_the_order_of_a_dictionary() -> None:
    posts = [reminder("Zoo"), reminder("École"), reminder("bottes"), reminder("Eau")]
    assert [r.title for r in ordered(posts)] == ["bottes", "Eau", "École", "Zoo"]


@pytest.mark.parametrize(
    ("last", "shown_until"),
    [
        ("2022-11-09", "2022-11-09T23:00+00:00"),
        ("2022-03-27", "2022-03-27T22:00+00:00"),  # a day of 23 hours
        ("2022-10-30", "2022-10-30T23:00+00:00"),  # a day of 25 hours
        ("2022-12-31", "2022-12-31T23:00+00:00"),
        ("2024-02-29", "2024-02-29T23:00+00:00"),
    ],
)
def test_the_last_day_ends_at_midnight_in_paris(tmp_path: Path, last: str, shown_until: str) -> None:
    text = f"Titre: R\nDate: 2022-01-01\nJusqu'au: {last}\nImportant: oui\nÀ faire: signer\n\nx\n"
    content = make_content(tmp_path, {"lilas/rappels/r.md": text})
    end = datetime.fromisoformat(shown_until).astimezone(UTC)
    (found,) = load(content, end - timedelta(microseconds=1)).reminders
    assert (found.important, found.action) == (True, "signer")
    assert load(content, end).reminders == ()


@given(st.lists(st.tuples(st.text(max_size=3), st.integers(0, 9), st.booleans()), max_size=8))
def test_the_order_does_not_depend_on_the_files(rows: list[tuple[str, int, bool]]) -> None:
    posts = [reminder(title, until, important=important) for title, until, important in rows]
    assert ordered(posts) == ordered(reversed(posts))
