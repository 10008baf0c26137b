"""A list of people kept by the city (staff, city officers, enrolled, blocked) → keyed hashes; no name gets further."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from plugins.posts.words import fold, nearest
from publish.ents import EntConfig
from publish.errors import N_, ListError, Reason, Sentence, cause_of
from publish.lists.spreadsheet import MAX_BYTES, Row, Unreadable, read_sheet
from publish.policies import list_identifier

IDENTIFIER, ENT = "identifiant", "ent"
COLUMNS: Mapping[str, Sequence[str]] = {
    IDENTIFIER: ("identifiant ent", "id", "identifier"),
    ENT: ("fournisseur", "connexion"),
}
"""Columns that are read; every other one (names, classes, notes for the city itself) is left where it is."""

MAX_PROBLEMS = 50
MAX_IDENTIFIER = 500

_NUMBER_DAMAGED = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
_CELL_DAMAGED = re.compile(r"#[A-ZÉ0-9/!?]+[!?]?|=.*")
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffd]")


@dataclass(frozen=True)
class PeopleList:
    """One list, as hashes.

    Arguments:
        lines: keyed hash → first line of the file that names this person.
        repeated: lines that name somebody named before.
        unread: headings of the columns that were not read.
    """

    lines: Mapping[str, int]
    repeated: int
    unread: tuple[str, ...]

    @property
    def hashes(self) -> frozenset[str]:
        """Everybody on it."""
        return frozenset(self.lines)


def read_lists(files: Mapping[str, Path], ents: Sequence[EntConfig], key: bytes) -> dict[str, PeopleList]:
    """Read lists; all of them are good, or none is given.

    Arguments:
        files: name of the list (`staff` …) → its CSV file.
        ents: those of `preau.toml`; a file without the column `ent` means the only one.
        key: of the hashes, from the environment.

    Raises:
        ListError: with every bad line of every file.
    """
    problems: list[Sentence] = []
    lists = {name: _read(file, ents, key, problems) for name, file in files.items()}
    if problems:
        raise ListError(N_("nothing was applied; correct these lines, then run the same command again:"),
                        reasons=problems)  # fmt: skip
    return lists


def _read(file: Path, ents: Sequence[EntConfig], key: bytes, problems: list[Sentence]) -> PeopleList:
    def wrong(what: Reason, line: int = 0) -> None:
        where = N_("{file}, line {line}: {what}") if line else N_("{file}: {what}")
        problems.append(Reason(where, {"file": str(file), "line": line, "what": what}))

    nobody = PeopleList({}, 0, ())
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
        sheet = read_sheet(data, COLUMNS, (IDENTIFIER,) if len(ents) == 1 else (IDENTIFIER, ENT))
    except OSError as error:
        wrong(Reason(N_("it can't be read: {cause}"), {"cause": cause_of(error)}))
        return nobody
    except Unreadable as error:
        wrong(error.reason)
        return nobody
    lines: dict[str, int] = {}
    repeated = wrongs = 0
    for row in sheet.rows:
        try:
            hashed = list_identifier(key, _issuer(row, ents), _identifier(row))
        except Unreadable as error:
            wrongs += 1
            if wrongs > MAX_PROBLEMS:
                wrong(Reason(N_("there are more such lines below")), row.line)
                break
            wrong(error.reason, row.line)
            continue
        repeated += hashed in lines
        lines.setdefault(hashed, row.line)
    return PeopleList(lines, repeated, sheet.unread)


def _identifier(row: Row) -> str:
    value = row.cells.get(IDENTIFIER, "")
    if not value:
        raise Unreadable(Reason(N_("the identifier is missing")))
    if _NUMBER_DAMAGED.fullmatch(value):
        raise Unreadable(Reason(
            N_("“{value}” is a long number that the spreadsheet cut: format the column as text, then fill it again"),
            {"value": value},
        ))  # fmt: skip
    if _CELL_DAMAGED.fullmatch(value):
        raise Unreadable(Reason(N_("“{value}” is a formula or its error, not an identifier"), {"value": value[:40]}))
    if _FORBIDDEN.search(value) or len(value) > MAX_IDENTIFIER:
        raise Unreadable(Reason(N_("the identifier holds characters that can't be seen, or is far too long")))
    if not value.isascii():
        # Read in the wrong encoding it would hash to somebody else, and nobody would notice.
        raise Unreadable(Reason(N_("“{value}” holds letters with accents: no ENT gives such an identifier"),
                                {"value": value[:40]}))  # fmt: skip
    return value


def _issuer(row: Row, ents: Sequence[EntConfig]) -> str:
    written = row.cells.get(ENT, "")
    if not written and len(ents) == 1:
        return ents[0].issuer
    for ent in ents:
        if fold(written) in (fold(ent.id), fold(ent.name), fold(ent.issuer)):
            return ent.issuer
    known = ", ".join(ent.id for ent in ents)
    if not written:
        raise Unreadable(Reason(N_("the ENT is missing; known: {known}"), {"known": known}))
    if near := nearest(written, [word for ent in ents for word in (ent.id, ent.name)]):
        raise Unreadable(Reason(N_("“{value}” is no ENT of preau.toml; did you mean “{near}”?"),
                                {"value": written[:60], "near": near}))  # fmt: skip
    raise Unreadable(Reason(N_("“{value}” is no ENT of preau.toml; known: {known}"),
                            {"value": written[:60], "known": known}))  # fmt: skip
