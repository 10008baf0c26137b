"""A line of somebody's file, with what is wrong in it underlined, as it stands on a terminal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from plugins.errors import Problem, visible
from plugins.posts.words import fold

WIDTH = 100
"""Cells of a terminal that an excerpt takes at most."""

_TAB = 4


@dataclass(frozen=True)
class Excerpt:
    """One line to show.

    Arguments:
        text: the line without its tabs and invisible characters, cut to `WIDTH` cells around what is wrong.
        marks: spaces and `^`, to stand below it.
        column: 1-based character of the file's line at which what is wrong begins; 0 where the whole line is meant.
        length: its characters.
    """

    text: str
    marks: str
    column: int
    length: int


def excerpt(problem: Problem, lines: Sequence[str]) -> Excerpt | None:
    """The line of a problem; `None` if there is none, it is empty, or the problem is something that is missing.

    Arguments:
        problem: where, and what was written.
        lines: of its file.
    """
    if not 1 <= problem.line <= len(lines) or "missing" in problem.values:
        return None
    line = lines[problem.line - 1]
    if not line.strip():
        return None
    found = find(problem.offending, line)
    start, end = found or (len(line) - len(line.lstrip()), len(line.rstrip()))
    text, marks = _shown(line, start, end)
    return Excerpt(text, marks, *((start + 1, end - start) if found else (0, 0)))


def find(words: str, line: str) -> tuple[int, int] | None:
    """Where words stand in a line, though messages may hold them shortened, without accents or in another case."""
    words = words.removesuffix("…")
    for wanted in dict.fromkeys((words, words.rpartition(".")[2])):  # a setting is called by its part: horaires.matin
        folded, places = _folded(line)
        for text, hay in ((wanted, line), (fold(wanted), folded)):
            if text and (m := re.search(rf"(?<!\w){re.escape(text)}(?!\w)", hay) or re.search(re.escape(text), hay)):
                if hay is line:
                    return m.start(), m.end()
                return places[m.start()], places[m.end() - 1] + 1
    return None


def _folded(line: str) -> tuple[str, list[int]]:
    """A line as words are compared, and for each of its characters the place in the line."""
    folded: list[str] = []
    places: list[int] = []
    for at, character in enumerate(line):
        for one in " " if character.isspace() else fold(character):
            if one != " " or folded[-1:] != [" "]:
                folded.append(one)
                places.append(at)
    return "".join(folded), places


def _shown(line: str, start: int, end: int) -> tuple[str, str]:
    """The line and its marks, at most `WIDTH` cells of it; what is wrong stands in it, at least its beginning."""
    characters = [" " * _TAB if c == "\t" else visible(c) for c in line]
    cells = [sum(map(_cells, c)) for c in characters]
    first = 0
    if sum(cells) > WIDTH:
        while first < start and sum(cells[first:end]) > WIDTH * 2 // 3:
            first += 1
    last, room = first, WIDTH
    while last < len(line) and cells[last] <= room:
        room -= cells[last]
        last += 1
    before, after = "…" if first else "", "…" if last < len(line.rstrip()) else ""
    text = before + "".join(characters[first:last]).rstrip() + after
    marks = " " * (len(before) + sum(cells[first:start])) + "^" * max(1, sum(cells[start : min(end, last)]))
    return text, marks


def _cells(character: str) -> int:
    """Columns that a character takes on a terminal."""
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
