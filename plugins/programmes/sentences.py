"""A day told in one sentence: `le matin, peinture ; l'après-midi, pour les 3-6 ans, jeux d'eau`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from plugins.errors import N_, Wrong
from plugins.posts.words import fold, shortened
from plugins.programmes.labels import Label, Vocabulary

MAX_TEXT = 3_000
"""Characters of the longest text that is read as a sentence; a longer one is no programme of a day."""

_PLACE = re.compile(r"(?P<strong>[;.]\s+)(?:et |puis )?|(?P<weak>,\s+(?:et |puis |enfin )?|\s(?:et|puis)\s+|\s?:\s+)")
_MARK = re.compile(r"(?P<label>[^,:;]{2,60}?)\s?(?P<end>[,:])(?=\s)\s*")
_ARTICLE = re.compile(r"(?:le|la|l'|les|pour|chez|en|de|dans) ?")
_GROUP_ARTICLE = re.compile(r"(?:pour|chez|les|le groupe) ?")
_FORGOTTEN = re.compile(
    r"(le matin|le midi|l'apres-midi|l'apres midi|le soir)(?= (?!(?:des?|du|d'|aux?|a|en|ou|et|venu)\b)\S)"
)


@dataclass(frozen=True)
class Clause:
    """One activity of a sentence: what it adds to the label, and where its words stand in the text."""

    label: Label
    start: int
    end: int


@dataclass(frozen=True)
class _Mark:
    label: Label
    start: int
    end: int
    strong: bool


def clauses(text: str, start: int, words: Vocabulary) -> list[Clause]:
    """The activities of a text from `start` on; none if it does not begin with a part of the day or a group.

    Raises `Wrong` where the sentence can be read in two ways, or a comma is missing after `le matin`.
    """
    if len(text) - start > MAX_TEXT:
        return []
    first = _mark(text, start, words, strong=True)
    if first is None:
        if m := _FORGOTTEN.match(fold(text[start : start + 40])):
            raise _comma(text[start : start + len(m[1])], text[start:])
        return []
    marks = [first]
    at = first.end
    # a mark may follow the one before it at once: « l'après-midi, pour les 3-6 ans, … »
    while (following := _mark(text, at, words, strong=False)) is not None:
        marks.append(following)
        at = following.end
    for m in _PLACE.finditer(text, at):
        if m.start() < marks[-1].end:
            continue
        mark = _mark(text, m.end(), words, strong=m["strong"] is not None)
        while mark is not None:
            marks.append(_Mark(mark.label, m.start() if mark.start == m.end() else mark.start, mark.end, mark.strong))
            mark = _mark(text, mark.end, words, strong=False)
        if marks[-1].end <= m.end() and (f := _FORGOTTEN.match(fold(text[m.end() : m.end() + 40]))):
            raise _comma(text[m.end() : m.end() + len(f[1])], text[m.end() :])
    return _told(text, marks)


def _mark(text: str, at: int, words: Vocabulary, *, strong: bool) -> _Mark | None:
    m = _MARK.match(text, at)
    if m is None:
        return None
    folded = fold(m["label"])
    if not (strong or _ARTICLE.match(folded)):
        return None
    label = words.marker(m["label"]) if m["end"] == "," or _ARTICLE.match(folded) else None
    if label is None or (label.groups is not None and not _GROUP_ARTICLE.match(folded)):
        return None
    return _Mark(label, at, m.end(), strong)


def _told(text: str, marks: list[_Mark]) -> list[Clause]:
    """What each mark leads to; a part of the day or a group lasts until another of its kind."""
    found: list[Clause] = []
    stack: list[tuple[str, Label]] = []
    for at, mark in enumerate(marks):
        kind = "slot" if mark.label.slot else "group"
        kinds = [k for k, _ in stack]
        if kind in kinds:
            del stack[kinds.index(kind) :]
        elif mark.strong and stack:
            raise Wrong(
                N_("“{text}” can be read in two ways. Write each activity on a line of its own: « - {label} : … »."),
                text=shortened(text[mark.start :].lstrip(" ;.,")), label="Matin : Maternelles",
            )  # fmt: skip
        stack.append((kind, mark.label))
        end = marks[at + 1].start if at + 1 < len(marks) else len(text)
        label = Label()
        for _, part in stack:
            label = label.with_(part)
        words = text[mark.end : end]
        trimmed = words.strip(" ;,:\u00a0\u202f")
        if not trimmed.endswith(".."):
            trimmed = trimmed.rstrip(" ;,.:\u00a0\u202f")
        if trimmed:
            begin = mark.end + words.index(trimmed)
            found.append(Clause(label, begin, begin + len(trimmed)))
    return found


def _comma(label: str, text: str) -> Wrong:
    right = f"{label.strip()}, {text[len(label) :].strip()}"
    return Wrong(
        N_("“{text}”: write a comma after “{label}”: « {right} »."),
        text=shortened(text, 40), label=label.strip(), right=shortened(right, 40),
    )  # fmt: skip
