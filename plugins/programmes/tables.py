"""A table of days, parts of the day and groups, either way round: each cell is what is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from plugins.errors import N_, Wrong
from plugins.posts.dates import day_words
from plugins.posts.words import fold, shortened
from plugins.programmes import details, weeks
from plugins.programmes.items import ItemReader
from plugins.programmes.labels import Label
from plugins.programmes.lines import Item
from plugins.programmes.model import Detail
from plugins.programmes.tokens import token
from plugins.site.text import Reading, plain
from plugins.site.typography import typo

if TYPE_CHECKING:
    from markdown_it.token import Token

_LABELS = {
    "jour", "jours", "date", "dates", "groupe", "groupes", "age", "ages", "tranche d'age", "moment", "moments",
    "horaire", "horaires", "heure", "heures", "creneau", "semaine", "quand", "qui", "pour qui",
}  # fmt: skip
"""Titles of columns that hold labels."""

_ACTIVITIES = {
    "", "activite", "activites", "programme", "animation", "animations", "atelier", "ateliers", "au programme", "quoi",
    "contenu",
}  # fmt: skip
_THEMES = {"theme", "themes", "theme du jour"}
_NOTES = {"remarque", "remarques", "info", "infos", "information", "informations", "note", "notes", "divers"}
_ABOUT = {
    "tarif", "tarifs", "prix", "participation", "animateur", "animateurs", "animatrice", "animatrices", "intervenant",
    "intervenants", "encadrement", "duree", "inscription", "inscriptions", "transport",
}  # fmt: skip
"""Titles of columns of notes that mean nothing without their title."""

_MOST_LABELS = 3


@dataclass(frozen=True)
class Row:
    """One row: the tokens of each cell's text."""

    line: int
    cells: tuple[tuple[Token, ...], ...]

    def text(self, column: int) -> str:
        """The words of a cell."""
        text = " ".join(plain(self.cells[column]).split()) if column < len(self.cells) else ""
        return text if any(c.isalnum() or ord(c) > 0x2600 for c in text) else ""  # a dash is an empty cell


@dataclass(frozen=True)
class Said:
    """Days that a heading or a row names: one that holds nothing is told."""

    label: Label
    line: int
    text: str


@dataclass
class _Table:
    items: ItemReader
    context: Label
    head: Row
    body: Sequence[Row]
    lead: int = 0
    of_week: bool = False
    labels: set[int] = field(default_factory=set)
    heads: dict[int, Label] = field(default_factory=dict)
    details: dict[int, str] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)


def rows(tokens: Sequence[Token], first_line: int) -> list[Row]:
    """The rows of a table, given its tokens from `table_open` to its closing."""
    found: list[Row] = []
    cells: list[tuple[Token, ...]] = []
    line = first_line
    for part in tokens:
        if part.type == "tr_open":
            line, cells = first_line + (part.map or [0])[0], []
        elif part.type == "inline":
            cells.append(tuple(part.children or ()))
        elif part.type == "tr_close":
            found.append(Row(line, tuple(cells)))
    return found


def read(table: Sequence[Row], items: ItemReader, context: Label) -> list[Said] | None:
    """Read a table into `items`; the days that it names, or `None` if it is no part of a programme."""
    if len(table) < 2:
        return None
    this = _Table(items, context, table[0], table[1:])
    words = items.words
    try:
        this.of_week = _of_week(this)
        return _read(this)
    finally:
        items.words = words


def _of_week(table: _Table) -> bool:
    """Whether the first cell is the week of the whole table: its weekdays are that week's."""
    title, words = table.head.text(0), table.items.words
    try:
        label = words.read(title)
        week = weeks.heading(title, words) if label is None else None
    except Wrong:
        return False  # told where the column is read
    span = label is not None and label.span and not label.slot and not label.groups
    days = label.days if label is not None and span else week.days.days if week else None
    if not days:
        return False
    table.items.words = replace(words, within=weeks.whole(days))
    if week and week.theme:
        theme = [
            token("strong_open", "strong", 1),
            token("text", "", 0, week.theme),
            token("strong_close", "strong", -1),
        ]
        table.items.found.notes.append((days[0], Item(theme, table.head.line)))
    return True


