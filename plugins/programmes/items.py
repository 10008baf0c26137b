"""The items of a programme's list: labels cut off one after the other, the rest an activity with its details."""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from markupsafe import Markup

from plugins.errors import N_, Wrong
from plugins.posts.dates import day_words
from plugins.posts.words import fold, nearest, quoted, shortened
from plugins.programmes.labels import Label, Vocabulary
from plugins.programmes.model import Detail
from plugins.site.text import Reading, inline, plain
from plugins.site.typography import typo

if TYPE_CHECKING:
    from markdown_it.token import Token

DETAILS = {
    "depart": "Départ", "retour": "Retour", "prevoir": "Prévoir",
    "gouter": "Goûter", "lieu": "Lieu", "places": "Places",
}  # fmt: skip
"""Keys of an activity's details, with the words that families read."""

MAX_ACTIVITIES = 5_000
MAX_PROBLEMS = 60
"""Past these a file is no programme any more; reading stops, so that no text can take long."""

_DETAIL_WORDS = {
    **{key: key for key in DETAILS}, "departs": "depart", "retours": "retour", "a prevoir": "prevoir",
    "prevoyez": "prevoir", "gouters": "gouter", "lieux": "lieu", "place": "places", "nombre de places": "places",
}  # fmt: skip
_LABEL = re.compile(r"\s*+([^:]{1,80}?)\s*+:(?=\s|$)\s*")


@dataclass(frozen=True)
class Leaf:
    """One activity as written, before it is put on its days."""

    label: Label
    text: str
    html: Markup
    details: tuple[Detail, ...]
    line: int


