"""What a heading or a label says: a day, a slot, a group, an outing, a cancellation, a closed day; or nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from functools import cached_property

from plugins.errors import N_, Wrong
from plugins.posts.dates import DAYS, parse_hour, time_words
from plugins.posts.words import bare, fold, latin, nearest, quoted
from plugins.programmes.days import Days, Period
from plugins.programmes.groups import ARTICLE, Groups
from plugins.programmes.model import Slot

SLOTS = {"matin": "Matin", "midi": "Midi", "apres-midi": "Après-midi", "soir": "Soir", "journee": "Journée"}
"""Named slots, with the words that families read."""

SCHOOL_DAYS = (0, 1, 3, 4)
"""Monday, Tuesday, Thursday, Friday: the days of `midi` and `soir`."""

MAX_LABEL = 160
"""Characters of the longest label: a day, a slot and several groups."""

_SLOT_WORDS = {
    word: slot
    for slot, words in {
        "matin": ("matin", "matins", "matinee", "accueil du matin"),
        "midi": ("midi", "midis", "pause meridienne", "temps du midi", "temps meridien", "pause du midi"),
        "apres-midi": (
            "apres-midi",
            "apres midi",
            "apres - midi",
            "ap-midi",
            "ap midi",
            "aprem",
            "aprem'",
            "apres-midis",
        ),
        "soir": ("soir", "soirs", "soiree", "accueil du soir"),
        "journee": (
            "journee",
            "journee entiere",
            "toute la journee",
            "journee complete",
            "la journee entiere",
            "a la journee",
        ),
    }.items()
    for word in words
}
_HALF = re.compile(r"^(?:demi-journee|1/2 journee|½ journee) ?(?:du |de l'|de la |d')?")
_HOUR = r"\d{1,2} ?(?:h|:|heures?) ?(?:\d\d)?"
_RANGE = rf"(?:{_HOUR}|midi) ?(?:-|a|et|/) ?(?:{_HOUR}|midi)"
_HOURS = re.compile(rf"(?:de |entre )?({_HOUR}|midi) ?(?:-|a|et|/) ?({_HOUR}|midi)")
_ONE_HOUR = re.compile(rf"(?:(a partir de|des|vers) |a )?({_HOUR})")
_FROM = {"vers": "vers", "des": "dès", "a partir de": "à partir de"}
_SLOT_HOURS = re.compile(r"(.+?) ?[(,] ?(.+?)\)?")
_OUTING = re.compile(
    r"(?:en )?sorties?(?: (?:a la |en |d'une |de la |de l'|du )?(journee|matinee|matin|apres-midi|soiree|soir))?"
)
_CANCELLED = re.compile(r"annulee?s?|annulation")
_PLACE = r"(?:accueil|centre)(?: de loisirs)?"
_CLOSED = re.compile(
    rf"(?:(?:(?:l'|le )?{_PLACE}(?: est)? )?fermee?s?|fermeture(?: (?:du |de l'){_PLACE}| exceptionnelle)?"
    rf"|pas (?:d'|de ){_PLACE}|(?:jour )?ferie)(?: (?:toute la journee|ce jour))?(?: ?[(:,-] ?(.*?)\)?)?",
    re.DOTALL,
)
_EACH_SLOT = re.compile(r"(?:tous les|chaque) (matins?|midis?|apres-midis?|soirs?)")
_TAIL_SLOT = re.compile(
    r"(.+?),? (?:(?:au|le|en|a|a la|dans la) |(?:dans )?l')?"
    r"(matin|matinee|midi|apres-midi|apres midi|aprem|soir|soiree|journee|toute la journee)"
)
_HEAD_SLOT = re.compile(
    r"(?:le |l'|en )?(matin|matinee|midi|apres-midi|apres midi|aprem|soir|soiree|journee) (?:des |pour )?(.+)"
)
_TAIL_HOURS = re.compile(rf"(.+?),? ((?:de |entre )?{_RANGE}|(?:(?:a|a partir de|des|vers) )?{_HOUR})")
_COUNTED = re.compile(r"(?:jour|j|journee) ?(?:n° ?|no ?)?\d{1,2}")
_AM = frozenset({"am", "a.m", "a-m", "l'am", "pm", "p.m", "p-m"})
_THEN = re.compile(r"(?:et|puis|ensuite),? ")
_ASIDE = re.compile(r"(.+?)\s*\(([^()]+)\)")
_AND = re.compile(r"\s*(?:,|/|&|\+|\bet\b)\s*")
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
        span: the days are one stretch, such as a week.
        remark: what stands in brackets after it.
    """

    days: tuple[date, ...] | None = None
    repeated: bool = False
    slot: Slot | None = None
    groups: tuple[str, ...] | None = None
    outing: bool = False
    cancelled: bool = False
    closed: str | None = None
    span: bool = False
    remark: str = ""

    @property
    def kind(self) -> str:
        """What another label of the same kind takes the place of: a part of the day, a group, or neither."""
        return "slot" if self.slot else "group" if self.groups is not None else ""

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
            span=self.span if other.days is None else other.span,
            remark=" ; ".join(remark for remark in (self.remark, other.remark) if remark),
        )