def _read(this: _Table) -> list[Said] | None:
    items = this.items
    this.lead = _leading(this)
    labelled = any(_labels(this.head.text(at), items) for at in range(this.lead, len(this.head.cells)))
    if not labelled and not this.lead:
        return None
    sound = _heads(this)
    rows_ = [(row, label) for row, label in _row_labels(this) if label is not None]
    if not sound:
        return []
    if this.context.days is None and not any(label.days for label in (*this.heads.values(), *(r for _, r in rows_))):
        items.reading.wrong(
            this.head.line, N_("This table says no day: put it under one, or write the days in its first column.")
        )
        return []
    closed = _closed_columns(this)
    for row, label in rows_:
        if items.full(row.line):
            break
        _row(this, row, label, closed)
    return this.said


def _labels(text: str, items: ItemReader) -> bool:
    try:
        return bool(text) and (items.words.read(text) or weeks.heading(text, items.words)) is not None
    except Wrong:
        return True


def _leading(table: _Table) -> int:
    """How many columns on the left hold labels, and no activities."""
    for at in range(min(_MOST_LABELS, len(table.head.cells))):
        title = table.head.text(at)
        if at == 0 and (table.of_week or _corner(title, table)):
            continue
        if _labels(title, table.items) or details.key_of(title) or (title and fold(title) in _ACTIVITIES):
            return at
        texts = [row.text(at) for row in table.body if row.text(at)]
        known = sum(_labels(text, table.items) for text in texts)
        if not texts or known == 0 or (known * 2 < len(texts) and fold(title) not in _LABELS):
            return at
    return min(_MOST_LABELS, len(table.head.cells))


def _corner(title: str, table: _Table) -> bool:
    """Whether the first cell is the day of the whole table: below it stand parts of the day or groups, and no days."""
    try:
        corner = table.items.words.read(title)
        below = [table.items.words.read(text) for row in table.body if (text := row.text(0))]
    except Wrong:
        return False
    if corner is None or corner.days is None or not below:
        return False
    if any(label is None or label.days is not None or label.closed is not None for label in below):
        return False
    table.context = table.context.with_(corner)
    return True


def _heads(table: _Table) -> bool:
    """What the titles of the other columns say; `False` if one can't be read."""
    sound = True
    for at in range(table.lead, len(table.head.cells)):
        title = table.head.text(at)
        try:
            label = table.items.words.read(title)
            if label is not None:
                table.heads[at] = label
            elif key := details.key_of(title):
                table.details[at] = key
            elif fold(title) in _NOTES | _ABOUT:
                table.details[at] = ""
            elif fold(title) in _ACTIVITIES:
                table.heads[at] = Label()
            elif fold(title) in _LABELS:
                table.labels.add(at)
            else:
                raise _unknown(title, table)
        except Wrong as wrong:
            table.items.wrong(wrong, table.head.line)
            sound = False
    return sound


def _unknown(title: str, table: _Table) -> Wrong:
    if meant := table.items.words.suggest(title):
        return Wrong(N_("“{label}” is unknown here. Did you mean “{meant}”?"), label=title, meant=meant)
    return Wrong(N_(
        "“{title}” in this table is neither a day, nor a part of the day, nor a group. Known: {known}."
    ), title=shortened(title), known=table.items.words.known())  # fmt: skip


def _row_labels(table: _Table) -> list[tuple[Row, Label | None]]:
    """Each row with what its first columns say, an empty one what the row above does; and columns such as `Groupe`."""
    found: list[tuple[Row, Label | None]] = []
    above: list[Label | None] = [None] * table.lead
    section = Label()
    for row in table.body:
        if _told(table, row):
            continue
        if (day := _section(table, row)) is not None:
            section = day
            table.said.append(Said(day, row.line, row.text(0)))
            continue
        label: Label | None = section
        for at in range(table.lead):
            text = row.text(at)
            if text:
                above[at] = _row_label(text, row, table)
                above[at + 1 :] = [None] * (table.lead - at - 1)
            own = above[at]
            if own is not None and label is not None:
                label = label.with_(own)
            elif text:
                label = None
        for at in sorted(table.labels):
            own = _row_label(text, row, table) if (text := row.text(at)) else Label()
            label = None if own is None or label is None else label.with_(own)
        if label is not None and label.days and any(row.text(at) for at in range(table.lead)):
            table.said.append(Said(label, row.line, row.text(0) or row.text(1)))
        found.append((row, label))
    return found


def _section(table: _Table, row: Row) -> Label | None:
    """The day that a row says for those below it, its other cells being empty."""
    if not table.lead or any(row.text(at) for at in range(1, len(table.head.cells))):
        return None
    if any(label.days for label in table.heads.values()):
        return None
    try:
        label = table.items.words.read(row.text(0))
    except Wrong:
        return None
    return label if label is not None and label.days and label.closed is None else None


