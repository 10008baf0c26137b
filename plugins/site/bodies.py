"""The bodies of pages, programmes and reminders, and what the bodies of one site share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import TypedDict

from markupsafe import Markup

from plugins.documents.links import is_attachment
from plugins.errors import N_, ContentError, Problem, Severity, Wrong
from plugins.leaving.rules import Reason
from plugins.photos.blur import Blur
from plugins.photos.faces import MISSING
from plugins.photos.model import Photo
from plugins.posts import keys
from plugins.posts.header import Document
from plugins.posts.model import Moment, Page, Programme, Reminder, Status
from plugins.posts.values import Common, Values
from plugins.programmes import grammar
from plugins.programmes.labels import SCHOOL_DAYS, Vocabulary
from plugins.site import compiled
from plugins.site.attachments import Attachments
from plugins.site.compiled import CompileBody
from plugins.site.links import ROOT, Targets
from plugins.site.model import Centre, City, Waiting
from plugins.site.same_photos import Asked
from plugins.site.scan import Source
from plugins.site.text import Reading

PreparePhoto = Callable[[Path, str, str], Photo]
"""(file, alt, caption) → a photo ready to be shown; raises `ContentError` if it can't be."""

BlurPhoto = Callable[[Path, str, str, Blur], Photo]
"""The same for a photo in which something is blurred; raises `Wrong` too, if what is asked can't be done."""


_GUESS = timedelta(182)


@dataclass(frozen=True)
class Draft:
    """A file whose header is read.

    Arguments:
        reason: why it does not leave today; `None` if it leaves.
        sound: its header holds no error.
    """

    source: Source
    document: Document
    common: Common
    reason: Reason | None
    sound: bool

    @property
    def leaves(self) -> bool:
        """Whether it may be in the site today."""
        return self.reason is None

    @property
    def path(self) -> str:
        """Its address, from the root of the site."""
        return f"{self.source.kind}/{self.source.stem}/"


@dataclass
class Setting:
    """What the bodies of one site share; `problems`, `attachments`, `waiting` and `asked` fill up on the way."""

    content: Path
    centre: Centre | None
    city: City
    now: datetime
    targets: Targets
    prepare_photo: PreparePhoto
    blur_photo: BlurPhoto
    problems: list[Problem]
    attachments: Attachments
    waiting: list[Waiting] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    compile_body: CompileBody = compiled.compile_body

    def reading(self, draft: Draft) -> Reading:
        """How one file is read: its links resolve from where it stands."""
        notes: dict[str, str] = {}
        return Reading(draft.source.file, partial(self._resolve, draft, notes), self.problems, notes)

    def _resolve(self, draft: Draft, notes: dict[str, str], target: str) -> str | None:
        if is_attachment(target):
            found = self.attachments.link(target, draft.source, draft.document.body, self.problems)
            if found is None:
                return None
            notes[ROOT + found[0]] = found[1]
            return ROOT + found[0]
        href = self.targets.resolve(target, draft.source.file)
        if href is None:
            self.problems.append(Problem(draft.source.file, 0, N_(
                "The link to “{target}” is left out: that page is not on the site today."
            ), {"target": target}, Severity.ADVICE))  # fmt: skip
        return href


def no_photo(path: Path, alt: str, caption: str) -> Photo:
    """A `PreparePhoto` for where no photo may stand."""
    del alt, caption
    raise ContentError(
        [Problem(path.name, 0, N_("Photos may stand in articles only (“{target}”)."), {"target": path.name})]
    )


def no_blur(path: Path, alt: str, caption: str, wanted: Blur) -> Photo:
    """A `BlurPhoto` for where nothing can be blurred: it refuses, so that no face is shown by mistake."""
    del path, alt, caption, wanted
    raise Wrong(MISSING)


def page(draft: Draft, setting: Setting) -> Page:
    """A page of practical information."""
    values = Values(draft.document, setting.problems)
    return Page(
        source=draft.source.file, stem=draft.source.stem, title=draft.common.title, summary=draft.common.summary,
        html=_prose(draft, setting), from_city=draft.source.from_city, order=values.number(keys.ORDER, 100),
    )  # fmt: skip


