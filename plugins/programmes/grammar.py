"""A programme's body: headings, lists and tables read into days, slots, groups and activities. The rest stays prose."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from markupsafe import Markup

from plugins.errors import N_, Wrong
from plugins.posts.dates import DAYS, MONTHS
from plugins.posts.words import fold
from plugins.programmes import placing, tables, weeks
from plugins.programmes.items import MOST_LOOKED_AT, Item, ItemReader, lines_as_items, list_items
from plugins.programmes.labels import Label, Vocabulary
from plugins.programmes.model import Programme
from plugins.programmes.tables import Said
from plugins.programmes.tokens import token
from plugins.programmes.weeks import WeekPart
from plugins.site import text
from plugins.site.text import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

MAX_DAYS = 400
"""Length of a period: a school year and some weeks."""

LINES = 10
"""Level of a heading that is a line of text, not a Markdown heading: every heading stands above it."""

_TITLE = re.compile(
    r"(?:la |le |les |nos |au |du )?(?:"
    r"semaines?|programmes?|themes?|vacances|mois|periodes?|planning|activites|animations|"
    rf"{'|'.join(DAYS)}|{'|'.join(fold(m) for m in MONTHS)}|mercredis)\b"
)


@dataclass(frozen=True)
class Heading:
    """An open heading: its level, what it says with those around it, and its words if nothing known.

    Arguments:
        own: what it says itself.
        words: the vocabulary below it; a week's holds its own days only.
        week: the week's part that it opens.
    """

    level: int
    label: Label
    title: str = ""
    line: int = 0
    failed: bool = False
    own: Label = field(default_factory=Label)
    words: Vocabulary | None = None
    week: WeekPart | None = None


@dataclass
class _Body:
    vocabulary: Vocabulary
    reading: Reading
    first_line: int
    items: ItemReader
    start: Label
    stack: list[Heading] = field(default_factory=list)
    prose: list[Token] = field(default_factory=list)
    notes: dict[date, list[Token]] = field(default_factory=dict)
    parts: list[WeekPart] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)

    @property
    def here(self) -> Label:
        return self.stack[-1].label if self.stack else self.start

    @property
    def words(self) -> Vocabulary:
        return next((h.words for h in reversed(self.stack) if h.words), self.vocabulary)

    @property
    def week(self) -> WeekPart | None:
        return next((h.week for h in reversed(self.stack) if h.week), None)

    def line(self, token: Token) -> int:
        return self.first_line + (token.map or [0])[0]

    def pop(self, line: int) -> None:
        heading = self.stack.pop()
        if heading.week:
            heading.week.last = line
        self.items.words = self.words

    def push(self, heading: Heading) -> None:
        self.stack.append(heading)
        self.items.words = self.words
        if heading.own.days and heading.own.closed is None and not heading.own.repeated and not heading.failed:
            self.said.append(Said(heading.own, heading.line, heading.title))


def read(body: str, first_line: int, words: Vocabulary, theme: str, reading: Reading) -> tuple[Programme, Markup]:
    """The programme and its prose (introduction, general notes); what is wrong is added to `reading.problems`."""
    groups = tuple(words.groups)
    if not 0 <= (words.end - words.start).days <= MAX_DAYS:
        return Programme(words.start, words.end, theme, groups, ()), Markup("")
    only = Label(days=(words.start,)) if words.start == words.end else Label()
    before = len(reading.problems)
    state = _Body(words, reading, first_line, ItemReader(words, reading), only)
    tokens = text.parse(body)
    text.refuse_images(tokens, first_line, reading)
    blocks = list(text.blocks(tokens))
    for at, block in enumerate(blocks):
        if state.items.full(state.line(block[0])):
            break
        following = blocks[at + 1][0].type if at + 1 < len(blocks) else "heading_open"
        _block(block, following, state)
    for day, item in state.items.found.notes:
        state.notes.setdefault(day, []).extend(_paragraph_of(item, state))
    notes = {day: _render(tokens, state) for day, tokens in state.notes.items()}
    days = placing.days(state.items.found, notes, groups, reading)
    found, left = placing.weeks(days, [(part, _render(part.notes, state)) for part in state.parts])
    placing.advise(days, state.said, reading, before)
    return Programme(words.start, words.end, theme, groups, found), _render(state.prose, state) + left


def _block(block: list[Token], following: str, state: _Body) -> None:
    opening = block[0]
    if opening.type == "heading_open":
        _heading(block, following, state)
    elif opening.type == "paragraph_open" and _opens(block[1], state):
        _paragraph(block, following, state)
    elif any(heading.failed for heading in state.stack):
        if opening.type in ("bullet_list_open", "ordered_list_open"):
            _spoilt(block, state)
    elif opening.type in ("bullet_list_open", "ordered_list_open"):
        _list(block, state)
    elif opening.type == "paragraph_open":
        _paragraph(block, following, state)
    elif opening.type == "table_open" and (
        (said := tables.read(tables.rows(block, state.first_line), state.items, state.here)) is not None
    ):
        state.said += said
    else:
        _prose(block, state)


def _spoilt(block: list[Token], state: _Body) -> None:
    """A list below a heading in error, which was told: what is wrong in itself is told with it, nothing is kept."""
    first = state.here.days or (state.vocabulary.period.start,)
    ItemReader(state.words, state.reading).read(list_items(block, state.first_line), replace(state.here, days=first))


def _heading(block: list[Token], following: str, state: _Body) -> None:
    children, line = block[1].children or [], state.line(block[0])
    level, words = int(block[0].tag[1]), text.plain(children).strip()
    while state.stack and state.stack[-1].level >= level:
        state.pop(line)
    try:
        if (label := state.words.read(words)) is not None:
            _opened(Heading(level, state.here, words, line, own=label), state)
        elif (week := weeks.heading(words, state.words)) is not None:
            _week(Heading(level, state.here, words, line), week, state)
        elif (theme := weeks.theme_line(words)) is not None and _themed(theme, line, state):
            pass
        elif (lead := state.words.lead(words)) is not None:
            _led(Heading(level, state.here, words, line, own=lead[0]), lead[1], children, following, state)
        else:
            state.items.check_spelling(words)
            state.push(Heading(level, state.here, words, line))
            _prose(block, state)
    except Wrong as wrong:
        state.items.wrong(wrong, line)
        state.push(Heading(level, state.here, line=line, failed=True))


def _opened(heading: Heading, state: _Body) -> None:
    """A heading that is a label: what it says holds for what stands below."""
    _check_titles(state)
    here = heading.label.with_(heading.own)
    if heading.own.closed is not None:
        state.items.close(here, "", heading.line)
    if heading.own.span and heading.own.days and not heading.own.slot and not heading.own.groups:
        part = WeekPart(heading.line, weeks.mondays_of(heading.own.days))
        state.parts.append(part)
        within = replace(state.words, within=weeks.whole(heading.own.days))
        state.push(replace(heading, label=here, words=within, week=part))
    else:
        state.push(replace(heading, label=here))
    state.stack[-1] = replace(state.stack[-1], title="")


def _week(heading: Heading, week: weeks.WeekHeading, state: _Body) -> None:
    days = week.days
    own = Label(days=days.days, repeated=True, span=True)
    part = WeekPart(heading.line, weeks.mondays_of(days.days), week.theme)
    state.parts.append(part)
    within = replace(state.words, within=weeks.whole(days.days))
    label = heading.label.with_(own) if week.dated else heading.label
    state.push(replace(heading, label=label, title="", own=own, words=within, week=part))


def _led(heading: Heading, rest: str, children: Sequence[Token], following: str, state: _Body) -> None:
    """A heading that begins with a label: the rest is the theme of a week, what is done, or the title of a day."""
    own, here = heading.own, heading.label.with_(heading.own)
    if own.span and not own.slot and not own.groups:
        _opened(heading, state)
        state.parts[-1].theme = rest
        return
    alone = following == "heading_open"
    item = Item(list(children), heading.line)
    if here.days and (alone or own.slot or own.groups is not None or state.items.begins(rest)):
        state.items.line(item, heading.label)
        _opened(heading, state)
    else:
        _opened(heading, state)
        bold = Item(list(children)[:], heading.line)
        _note(bold, rest, state)


def _note(item: Item, rest: str, state: _Body) -> None:
    """Words after a day's label: they stay with the day, in bold."""
    item.children = [
        token("strong_open", "strong", 1),
        token("text", "", 0, rest),
        token("strong_close", "strong", -1),
    ]
    _prose(_paragraph_of(item, state), state)


