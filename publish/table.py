"""Tables as the command shows them: columns in line and nothing between them."""

from __future__ import annotations

import re
import shutil
import sys

import click

_BETWEEN = "  "
_ONE_COLUMN_EACH = re.compile("[\x20-\x7e\xa0-\u02ff\u2010-\u2027\u202f-\u205e]*")
"""Characters of which each takes one column of a terminal: those of European languages, and their punctuation."""


class Table:
    """Rows below headings.

    Arguments:
        headings: of the columns.
        right: ranks of the columns whose cells stand to the right.
    """

    def __init__(self, *headings: str, right: tuple[int, ...]) -> None:
        self.headings, self.right = headings, right
        self.rows: list[tuple[str, ...]] = []

    def add_row(self, *cells: str) -> None:
        """Add a row, with a cell for each column."""
        self.rows.append(cells)

    def lines(self, width: int | None) -> list[str] | None:
        """The heading's line, then a line for each row; `None` if they do not fit, or may not.

        Arguments:
            width: of the terminal, in columns; `None` where there is no end.
        """
        every = [self.headings, *self.rows]
        if not all(_ONE_COLUMN_EACH.fullmatch(cell) for row in every for cell in row):
            return None
        widths = [max(map(len, column)) for column in zip(*every, strict=True)]
        if width is not None and sum(widths) + len(_BETWEEN) * (len(widths) - 1) > width:
            return None
        return [
            _BETWEEN.join(
                cell.rjust(most) if rank in self.right else cell.ljust(most)
                for rank, (cell, most) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in every
        ]


WIDE = 200
"""Columns of what is no terminal, where signs of unknown width must be folded somewhere."""


def show_table(table: Table) -> None:
    """A table, in the width of the terminal; a pipe gets each row on one line."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    lines = table.lines(width) or _folded(table, width or WIDE)
    click.echo("\n".join([click.style(lines[0], bold=True), *lines[1:]]))


def _folded(table: Table, width: int) -> list[str]:
    """The same lines, with cells that take several of them where there is no room for one."""
    from rich.console import Console
    from rich.table import Table as Folding
    from rich.text import Text

    folding = Folding(box=None, pad_edge=False)
    for rank, heading in enumerate(table.headings):
        folding.add_column(Text(heading), justify="right" if rank in table.right else "left", overflow="fold")
    for row in table.rows:
        folding.add_row(*map(Text, row))
    console = Console(width=width, no_color=True, highlight=False, color_system=None)
    with console.capture() as captured:
        console.print(folding)
    return [line.rstrip() for line in captured.get().splitlines()]