def _told(table: _Table, row: Row) -> bool:
    """Take a row such as `Thème` or `Repas` in a table whose columns are days: it tells of each day."""
    title = fold(row.text(0))
    if table.lead != 1 or not (details.key_of(title) or title in _NOTES or title in _THEMES):
        return False
    if not table.heads or not all(label.days and len(label.days) == 1 for label in table.heads.values()):
        return False
    for at, label in table.heads.items():
        if row.text(at) and label.days:
            words = [token("text", "", 0, f"{row.text(0)} : "), *row.cells[at]]
            table.items.found.notes.append((label.days[0], Item(words, row.line)))
    return True


def unruled(lines: Sequence[Item], reading: Reading) -> bool:
    """Tell that lines are meant as a table, which Markdown does not know without the line below its titles."""
    texts = [line.text.strip() for line in lines]
    tabs = [text.count("\t") for text in texts]
    bars = [text.strip("|").count("|") for text in texts]
    if len(texts) < 2 or not (min(tabs) or (min(bars) and texts[0].startswith("|"))):
        return False
    columns = (tabs if min(tabs) else bars)[0] + 1
    message = (
        N_("“{text}” comes from a spreadsheet: write « | » between the columns, and below this line « {rule} ».")
        if min(tabs)
        else N_("“{text}” looks like a table: below this line, write « {rule} ».")
    )
    reading.wrong(lines[0].line, message, text=shortened(texts[0]), rule="|" + "---|" * columns)
    return True


def _row_label(text: str, row: Row, table: _Table) -> Label | None:
    try:
        label = table.items.words.read(text)
        if label is None and (week := weeks.heading(text, table.items.words)) is not None:
            label = Label(days=week.days.days, repeated=True, span=True)
        if label is None:
            raise _unknown(text, table)
    except Wrong as wrong:
        table.items.wrong(wrong, row.line)
        return None
    return label


def _crossed(row: Label, head: Label, context: Label, table: _Table, line: int) -> Label | None:
    """What a cell stands for; the weekday of a column, in the row of a week, is that week's."""
    both = context.with_(head)
    if row.days and head.days:
        both = replace(both, days=tuple(day for day in head.days if day in row.days))
        if not both.days:
            table.items.reading.wrong(line, N_("“{text}” names days that do not go together."), text=_named(row, head))
            return None
    return both


def _named(row: Label, head: Label) -> str:
    return " / ".join(day_words(label.days[0], label.days[0]) for label in (row, head) if label.days)


def _closing(text: str, items: ItemReader) -> Label | None:
    """What a cell `Fermé` says."""
    try:
        label = items.words.read(text)
    except Wrong:
        return None
    return label if label is not None and label.closed is not None else None


def _closed_columns(table: _Table) -> set[int]:
    """Columns of a day on which every cell says `Fermé`: the day is closed, not its parts."""
    found: set[int] = set()
    for at, head in table.heads.items():
        texts = [(row, row.text(at)) for row in table.body if row.text(at)]
        label = _closing(texts[0][1], table.items) if texts else None
        if head.days and label and all(_closing(text, table.items) for _, text in texts):
            table.items.close(table.context.with_(head).with_(label), "", texts[0][0].line)
            found.add(at)
    return found


def _row(table: _Table, row: Row, label: Label, closed: set[int]) -> None:
    items, context = table.items, table.context.with_(label)
    if label.closed is not None:
        items.close(context, "", row.line)
        return
    filled = [at for at in table.heads if row.text(at) and at not in closed]
    shut = [_closing(row.text(at), items) for at in filled]
    if label.days and filled and shut[0] and all(shut) and not any(table.heads[at].days for at in filled):
        items.close(context.with_(shut[0]), "", row.line)
        return
    before = len(items.found.leaves)
    for at in filled:
        if (cell := _crossed(label, table.heads[at], context, table, row.line)) is not None:
            items.cell(list(row.cells[at]), row.line, cell)
    for at, key in table.details.items():
        text = row.text(at)
        if not text:
            continue
        title = table.head.text(at)
        text = f"{title} : {text}" if fold(title) in _ABOUT else text
        detail = Detail(key or "note", details.DETAILS.get(key, ""), typo(text))
        leaves = items.found.leaves[before:]
        items.found.leaves[before:] = [replace(leaf, details=(*leaf.details, detail)) for leaf in leaves]
        if not leaves:
            items.reading.wrong(row.line, N_("“{text}” stands beside no activity in this table."), text=shortened(text))
