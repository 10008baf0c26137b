"""The days that a heading or a label names within a programme's period, each weekday checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from plugins.errors import N_, Wrong
from plugins.posts.dates import DAYS, MONTHS, WrittenDay, day_words, read_day, weekday_of
from plugins.posts.words import fold

_EVERY_DAY = {"tous les jours", "chaque jour", "toute la semaine", "tous les jours de la semaine", "la semaine"}
_REPEAT = re.compile(r"^(?:tous les|chaque|les|le) ")
_WEEKDAY_NUMBER = re.compile(r"(?:le )?([a-z]+)\.? (\d{1,2})(?: ?er)?")
_RANGE = re.compile(r"du (.+?) au (.+)")
_WRITTEN = r"(?:[a-z]+\.? )?\d{1,2}(?: ?er)?"
_MONTH = r"(?: [a-z]+\.?|/\d{1,2})"
_FROM_TO = re.compile(rf"({_WRITTEN}{_MONTH}?) ?(?:au|-) ?({_WRITTEN}{_MONTH}(?: \d{{4}})?)")
_EXCEPT = re.compile(r"(.+?),? \(?(?:sauf|hors|excepte) (?:les? )?([^)]+)\)?")
_THE = re.compile(r"(le )?(\d{1,2})(?: ?er)?")
_MONTH_NAME = re.compile(r"(?:(?:le )?mois (?:de |d'))?([a-z]+)(?: (\d{4}))?")
_DAY_NUMBER = re.compile(r"(?:[a-z]+\.? )?(\d{1,2})(?: ?er)?")
_JOIN = re.compile(r"\s*(?:,|/|&|\+|\bet\b)\s*")
_LIST = re.compile(r"\s*(?:,|&|\+|/(?=\s?[a-z])|\bet\b)\s*(?:le )?")
_NUMBER = re.compile(r"(?:([a-z]+)\.? )?(\d{1,2})(?: ?er)?")
_PLURAL = re.compile(r"(?:les )?([a-z]{4,8}s) (?=\d)")
MAX_LISTED = 40


@dataclass(frozen=True)
class Days:
    """The days meant.

    Arguments:
        repeated: they come from a weekday, a range or `Tous les jours`, so that a closed day is left out silently.
        span: they are one stretch, such as a week.
    """

    days: tuple[date, ...]
    repeated: bool = False
    span: bool = False


@dataclass(frozen=True)
class Period:
    """The days of a programme, or of one of its weeks.

    Arguments:
        start, end: the programme's first and last day.
        weekdays: days of `Tous les jours` (0 = Monday).
        within: days to which weekdays and `Tous les jours` are held, under the heading of a week; empty for all.
    """

    start: date
    end: date
    weekdays: tuple[int, ...]
    within: frozenset[date] = frozenset()

    def read(self, text: str, folded: str) -> Days | None:
        """The days that a text names; `None` if it names none. Raises `Wrong` for days that can't be right."""
        if folded in _EVERY_DAY:
            return Days(self.each(self.weekdays), repeated=True)
        if m := _EXCEPT.fullmatch(folded):
            return self._except(text, m[1], m[2])
        weekdays = [weekday_of(word) for word in _JOIN.split(_REPEAT.sub("", folded))]
        if all(weekday is not None for weekday in weekdays):
            return self._weekdays(text, tuple(weekday for weekday in weekdays if weekday is not None))
        if m := _RANGE.fullmatch(folded):
            return self._range(text, m[1], m[2])
        if (m := _THE.fullmatch(folded)) and (m[1] or self.within):
            return self._numbered(text, None, int(m[2]))
        if m := _WEEKDAY_NUMBER.fullmatch(folded):
            return self._numbered(text, m[1], int(m[2]))
        if (written := read_day(text)) is not None:
            return Days((self.day(written, text),))
        if m := _FROM_TO.fullmatch(folded):
            return self._range(text, m[1], m[2])
        return self._list(text, folded)

    def month(self, text: str) -> tuple[date, ...]:
        """The days of the month that a title names (`Novembre`); none if it names none of this period."""
        m = _MONTH_NAME.fullmatch(fold(text))
        months = [fold(month) for month in MONTHS]
        if m is None or m[1] not in months:
            return ()
        days = (self.start + timedelta(i) for i in range((self.end - self.start).days + 1))
        return tuple(
            day for day in days if day.month == months.index(m[1]) + 1 and (m[2] is None or day.year == int(m[2]))
        )

    def weeks(self) -> tuple[date, ...]:
        """The Monday of each of its weeks."""
        monday = self.start - timedelta(self.start.weekday())
        return tuple(monday + timedelta(i) for i in range(0, (self.end - monday).days + 1, 7))

    def week(self, monday: date) -> tuple[date, ...]:
        """The days of one week that are those of `Tous les jours`."""
        days = (monday + timedelta(i) for i in range(7))
        return tuple(day for day in days if self.start <= day <= self.end and day.weekday() in self.weekdays)

    def each(self, weekdays: tuple[int, ...]) -> tuple[date, ...]:
        """Every day of these weekdays."""
        days = (self.start + timedelta(i) for i in range((self.end - self.start).days + 1))
        return tuple(day for day in days if day.weekday() in weekdays and (not self.within or day in self.within))

    def day(self, written: WrittenDay, text: str) -> date:
        """The date meant, in the period's year or years."""
        years = (written.year,) if written.year else range(self.start.year, self.end.year + 1)
        days = [day for year in years if (day := written.in_year(year))]
        inside = [day for day in days if self.start <= day <= self.end]
        if not inside:
            raise Wrong(
                N_("“{text}” is outside the programme, which goes from {start} to {end}."), **self._values(text)
            )
        fitting = [day for day in inside if written.weekday in (None, day.weekday())]
        if fitting:
            return fitting[0]
        assert written.weekday is not None
        raise _another_weekday(text, inside[0], written.weekday)

    def _except(self, text: str, all_: str, but: str) -> Days | None:
        """`Tous les jours sauf le mercredi`."""
        found, less = self.read(all_, all_), self.read(but, but)
        if found is None or less is None:
            return None
        days = tuple(day for day in found.days if day not in less.days)
        if not days:
            raise Wrong(N_("“{text}”: there is no such day between {start} and {end}."), **self._values(text))
        return Days(days, repeated=True)

    def _weekdays(self, text: str, weekdays: tuple[int, ...]) -> Days:
        days = self.each(weekdays)
        if not days:
            raise Wrong(N_("“{text}”: there is no such day between {start} and {end}."), **self._values(text))
        return Days(days, repeated=True)

    def _numbered(self, text: str, word: str | None, number: int) -> Days | None:
        """`Vendredi 11` or `le 11`, where the period holds one such day."""
        weekday = weekday_of(word) if word else None
        if word and weekday is None:
            return None
        days = [day for day in self.each(tuple(range(7)) if weekday is None else (weekday,)) if day.day == number]
        if len(days) == 1:
            return Days((days[0],))
        near = [day for day in self.each(tuple(range(7))) if day.day == number]
        if not days and len(near) == 1 and weekday is not None:
            raise _another_weekday(text, near[0], weekday)
        raise Wrong(N_("“{text}”: write the month too, « Vendredi 11 novembre »."), text=text)

    def _range(self, text: str, first: str, last: str) -> Days | None:
        weekdays = (weekday_of(first), weekday_of(last))
        if weekdays[0] is not None and weekdays[1] is not None:
            if weekdays[0] >= weekdays[1]:
                raise Wrong(N_("“{text}”: the end must come after the beginning."), text=text)
            return self._weekdays(text, tuple(range(weekdays[0], weekdays[1] + 1)))
        if (written := read_day(last) or self._without_month(text, last)) is None:
            return None
        end = self.day(written, text)
        begin = read_day(first) or read_day(f"{first} {MONTHS[end.month - 1]}")
        if begin is None:
            return None
        start = self.day(begin, text)
        days = tuple(start + timedelta(i) for i in range((end - start).days + 1))
        if not days:
            raise Wrong(N_("“{text}”: the end must come after the beginning."), text=text)
        return Days(tuple(day for day in days if day.weekday() in self.weekdays) or days, repeated=True, span=True)

    def _without_month(self, text: str, last: str) -> WrittenDay | None:
        """`jeudi 17`, in a period that holds one 17th."""
        if not (m := _DAY_NUMBER.fullmatch(last)):
            return None
        months = {day.month for day in self.each(tuple(range(7))) if day.day == int(m[1])}
        if len(months) != 1:
            raise Wrong(N_("“{text}”: write the month too, « Vendredi 11 novembre »."), text=text)
        return read_day(f"{last} {MONTHS[months.pop() - 1]}")

    def _list(self, text: str, folded: str) -> Days | None:
        """`Lundi 7 et mardi 8 novembre`, `les mercredis 9, 16 et 23 novembre`."""
        common = None
        if m := _PLURAL.match(folded):
            if (common := weekday_of(m[1])) is None:
                return None
            folded = folded[m.end() :]
        parts = [part for part in _LIST.split(folded.removeprefix("les ")) if part]
        if not (2 - (common is not None) <= len(parts) <= MAX_LISTED) or not parts[-1][-1:].isalnum():
            return None
        found: list[date] = []
        month = ""
        for part in reversed(parts):
            m = _NUMBER.fullmatch(part)
            written = read_day(f"{part} {month}") if m and month else None if m else read_day(part)
            if written is None:
                return None
            if common is not None and written.weekday is None:
                written = WrittenDay(written.day, written.month, written.year, common)
            month = MONTHS[written.month - 1]
            found.append(self.day(written, text))
        return Days(tuple(sorted(set(found))))

    def _values(self, text: str) -> dict[str, str]:
        start, end = (min(self.within), max(self.within)) if self.within else (self.start, self.end)
        return {"text": text, "start": day_words(start), "end": day_words(end)}


def date_at_end(text: str) -> str | None:
    """The day with which a text ends (`Atelier couture, le mercredi 9 novembre`), as written."""
    words = text.rstrip(" .").split()
    for count in (4, 3, 2):
        tail = " ".join(words[-count:])
        if len(words) > count and re.search(r"[a-z]", fold(tail)):
            try:
                written = read_day(tail)
            except Wrong:
                continue
            if written is not None:
                return tail.removeprefix("le ")
    return None


def _another_weekday(text: str, day: date, weekday: int) -> Wrong:
    near = (day + timedelta(i) for i in (-1, 1, -2, 2, -3, 3))
    other = next(d for d in near if d.weekday() == weekday)
    return Wrong(
        N_("“{text}”: this day is a {weekday}. Write « {right} », or « {other} » if the day of the week is right."),
        text=text, weekday=DAYS[day.weekday()], right=day_words(day, day).capitalize(),
        other=day_words(other, other).capitalize(),
    )  # fmt: skip