@dataclass(frozen=True)
class Vocabulary:
    """The words that one programme knows.

    Arguments:
        start, end: its period.
        weekdays: days of `Tous les jours` (0 = Monday).
        groups: each group's name with its other spellings, in order.
        hours: slot key → (start, end), the centre's.
        within: days of the week under whose heading it reads; empty for the whole period.
    """

    start: date
    end: date
    weekdays: tuple[int, ...]
    groups: Mapping[str, tuple[str, ...]]
    hours: Mapping[str, tuple[time, time]] = field(default_factory=dict)
    within: frozenset[date] = frozenset()

    @cached_property
    def period(self) -> Period:
        """Its days."""
        return Period(self.start, self.end, self.weekdays, self.within)

    @cached_property
    def _groups(self) -> Groups:
        return Groups(self.groups)

    def read(self, text: str) -> Label | None:
        """What a label says; `None` if it is no label of this programme.

        Raises `Wrong` for a label that is known but can't be right (a wrong weekday, a day outside the period).
        """
        if text not in self._labels:
            self._labels[text] = self._label(text)
        return self._labels[text]

    @cached_property
    def _labels(self) -> dict[str, Label | None]:
        """Those that were read: a programme says the same few again and again."""
        return {}

    def _label(self, text: str) -> Label | None:
        text = bare(" ".join(text[: 2 * MAX_LABEL].split()))
        if not text or len(text) > MAX_LABEL:
            return None
        found = self._parts(text)
        if found is None and (plain := latin(text)) != text and self._known(plain):
            raise Wrong(
                N_("“{label}” holds letters of another alphabet that only look right. Type it again: “{meant}”."),
                label=text, meant=plain,
            )  # fmt: skip
        return found

    def marker(self, text: str) -> Label | None:
        """The slot or the group that begins a part of a sentence (`le matin`, `pour les 3-6 ans`)."""
        folded = fold(text)
        if (slot := self._slot(text, folded)) and slot.start != slot.end:  # not « à 17 h, on chante »
            return Label(slot=slot)
        groups = self._groups.read(folded)
        return None if groups is None else Label(groups=groups)

    def lead(self, text: str) -> tuple[Label, str] | None:
        """The label with which a heading begins, and its other words: `Lundi 24 octobre : La forêt enchantée`."""
        found: tuple[Label, str] | None = None
        label = Label()
        for m in list(_PARTS.finditer(text))[:4]:
            if (part := self.read(text[: m.start()])) is not None:
                label = part
                found = (label, text[m.end() :].strip())
        return found

    def aside(self, text: str) -> tuple[Label, str] | None:
        """A label, and the remark in brackets after it: `Matin (au choix)`."""
        m = _ASIDE.fullmatch(bare(text)) if len(text) <= MAX_LABEL else None
        label = self.read(m[1]) if m else None
        return (label, m[2].strip()) if m and label is not None else None

    def group(self, text: str) -> Label | None:
        """The group that a remark after an activity names: `piscine (6-10 ans)`; `None` if it is any other remark."""
        try:
            groups = self._groups.read(fold(text))
        except Wrong:
            return None
        return Label(groups=groups) if groups else None

    def hours_of(self, text: str) -> Label | None:
        """The hours that a remark after an activity names: `jeux de société (14h-16h)`, `spectacle (15h)`."""
        try:
            slot = self._slot(text, fold(text))
        except Wrong:
            return None
        return Label(slot=slot) if slot and slot.key[:1].isdigit() else None

    def suggest(self, text: str) -> str | None:
        """The known label that was most probably meant."""
        words = [*SLOTS.values(), *self.groups, *(a for aliases in self.groups.values() for a in aliases)]
        words += ["Sortie", "Annulé", "Fermé", "Tous les jours", *(day.capitalize() for day in DAYS)]
        if len(text) > 40:
            return None
        return nearest(latin(text), words, cutoff=0.8)

    def known(self) -> str:
        """The labels of this programme, for a message."""
        return quoted((*self.groups, *SLOTS.values()))

    def _known(self, text: str) -> bool:
        try:
            return self._parts(text) is not None or self.suggest(text) is not None
        except Wrong:
            return True

    def _parts(self, text: str) -> Label | None:
        """One label, or several: parted by a sign, or the last one in brackets (`Lundi (24 octobre)`)."""
        if found := self._one(text) or self._several(text):
            return found
        if m := _ASIDE.fullmatch(text):
            first = self._one(m[1]) or self._several(m[1])
            second = self._one(m[2]) if first else None
            return _joined(first, second, text) if first and second else None
        return None

    def _one(self, text: str) -> Label | None:
        folded = fold(text).strip(" .*")
        if m := _OUTING.fullmatch(folded):
            return Label(outing=True, slot=self._slot(m[1], m[1]) if m[1] else None)
        if _CANCELLED.fullmatch(folded):
            return Label(cancelled=True)
        if _CLOSED.fullmatch(folded):
            if re.match(r"ferme\b", text, re.IGNORECASE) and not text.startswith("FERME"):
                raise Wrong(N_("“{text}” may mean closed, or a farm: write « fermé » or « à la ferme »."), text=text)
            return Label(closed=_reason(text))
        if slot := self._slot(text, folded):
            return Label(slot=slot)
        if (groups := self._groups.read(fold(text).strip(" *"))) is not None:
            return Label(groups=groups)
        if tail := self._tail(text, folded):  # first: the end of « Lundi 24 matin » is no month
            return tail
        if days := self.period.read(text, folded):
            return Label(days=days.days, repeated=days.repeated, span=days.span)
        if folded in _AM:
            raise Wrong(N_("“{text}” may mean two parts of the day: write « Matin » or « Après-midi »."), text=text)
        return None

    def _tail(self, text: str, folded: str) -> Label | None:
        """A day or a group and a part of the day without a sign between them: `Mercredi matin`, `Matin Maternelles`."""
        if m := _EACH_SLOT.fullmatch(folded):
            return Label(days=self.period.each(self.weekdays), repeated=True, slot=self._slot(m[1], m[1]))
        if (m := _HEAD_SLOT.fullmatch(folded)) and (groups := self._groups.read(m[2])) is not None:
            return Label(slot=self._slot(m[1], m[1]), groups=groups)
        for pattern in (_TAIL_SLOT, _TAIL_HOURS):
            if m := pattern.fullmatch(folded):
                days = self.period.read(m[1], m[1])
                groups = None if days else self._groups.read(m[1])
                if (days or groups is not None) and (slot := self._slot(m[2], m[2])):
                    there = days or Days(())
                    return Label(there.days or None, there.repeated, slot, groups, span=there.span)
        return None

    def _several(self, text: str) -> Label | None:
        """`Mercredi 9 novembre – Matin`: parts that are each known."""
        parts = [part for part in _PARTS.split(text, maxsplit=4) if part]
        if len(parts) < 2:
            return None
        parts = parts[1:] if _COUNTED.fullmatch(fold(parts[0])) else parts
        found = Label()
        for part in parts:
            if (label := self._one(part)) is None:
                return None
            found = _joined(found, label, text)
        return found

    def _slot(self, text: str, folded: str) -> Slot | None:
        if m := _THEN.match(folded):
            folded = folded[m.end() :]
        short = _HALF.sub("", ARTICLE.sub("", folded)).removeprefix("en ")
        key = _SLOT_WORDS.get(folded) or _SLOT_WORDS.get(short)
        if key:
            if key not in self.hours:
                raise Wrong(N_("centre.toml has no hours for “{slot}”: write them in [horaires]."), slot=SLOTS[key])
            return Slot(key, SLOTS[key], *self.hours[key])
        if m := _HOURS.fullmatch(short) or _HOURS.fullmatch(folded):
            return _written_hours(m[1], m[2], text)
        if (m := _SLOT_HOURS.fullmatch(short)) and m[1] in _SLOT_WORDS and (hours := _HOURS.fullmatch(m[2])):
            key = _SLOT_WORDS[m[1]]
            return replace(_written_hours(hours[1], hours[2], text), key=key, label=SLOTS[key])
        if len(parts := _AND.split(folded)) > 1 and all(ARTICLE.sub("", part) in _SLOT_WORDS for part in parts):
            raise _two_slots(text)
        if m := _ONE_HOUR.fullmatch(folded):
            hour = _hour(m[2])
            label = f"{_FROM[m[1]]} {time_words(hour)}" if m[1] else time_words(hour)
            return Slot(f"{hour:%H%M}", label, hour, hour)
        return None


