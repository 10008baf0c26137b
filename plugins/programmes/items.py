"""The items of a programme's list: labels cut off one after the other, the rest an activity with its details."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from markupsafe import escape

from plugins.errors import N_, Severity, Wrong
from plugins.posts.dates import day_words
from plugins.posts.words import quoted, shortened
from plugins.programmes import details
from plugins.programmes.days import date_at_end
from plugins.programmes.found import CLOSED, Found, Leaf
from plugins.programmes.labels import Label, Vocabulary
from plugins.programmes.lines import Item
from plugins.programmes.model import Detail
from plugins.programmes.sentences import MAX_TEXT, clauses
from plugins.programmes.tokens import cut_out, unstruck
from plugins.site.text import Reading, inline
from plugins.site.typography import typo

if TYPE_CHECKING:
    from markdown_it.token import Token

MAX_ACTIVITIES = 5_000
MAX_PROBLEMS = 60
"""Past these a file is no programme any more; reading stops, so that no text can take long."""

MOST_LOOKED_AT = 300
"""Items of a list that are looked at to know what kind of list it is."""

_DASH = re.compile(r"\s*+([^:：–—|→]{1,80}?)\s{1,3}(?:[-–—|→]|->|=>)\s+")
_OUTING = re.compile(r"(sorties?\s+)(de\b|des\b|du\b|d['’])?", re.IGNORECASE)
_NEXT = re.compile(r"(?:[;.,]|\s[/|–—-])\s{1,3}(?:et |puis )?(?=([^:：;.,/|–—]{2,40}?)\s?[:：](?:\s|$))")
_REMARK = re.compile(r"\(([^()]{1,80})\)[.;]?\s{0,3}")
_OFF = re.compile(r"(?: ?\(| [:–—-] |, | )annul[ée]{1,2}e?s?\)?[.!]?\s{0,3}$", re.IGNORECASE)
_BREAK = re.compile(r"(?:<br ?/?>|;|•)\s{0,3}")


@dataclass
class ItemReader:
    """Reads the items of one programme; `words` changes under the heading of a week."""

    words: Vocabulary
    reading: Reading
    found: Found = field(default_factory=Found)
    before: int = field(init=False)
    stopped: bool = False

    def __post_init__(self) -> None:
        self.before = len(self.reading.problems)

    def full(self, line: int) -> bool:
        """Whether reading must stop at this line, which is told once; what is wrong in other files does not count."""
        if len(self.reading.problems) - self.before < MAX_PROBLEMS and len(self.found.leaves) < MAX_ACTIVITIES:
            return False
        if not self.stopped:
            self.stopped = True
            self.reading.wrong(line, N_("Reading stopped here: there is too much, or too much is wrong, above."))
        return True

    def labels(self, text: str) -> bool:
        """Whether a line begins with a label of this programme; a label in error is one."""
        m = details.LABEL.match(text)
        try:
            return (
                self.words.read(m[1] if m else text) is not None
                or self._dashed(text, 0) is not None
                or self._tight(text, 0) is not None
                or self._remarked(m[1] if m else text) is not None
            )
        except Wrong:
            return True

    def begins(self, text: str) -> bool:
        """Whether a line begins with a label, or a sentence with a part of the day."""
        try:
            return self.labels(text) or bool(clauses(text, 0, self.words))
        except Wrong:
            return True

    def dated(self, text: str) -> bool:
        """Whether a line of text is a day and what is done on it: `Mardi 26 avril : le matin, …`."""
        try:
            step = self._step(text, 0)
            if step is None:
                self._doubt(text, 0, 0)
        except Wrong:
            m = details.LABEL.match(text)
            return bool(m and date_at_end("x " + m[1]))
        return step is not None and step[0].days is not None

    def read(self, items: Sequence[Item], context: Label, *, told: int = 0) -> None:
        """Read the items of one list; what they say is added to `found`, what is wrong to the problems.

        `told`: of the activities above, those of which a detail among the items may tell more.
        """
        labels = [label for item in items[:MOST_LOOKED_AT] if (label := self._label(item))]
        grouped = 3 if any(label.groups for label in labels) else 1 if labels else 0
        before = len(self.found.leaves) - told
        for item in items:
            if self.full(item.line):
                return
            if not self._beside(item, context, before):
                self.line(item, context, grouped=grouped)

    def cell(self, children: list[Token], line: int, context: Label) -> None:
        """Read a table's cell: activities and their details, parted by `;` or `<br>`."""
        item = Item(children, line)
        text = item.text
        ends = [(m.start(), m.end()) for m in _BREAK.finditer(text)]
        starts = [0, *(end for _, end in ends)]
        before = len(self.found.leaves)
        for start, end in zip(starts, [*(begin for begin, _ in ends), len(text)], strict=True):
            if not text[start:end].strip() or self.full(line):
                continue
            if not self._beside(Item(cut_out(children, start, end), line), context, before, nearest=True):
                self.line(item, context, start=start, end=end)

    def line(self, item: Item, context: Label, *, grouped: int = 0, start: int = 0, end: int | None = None) -> None:
        """Read one line: its labels, then what is done; or several such, one after the other."""
        text = item.text[:end]
        try:
            pieces = self._pieces(text, start, context, grouped)
        except Wrong as wrong:
            self.wrong(wrong, item.line)
            return
        if len(pieces) > 1 and item.items:
            self._several(item)
            return
        for piece, cut, stop in pieces:
            self._piece(item, text[:stop], piece, cut)

    def _pieces(self, text: str, start: int, context: Label, grouped: int) -> list[tuple[Label, int, int]]:
        """What a line tells: for each activity its label, where its words begin, and where they end.

        A line goes on with another label of a kind that it had: `Matin : peinture / Après-midi : foot`.
        """
        pieces: list[tuple[Label, int, int]] = []
        stack: list[Label] = []
        cut = start
        while True:
            while (step := self._step(text, cut)) is not None:
                stack.append(step[0])
                cut = step[1]
            found = self._another(text, cut, [label.kind for label in stack])
            if found is None:
                self._doubt(text, cut, grouped)
            here = context
            for label in stack:
                here = here.with_(label)
            pieces.append((here, cut, found[1].start() if found else len(text)))
            if found is None:
                return pieces
            del stack[found[0] :]
            cut = found[1].end()

    def _another(self, text: str, cut: int, kinds: Sequence[str]) -> tuple[int, re.Match[str]] | None:
        """Where a label of one of these kinds follows; and which kind."""
        if not any(kinds) or len(text) - cut > MAX_TEXT:
            return None
        for m in _NEXT.finditer(text, cut):
            with suppress(Wrong):
                label = self.words.read(m[1])
                if label is not None and label.days is None and label.kind and label.kind in kinds:
                    return kinds.index(label.kind), m
        return None

    def _piece(self, item: Item, text: str, context: Label, cut: int) -> None:
        """Read one activity of a line, its labels being known."""
        try:
            rest = text[cut:].strip()
            last = self.words.read(rest) if rest else None
            if last is not None:
                context, rest = context.with_(last), rest if last.outing and not item.items else ""
            parts = clauses(text, cut, self.words) if rest and context.closed is None else []
        except Wrong as wrong:
            self.wrong(wrong, item.line)
            return
        if context.closed is not None:
            self.close(context, rest, item.line)
        elif parts:
            self._sentence(item, [(context.with_(c.label), c.start, c.end) for c in parts])
        elif not rest:
            if not item.items:
                self.reading.wrong(
                    item.line, N_("“{text}” says no activity: write it after the colon."), text=shortened(text)
                )
            self.read(item.items, context)
        else:
            self._leaf(item, context, cut, len(text), item.items)

    def close(self, context: Label, rest: str, line: int) -> None:
        """Note a closed day; a closed part of it, or one closed for a group, is told where an activity would be."""
        if context.days is None:
            self.reading.wrong(
                line, N_("“Fermé” is said of no day: write it under a day, or « Vendredi 11 novembre : fermé ».")
            )
            return
        if rest:
            context = context.with_(Label(closed=rest))
        if context.groups or (context.slot and context.slot.key != "journee"):
            text = typo(f"{CLOSED} : {context.closed}" if context.closed else CLOSED)
            self.found.leaves.append(Leaf(replace(context, closed=None), text, escape(text), (), line))
        else:
            self.found.close(context, line)

    def wrong(self, wrong: Wrong, line: int, severity: Severity = Severity.ERROR) -> None:
        """Note an error."""
        self.reading.problems.append(wrong.at(self.reading.file, line, severity))

    def outing(self, text: str) -> bool:
        """Whether a line tells an outing: `sortie à la mare`."""
        return _OUTING.match(text) is not None

    def day_behind(self, item: Item) -> bool:
        """Whether a line without a day ends with one (`Couture, le mercredi 9 novembre`); how to write it is told."""
        text = " ".join(item.text.split())
        day = date_at_end(text) if len(text) < 200 else None
        if day is None:
            return False
        what = text[: text.rindex(day)].rstrip(" ,;:–-").removesuffix(" le").rstrip(" ,;:–-")
        self.reading.wrong(
            item.line, N_("“{text}”: write the day first: « {day} : {what} »."),
            text=shortened(text), day=day[:1].upper() + day[1:], what=shortened(what),
        )  # fmt: skip
        return True

    def check_spelling(self, label: str) -> None:
        """Raise `Wrong` for a label that is surely a misspelt one."""
        if meant := self.words.suggest(label):
            raise Wrong(N_("“{label}” is unknown here. Did you mean “{meant}”?"), label=label, meant=meant)

    def _label(self, item: Item) -> Label | None:
        """What the labels with which an item begins say."""
        text, cut, found = item.text, 0, None
        try:
            while (m := details.LABEL.match(text, cut)) and (label := self.words.read(m[1])) is not None:
                found, cut = (found or Label()).with_(label), m.end()
        except Wrong:
            return found
        return found

    def _dashed(self, text: str, cut: int) -> tuple[Label, int] | None:
        """A label before a dash; only a known one is: a dash has other uses."""
        m = _DASH.match(text, cut)
        label = self.words.read(m[1]) if m else None
        return None if m is None or label is None else (label, m.end())

    def _tight(self, text: str, cut: int) -> tuple[Label, int] | None:
        """A label without a space after its colon; only a known one is."""
        m = details.TIGHT.match(text, cut)
        label = self.words.read(m[1]) if m else None
        return None if m is None or label is None else (label, m.end())

    def _remarked(self, text: str) -> Label | None:
        """A label with a remark: `Maternelles (salle bleue)`."""
        found = self.words.aside(text)
        return replace(found[0], remark=found[1]) if found else None

    def _step(self, text: str, cut: int) -> tuple[Label, int] | None:
        """The label that stands at `cut`, and where it ends."""
        m = details.LABEL.match(text, cut)
        if m and (label := self.words.read(m[1])) is not None:
            return label, m.end()
        if found := self._dashed(text, cut) or self._tight(text, cut):
            return found
        if m and (label := self._remarked(m[1])) is not None:
            return label, m.end()
        return None

    def _doubt(self, text: str, cut: int, grouped: int) -> None:
        """Raise `Wrong` if what stands before a colon at `cut` is meant as a label and is none."""
        if m := details.LABEL.match(text, cut):
            # after « Matin : », a colon may well be the activity's own, unless groups are named so beside it
            self._unknown(m[1], text[cut:], grouped if grouped > 1 or not text[:cut].strip() else 0)

    def _sentence(self, item: Item, parts: list[tuple[Label, int, int]]) -> None:
        if len(parts) > 1 and item.items:
            self._several(item)
            return
        for label, start, end in parts:
            self._leaf(item, label, start, end, item.items)

    def _several(self, item: Item) -> None:
        self.reading.wrong(item.line, N_(
            "“{text}” tells several activities: write each on a line of its own, and what concerns it below."
        ), text=shortened(item.text))  # fmt: skip

    def _leaf(self, item: Item, context: Label, start: int, end: int, below: Sequence[Item]) -> None:
        if context.days is None:
            self.reading.wrong(
                item.line,
                N_("“{text}” has no day. Put it under a heading: « {day} », « Mercredi », « Tous les jours »."),
                text=shortened(item.text),
                day=day_words(self.words.start, self.words.start).capitalize(),
            )
            return
        whole = item.text
        try:
            length, told = details.after(whole[start:end])
        except Wrong as wrong:
            self.wrong(wrong, item.line)
            return
        context, end = self._remarks(context, whole, start, start + length)
        if m := _OUTING.match(whole, start, end):
            context = context.with_(Label(outing=True))
            start = start if m[2] else m.end(1)
        kept = " ".join(unstruck(item.children, start, end).split())
        text = typo(kept or " ".join(whole[start:end].split()))
        if not text:
            return  # marks without words
        if not kept:
            context = context.with_(Label(cancelled=True))  # struck through
        if context.remark:
            told = (Detail("note", "", typo(context.remark)), *told)
        html = inline(cut_out(item.children, start, end), item.line, self.reading)
        told += tuple(detail for sub in below for detail in self._details(sub))
        self.found.leaves.append(Leaf(context, text, html, told, item.line))

    def _remarks(self, context: Label, text: str, start: int, end: int) -> tuple[Label, int]:
        """Who it is for and when, from remarks after it: `piscine (6-10 ans) (14h-16h)`; and where it then ends."""
        if (m := _OFF.search(text, max(start, end - 30), end)) and text[start : m.start()].strip():
            context, end = context.with_(Label(cancelled=True)), m.start()
        while m := _REMARK.fullmatch(text, max(text.rfind("(", start, end), start), end):
            if not text[start : m.start()].strip():
                break
            said = self.words.group(m[1]) if context.groups is None else None
            said = said or (self.words.hours_of(m[1]) if context.slot is None else None)
            if said is None:
                break
            context, end = context.with_(said), m.start()
        return context, end

    def _beside(self, item: Item, context: Label, before: int, *, nearest: bool = False) -> bool:
        """A detail that stands beside activities, not below one.

        It is told of the activity just above if there is only one, else of the day; `nearest`: always of that above.
        """
        text = " ".join(item.text.split())
        if details.begins(text) is None:
            return False
        above = self.found.leaves[before:]
        try:
            told = details.read(text)
        except Wrong as wrong:
            self.wrong(wrong, item.line)
            return True
        if above and (nearest or len(above) == 1):
            last = above[-1]
            self.found.leaves[-1] = replace(last, details=(*last.details, *told))
        elif context.days and len(context.days) == 1:
            self.found.notes.append((context.days[0], item))
        else:
            self.reading.wrong(item.line, N_(
                "“{text}” tells more of an activity: put it below that activity, two spaces further in."
            ), text=shortened(text))  # fmt: skip
        return True

    def _details(self, item: Item) -> tuple[Detail, ...]:
        text = " ".join(item.text.split())
        try:
            if told := details.read(text):
                return told
        except Wrong as wrong:
            self.wrong(wrong, item.line)
            return ()
        if self.labels(text):
            self.reading.wrong(item.line, N_(
                "“{text}” stands below an activity. Below it only {details} are read; write another activity beside it."
            ), text=shortened(text), details=quoted(details.DETAILS.values()))  # fmt: skip
            return ()
        for child in item.items:
            text = f"{text} {' '.join(child.text.split())}"
        return (Detail("note", "", typo(text)),) if text else ()

    def _unknown(self, label: str, text: str, grouped: int) -> None:
        """Raise `Wrong` if an unknown label is surely meant as one; if not, it is the beginning of the activity's text.

        A misspelt label is one, and so is a label of at most `grouped` words beside items that have labels.
        """
        self.check_spelling(label)
        if grouped and len(label.split()) <= grouped and not _OUTING.match(label) and not self._marked(label):
            message = N_(
                "“{label}” is neither a group nor a part of the day. Known: {known}. If it names the activity, write a "
                "dash instead of the colon: « {dash} »."
            )
            dash = shortened(f"{label} – {text.partition(':')[2].strip()}")
            raise Wrong(message, label=label, known=self.words.known(), dash=dash)

    def _marked(self, label: str) -> bool:
        """Whether it is the beginning of a sentence: `le matin, cuisine : …`."""
        first, comma, _ = label.partition(",")
        return bool(comma) and self.words.marker(first) is not None
