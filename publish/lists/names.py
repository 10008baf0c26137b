"""Names for letters, from a CSV file of the city's: they are printed, and kept nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from publish.errors import N_, ListError, Reason, cause_of
from publish.lists.spreadsheet import MAX_BYTES, Unreadable, read_sheet

NAME, FIRST_NAME = "nom", "prénom"
COLUMNS = {
    NAME: ("name", "noms", "nom de famille", "nom et prénom", "nom prénom", "prénom et nom", "prénom nom", "personne"),
    FIRST_NAME: ("prénoms", "first name"),
}
MOST_NAMES = 500
MOST_CHARACTERS = 80


@dataclass(frozen=True)
class Names:
    """The people of a file.

    Arguments:
        printed: first name, where a column has it, then name; in the order of the file.
        unread: headings of the columns that were not read.
    """

    printed: tuple[str, ...]
    unread: tuple[str, ...]


def read_names(file: Path) -> Names:
    """A person a line.

    Raises:
        ListError: with every bad line.
    """
    problems: list[Reason] = []
    names: list[str] = []
    try:
        with file.open("rb") as opened:
            sheet = read_sheet(opened.read(MAX_BYTES + 1), COLUMNS, (NAME,))
    except OSError as error:
        raise ListError(N_("{file} can't be read: {cause}"), file=file, cause=cause_of(error)) from error
    except Unreadable as error:
        raise ListError(N_("{file} can't be used:"), file=file, reasons=[error.reason]) from error
    for row in sheet.rows:
        name = " ".join(f"{row.cells.get(FIRST_NAME, '')} {row.cells.get(NAME, '')}".split())
        if not name or not name.isprintable() or len(name) > MOST_CHARACTERS:
            problems.append(Reason(N_("line {line}: this is no name that can be printed"), {"line": row.line}))
        names.append(name)
    if not names:
        problems.append(Reason(N_("it holds no name")))
    if len(names) > MOST_NAMES:
        problems.append(Reason(N_("it holds more than {most} names"), {"most": MOST_NAMES}))
    if problems:
        raise ListError(N_("{file} can't be used:"), file=file, reasons=problems)
    return Names(tuple(names), sheet.unread)
