"""The `Clé: valeur` header of a post: bytes in, fields with their lines and a body out. Meaning comes later."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from plugins.errors import N_, Problem, Wrong
from plugins.posts import keys
from plugins.posts.comments import without_comments
from plugins.posts.dates import read_day
from plugins.posts.keys import Key
from plugins.posts.words import quoted, shortened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_BYTES = 100_000
"""Size of a post's file: twenty printed pages and more. Whatever it holds is read within a second."""

MAX_LINES = 1_500
"""Lines of a post: six times those of the longest programme seen."""

MAX_SIGNS = MappingProxyType({"[": 2_000, "*": 5_000, "_": 5_000, "~": 5_000, "|": 10_000})
"""How often a sign of Markdown may stand in a post: each may begin something, whose end is looked for far away."""

MAX_LINE = 20_000

_FIELD = re.compile(r"([^:：]{1,60}+)[:：](.*)", re.DOTALL)
"""Key and value, of a line without spaces around it; each way through it is short, whatever somebody pasted."""
_PERIOD = re.compile(r"(?:du )?([^,;]{3,40}?) au ([^,;]{3,40})", re.IGNORECASE)
BELOW = N_("“{text}” stands below the header, where it changes nothing: put it above the first blank line.")
MOST_BELOW = 40
"""Lines of a text in which a key that is missing from its header is looked for."""

_FENCE = re.compile(r"^-{3,}\s*$")


@dataclass(frozen=True)
class Field:
    """One `Clé: valeur` line."""

    key: Key
    value: str
    line: int


@dataclass(frozen=True)
class Document:
    """A post's file, split.

    Arguments:
        file: path from the content folder.
        kind: the folder that decides its kind (`articles`, `infos` …).
        fields: by name of key; the first one of each.
        body: everything after the header, with line feeds only.
        body_line: 1-based line of the file at which the body begins.
    """

    file: str
    kind: str
    fields: Mapping[str, Field]
    body: str
    body_line: int

    def value(self, key: Key) -> str:
        """What is written for a key; empty if it is absent."""
        found = self.fields.get(key.name)
        return found.value if found else ""

    def line(self, key: Key) -> int:
        """Where a key stands; line 1 if it is absent."""
        found = self.fields.get(key.name)
        return found.line if found else 1


def decode(data: bytes) -> str:
    """The text of a file: UTF-8, with or without BOM, any line ends. Raises `Wrong` with what to do."""
    if len(data) > MAX_BYTES:
        raise Wrong(N_("This file is too large to be a text ({size} kB). Is it really a post?"), size=len(data) // 1000)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Wrong(N_("This file is saved as UTF-16. Save it again with the encoding “UTF-8”."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Wrong(
            N_("This file is not saved as UTF-8 (line {line}). Save it again with the encoding “UTF-8”."), line=line
        ) from None
    if "\0" in text:
        raise Wrong(N_("This file holds bytes that are no text. Is it really a text file?"))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if (lines := text.count("\n")) > MAX_LINES:
        raise Wrong(
            N_("This text has {lines} lines, far more than a post ({max}). Split it into several."),
            lines=lines, max=MAX_LINES,
        )  # fmt: skip
    for sign, most in MAX_SIGNS.items():
        if (count := text.count(sign)) > most:
            message = N_("This text has the sign “{sign}” {count} times, far more than a post ({max}).")
            raise Wrong(message, sign=sign, count=count, max=most)
    return text


def read(data: bytes, file: str, kind: str) -> tuple[Document, list[Problem]]:
    """Split a file into header and body; every problem of the header is told, and the rest is read all the same."""
    try:
        lines, problems = without_comments(decode(data), file)
    except Wrong as wrong:
        return Document(file, kind, MappingProxyType({}), "", 1), [wrong.at(file, 0)]
    fields: dict[str, Field] = {}
    start, end, body = _bounds(lines)
    for number in range(start, end):
        if (line := lines[number]) is None:
            continue
        m = _FIELD.match(line.strip())
        if not m:
            problems.append(_no_field(line, number + 1, file, kind, fields))
            if any(_known(below, kind) for below in lines[number + 1 : end]):
                continue  # it is a slip in a header, and the rest of that is read
            if not fields:  # no header at all: what follows is the text
                body = number
            break
        _field(*_bare(m[1], m[2]), number + 1, file, kind, fields, problems)
    _split_period(fields)
    problems.extend(
        _missing(key, file, lines[body:], body + 1) for key in keys.required(kind) if key.name not in fields
    )
    document = Document(file, kind, MappingProxyType(fields), "\n".join(line or "" for line in lines[body:]), body + 1)
    return document, problems