def reminder(draft: Draft, setting: Setting) -> Reminder:
    """A reminder."""
    values = Values(draft.document, setting.problems)
    html = _prose(draft, setting)
    until = values.day(keys.UNTIL, setting.now.date())
    published = draft.common.published
    if published is not None and until < published.date():
        setting.problems.append(Problem(draft.source.file, draft.document.line(keys.UNTIL), N_(
            "“Jusqu'au” comes before the publication: this reminder would never be shown.")))  # fmt: skip
    return Reminder(
        **post_fields(draft, html, setting), blocks=(html,) if html else (), until=until,
        important=values.yes(keys.IMPORTANT), action=values.line(keys.ACTION),
    )  # fmt: skip


def programme(draft: Draft, setting: Setting) -> Programme:
    """A programme: its period, its words, then its body."""
    values = Values(draft.document, setting.problems)
    start, end, sure = _period(values, draft, setting)
    words = Vocabulary(start, end, _weekdays(draft.common.moments), _groups(values, setting), _hours(setting))
    reading = replace(setting.reading(draft), problems=[])
    body, html = grammar.read(draft.document.body, draft.document.body_line, words, values.line(keys.THEME), reading)
    # where the period is a guess, nothing can be said to stand outside it
    setting.problems += [p for p in reading.problems if sure or not {"start", "end"} <= p.values.keys()]
    return Programme(**post_fields(draft, html, setting), blocks=(html,) if html else (), body=body)


def _period(values: Values, draft: Draft, setting: Setting) -> tuple[date, date, bool]:
    """`Du` and `Au`, and whether they are as written. One that is missing or unreadable is guessed, half a year away,
    so that the weekdays of the body can be judged all the same; a period that can't be is empty: it is the mistake.
    """
    unknown = date.min
    before = len(setting.problems)
    start, end = values.day(keys.START, unknown), values.day(keys.END, unknown)
    if unknown in (start, end) or len(setting.problems) > before:
        if start == end:
            start = (draft.common.published or setting.now).date() - timedelta(30)
        start, end = (end - _GUESS if start == unknown else start), (start + _GUESS if end == unknown else end)
        return start, end, False
    file, line = draft.source.file, draft.document.line(keys.END)
    if start > end:
        setting.problems.append(Problem(file, line, N_("“Au” comes before “Du”.")))
    elif (end - start).days > grammar.MAX_DAYS:
        setting.problems.append(Problem(file, line, N_("The programme is longer than a year: check “Du” and “Au”.")))
    return start, (end if len(setting.problems) == before else unknown), True


def _prose(draft: Draft, setting: Setting) -> Markup:
    body = setting.compile_body(draft.document.body)
    return compiled.prose(body, draft.document.body_line, setting.reading(draft))


class PostFields(TypedDict):
    """The fields that every kind of post shares (`plugins.posts.model.Post`), but for its blocks."""

    source: str
    stem: str
    title: str
    published: datetime
    moments: tuple[Moment, ...]
    audience: tuple[str, ...]
    author: str
    summary: str
    status: Status
    validated_by: str
    html: Markup
    from_city: bool


def post_fields(draft: Draft, html: Markup, setting: Setting) -> PostFields:
    """What the header says, with the prose of the body."""
    common = draft.common
    return {
        "source": draft.source.file,
        "stem": draft.source.stem,
        "title": common.title,
        "published": common.published or setting.now,
        "moments": common.moments,
        "audience": common.audience,
        "author": common.author,
        "summary": common.summary,
        "status": common.status,
        "validated_by": common.validated_by,
        "html": html,
        "from_city": draft.source.from_city,
    }


def _weekdays(moments: tuple[Moment, ...]) -> tuple[int, ...]:
    """The days of `Tous les jours`: those of the programme's moments, Monday to Friday without any."""
    days = {
        Moment.WEDNESDAY: (2,),
        Moment.MIDDAY: SCHOOL_DAYS,
        Moment.EVENING: SCHOOL_DAYS,
        Moment.HOLIDAYS: tuple(range(5)),
    }
    return tuple(sorted({day for moment in moments for day in days[moment]})) or tuple(range(5))


def _groups(values: Values, setting: Setting) -> dict[str, tuple[str, ...]]:
    own = values.names(keys.GROUPS)
    if own:
        return dict.fromkeys(own, ())
    groups = setting.centre.groups if setting.centre else ()
    return {group.name: (*group.aliases, *([group.ages] if group.ages else [])) for group in groups}


def _hours(setting: Setting) -> dict[str, tuple[time, time]]:
    return {key: (hours.start, hours.end) for key, hours in setting.centre.hours.items()} if setting.centre else {}