def _paragraph_of(item: Item, state: _Body) -> list[Token]:
    inline = token("inline", "", 0)
    inline.children, inline.map = item.children, [item.line - state.first_line] * 2
    return [token("paragraph_open", "p", 1), inline, token("paragraph_close", "p", -1)]


def _themed(theme: str, line: int, state: _Body) -> bool:
    """Note a week's theme; whether it is plain which week is meant."""
    if week := state.week:
        state.parts.append(WeekPart(line, week.mondays, theme))
        week.theme = week.theme or theme
        return True
    mondays = state.vocabulary.period.weeks()
    if len(mondays) != 1:
        return False
    state.parts.append(WeekPart(state.first_line, mondays, theme))
    return True


def _check_titles(state: _Body) -> None:
    """A heading that is not understood may stand above days only if it is plainly a title."""
    for at, heading in enumerate(state.stack):
        if heading.title and heading.level > 1 and not _TITLE.match(fold(heading.title)):
            _unknown_heading(heading, state)
            state.stack[at] = Heading(heading.level, heading.label)


def _unknown_heading(heading: Heading, state: _Body) -> None:
    state.reading.wrong(heading.line, N_(
        "The heading “{title}” is neither a day, nor a part of the day, nor a group. Known: {known}. If it is only a "
        "title, write it in bold on a line of its own."
    ), title=heading.title, known=state.words.known())  # fmt: skip


