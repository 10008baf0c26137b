"""What a heading or a label says: a day, a slot, a group, an outing, a cancellation, a closed day; or nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from functools import cached_property

from plugins.errors import N_, Wrong
from plugins.posts.dates import DAYS, MONTHS, WrittenDay, day_words, parse_hour, read_day, time_words, weekday_of
from plugins.posts.words import fold, nearest, quoted
from plugins.programmes.model import Slot

SLOTS = {"matin": "Matin", "midi": "Midi", "apres-midi": "Après-midi", "soir": "Soir", "journee": "Journée"}
"""Named slots, with the words that families read."""

SCHOOL_DAYS = (0, 1, 3, 4)
"""Monday, Tuesday, Thursday, Friday: the days of `midi` and `soir`."""

_SLOT_WORDS = {
    word: slot
    for slot, words in {
        "matin": ("matin", "matins", "matinee"),
        "midi": ("midi", "pause meridienne", "temps du midi"),
        "apres-midi": ("apres-midi", "apres midi", "aprem"),
        "soir": ("soir", "soirs", "soiree", "accueil du soir"),
        "journee": ("journee", "journee entiere", "toute la journee", "journee complete"),
    }.items()
    for word in words
}
_EVERYBODY = {"tous", "toutes", "tous les groupes", "tous les enfants", "tout le monde", "tous groupes", "pour tous"}
_ARTICLE = re.compile(r"^(?:pour )?(?:les |le |la |l'|groupes? (?:des )?)")
_HOUR = r"\d{1,2} ?(?:h|:|heures?) ?(?:\d\d)?"
_HOURS = re.compile(rf"(?:de |entre )?({_HOUR}) ?(?:-|a|et|/) ?({_HOUR})")
_SLOT_HOURS = re.compile(r"(.+?) ?[(,] ?(.+?)\)?")
_OUTING = {"sortie", "sorties"}
_CANCELLED = re.compile(r"annulee?s?|annulation")
_CLOSED = re.compile(r"(?:(?:accueil|centre)(?: de loisirs)? )?fermee?s?(?: ?[(:,-] ?(.*?)\)?)?", re.DOTALL)
_EVERY_DAY = {"tous les jours", "chaque jour", "toute la semaine", "tous les jours de la semaine"}
_REPEAT = re.compile(r"^(?:tous les|chaque|les|le) ")
_WEEKDAY_NUMBER = re.compile(r"(?:le )?([a-z]+)\.? (\d{1,2})(?: ?er)?")
_RANGE = re.compile(r"du (.+?) au (.+)")
_JOIN = re.compile(r"\s*(?:,|/|&|\+|\bet\b)\s*")
_PARTS = re.compile(r"\s+[-–—|]\s+|\s*:\s+|,\s+")


@dataclass(frozen=True)
class Label:
    """What one heading or label adds; `None` where it says nothing of it.

    Arguments:
        days: the dates meant.
        repeated: they come from a weekday or from `Tous les jours`, so that a closed day is left out silently.
        slot: part of the day.
        groups: names; empty for everybody.
        outing, cancelled: `Sortie`, `Annulé`.
        closed: the reason of a closed day, perhaps empty.
    """

    days: tuple[date, ...] | None = None
    repeated: bool = False
    slot: Slot | None = None
    groups: tuple[str, ...] | None = None
    outing: bool = False
    cancelled: bool = False
    closed: str | None = None

    def with_(self, other: Label) -> Label:
        """This, made more precise by what stands inside it."""
        return Label(
            days=self.days if other.days is None else other.days,
            repeated=self.repeated if other.days is None else other.repeated,
            slot=other.slot or self.slot,
            groups=self.groups if other.groups is None else other.groups,
            outing=self.outing or other.outing,
            cancelled=self.cancelled or other.cancelled,
            closed=self.closed if other.closed is None else other.closed,
        )


@dataclass(frozen=True)
class Vocabulary:
    """The words that one programme knows.

    Arguments:
        start, end: its period.
        weekdays: days of `Tous les jours` (0 = Monday).
        groups: each group's name with its other spellings, in order.
        hours: slot key → (start, end), the centre's.
    """

    start: date
    end: date
    weekdays: tuple[int, ...]
    groups: Mapping[str, tuple[str, ...]]
    hours: Mapping[str, tuple[time, time]] = field(default_factory=dict)

    def read(self, text: str) -> Label | None:
        """What a label says; `None` if it is no label of this programme.

        Raises `Wrong` for a label that is known but can't be right (a wrong weekday, a day outside the period).
        """
        text = " ".join(text.split()).strip(" :")
        if not text or len(text) > 160:
            return None
        return self._one(text) or self._several(text)

    def suggest(self, text: str) -> str | None:
        """The known label that was most probably meant."""
        words = [*SLOTS.values(), *self.groups, *(a for aliases in self.groups.values() for a in aliases)]
        words += ["Sortie", "Annulé", "Fermé", "Tous les jours", *(day.capitalize() for day in DAYS)]
        if len(text) > 40:
            return None
        if re.match(r"sortie\b", fold(text)):
            return f"Sortie : {text[6:].strip(' :-–')}"
        return nearest(text, words, cutoff=0.8)

    def known(self) -> str:
        """The labels of this programme, for a message."""
        return quoted((*self.groups, *SLOTS.values()))

    @cached_property
    def _group_words(self) -> dict[str, str]:
        words = {fold(name).rstrip("."): name for name in self.groups}
        for name, aliases in self.groups.items():
            for alias in aliases:
                words.setdefault(fold(alias).rstrip("."), name)
        for word, name in list(words.items()):
            words.setdefault(word + "s", name)
            words.setdefault(word.removesuffix("s"), name)
        return words

    def _one(self, text: str) -> Label | None:
        folded = fold(text).strip(" .*")
        if folded in _OUTING:
            return Label(outing=True)
        if _CANCELLED.fullmatch(folded):
            return Label(cancelled=True)
        if _CLOSED.fullmatch(folded):
            m = re.search(r"[Ff][Ee][Rr][Mm]\S*\s*[(:,–-]?\s*(.*?)\)?\s*$", text)
            return Label(closed=m[1] if m else "")
        if slot := self._slot(folded):
            return Label(slot=slot)
        if (groups := self._groups(folded)) is not None:
            return Label(groups=groups)
        return self._days(text, folded)

    def _several(self, text: str) -> Label | None:
        """`Mercredi 9 novembre – Matin`: parts that are each known."""
        parts = [part for part in _PARTS.split(text, maxsplit=4) if part]
        if len(parts) < 2:
            return None
        found = Label()
        for part in parts:
            if (label := self._one(part)) is None:
                return None
            found = found.with_(label)
        return found

    def _slot(self, folded: str) -> Slot | None:
        bare = _ARTICLE.sub("", folded)
        key = _SLOT_WORDS.get(folded) or _SLOT_WORDS.get(bare)
        if key:
            if key not in self.hours:
                raise Wrong(N_("centre.toml has no hours for “{slot}”: write them in [horaires]."), slot=SLOTS[key])
            return Slot(key, SLOTS[key], *self.hours[key])
        if m := _HOURS.fullmatch(bare) or _HOURS.fullmatch(folded):
            return _written_hours(m[1], m[2], folded)
        if (m := _SLOT_HOURS.fullmatch(bare)) and m[1] in _SLOT_WORDS and (hours := _HOURS.fullmatch(m[2])):
            key = _SLOT_WORDS[m[1]]
            return replace(_written_hours(hours[1], hours[2], folded), key=key, label=SLOTS[key])
        return None

    def _groups(self, folded: str) -> tuple[str, ...] | None:
        if folded in _EVERYBODY:
            return ()
        if name := self._group(folded):
            return (name,)
        names = [self._group(part) for part in _JOIN.split(folded) if part]
        if len(names) < 2 or None in names:
            return None
        return tuple(dict.fromkeys(name for name in names if name))

    def _group(self, folded: str) -> str | None:
        words = self._group_words
        for form in (folded, _ARTICLE.sub("", folded), re.sub(r" ?\([^)]*\)$", "", folded)):
            if name := words.get(form.rstrip(".")):
                return name
        return None

    def _days(self, text: str, folded: str) -> Label | None:
        if folded in _EVERY_DAY:
            return Label(days=self._each(self.weekdays), repeated=True)
        bare = _REPEAT.sub("", folded)
        weekdays = [weekday_of(word) for word in _JOIN.split(bare)]
        if all(weekday is not None for weekday in weekdays):
            days = self._each(tuple(weekday for weekday in weekdays if weekday is not None))
            if not days:
                raise Wrong(N_("“{text}”: there is no such day between {start} and {end}."), **self._period(text))
            return Label(days=days, repeated=True)
        if (m := _RANGE.fullmatch(folded)) and (last := read_day(m[2])):
            return self._range(text, m[1], last)
        if m := _WEEKDAY_NUMBER.fullmatch(folded):
            return self._numbered(text, m[1], int(m[2]))
        written = read_day(text)
        return None if written is None else Label(days=(self._day(written, text),))

    def _numbered(self, text: str, word: str, number: int) -> Label | None:
        """`Vendredi 11`, where the period holds one such day."""
        if (weekday := weekday_of(word)) is None:
            return None
        days = [day for day in self._each((weekday,)) if day.day == number]
        if len(days) != 1:
            raise Wrong(N_("“{text}”: write the month too, « Vendredi 11 novembre »."), text=text)
        return Label(days=(days[0],))

    def _range(self, text: str, first: str, last: WrittenDay) -> Label | None:
        end = self._day(last, text)
        begin = read_day(first) or read_day(f"{first} {MONTHS[end.month - 1]}")
        if begin is None:
            return None
        start = self._day(begin, text)
        days = tuple(start + timedelta(i) for i in range((end - start).days + 1))
        if not days:
            raise Wrong(N_("“{text}”: the end must come after the beginning."), text=text)
        return Label(days=tuple(day for day in days if day.weekday() in self.weekdays) or days, repeated=True)

    def _each(self, weekdays: tuple[int, ...]) -> tuple[date, ...]:
        days = (self.start + timedelta(i) for i in range((self.end - self.start).days + 1))
        return tuple(day for day in days if day.weekday() in weekdays)

    def _day(self, written: WrittenDay, text: str) -> date:
        """The date meant, in the period's year or years."""
        years = (written.year,) if written.year else range(self.start.year, self.end.year + 1)
        days = [day for year in years if (day := written.in_year(year))]
        inside = [day for day in days if self.start <= day <= self.end]
        if not inside:
            raise Wrong(
                N_("“{text}” is outside the programme, which goes from {start} to {end}."), **self._period(text)
            )
        fitting = [day for day in inside if written.weekday in (None, day.weekday())]
        if fitting:
            return fitting[0]
        assert written.weekday is not None
        day = inside[0]
        near = (day + timedelta(i) for i in (-1, 1, -2, 2, -3, 3))
        other = next(d for d in near if d.weekday() == written.weekday)
        raise Wrong(
            N_("“{text}”: this day is a {weekday}. Write « {right} », or « {other} » if the day of the week is right."),
            text=text, weekday=DAYS[day.weekday()], right=day_words(day, day).capitalize(),
            other=day_words(other, other).capitalize(),
        )  # fmt: skip

    def _period(self, text: str) -> dict[str, str]:
        return {"text": text, "start": day_words(self.start), "end": day_words(self.end)}


def _written_hours(first: str, last: str, text: str) -> Slot:
    start, end = parse_hour(first.strip()), parse_hour(last.strip())
    if start >= end:
        raise Wrong(N_("“{text}”: the end must come after the beginning."), text=text)
    label = f"{time_words(start)} – {time_words(end)}"
    return Slot(f"{start:%H%M}-{end:%H%M}", label, start, end)