@dataclass
class Item:
    """A list item: its first line of text, and the items below it."""

    children: list[Token]
    line: int
    items: list[Item] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The words, without marks."""
        return plain(self.children)


@dataclass
class Found:
    """What the items of a programme gave."""

    leaves: list[Leaf] = field(default_factory=list)
    closed: dict[date, tuple[str, int, bool]] = field(default_factory=dict)

    def close(self, label: Label, line: int) -> None:
        """Note closed days: the reason, the line, and whether it is said of that very day."""
        for day in label.days or ():
            if day not in self.closed or not label.repeated:
                self.closed[day] = (typo(label.closed or ""), line, not label.repeated)


def list_items(tokens: Sequence[Token], first_line: int) -> list[Item]:
    """The items of a list, given its tokens from `bullet_list_open` to its closing."""
    roots: list[Item] = []
    stack: list[Item | None] = []
    for token in tokens:
        if token.type == "list_item_open":
            item = Item([], first_line + (token.map or [0])[0])
            (stack[-1].items if stack and stack[-1] else roots).append(item)
            stack.append(item)
        elif token.type == "list_item_close":
            stack.pop()
        elif token.type in ("inline", "fence") and stack and (current := stack[-1]):
            if current.children and token.children:
                current.children.append(_space(token.children[0]))
            current.children += token.children or []
    return roots


def lines_as_items(token: Token, first_line: int) -> list[Item]:
    """The lines of a paragraph, each read like an item."""
    line = first_line + (token.map or [0])[0]
    items = [Item([], line)]
    for child in token.children or []:
        if child.type in ("softbreak", "hardbreak"):
            line += 1
            items.append(Item([], line))
        else:
            items[-1].children.append(child)
    return [item for item in items if item.text.strip()]


@dataclass
class ItemReader:
    """Reads the items of one programme."""

    words: Vocabulary
    reading: Reading
    found: Found = field(default_factory=Found)

    def full(self) -> bool:
        """Whether reading must stop."""
        return len(self.reading.problems) >= MAX_PROBLEMS or len(self.found.leaves) >= MAX_ACTIVITIES

    def labels(self, text: str) -> bool:
        """Whether a line begins with a label of this programme; a label in error is one."""
        m = _LABEL.match(text)
        try:
            return self.words.read(m[1] if m else text) is not None
        except Wrong:
            return True

    def read(self, items: Sequence[Item], context: Label) -> None:
        """Read the items of one list; what they say is added to `found`, what is wrong to the problems."""
        labels = [label for item in items if (label := self._label(item))]
        grouped = 3 if any(label.groups for label in labels) else 1 if labels else 0
        for item in items:
            if self.full():
                return
            self._item(item, context, grouped)

    def _label(self, item: Item) -> Label | None:
        m = _LABEL.match(item.text)
        try:
            return self.words.read(m[1]) if m else None
        except Wrong:
            return None

    def _item(self, item: Item, context: Label, grouped: int) -> None:
        text, cut = item.text, 0
        try:
            while m := _LABEL.match(text, cut):
                label = self.words.read(m[1])
                if label is None:
                    self._unknown(m[1], text, grouped)
                    break
                context, cut = context.with_(label), m.end()
            rest = text[cut:].strip()
            if rest and (label := self.words.read(rest)) is not None:
                context, rest = context.with_(label), ""
        except Wrong as wrong:
            self.reading.problems.append(wrong.at(self.reading.file, item.line))
            return
        if context.closed is not None:
            self._close(context, rest, item.line)
        elif not rest:
            if not item.items:
                self.reading.wrong(
                    item.line, N_("“{text}” says no activity: write it after the colon."), text=shortened(text)
                )
            self.read(item.items, context)
        else:
            self._leaf(item, context, cut)

    def _close(self, context: Label, rest: str, line: int) -> None:
        if context.days is None:
            self.reading.wrong(
                line, N_("“Fermé” is said of no day: write it under a day, or « Vendredi 11 novembre : fermé ».")
            )
            return
        if rest:
            context = context.with_(Label(closed=rest))
        self.found.close(context, line)

    def _leaf(self, item: Item, context: Label, cut: int) -> None:
        if context.days is None:
            self.reading.wrong(
                item.line,
                N_("“{text}” has no day. Put it under a heading: « {day} », « Mercredi », « Tous les jours »."),
                text=shortened(item.text),
                day=day_words(self.words.start, self.words.start).capitalize(),
            )
            return
        html = inline(_cut(item.children, cut), item.line, self.reading)
        details = tuple(detail for sub in item.items if (detail := self._detail(sub)))
        self.found.leaves.append(Leaf(context, typo(" ".join(item.text[cut:].split())), html, details, item.line))

    def _detail(self, item: Item) -> Detail | None:
        text = " ".join(item.text.split())
        m = _LABEL.match(text)
        if m:
            word = fold(m[1])
            if key := _DETAIL_WORDS.get(word):
                value = typo(text[m.end() :])
                if not value:
                    self.reading.wrong(item.line, N_("“{label} :” has no value."), label=DETAILS[key])
                return Detail(key, DETAILS[key], value)
            if meant := nearest(m[1], DETAILS.values(), cutoff=0.75):
                self.reading.wrong(
                    item.line, N_("“{label}” is unknown here. Did you mean “{meant}”?"), label=m[1], meant=meant
                )
                return None
        if self.labels(text):
            self.reading.wrong(item.line, N_(
                "“{text}” stands below an activity. Below it only {details} are read; write another activity beside it."
            ), text=shortened(text), details=quoted(DETAILS.values()))  # fmt: skip
            return None
        for child in item.items:
            text = f"{text} {' '.join(child.text.split())}"
        return Detail("note", "", typo(text)) if text else None

    def _unknown(self, label: str, text: str, grouped: int) -> None:
        """Raise `Wrong` if an unknown label is surely meant as one; if not, it is the beginning of the activity's text.

        A misspelt label is one, and so is a label of at most `grouped` words beside items that have labels.
        """
        if meant := self.words.suggest(label):
            raise Wrong(N_("“{label}” is unknown here. Did you mean “{meant}”?"), label=label, meant=meant)
        if grouped and len(label.split()) <= grouped:
            message = N_(
                "“{label}” is neither a group nor a part of the day. Known: {known}. If it names the activity, write a "
                "dash instead of the colon: « {dash} »."
            )
            dash = shortened(f"{label} – {text.partition(':')[2]}")
            raise Wrong(message, label=label, known=self.words.known(), dash=dash)


def _space(like: Token) -> Token:
    token = copy(like)
    token.type, token.tag, token.nesting, token.content = "text", "", 0, " "
    token.children = None
    token.attrs = {}
    return token


def _cut(children: Sequence[Token], count: int) -> list[Token]:
    """The tokens without their first `count` characters of text; marks stay balanced."""
    kept: list[Token] = []
    for child in children:
        if count <= 0 or child.type == "image":
            kept.append(child)
            continue
        length = 1 if child.type in ("softbreak", "hardbreak") else len(child.content)
        if child.nesting == 0:
            if length > count:
                token = copy(child)
                token.content = child.content[count:]
                kept.append(token)
            count -= length
        else:
            kept.append(child)
    first = next((child for child in kept if child.content), None)
    if first is not None and first.type == "text":
        first.content = first.content.lstrip()
    return kept
