"""French dates and hours: read as people write them, and written as French does, without the process's locale."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from plugins.errors import N_, Wrong
from plugins.posts.words import fold, nearest

PARIS = ZoneInfo("Europe/Paris")
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
NARROW = "\u202f"
"""Narrow no-break space."""

FORMS = "« 9 novembre 2022 », « 09/11/2022 », « 2022-11-09 »"
MIN_YEAR, MAX_YEAR = 2000, 2099

_DAY_BY_WORD = {name: i for i, name in enumerate(DAYS)} | {name[:3]: i for i, name in enumerate(DAYS)}
_MONTH_BY_WORD = {fold(name): i for i, name in enumerate(MONTHS, 1)} | {
    "janv": 1, "fev": 2, "fevr": 2, "avr": 4, "juil": 7, "sept": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_TEXT = re.compile(r"(?:le )?(?:([a-z]+)\.? (?:le )?)?(\d{1,2})(?: ?er)? ([a-z]+)\.?(?: (\d{4}))?")
_NUMBERS = re.compile(r"(?:le )?(?:([a-z]+)\.? )?(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}|\d{2}))?")
_DASHES = re.compile(r"(?:le )?(?:([a-z]+)\.? )?(\d{1,2})-(\d{1,2})-(\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_HOUR = re.compile(r"(\d{1,2}) ?(?:h|:|heures?)(?: ?(\d{2}))?")
_AT = re.compile(r"^(?P<date>.*?\d{4}|\d{4}-\d\d-\d\d)(?:,? ?a)?,? (?P<hour>\d{1,2} ?(?:h|:|heures?).*)$")


@dataclass(frozen=True)
class WrittenDay:
    """A day as written: perhaps with its weekday (0 = Monday), perhaps without its year."""

    day: int
    month: int
    year: int | None = None
    weekday: int | None = None

    def in_year(self, year: int) -> date | None:
        """The date in that year; `None` for 29 February or 31 November."""
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return None


def weekday_of(word: str) -> int | None:
    """0 for `lundi`, `Lun.`, `lundis`; `None` if it is no weekday."""
    word = fold(word).rstrip(".")
    return _DAY_BY_WORD.get(word, _DAY_BY_WORD.get(word.removesuffix("s")))


def read_day(text: str) -> WrittenDay | None:
    """A day as people write it, the year being optional; `None` if the text is no day at all.

    Raises `Wrong` for what is meant as a day and can't be one (`31 novembre`, `9 novenbre 2022`).
    """
    folded = fold(text)
    if m := _ISO.fullmatch(folded):
        return _checked(text, int(m[3]), int(m[2]), int(m[1]), None)
    if m := _NUMBERS.fullmatch(folded) or _DASHES.fullmatch(folded):
        year = None if m[4] is None else int(m[4]) + (2000 if len(m[4]) == 2 else 0)
        return _checked(text, int(m[2]), int(m[3]), year, _weekday(m[1], text)) if _may_be_weekday(m[1]) else None
    if not (m := _TEXT.fullmatch(folded)) or not _may_be_weekday(m[1]):
        return None
    if (month := _MONTH_BY_WORD.get(m[3])) is None:
        if meant := nearest(m[3], MONTHS):
            raise Wrong(
                N_("“{text}”: “{word}” is no month. Did you mean “{meant}”?"), text=text, word=m[3], meant=meant
            )
        return None
    return _checked(text, int(m[2]), month, int(m[4]) if m[4] else None, _weekday(m[1], text))


def _may_be_weekday(word: str | None) -> bool:
    return word is None or weekday_of(word) is not None or nearest(word, DAYS) is not None


def _weekday(word: str | None, text: str) -> int | None:
    if word is None:
        return None
    if (weekday := weekday_of(word)) is None:
        raise Wrong(
            N_("“{text}”: “{word}” is no day of the week. Did you mean “{meant}”?"),
            text=text, word=word, meant=nearest(word, DAYS),
        )  # fmt: skip
    return weekday


def _checked(text: str, day: int, month: int, year: int | None, weekday: int | None) -> WrittenDay:
    written = WrittenDay(day, month, year, weekday)
    if year is not None and not MIN_YEAR <= year <= MAX_YEAR:
        raise Wrong(N_("“{text}”: the year {year} can't be right."), text=text, year=year)
    if written.in_year(2000 if year is None else year) is None:
        raise Wrong(N_("“{text}” is not in the calendar."), text=text)
    if year is not None and weekday is not None:
        day_ = date(year, month, day)
        if day_.weekday() != weekday:
            raise wrong_weekday(text, day_)
    return written


def wrong_weekday(text: str, day: date) -> Wrong:
    """The error for a weekday that does not fit its date; it says the right one."""
    return Wrong(
        N_("“{text}”: {date} is a {weekday}. Correct the day or the date."),
        text=text, date=date_words(day), weekday=DAYS[day.weekday()],
    )  # fmt: skip


def parse_date(text: str) -> date:
    """A full date: `mercredi 9 novembre 2022` (weekday checked), `1er décembre 2022`, `09/11/2022`, `2022-11-09`."""
    written = read_day(text)
    if written is None:
        raise Wrong(N_("“{text}” is not read as a date. Write {forms}."), text=text, forms=FORMS)
    if written.year is None:
        raise Wrong(N_("“{text}”: the year is missing. Write {forms}."), text=text, forms=FORMS)
    return date(written.year, written.month, written.day)


def parse_hour(text: str) -> time:
    """An hour of the day: `18 h`, `18h30`, `9:05`."""
    m = _HOUR.fullmatch(fold(text))
    if m and int(m[1]) < 24 and int(m[2] or 0) < 60:
        return time(int(m[1]), int(m[2] or 0))
    raise Wrong(N_("“{text}” is not read as an hour. Write « 18 h » or « 18h30 »."), text=text)


def parse_moment(text: str) -> datetime:
    """A date with an optional hour (`9 novembre 2022 à 18 h`), Europe/Paris; midnight without an hour."""
    if m := _AT.match(fold(text)):
        return datetime.combine(parse_date(m["date"]), parse_hour(m["hour"]), PARIS)
    return datetime.combine(parse_date(text), time(0), PARIS)


def date_words(day: date) -> str:
    """`9 novembre 2022`, `1er décembre 2022`."""
    return f"{_day_month(day)} {day.year}"


def day_words(day: date, today: date | None = None) -> str:
    """`mercredi 9 novembre`; with its year if it is not that of `today`."""
    year = "" if today is not None and day.year == today.year else f" {day.year}"
    return f"{DAYS[day.weekday()]} {_day_month(day)}{year}"


def time_words(hour: time) -> str:
    """`13 h 30`, `18 h`, with narrow no-break spaces."""
    return f"{hour.hour}{NARROW}h" + (f"{NARROW}{hour.minute:02}" if hour.minute else "")


def moment_words(moment: datetime) -> str:
    """`9 novembre 2022`, and `à 18 h` if it is not midnight."""
    words = date_words(moment.date())
    return words if moment.time() == time(0) else f"{words} à {time_words(moment.time())}"


def _day_month(day: date) -> str:
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]}"
