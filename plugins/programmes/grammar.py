"""A programme's body: headings, lists and tables read into days, slots, groups and activities. The rest stays prose."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

from markupsafe import Markup

from plugins.errors import Wrong
from plugins.posts.words import bare, fold
from plugins.programmes import details, placing, tables, weeks
from plugins.programmes.body import LINES, Body, Heading
from plugins.programmes.feasts import public_holiday
from plugins.programmes.items import MOST_LOOKED_AT, ItemReader
from plugins.programmes.labels import Label, Vocabulary
from plugins.programmes.lines import Item, lines_as_items, list_items, tidied
from plugins.programmes.model import Programme
from plugins.programmes.tokens import token
from plugins.site import text
from plugins.site.text import Reading

if TYPE_CHECKING:
    from markdown_it.token import Token

_ANY = frozenset({"au choix", "a choisir", "selon la meteo", "sur inscription", "sous reserve"})
"""Words after a label in a heading that tell no activity."""

END = [token("heading_open", "h1", 1)]
"""What stands after the last block: nothing that belongs to it."""

MAX_LINE = 200
"""Characters of the longest line that is a heading without its `#`."""

MAX_DAYS = 400
"""Length of a period: a school year and some weeks."""


def read(body: str, first_line: int, words: Vocabulary, theme: str, reading: Reading) -> tuple[Programme, Markup]:
    """The programme and its prose (introduction, general notes); what is wrong is added to `reading.problems`."""
    groups = tuple(words.groups)
    if not 0 <= (words.end - words.start).days <= MAX_DAYS:
        return Programme(words.start, words.end, theme, groups, ()), Markup("")
    only = Label(days=(words.start,)) if words.start == words.end else Label()
    before = len(reading.problems)
    state = Body(words, reading, first_line, ItemReader(words, reading), only)
    tokens = text.parse(tidied(body))
    text.refuse_images(tokens, first_line, reading)
    blocks = list(text.blocks(tokens))
    for at, block in enumerate(blocks):
        if state.items.full(state.line(block[0])):
            break
        _block(block, blocks[at + 1] if at + 1 < len(blocks) else END, state)
    for day, item in state.items.found.notes:
        state.notes.setdefault(day, []).extend(state.paragraph(item))
    notes = {day: state.render(tokens) for day, tokens in state.notes.items()}
    days = placing.days(state.items.found, notes, groups, reading)
    found, left = placing.weeks(days, [(part, state.render(part.notes)) for part in state.parts])
    placing.advise(days, state.said, reading, before, first_line=first_line, start=words.start)
    return Programme(words.start, words.end, theme, groups, found), state.render(state.said_prose) + left


def _block(block: list[Token], following: list[Token], state: Body) -> None:
    opening = block[0]
    if opening.type == "hr":
        return  # it parts two days
    if opening.type == "heading_open":
        _heading(block, following, state)
    elif opening.type == "paragraph_open" and _opens(block[1], state):
        _paragraph(block, following, state)
    elif state.failed:
        if opening.type in ("bullet_list_open", "ordered_list_open"):
            _spoilt(list_items(block, state.first_line), state)
    elif opening.type in ("bullet_list_open", "ordered_list_open"):
        _list(block, state)
    elif opening.type == "paragraph_open":
        _paragraph(block, following, state)
    elif opening.type == "table_open" and (
        (said := tables.read(tables.rows(block, state.first_line), state.items, state.here)) is not None
    ):
        state.said += said
    else:
        state.prose(block)


def _spoilt(items: Sequence[Item], state: Body) -> None:
    """A list below a heading in error, which was told: what is wrong in itself is told with it, nothing is kept."""
    first = state.here.days or (state.vocabulary.period.start,)
    ItemReader(state.words, state.reading).read(items, replace(state.here, days=first))


def _heading(block: list[Token], following: list[Token], state: Body) -> None:
    children, line = block[1].children or [], state.line(block[0])
    level, words = int(block[0].tag[1]), text.plain(children).strip()
    while state.stack and state.stack[-1].level >= level:
        state.pop(line)
    heading = Heading(level, state.here, words, line)
    try:
        if (label := state.words.read(words)) is not None:
            state.open(replace(heading, own=label))
        elif (week := weeks.heading(words, state.words)) is not None:
            state.open_week(heading, week)
        elif (theme := weeks.theme_line(words)) is not None and state.theme(theme, line):
            pass
        elif (aside := state.words.aside(words)) is not None:
            _remarked(replace(heading, own=aside[0]), aside[1], state)
        elif (lead := state.words.lead(words)) is not None:
            _led(replace(heading, own=lead[0]), lead[1], children, following, state)
        else:
            month = state.words.period.month(words)
            if month:
                heading = replace(heading, words=replace(state.words, within=frozenset(month)))
            else:
                state.items.check_spelling(words)
            state.push(heading)
            state.prose(block)
    except Wrong as wrong:
        state.fail(heading, wrong)


def _remarked(heading: Heading, remark: str, state: Body) -> None:
    """A heading with words in brackets: an outing, or words that stay with the day or the part of it meant."""
    here = heading.label.with_(heading.own)
    if here.days and state.items.outing(remark):
        state.items.line(Item([token("text", "", 0, remark)], heading.line), here)
        state.open(replace(heading, told=True))
        return
    state.open(heading)
    state.note(remark if heading.own.days and not heading.own.slot else heading.title, heading.line)


def _led(heading: Heading, rest: str, children: Sequence[Token], following: list[Token], state: Body) -> None:
    """A heading that begins with a label: the rest is the theme of a week, what is done, or the title of a day."""
    own, here = heading.own, heading.label.with_(heading.own)
    if own.span and not own.slot and not own.groups:
        state.open(heading)
        state.parts[-1].theme = rest
        return
    if here.days and len(here.days) == 1 and fold(rest) == fold(public_holiday(here.days[0]) or "-"):
        state.open(replace(heading, own=replace(own, closed=rest)))
        return
    if fold(bare(rest)) in _ANY:
        _remarked(heading, rest, state)
        return
    alone = following[0].type == "heading_open"
    done = own.slot or own.groups is not None or state.items.begins(rest) or state.items.outing(rest)
    if here.days and (alone or done):
        item = Item(list(children), heading.line)
        state.items.line(item, here, start=item.text.rindex(rest))
        state.open(replace(heading, told=True))
    else:
        state.open(heading)
        state.note(rest, heading.line)


def _list(block: list[Token], state: Body) -> None:
    items = list_items(block, state.first_line)
    if _weeks(items, state):
        return
    here = state.here
    title = state.stack[-1].title if state.stack else ""
    inside = here != state.start
    labelled = any(state.items.begins(item.text) for item in items[:MOST_LOOKED_AT])
    dated = any(state.items.dated(item.text) for item in items[:MOST_LOOKED_AT])
    if ((title and inside) or (labelled and here.days is None and not dated)) and state.refuse_title():
        _spoilt(items, state)
    elif inside or labelled or (here.days is not None and not title):
        if here.closed is not None and here.days:
            state.prose(block)  # what stands under a closed day is a note about it
            return
        state.items.read(items, here, told=_told(items, state))
    elif here.days is None and state.refuse_title(dated=True):
        _spoilt(items, state)
    elif here.days is not None or not [item for item in items if state.items.day_behind(item)]:
        state.prose(block)


def _weeks(items: Sequence[Item], state: Body) -> bool:
    """Read a list of weeks, their days below each; whether it is one."""
    try:
        found = [weeks.heading(item.text, state.words) if item.items else None for item in items[:MOST_LOOKED_AT]]
    except Wrong:
        return False
    if not found or None in found:
        return False
    for item, week in zip(items, found, strict=False):
        if week is not None:
            state.open_week(Heading(LINES, state.here, item.text, item.line), week)
            state.items.read(item.items, state.here)
            state.pop(max(_lines(item)) + 1)
    return True


def _lines(item: Item) -> list[int]:
    """The lines of an item and of those below it."""
    return [item.line, *(line for below in item.items for line in _lines(below))]


def _told(items: Sequence[Item], state: Body) -> int:
    """How many activities stand just above a list of nothing but details: the one that its heading is, or none."""
    if not state.stack or not state.stack[-1].told or not state.items.found.leaves:
        return 0
    alone = state.items.found.leaves[-1].line == state.stack[-1].line
    return int(alone and all(details.begins(item.text) for item in items[:MOST_LOOKED_AT]))


def _pure(item: Item, state: Body) -> Label | None:
    """The day, slot or group that is all a line says: a heading without its `#`."""
    words = item.text.strip()
    label = state.words.read(words) if len(words) < 100 else None
    if label is None or label.closed is not None or label.outing or label.cancelled:
        return None
    kept = [child for child in item.children if child.content.strip() or child.nesting]
    bold = bool(kept) and kept[0].type == "strong_open" and kept[-1].type == "strong_close"
    return label if bold or label.days or state.here.days else None


def _opens(inline: Token, state: Body) -> bool:
    """Whether a paragraph begins with a day: it then ends what a line in error above it spoilt."""
    lines = lines_as_items(inline, state.first_line)
    if not lines or not state.stack or state.stack[-1].level < LINES or not state.stack[-1].failed:
        return False
    try:
        label = _pure(lines[0], state)
    except Wrong:
        return True
    return label is not None and label.days is not None


def _line_heading(item: Item, state: Body) -> bool:
    """Open a line that is a label or a week only; it stands until another of its kind, or a heading."""
    heading = Heading(LINES, state.here, item.text.strip(), item.line)
    try:
        label = _pure(item, state)
        week = weeks.heading(heading.title, state.words) if label is None else None
    except Wrong as wrong:
        while state.stack and state.stack[-1].level >= LINES:
            state.pop(item.line)
        state.fail(replace(heading, label=state.here), wrong)
        return True
    if label is None and week is None:
        return False
    heading = replace(heading, own=label or Label())
    whole = week or (label and label.span and not label.slot and not label.groups)
    lines = [h for h in state.stack if h.level >= LINES]
    same = next((h for h in lines if whole or h.failed or h.kind == heading.kind), None)
    while same and same in state.stack:
        state.pop(item.line)
    level = state.stack[-1].level + 1 if state.stack and state.stack[-1].level >= LINES else LINES
    heading = replace(heading, level=level, label=state.here)
    if week:
        state.open_week(heading, week)
    else:
        state.open(heading)
    return True


def _paragraph(block: list[Token], following: list[Token], state: Body) -> None:
    lines = lines_as_items(block[1], state.first_line)
    if not lines:
        state.prose(block)
        return
    whole = True
    while lines:
        opened = False
        while lines and len(lines[0].text) < MAX_LINE and (_line_heading(lines[0], state) or _theme(lines[0], state)):
            opened, whole, lines = True, False, lines[1:]
        if state.failed:
            return
        end = next((at for at in range(1, len(lines)) if _dated_line(lines[at], state)), len(lines))
        whole = whole and end == len(lines)
        if lines:
            _told_lines(lines[:end], block if whole else _part(block, lines[:end]), opened, following, state)
        lines = lines[end:]


def _theme(item: Item, state: Body) -> bool:
    """Take a line that says a week's theme."""
    theme = weeks.theme_line(item.text) if state.open_day() is None else None
    return theme is not None and state.theme(theme, item.line)


