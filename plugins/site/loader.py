"""One centre's folder and `ville/`, read and validated once, into a `Site` that holds only what leaves today.

Pure but for reading files: no Pelican, no clock, no locale. Every problem is collected before any is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from plugins.errors import N_, ContentError, Problem, SettingsError, Severity, Wrong
from plugins.files import read_file, unreadable
from plugins.leaving.rules import Reason, publishable
from plugins.posts import keys
from plugins.posts.dates import PARIS
from plugins.posts.header import Document
from plugins.posts.header import read as read_header
from plugins.posts.keys import INFOS
from plugins.posts.model import Article, Page, Programme, Reminder, Status
from plugins.posts.values import Values
from plugins.reminders import rules as reminder_rules
from plugins.site import articles, bodies
from plugins.site.bodies import Draft, PreparePhoto, Setting
from plugins.site.centre import CITY, check_slug, read_centre
from plugins.site.city import LEGAL, read_city
from plugins.site.links import Targets
from plugins.site.model import Centre, City, Site, Waiting
from plugins.site.scan import Source, duplicates, scan

CENTRE_FILE, CITY_FILE = "centre.toml", "ville.toml"

AnyPost = Page | Programme | Reminder | Article
BODIES: dict[str, Callable[[Draft, Setting], AnyPost]] = {
    INFOS: bodies.page,
    keys.PROGRAMMES: bodies.programme,
    keys.REMINDERS: bodies.reminder,
    keys.ARTICLES: articles.article,
}


def load_site(content: Path, slug: str, now: datetime, prepare_photo: PreparePhoto) -> Site:
    """Read one centre.

    Arguments:
        content: the content folder, which holds the centres' folders and `ville/`.
        slug: the centre's folder.
        now: the moment of the site, with its time zone; what is later waits.
        prepare_photo: (file, alt, caption) → a photo ready to be shown; called only for photos that leave.

    Raises:
        SettingsError: `centre.toml` or `ville.toml` can't be used (with every problem of the posts too).
        ContentError: a post, a page or a photo can't be used.
    """
    written = read_written(content, slug, now)
    setting = _setting(written, prepare_photo)
    if not written.unusable:
        site = _site(written.drafts, setting)
        if not _errors(written.problems):
            return site
    raise written.error()


@dataclass(frozen=True)
class Written:
    """What people wrote for one centre: settings and headers are read, bodies are not yet.

    Arguments:
        settings_problems: of `centre.toml` and `ville.toml`.
        problems: of everything else; more are added while bodies are read.
    """

    content: Path
    slug: str
    now: datetime
    centre: Centre
    city: City
    drafts: list[Draft]
    settings_problems: list[Problem]
    problems: list[Problem]

    @property
    def unusable(self) -> bool:
        """Whether the settings are in error: no body can be judged without them."""
        return bool(_errors(self.settings_problems))

    def error(self) -> ContentError | SettingsError:
        """Everything that is wrong, to be raised."""
        wrong_posts = _sorted(_errors(self.problems))
        if self.settings_problems:
            return SettingsError([*_sorted(self.settings_problems), *wrong_posts])
        return ContentError(wrong_posts)


def read_written(content: Path, slug: str, now: datetime) -> Written:
    """Read the settings and headers of one centre and of `ville/`; `SettingsError` for what can't be read at all."""
    now = now.astimezone(PARIS)
    content = content.resolve()
    problems: list[Problem] = []
    try:
        check_slug(slug)
    except Wrong as wrong:
        raise SettingsError([wrong.at(slug, 0)]) from None
    _is_folder(content, slug)
    _is_folder(content, CITY)
    centre, centre_problems = read_centre(_settings(content, slug, CENTRE_FILE), slug, f"{slug}/{CENTRE_FILE}")
    city, city_problems = read_city(_settings(content, CITY, CITY_FILE), f"{CITY}/{CITY_FILE}")
    sources = [*scan(content, slug, problems), *scan(content, CITY, problems, from_city=True)]
    problems += duplicates(sources)
    drafts = [_draft(content, source, centre, now, problems) for source in sources]
    problems += _legal_pages(drafts)
    return Written(content, slug, now, centre, city, drafts, centre_problems + city_problems, problems)


