from __future__ import annotations

import contextlib
from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.errors import Wrong
from plugins.posts.dates import (
    PARIS,
    date_words,
    day_words,
    moment_words,
    parse_date,
    parse_hour,
    parse_moment,
    read_day,
    time_words,
)

DATES = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    "text",
    [
        "9 novembre 2022",
        "mercredi 9 novembre 2022",
        "Mercredi 9 Novembre 2022",
        "09/11/2022",
        "9/11/22",
        "2022-11-09",
        "le 9 nov. 2022",
        "mer. 9 novembre 2022",
        "mercredi 09/11/2022",
        "9\u00a0novembre\u202f2022",
    ],
)
def test_a_date_as_people_write_it(text: str) -> None:
    assert parse_date(text) == date(2022, 11, 9)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1er décembre 2022", date(2022, 12, 1)),
        ("jeudi 1er decembre 2022", date(2022, 12, 1)),
        ("29 février 2024", date(2024, 2, 29)),
        ("15 août 2023", date(2023, 8, 15)),
        ("31 DÉCEMBRE 2022", date(2022, 12, 31)),
    ],
)
def test_other_dates(text: str, day: date) -> None:
    assert parse_date(text) == day


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mardi 9 novembre 2022", "9 novembre 2022 is a mercredi"),
        ("31 novembre 2022", "not in the calendar"),
        ("29/02/2023", "not in the calendar"),
        ("9 novenbre 2022", "Did you mean “novembre”?"),
        ("mecredi 9 novembre 2022", "Did you mean “mercredi”?"),
        ("9 novembre", "the year is missing"),
        ("2022-11", "not read as a date"),
        ("demain", "not read as a date"),
        ("11/09/1999", "can't be right"),
        ("2022-13-01", "not in the calendar"),
        ("0/0/2022", "not in the calendar"),
        ("", "not read as a date"),
    ],
)
def test_a_wrong_date_says_what_to_write(text: str, said: str) -> None:
    with pytest.raises(Wrong, match=r"^“") as wrong:
        parse_date(text)
    assert said in str(wrong.value)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("9 novembre 2022 à 18 h", (18, 0)),
        ("9 novembre 2022 à 18h30", (18, 30)),
        ("mercredi 9 novembre 2022, 18 h 30", (18, 30)),
        ("2022-11-09 18:30", (18, 30)),
        ("09/11/2022 à 8h", (8, 0)),
        ("2022-11-09", (0, 0)),
    ],
)
def test_a_moment_is_a_date_with_or_without_an_hour(text: str, moment: tuple[int, int]) -> None:
    assert parse_moment(text) == datetime(2022, 11, 9, *moment, tzinfo=PARIS)


@pytest.mark.parametrize("text", ["25 h", "18h75", "h", "dix-huit heures", "18"])
def test_a_wrong_hour_is_refused(text: str) -> None:
    with pytest.raises(Wrong, match="is not read as an hour"):
        parse_hour(text)


@given(DATES)
def test_what_is_written_is_read_back(day: date) -> None:
    assert parse_date(date_words(day)) == parse_date(day_words(day)) == parse_date(f"{day:%d/%m/%Y}") == day


@given(DATES, st.times(timezones=st.none()))
def test_a_moment_is_read_back(day: date, hour: time) -> None:
    moment = datetime.combine(day, hour.replace(second=0, microsecond=0), PARIS)
    assert parse_moment(moment_words(moment)) == moment


@given(st.text(max_size=60))
def test_no_text_crashes_it(text: str) -> None:
    for parse in (parse_date, parse_moment, parse_hour, read_day):
        with contextlib.suppress(Wrong):
            parse(text)


def test_words() -> None:
    wednesday = date(2022, 11, 9)
    assert day_words(wednesday, wednesday) == "mercredi 9 novembre"
    assert day_words(wednesday, date(2023, 1, 1)) == day_words(wednesday) == "mercredi 9 novembre 2022"
    assert date_words(date(2022, 12, 1)) == "1er décembre 2022"
    assert time_words(time(13, 30)) == "13\u202fh\u202f30"
    assert time_words(time(8)) == "8\u202fh"
    assert moment_words(datetime(2022, 11, 9, 18, tzinfo=PARIS)) == "9 novembre 2022 à 18\u202fh"


def test_words_do_not_depend_on_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    import locale

    monkeypatch.setattr(locale, "setlocale", lambda *_: pytest.fail("the process's locale was used"))
    assert day_words(date(2022, 8, 1)) == "lundi 1er août 2022"
