"""A programme's body: headings and lists read into days, slots, groups and activities. The rest stays prose."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from markupsafe import Markup

from plugins.errors import N_, Wrong
from plugins.posts.dates import DAYS, MONTHS, day_words
from plugins.posts.words import fold, shortened
from plugins.programmes.items import Found, ItemReader, Leaf, lines_as_items, list_items
from plugins.programmes.labels import Label, Vocabulary
from plugins.programmes.model import Activity, Day, Programme, Week
from plugins.site import text
from plugins.site.text import Reading

if TYPE_CHECKING:
    from markdown_it.token import Token

MAX_DAYS = 400
"""Length of a period: a school year and some weeks."""

MAX_PLACED = 20_000
"""Activities, each counted once a day: 50 a day for a whole year. A page of more would be read by nobody."""

_TITLE = re.compile(
    r"(?:la |le |les |nos |au |du )?(?:"
    r"semaines?|programmes?|themes?|vacances|mois|periodes?|planning|activites|animations|"
    rf"{'|'.join(DAYS)}|{'|'.join(fold(m) for m in MONTHS)}|mercredis)\b"
)


@dataclass(frozen=True)
class Heading:
    """An open heading: its level, what it says with those around it, and its words if nothing known."""

    level: int
    label: Label
    title: str = ""
    line: int = 0
    failed: bool = False


@dataclass
class _Body:
    words: Vocabulary
    reading: Reading
    first_line: int
    items: ItemReader
    start: Label
    stack: list[Heading] = field(default_factory=list)
    prose: list[Token] = field(default_factory=list)
    notes: dict[date, list[Token]] = field(default_factory=dict)

    @property
    def here(self) -> Label:
        return self.stack[-1].label if self.stack else self.start

    def line(self, token: Token) -> int:
        return self.first_line + (token.map or [0])[0]


def read(body: str, first_line: int, words: Vocabulary, theme: str, reading: Reading) -> tuple[Programme, Markup]:
    """The programme and its prose (introduction, general notes); what is wrong is added to `reading.problems`."""
    groups = tuple(words.groups)
    if not 0 <= (words.end - words.start).days <= MAX_DAYS:
        return Programme(words.start, words.end, theme, groups, ()), Markup("")
    only = Label(days=(words.start,)) if words.start == words.end else Label()
    state = _Body(words, reading, first_line, ItemReader(words, reading), only)
    blocks = list(text.blocks(text.parse(body)))
    for at, block in enumerate(blocks):
        if state.items.full():
            reading.wrong(
                state.line(block[0]), N_("Reading stopped here: there is too much, or too much is wrong, above.")
            )
            break
        following = blocks[at + 1][0].type if at + 1 < len(blocks) else "heading_open"
        _block(block, following, state)
    prose = _render(state.prose, state)
    notes = {day: _render(tokens, state) for day, tokens in state.notes.items()}
    weeks = _weeks(state.items.found, notes, groups, reading)
    return Programme(words.start, words.end, theme, groups, weeks), prose


def _block(block: list[Token], following: str, state: _Body) -> None:
    opening = block[0]
    if opening.type == "heading_open":
        _heading(block, state)
    elif any(heading.failed for heading in state.stack):
        return  # a heading above is in error, and was told; what stands below would only repeat it
    elif opening.type in ("bullet_list_open", "ordered_list_open"):
        _list(block, state)
    elif opening.type == "paragraph_open":
        _paragraph(block, following, state)
    else:
        _prose(block, state)


def _heading(block: list[Token], state: _Body) -> None:
    level, words, line = int(block[0].tag[1]), text.plain(block[1].children or []).strip(), state.line(block[0])
    while state.stack and state.stack[-1].level >= level:
        state.stack.pop()
    around = state.here
    try:
        label = state.words.read(words)
    except Wrong as wrong:
        state.reading.problems.append(wrong.at(state.reading.file, line))
        state.stack.append(Heading(level, around, failed=True))
        return
    if label is None and (meant := state.words.suggest(words)):
        state.reading.wrong(line, N_("“{label}” is unknown here. Did you mean “{meant}”?"), label=words, meant=meant)
        state.stack.append(Heading(level, around, failed=True))
        return
    if label is None:
        state.stack.append(Heading(level, around, words, line))
        _prose(block, state)
        return
    _check_titles(state)
    here = around.with_(label)
    if label.closed is not None:
        if here.days is None:
            state.reading.wrong(
                line, N_("“Fermé” is said of no day: write it under a day, or « Vendredi 11 novembre : fermé ».")
            )
        state.items.found.close(here, line)
    state.stack.append(Heading(level, here))


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
    labelled = any(state.items.labels(item.text) for item in items)
    if title and inside and not _TITLE.match(fold(title)):
        _unknown_heading(state.stack[-1], state)
        state.stack[-1] = Heading(state.stack[-1].level, here, failed=True)
    elif inside or labelled or (here.days is not None and not title):
        if here.closed is not None and here.days:
            _prose(block, state)  # what stands under a closed day is a note about it
            return
        state.items.read(items, here)
    else:
        _prose(block, state)


def _paragraph(block: list[Token], following: str, state: _Body) -> None:
    lines = lines_as_items(block[1], state.first_line)
    first = lines[0].text if lines else ""
    in_day = state.here.days is not None and not (state.stack and state.stack[-1].title)
    if in_day and first and state.items.labels(first):
        state.items.read(lines, state.here)
    elif in_day and state.here.slot and state.here.closed is None and following == "heading_open" and len(lines) == 1:
        state.items.read(lines, state.here)  # `### Matin`, then one line: it is what is done
    else:
        _prose(block, state)


def _prose(block: list[Token], state: _Body) -> None:
    days = state.here.days or ()
    if len(days) == 1 and (state.stack or state.start.days is None):
        if block[0].type == "heading_open":  # a title inside a day's card: strong words, no heading
            for token in block:
                if token.type.startswith("heading_"):
                    token.type, token.tag = token.type.replace("heading", "paragraph"), "p"
        state.notes.setdefault(days[0], []).extend(block)
    else:
        state.prose.extend(block)


def _render(tokens: list[Token], state: _Body) -> Markup:
    parts: list[Markup] = []
    for piece in text.pieces(tokens, state.first_line, state.reading):
        if isinstance(piece, Markup):
            parts.append(piece)
        else:
            for image in piece:
                message = N_("Photos may stand in articles only (“{target}”).")
                state.reading.wrong(image.line, message, target=image.target)
    return Markup("").join(parts)


def _weeks(found: Found, notes: dict[date, Markup], groups: tuple[str, ...], reading: Reading) -> tuple[Week, ...]:
    by_day: dict[date, list[Activity]] = {day: [] for day in (*found.closed, *notes)}
    ranks: dict[tuple[object, ...], int] = {}
    placed = 0
    for leaf in found.leaves:
        placed += len(leaf.label.days or ())
        if placed > MAX_PLACED:
            reading.wrong(leaf.line, N_("Repeated over its period, this programme has more than {max} activities."),
                          max=MAX_PLACED)  # fmt: skip
            break
        for day in leaf.label.days or ():
            if day in found.closed:
                if not leaf.label.repeated:
                    message = N_("“{text}” stands on {day}, which is closed (line {closing}).")
                    where = {"day": day_words(day), "closing": found.closed[day][1]}
                    reading.wrong(leaf.line, message, text=shortened(leaf.text), **where)
                continue
            key = (day, leaf.label.slot and leaf.label.slot.key, leaf.label.groups or ())
            ranks[key] = rank = ranks.get(key, -1) + 1
            by_day.setdefault(day, []).append(_activity(leaf, day, rank))
    order = {name: i for i, name in enumerate(groups)}
    weeks: dict[date, list[Day]] = {}
    for day in sorted(by_day):
        reason, _, _ = found.closed.get(day, ("", 0, False))
        activities = tuple(sorted(by_day[day], key=lambda a: _place(a, order)))
        one = Day(day, day in found.closed, reason, activities, notes.get(day, Markup("")))
        weeks.setdefault(day - timedelta(day.weekday()), []).append(one)
    return tuple(Week(monday, tuple(days)) for monday, days in sorted(weeks.items()))


def _activity(leaf: Leaf, day: date, rank: int) -> Activity:
    label = leaf.label
    return Activity(
        day=day, slot=label.slot, groups=label.groups or (), text=leaf.text, html=leaf.html, outing=label.outing,
        cancelled=label.cancelled, details=leaf.details, line=leaf.line, rank=rank,
    )  # fmt: skip


def _place(activity: Activity, order: dict[str, int]) -> tuple[object, ...]:
    slot = activity.slot
    hours = (slot.start.isoformat(), slot.end.isoformat(), slot.key) if slot else ("", "", "")
    return (*hours, tuple(order.get(group, len(order)) for group in activity.groups), activity.rank, activity.line)