def _list(block: list[Token], state: _Body) -> None:
    items = list_items(block, state.first_line)
    here = state.here
    title = state.stack[-1].title if state.stack else ""
    inside = here != state.start
    labelled = any(state.items.begins(item.text) for item in items[:MOST_LOOKED_AT])
    if title and inside and not _TITLE.match(fold(title)):
        _unknown_heading(state.stack[-1], state)
        state.stack[-1] = Heading(state.stack[-1].level, here, failed=True)
    elif inside or labelled or (here.days is not None and not title):
        if here.closed is not None and here.days:
            _prose(block, state)  # what stands under a closed day is a note about it
            return
        state.items.read(items, here)
    elif here.days is not None or not [item for item in items if state.items.day_behind(item)]:
        _prose(block, state)


def _pure(item: Item, state: _Body) -> Label | None:
    """The day, slot or group that is all a line says: a heading without its `#`."""
    words = item.text.strip()
    label = state.words.read(words) if len(words) < 100 else None
    if label is None or label.closed is not None or label.outing or label.cancelled:
        return None
    kept = [child for child in item.children if child.content.strip() or child.nesting]
    bold = bool(kept) and kept[0].type == "strong_open" and kept[-1].type == "strong_close"
    return label if bold or label.days or state.here.days else None


def _opens(inline: Token, state: _Body) -> bool:
    """Whether a paragraph begins with a day: it then ends what a line in error above it spoilt."""
    lines = lines_as_items(inline, state.first_line)
    if not lines or not state.stack or state.stack[-1].level < LINES or not state.stack[-1].failed:
        return False
    try:
        label = _pure(lines[0], state)
    except Wrong:
        return True
    return label is not None and label.days is not None


def _line_heading(item: Item, state: _Body) -> bool:
    """Open a line that is a label only; it stands until another of its kind, or a heading."""
    try:
        label = _pure(item, state)
    except Wrong as wrong:
        while state.stack and state.stack[-1].level >= LINES:
            state.pop(item.line)
        state.items.wrong(wrong, item.line)
        state.push(Heading(LINES, state.here, line=item.line, failed=True))
        return True
    if label is None:
        return False
    lines = [heading for heading in state.stack if heading.level >= LINES]
    same = next((h for h in lines if h.failed or _kind(h.own) == _kind(label)), None)
    while same and same in state.stack:
        state.pop(item.line)
    level = state.stack[-1].level + 1 if state.stack and state.stack[-1].level >= LINES else LINES
    _opened(Heading(level, state.here, item.text.strip(), item.line, own=label), state)
    return True


def _kind(label: Label) -> str:
    return "day" if label.days else "slot" if label.slot else "group"


def _paragraph(block: list[Token], following: str, state: _Body) -> None:
    lines = lines_as_items(block[1], state.first_line)
    if not lines:
        _prose(block, state)
        return
    opened, count = False, len(lines)
    while lines and len(lines[0].text) < 200:
        if _line_heading(lines[0], state):
            opened = True
        elif not ((theme := weeks.theme_line(lines[0].text)) and _open_day(state) is None
                  and _themed(theme, lines[0].line, state)):  # fmt: skip
            break
        lines = lines[1:]
    if not lines or any(heading.failed for heading in state.stack):
        return
    if len(lines) < count:
        block[1].children = [child for item in lines for child in (*item.children, token("softbreak", "br", 0))][:-1]
    first = lines[0].text
    here = state.here
    in_day = here.days is not None and not (state.stack and state.stack[-1].title)
    if here.closed is not None and here.days:
        _prose(block, state)
    elif (in_day and (opened or state.items.begins(first))) or state.items.dated(first):
        state.items.read(lines, here)
    elif in_day and here.slot and following == "heading_open" and len(lines) == 1:
        state.items.read(lines, here)  # `### Matin`, then one line: it is what is done
    else:
        _prose(block, state)


def _open_day(state: _Body) -> date | None:
    days = state.here.days or ()
    return days[0] if len(days) == 1 and (state.stack or state.start.days is None) else None


def _prose(block: list[Token], state: _Body) -> None:
    day, week = _open_day(state), state.week
    if day is None and week is None:
        state.prose.extend(block)
        return
    if block[0].type == "heading_open":  # a title inside a day's card or a week: strong words, no heading
        for token in block:
            if token.type.startswith("heading_"):
                token.type, token.tag = token.type.replace("heading", "paragraph"), "p"
    if day is not None:
        state.notes.setdefault(day, []).extend(block)
    elif week is not None:
        week.notes.extend(block)


def _render(tokens: list[Token], state: _Body) -> Markup:
    return text.prose(tokens, state.first_line, state.reading)