def load_centre(content: Path, slug: str) -> Centre:
    """What `centre.toml` says, and nothing else of the folder; raises `SettingsError` like `load_site`."""
    content = content.resolve()
    try:
        check_slug(slug)
    except Wrong as wrong:
        raise SettingsError([wrong.at(slug, 0)]) from None
    _is_folder(content, slug)
    centre, problems = read_centre(_settings(content, slug, CENTRE_FILE), slug, f"{slug}/{CENTRE_FILE}")
    if problems:
        raise SettingsError(_sorted(problems))
    return centre


def load_city(content: Path, now: datetime) -> tuple[City, tuple[Page, ...]]:
    """The city's settings and its pages that leave today; raises `SettingsError` or `ContentError` like `load_site`."""
    now = now.astimezone(PARIS)
    content = content.resolve()
    _is_folder(content, CITY)
    problems: list[Problem] = []
    city, city_problems = read_city(_settings(content, CITY, CITY_FILE), f"{CITY}/{CITY_FILE}")
    if city_problems:
        raise SettingsError(city_problems)
    sources = [source for source in scan(content, CITY, problems, from_city=True) if source.kind == INFOS]
    drafts = [_draft(content, source, None, now, problems) for source in sources]
    problems += _legal_pages(drafts)
    setting = Setting(content, None, city, now, _targets(CITY, drafts, now), bodies.no_photo, problems)
    pages = tuple(bodies.page(draft, setting) for draft in drafts if draft.leaves)
    if errors := _sorted(_errors(problems)):
        raise ContentError(errors)
    return city, pages_of(pages)


def _is_folder(content: Path, name: str) -> None:
    folder = content / name
    if folder.is_symlink():
        message = N_("This is a link to somewhere else. Put the file or the folder itself here.")
    elif not folder.is_dir():
        message = N_("There is no such folder in the content folder.")
    else:
        return
    raise SettingsError([Problem(name, 0, message)])


def _settings(content: Path, folder: str, name: str) -> bytes:
    path = content / folder / name
    try:
        return read_file(content, path)
    except Wrong as wrong:
        raise SettingsError([wrong.at(f"{folder}/{name}", 0)]) from None
    except FileNotFoundError:
        message, values = (
            N_("The file {name} is missing: it holds the name, the address and the hours."),
            {"name": name},
        )
    except OSError as error:
        raise SettingsError([unreadable(error).at(f"{folder}/{name}", 0)]) from None
    raise SettingsError([Problem(f"{folder}/{name}", 0, message, values)])


def _draft(content: Path, source: Source, centre: Centre | None, now: datetime, problems: list[Problem]) -> Draft:
    """One file's header, and whether it leaves. What is wrong in a draft is an advice: it stops nobody."""
    own: list[Problem] = []
    data = b"Titre: -\nDate: 1er janvier 2000\nStatut: brouillon\n"
    try:
        data = read_file(content, source.path)
    except Wrong as wrong:
        problems.append(wrong.at(source.file, 0))
    except OSError as error:
        problems.append(unreadable(error).at(source.file, 0))
    document, header_problems = read_header(data, source.file, source.kind)
    own += header_problems
    values = Values(document, own)
    groups = _known_groups(source, document, values, centre)
    common = values.common(source.name, groups)
    post = source.kind != INFOS and not source.from_city
    reason = publishable(
        status=common.status,
        published=common.published,
        validated_by=common.validated_by,
        validators=centre.validators if centre and centre.moderation and post else None,
        now=now,
    )
    sound = not _errors(own)
    if common.status is Status.DRAFT:
        own = [Problem(p.file, p.line, p.message, p.values, Severity.ADVICE) for p in own if document.fields]
    problems += own
    return Draft(source, document, common, reason, sound=sound)