def _dated_line(item: Item, state: Body) -> bool:
    """Whether a line is a day, and no more."""
    try:
        label = _pure(item, state)
    except Wrong:
        return False
    return label is not None and label.days is not None


def _part(block: list[Token], lines: Sequence[Item]) -> list[Token]:
    """Some lines of a paragraph as one of their own."""
    inline = copy(block[1])
    inline.children = [child for item in lines for child in (*item.children, token("softbreak", "br", 0))][:-1]
    return [block[0], inline, block[2]]


def _day_title(line: Item, following: list[Token], state: Body) -> bool:
    """Open a line that is a day and its title (`Lundi 24 : L'Afrique`), where the day's activities follow as a list."""
    items = list_items(following, state.first_line)[:1] if following[0].type == "bullet_list_open" else []
    if not items or not state.items.begins(items[0].text) or state.items.dated(items[0].text):
        return False
    try:
        lead = state.words.lead(line.text) if len(line.text) < MAX_LINE else None
    except Wrong:
        return False
    if lead is None or not lead[0].days or lead[0].slot or lead[0].groups is not None or state.items.begins(lead[1]):
        return False
    while state.stack and state.stack[-1].level >= LINES and state.stack[-1].kind != "week":
        state.pop(line.line)
    level = state.stack[-1].level + 1 if state.stack and state.stack[-1].level >= LINES else LINES
    _led(Heading(level, state.here, line.text, line.line, own=lead[0]), lead[1], line.children, following, state)
    return True


def _told_lines(
    lines: Sequence[Item], block: list[Token], opened: bool, following: list[Token], state: Body
) -> None:  # fmt: skip
    """Lines of text under what is open: activities, details of one, or prose."""
    if len(lines) == 1 and _day_title(lines[0], following, state):
        return
    first = lines[0].text
    here = state.here
    in_day = here.days is not None and not (state.stack and state.stack[-1].title)
    if here.closed is not None and here.days:
        state.prose(block)
    elif (in_day and (opened or state.items.begins(first))) or state.items.dated(first):
        state.items.read(lines, here)
    elif told := _told(lines, state):
        state.items.read(lines, here, told=told)
    elif in_day and here.slot and following[0].type == "heading_open" and len(lines) == 1:
        state.items.read(lines, here)  # `### Matin`, then one line: it is what is done
    elif not tables.unruled(lines, state.reading):
        state.prose(block)
