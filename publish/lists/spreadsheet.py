"""A CSV file as spreadsheets save it, whatever the encoding and the separator: bytes in, rows by column out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from plugins.posts.words import fold, nearest
from publish.errors import N_, Reason

MAX_BYTES = 32 * 1024 * 1024
MAX_CELL = 2_000
SEPARATORS = (";", ",", "\t")


class Unreadable(ValueError):
    """A file that is no table at all, with the reason."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason.message)


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Arguments:
        line: 1-based line of the file at which it ends.
        cells: name of the column, as asked for → text without spaces around it.
    """

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """A table.

    Arguments:
        rows: its lines that hold something, in order.
        unread: headings of the columns that nobody asked for.
    """

    rows: tuple[Row, ...]
    unread: tuple[str, ...]


def read_sheet(data: bytes, columns: Mapping[str, Sequence[str]], required: Sequence[str]) -> Sheet:
    """Read a table whose first line names the columns.

    Arguments:
        data: UTF-8 or UTF-16 with their mark, plain UTF-8, or Windows-1252; separated by `;`, `,` or tabs.
        columns: name of each column → its other spellings; case and accents do not matter.
        required: columns without which the file can't be used.

    Raises:
        Unreadable: it is no such table.
    """
    lines = _lines(_decode(data))
    separator, heading = _heading(lines, columns)
    rows = list(_rows(lines, separator))
    names = [_column(cell, columns) for cell in heading]
    for name in required:
        if name not in names:
            raise Unreadable(_missing(name, heading))
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice:
        raise Unreadable(Reason(N_("the column “{column}” stands there twice"), {"column": twice}))
    found = [
        Row(line, {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name})
        for line, cells in rows[1:]
        if any(cell.strip() for cell in cells)
    ]
    return Sheet(tuple(found), tuple(cell.strip() for cell, name in zip(heading, names, strict=True) if not name))


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise Unreadable(Reason(N_("the file is larger than {most} MB"), {"most": MAX_BYTES // 1024 // 1024}))
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Unreadable(
            Reason(N_("this is a workbook, not a CSV file: in the spreadsheet, “Save as”, then “CSV UTF-8”"))
        )
    encodings = ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise Unreadable(Reason(N_("this file holds bytes that are no text")))


def _lines(text: str) -> list[str]:
    lines = text.splitlines(keepends=True)
    if lines and lines[0].strip().lower().startswith("sep="):
        lines[0] = "\n"  # a note of Excel to itself; the line still counts
    return lines


def _heading(lines: Sequence[str], columns: Mapping[str, Sequence[str]]) -> tuple[str, list[str]]:
    """The separator and the first line's cells: the separator under which most columns are known."""
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        raise Unreadable(Reason(N_("the file is empty: its first line must name the columns")))
    best = (-1, 0, SEPARATORS[0], [""])
    for rank, separator in enumerate(SEPARATORS):
        cells = next(iter(csv.reader(io.StringIO(first), delimiter=separator)), [""])
        known = sum(_column(cell, columns) is not None for cell in cells)
        if (known, -rank) > best[:2]:
            best = (known, -rank, separator, cells)
    return best[2], best[3]


def _rows(lines: Sequence[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(lines, delimiter=separator, strict=True)
    line = 0
    try:
        for cells in reader:
            line = reader.line_num
            if any(cell.strip() for cell in cells):
                yield line, [cell[:MAX_CELL] for cell in cells]
    except csv.Error as error:
        # Beyond a quotation mark that is not closed everything is one cell: the mistake is where that begins.
        raise Unreadable(Reason(N_(
            "line {line} can't be read: a quotation mark (\") that opens there is not closed, or stands inside words. "
            "Correct it, or save the file again from the spreadsheet"
        ), {"line": line + 1})) from error  # fmt: skip


def _column(heading: str, columns: Mapping[str, Sequence[str]]) -> str | None:
    folded = fold(heading)
    return next((name for name, others in columns.items() if folded in map(fold, (name, *others))), None)


def _missing(name: str, heading: Sequence[str]) -> Reason:
    there = ", ".join(f"« {cell.strip()} »" for cell in heading if cell.strip()) or "–"
    if near := nearest(name, [cell for cell in heading if cell.strip()]):
        return Reason(
            N_("the column “{column}” is missing; is it the one called “{near}”? Correct its heading"),
            {"column": name, "near": near.strip()},
        )
    return Reason(N_("the column “{column}” is missing; columns found: {there}"), {"column": name, "there": there})