def _known_groups(
    source: Source, document: Document, values: Values, centre: Centre | None
) -> tuple[tuple[str, tuple[str, ...]], ...] | None:
    if centre is None or source.from_city or not centre.groups:
        return None  # without groups centre.toml is in error, and was told: every post would only repeat it
    own = tuple((name, ()) for name in values.names(keys.GROUPS)) if document.value(keys.GROUPS) else ()
    return (*own, *((group.name, group.aliases) for group in centre.groups))


def _setting(written: Written, prepare_photo: PreparePhoto) -> Setting:
    targets = _targets(written.slug, written.drafts, written.now)
    return Setting(
        written.content, written.centre, written.city, written.now, targets, prepare_photo, written.problems
    )  # fmt: skip


def _targets(slug: str, drafts: list[Draft], now: datetime) -> Targets:
    files = {draft.source.file: draft.path for draft in drafts if draft.leaves and not _expired(draft, now)}
    waiting = {word for d in drafts if d.source.file not in files for word in (d.source.file, d.path)}
    return Targets(slug, MappingProxyType(files), frozenset(waiting))


def _expired(draft: Draft, now: datetime) -> bool:
    if draft.source.kind != keys.REMINDERS or not draft.document.value(keys.UNTIL):
        return False
    return Values(draft.document, []).day(keys.UNTIL, now.date()) < now.date()


def _legal_pages(drafts: Iterable[Draft]) -> list[Problem]:
    there = {d.source.stem for d in drafts if d.source.from_city and d.source.kind == INFOS and d.leaves}
    return [
        Problem(f"{CITY}/{INFOS}/{stem}.md", 0, N_("This page is missing: every site must show it."))
        for stem in LEGAL
        if stem not in there
    ]


def _site(drafts: list[Draft], setting: Setting) -> Site:
    built: list[AnyPost] = []
    for draft in drafts:
        if not draft.sound or draft.common.status is Status.DRAFT:
            continue
        # a post that waits is read too, so that its mistakes are told before its day; nothing of it is kept
        post = BODIES[draft.source.kind](draft, setting)
        if draft.leaves:
            built.append(post)
    assert setting.centre is not None
    waiting = [*(_waits(draft, draft.reason) for draft in drafts if draft.reason), *setting.waiting]
    return Site(
        centre=setting.centre,
        city=setting.city,
        now=setting.now,
        pages=pages_of(built),
        programmes=programmes_of(built),
        reminders=reminder_rules.shown((r for r in built if isinstance(r, Reminder)), setting.now.date()),
        articles=articles_of(built),
        waiting=tuple(sorted(waiting, key=lambda w: w.source)),
        advices=tuple(_sorted(p for p in setting.problems if p.severity is Severity.ADVICE)),
    )


def pages_of(built: Iterable[AnyPost]) -> tuple[Page, ...]:
    """The pages, in order."""
    pages = (page for page in built if isinstance(page, Page))
    return tuple(sorted(pages, key=lambda page: (page.from_city, page.order, page.title, page.stem)))


def programmes_of(built: Iterable[AnyPost]) -> tuple[Programme, ...]:
    """The programmes, in order."""
    programmes = (post for post in built if isinstance(post, Programme))
    return tuple(sorted(programmes, key=lambda p: (p.body.start, p.title, p.stem)))


def articles_of(built: Iterable[AnyPost]) -> tuple[Article, ...]:
    """The articles, newest first."""
    articles = (post for post in built if isinstance(post, Article))
    return tuple(sorted(articles, key=lambda a: (-a.published.timestamp(), a.title, a.stem)))


def _waits(draft: Draft, reason: Reason) -> Waiting:
    return Waiting(draft.source.file, reason.message, reason.until, dict(reason.values))


def _errors(problems: Iterable[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity is Severity.ERROR]


def _sorted(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda p: (p.file, p.line))