def below(key: Key, lines: Sequence[str | None], first_line: int) -> tuple[int, str] | None:
    """Where a line `Clé: …` stands in the text below the header, where it changes nothing; and the line."""
    for number, line in enumerate(lines[:MOST_BELOW], first_line):
        m = _FIELD.match(line.strip()) if line else None
        if m and keys.find(_bare(m[1], "")[0]) is key and m[2].strip():
            return number, shortened(line or "")
    return None


def _missing(key: Key, file: str, lines: Sequence[str | None], first_line: int) -> Problem:
    if found := below(key, lines, first_line):
        return Problem(file, found[0], BELOW, {"text": found[1]})
    return Problem(file, 1, N_("The line “{missing}: …” is missing from the header."), {"missing": key.name})


def _no_field(line: str, number: int, file: str, kind: str, fields: dict[str, Field]) -> Problem:
    """A line of a header without a colon; if it begins with a key, with the colon where it belongs."""
    words = line.split()
    for count in (3, 2, 1):
        key = keys.find(" ".join(words[:count])) if len(words) > count else None
        if key and kind in key.kinds:
            fields.setdefault(key.name, Field(key, " ".join(words[count:]), number))
            right = shortened(f"{key.name}: {' '.join(words[count:])}")
            return Problem(file, number, N_("“{text}”: write a colon after the key, « {right} »."),
                           {"text": shortened(line), "right": right})  # fmt: skip
    return Problem(file, number, N_(
        "“{text}” is in the header but is not “Key: value”. Put it on the line of its key, or leave a blank "
        "line before the text."
    ), {"text": shortened(line)})  # fmt: skip


def _known(line: str | None, kind: str) -> bool:
    m = _FIELD.match(line.strip()) if line else None
    key = keys.find(_bare(m[1], "")[0]) if m else None
    return key is not None and kind in key.kinds


def _bare(name: str, value: str) -> tuple[str, str]:
    """Key and value without stars around the key (`**Titre :** Le potager`)."""
    starred = "*" in name
    return name.strip(" \t\u00a0*_"), value.strip().removeprefix("**" if starred else "").strip()


def _split_period(fields: dict[str, Field]) -> None:
    """`Du: 24 octobre au 4 novembre 2022` is both days; the year that the first one lacks is the one that fits."""
    start = fields.get(keys.START.name)
    if start is None or keys.END.name in fields or not (m := _PERIOD.fullmatch(start.value)):
        return
    first, last = m[1].strip(), m[2].strip()
    with suppress(Wrong):
        days = read_day(first), read_day(last)
        if days[0] and days[1] and days[0].year is None and days[1].year is not None:
            same = (days[0].month, days[0].day) <= (days[1].month, days[1].day)
            first = f"{first} {days[1].year - (not same)}"
    fields[keys.START.name] = Field(keys.START, first, start.line)
    fields[keys.END.name] = Field(keys.END, last, start.line)


def _bounds(lines: list[str | None]) -> tuple[int, int, int]:
    """First line of the header, the one after its last, first line of the body (0-based)."""
    start = next((i for i, line in enumerate(lines) if line and line.strip()), len(lines))
    if start < len(lines) and _FENCE.match(lines[start] or ""):
        for end in range(start + 1, len(lines)):
            if _FENCE.match(lines[end] or ""):
                return start + 1, end, end + 1
        start += 1
    end = next((i for i in range(start, len(lines)) if (line := lines[i]) is not None and not line.strip()), len(lines))
    return start, end, end


def _field(
    name: str, value: str, line: int, file: str, kind: str, fields: dict[str, Field], problems: list[Problem]
) -> None:
    key = keys.find(name)
    if key is None or kind not in key.kinds:
        problems.append(_unknown(name, kind, file, line))
    elif key.name in fields:
        problems.append(Problem(file, line, N_("“{key}” is written twice (first at line {first}). Keep one."),
                                {"key": key.name, "first": fields[key.name].line}))  # fmt: skip
    elif not value:
        problems.append(Problem(file, line, N_("“{key}:” has no value."), {"key": key.name}))
        fields[key.name] = Field(key, "", line)
    elif len(value) > MAX_LINE:
        problems.append(Problem(file, line, N_("“{key}:” is far too long."), {"key": key.name}))
        fields[key.name] = Field(key, "", line)
    else:
        fields[key.name] = Field(key, value, line)


def _unknown(name: str, kind: str, file: str, line: int) -> Problem:
    if meant := keys.suggest(name, kind):
        message = N_("The key “{key}” is unknown here. Did you mean “{meant}”?")
        return Problem(file, line, message, {"key": name, "meant": meant})
    message = N_("The key “{key}” is unknown here. Known keys: {known}.")
    return Problem(file, line, message, {"key": name, "known": quoted(keys.names(kind))})
