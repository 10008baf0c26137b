"""What is open while a programme is read from top to bottom: headings, weeks, days; and where prose then belongs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from markupsafe import Markup

from plugins.errors import N_, Wrong
from plugins.posts.dates import DAYS, MONTHS
from plugins.posts.words import fold
from plugins.programmes import weeks
from plugins.programmes.items import ItemReader
from plugins.programmes.labels import Label, Vocabulary
from plugins.programmes.lines import Item
from plugins.programmes.tables import Said
from plugins.programmes.tokens import token
from plugins.programmes.weeks import WeekPart
from plugins.site import text
from plugins.site.text import Reading

if TYPE_CHECKING:
    from markdown_it.token import Token

LINES = 10
"""Level of a heading that is a line of text, not a Markdown heading: every heading stands above it."""

_TITLE = re.compile(
    r"(?:la |le |les |nos |au |du )?(?:"
    r"semaines?|programmes?|themes?|vacances|mois|periodes?|planning|activites|animations|"
    rf"{'|'.join(DAYS)}|{'|'.join(fold(m) for m in MONTHS)}|mercredis)\b"
)


_DATE = re.compile(rf"(?:le |les )?(?:(?:{'|'.join(DAYS)})s? .*\d|\d{{1,2}}(?:$|[/.-]\d))")


@dataclass(frozen=True)
class Heading:
    """An open heading: its level, what it says with those around it, and its words if nothing known.

    Arguments:
        own: what it says itself.
        words: the vocabulary below it; a week's holds its own days only.
        week: the week's part that it opens.
        told: it is an activity too, so that a detail below it tells more of that one.
    """

    level: int
    label: Label
    title: str = ""
    line: int = 0
    failed: bool = False
    own: Label = field(default_factory=Label)
    words: Vocabulary | None = None
    week: WeekPart | None = None
    told: bool = False

    @property
    def kind(self) -> str:
        """What a heading of the same kind takes the place of."""
        if self.week:
            return "week"
        return "day" if self.own.days else "slot" if self.own.slot else "group"


@dataclass
class Body:
    """A programme while it is read."""

    vocabulary: Vocabulary
    reading: Reading
    first_line: int
    items: ItemReader
    start: Label
    stack: list[Heading] = field(default_factory=list)
    said_prose: list[Token] = field(default_factory=list)
    notes: dict[date, list[Token]] = field(default_factory=dict)
    parts: list[WeekPart] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)

    @property
    def here(self) -> Label:
        """What the open headings say together."""
        return self.stack[-1].label if self.stack else self.start

    @property
    def words(self) -> Vocabulary:
        """The words known here."""
        return next((h.words for h in reversed(self.stack) if h.words), self.vocabulary)

    @property
    def week(self) -> WeekPart | None:
        """The week whose heading is open."""
        return next((h.week for h in reversed(self.stack) if h.week), None)

    @property
    def failed(self) -> bool:
        """Whether it stands below a heading in error, which was told."""
        return any(heading.failed for heading in self.stack)

    def line(self, token: Token) -> int:
        """Where a block stands."""
        return self.first_line + (token.map or [0])[0]

    def pop(self, line: int) -> None:
        """Close the innermost heading."""
        heading = self.stack.pop()
        if heading.week:
            heading.week.last = line
        self.items.words = self.words

    def push(self, heading: Heading) -> None:
        """Open a heading."""
        self.stack.append(heading)
        self.items.words = self.words
        if heading.own.days and heading.own.closed is None and not heading.own.repeated and not heading.failed:
            self.said.append(Said(heading.own, heading.line, heading.title))

    def open(self, heading: Heading) -> None:
        """Open a heading that is a label: what it says holds for what stands below."""
        self._check_titles()
        here = heading.label.with_(heading.own)
        if heading.own.closed is not None:
            self.items.close(here, "", heading.line)
        if heading.own.span and heading.own.days and not heading.own.slot and not heading.own.groups:
            part = WeekPart(heading.line, weeks.mondays_of(heading.own.days))
            self.parts.append(part)
            within = replace(self.words, within=weeks.whole(heading.own.days))
            self.push(replace(heading, label=here, words=within, week=part))
        else:
            self.push(replace(heading, label=here))
        self.stack[-1] = replace(self.stack[-1], title="")

    def open_week(self, heading: Heading, week: weeks.WeekHeading) -> None:
        """Open the heading of a week."""
        days = week.days
        own = Label(days=days.days, repeated=True, span=True)
        part = WeekPart(heading.line, weeks.mondays_of(days.days), week.theme)
        self.parts.append(part)
        within = replace(self.words, within=weeks.whole(days.days))
        label = heading.label.with_(own) if week.dated else heading.label
        self.push(replace(heading, label=label, title="", own=own, words=within, week=part))

    def fail(self, heading: Heading, wrong: Wrong) -> None:
        """Tell that a heading is in error; what stands below it is read for its own errors only."""
        self.items.wrong(wrong, heading.line)
        self.push(replace(heading, title="", own=Label(), failed=True))

    def theme(self, theme: str, line: int) -> bool:
        """Note a week's theme; whether it is plain which week is meant."""
        if week := self.week:
            self.parts.append(WeekPart(line, week.mondays, theme))
            week.theme = week.theme or theme
            return True
        mondays = self.vocabulary.period.weeks()
        if len(mondays) != 1:
            return False
        self.parts.append(WeekPart(self.first_line, mondays, theme))
        return True

    def note(self, words: str, line: int) -> None:
        """Words after a day's label: they stay with the day, in bold."""
        children = [token("strong_open", "strong", 1), token("text", "", 0, words), token("strong_close", "strong", -1)]
        self.prose(self.paragraph(Item(children, line)))

    def paragraph(self, item: Item) -> list[Token]:
        """A line as a paragraph of prose."""
        inline = token("inline", "", 0)
        inline.children, inline.map = item.children, [item.line - self.first_line] * 2
        return [token("paragraph_open", "p", 1), inline, token("paragraph_close", "p", -1)]

    def prose(self, block: list[Token]) -> None:
        """Keep what is no activity in its place: in its day, its week, or before everything."""
        day, week = self.open_day(), self.week
        if day is None and week is None:
            self.said_prose.extend(block)
            return
        if block[0].type == "heading_open":  # a title inside a day's card or a week: strong words, no heading
            for token in block:
                if token.type.startswith("heading_"):
                    token.type, token.tag = token.type.replace("heading", "paragraph"), "p"
        if day is not None:
            self.notes.setdefault(day, []).extend(block)
        elif week is not None:
            week.notes.extend(block)

    def open_day(self) -> date | None:
        """The one day whose heading is open."""
        days = self.here.days or ()
        return days[0] if len(days) == 1 and (self.stack or self.start.days is None) else None

    def render(self, tokens: list[Token]) -> Markup:
        """Prose as sanitised HTML."""
        return text.prose(tokens, self.first_line, self.reading)

    def refuse_title(self, *, dated: bool = False) -> bool:
        """Tell that the innermost heading is not understood, if it is plainly no title; what is below it is spoilt.

        Arguments:
            dated: only if it looks like a day (`Lundi 24 dans la cour`, `24-10`).
        """
        at = next((at for at in range(len(self.stack) - 1, -1, -1) if self.stack[at].title), None)
        if at is None:
            return False
        title = fold(self.stack[at].title)
        if not _DATE.match(title) if dated else _TITLE.match(title):
            return False
        self._unknown(self.stack[at])
        self.stack[at] = replace(self.stack[at], title="", failed=True)
        return True

    def _check_titles(self) -> None:
        """A heading that is not understood may stand above days only if it is plainly a title."""
        for at, heading in enumerate(self.stack):
            if heading.title and heading.level > 1 and not _TITLE.match(fold(heading.title)):
                self._unknown(heading)
                self.stack[at] = Heading(heading.level, heading.label)

    def _unknown(self, heading: Heading) -> None:
        self.reading.wrong(heading.line, N_(
            "The heading “{title}” is neither a day, nor a part of the day, nor a group. Known: {known}. If it is only "
            "a title, write it in bold on a line of its own."
        ), title=heading.title, known=self.words.known())  # fmt: skip
