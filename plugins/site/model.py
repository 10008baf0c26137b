"""What a site is, once read: the centre, the city and only what leaves today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from plugins.documents.model import Document
from plugins.errors import N_, Problem, Translate, visible
from plugins.posts.model import Article, Page, Programme, Reminder
from plugins.site.retention import Retention


@dataclass(frozen=True)
class Group:
    """A group of children.

    Arguments:
        name: as families read it (`Maternelles`).
        ages: `3-5 ans`, or empty.
        aliases: other spellings that people write (`Mat.`).
    """

    name: str
    ages: str
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class Hours:
    """Opening hours of a slot, Europe/Paris."""

    start: time
    end: time


@dataclass(frozen=True)
class Centre:
    """`centre.toml`: see docs/contenu.md for every key.

    Arguments:
        slug: name of its folder, `[a-z][a-z0-9-]{0,62}`.
        name: `Fessart`; the title of the site is « Accueil de loisirs Fessart ».
        address: lines.
        colour: `#rrggbb`.
        emblem: name of a shape of the theme.
        groups: in the order of the file.
        hours: slot key → hours.
        schools: UAI of the schools that it receives.
        admission: `ecoles` or `inscrits`.
        admitted: kinds of membership admitted, of `child`, `guardian`, `school staff`.
        moderation: a post without a valid `Validé par` waits.
        validators: who may validate.
        functions: names of the functions that are on (`calendrier`, `telechargement`).
        deputies: who may validate in their absence.
        blur_faces: every face of every photo is blurred.
        retention: how long photos are shown, where the centre keeps them for a shorter time than the city.
    """

    slug: str
    name: str
    address: tuple[str, ...]
    phone: str
    email: str
    colour: str
    emblem: str
    groups: tuple[Group, ...]
    hours: dict[str, Hours]
    schools: tuple[str, ...]
    admission: str
    admitted: tuple[str, ...]
    moderation: bool
    validators: tuple[str, ...]
    functions: frozenset[str]
    deputies: tuple[str, ...] = ()
    blur_faces: bool = False
    retention: Retention | None = None


@dataclass(frozen=True)
class City:
    """`ville.toml`: who publishes, whom to ask.

    Arguments:
        name: `Boulogne-Billancourt`.
        department: the service in charge.
        address: lines.
        publisher, director: legal notices.
        host_name, host_address, host_phone: legal notices.
        dpo_name, dpo_email: data protection officer.
        accessibility: `non conforme`, `partiellement conforme` or `totalement conforme`.
        retention: how long photos are shown.
        charter_version: version of the charter in force.
        charter_asked: whether everybody must accept it before entering.
    """

    name: str
    department: str
    address: tuple[str, ...]
    phone: str
    email: str
    publisher: str
    director: str
    host_name: str
    host_address: tuple[str, ...]
    host_phone: str
    dpo_name: str
    dpo_email: str
    accessibility: str
    retention: Retention
    charter_version: str
    charter_asked: bool = False


@dataclass(frozen=True)
class Waiting:
    """A post that does not leave today, and why; it is reported, never rendered.

    Arguments:
        source: path from the content folder.
        reason: English source of the reason, with the fields `values`.
        until: moment at which it leaves (or its photos show) by itself, if there is one.
        by: people who can let it leave, if it waits for one of them.
    """

    source: str
    reason: str
    until: datetime | None
    values: Mapping[str, object] = field(default_factory=dict)
    by: tuple[str, ...] = ()

    def sentence(self, translate: Translate) -> str:
        """Why it waits, in the reader's language."""
        return visible(translate(self.reason).format(**self.values))

    def text(self, translate: Translate) -> str:
        """`fessart/articles/x.md : brouillon`, in the reader's language."""
        return translate(N_("{file} : {text}")).format(file=visible(self.source), text=self.sentence(translate))


@dataclass(frozen=True)
class Site:
    """Everything that the templates may show: nothing else of the content folder reaches them.

    Arguments:
        now: the build's moment, Europe/Paris.
        pages: practical information of the centre, then the city's pages.
        programmes: by start, then title.
        reminders: in force, important first, then by last day.
        articles: newest first.
        waiting: what does not leave today.
        advices: what would make it better; never stops a build.
        documents: the PDF files that these pages and posts link to.
    """

    centre: Centre
    city: City
    now: datetime
    pages: tuple[Page, ...]
    programmes: tuple[Programme, ...]
    reminders: tuple[Reminder, ...]
    articles: tuple[Article, ...]
    waiting: tuple[Waiting, ...]
    advices: tuple[Problem, ...]
    documents: tuple[Document, ...] = ()

    @property
    def today(self) -> date:
        """The build's day, Europe/Paris."""
        return self.now.date()