def _joined(found: Label, label: Label, text: str) -> Label:
    """Two parts of one label: groups add up, days narrow each other, and there is one part of the day."""
    if found.slot and label.slot:
        raise _two_slots(text)
    both = found.with_(label)
    if found.groups and label.groups:
        both = replace(both, groups=tuple(dict.fromkeys((*found.groups, *label.groups))))
    if found.days and label.days:
        days = tuple(day for day in label.days if day in found.days)
        if not days:
            raise Wrong(N_("“{text}” names days that do not go together."), text=text)
        both = replace(both, days=days)
    return both


def _two_slots(text: str) -> Wrong:
    return Wrong(N_("“{text}” names two parts of the day: write « Journée », or a line for each."), text=text)


def _reason(text: str) -> str:
    """What stands after `fermé`; `Férié` is its own reason."""
    if re.match(r"(?:jour )?f[ée]ri[ée]", text, re.IGNORECASE):
        return text
    m = re.search(r"[(:,–-]\s*([^(:,–-].*?)\)?\s*$", text)
    return m[1] if m else ""


def _hour(text: str) -> time:
    return time(12) if text == "midi" else parse_hour(text.strip())


def _written_hours(first: str, last: str, text: str) -> Slot:
    start, end = _hour(first), _hour(last)
    if start >= end:
        raise Wrong(N_("“{text}”: the end must come after the beginning."), text=text)
    label = f"{time_words(start)} – {time_words(end)}"
    return Slot(f"{start:%H%M}-{end:%H%M}", label, start, end)
