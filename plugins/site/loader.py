"""One centre's folder and `ville/`, read and validated once, into a `Site` that holds only what leaves today.

Pure but for reading files: no Pelican, no clock, no locale. Every problem is collected before any is told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from plugins.errors import N_, ContentError, PluginError, Problem, SettingsError, Severity, Wrong
from plugins.files import read_file, unreadable
from plugins.leaving.rules import Reason
from plugins.posts import keys
from plugins.posts.dates import PARIS
from plugins.posts.keys import INFOS
from plugins.posts.model import Article, Page, Programme, Reminder, Status
from plugins.posts.values import Values
from plugins.posts.words import slugify
from plugins.reminders import rules as reminder_rules
from plugins.site import articles, bodies
from plugins.site.attachments import Attachments, PrepareDocument
from plugins.site.bodies import BlurPhoto, Draft, PreparePhoto, Setting
from plugins.site.centre import CITY, check_slug, read_centre
from plugins.site.city import missing_pages, read_city
from plugins.site.compiled import CompileBody, compile_body
from plugins.site.drafts import read_draft
from plugins.site.late import late_advices
from plugins.site.links import Targets
from plugins.site.model import Centre, City, Site, Waiting
from plugins.site.same_photos import same_photos
from plugins.site.scan import Source, duplicates, scan

ARTICLE = "/article.md"
"""What an article's folder holds."""

LEFT_OUT = N_("left out by the person who publishes (--sans)")

CENTRE_FILE, CITY_FILE = "centre.toml", "ville.toml"

AnyPost = Page | Programme | Reminder | Article
BODIES: dict[str, Callable[[Draft, Setting], AnyPost]] = {
    INFOS: bodies.page,
    keys.PROGRAMMES: bodies.programme,
    keys.REMINDERS: bodies.reminder,
    keys.ARTICLES: articles.article,
}


@dataclass(frozen=True)
class Survey:
    """All that one reading of a centre tells: `preau check` shows it, and a build goes on only without an error.

    Arguments:
        slug: the centre.
        problems: errors and advices, in order of file and line.
        waiting: what does not leave today.
        site: what leaves today; `None` with an error.
        error: what `load_site` raises; `None` without an error.
        late: advices on posts whose time is past; a build, which meets them every day, does not repeat them.
    """

    slug: str
    problems: tuple[Problem, ...]
    waiting: tuple[Waiting, ...] = ()
    site: Site | None = None
    error: PluginError | None = None
    late: tuple[Problem, ...] = ()


def load_site(
    content: Path, slug: str, now: datetime, prepare_photo: PreparePhoto,
    prepare_document: PrepareDocument | None = None, blur_photo: BlurPhoto = bodies.no_blur, *,
    without: Collection[str] = (), compile_body: CompileBody = compile_body,
) -> Site:  # fmt: skip
    """Read one centre; see `survey` for the arguments.

    Raises:
        SettingsError: `centre.toml` or `ville.toml` can't be used (with every problem of the posts too).
        ContentError: a post, a page or a photo can't be used.
    """
    found = survey(
        content, slug, now, prepare_photo, prepare_document, blur_photo, without=without, compile_body=compile_body
    )
    if found.error is not None:
        raise found.error
    assert found.site is not None
    return found.site


def survey(
    content: Path, slug: str, now: datetime, prepare_photo: PreparePhoto,
    prepare_document: PrepareDocument | None = None, blur_photo: BlurPhoto = bodies.no_blur, *,
    without: Collection[str] = (), drafts: bool = False, compile_body: CompileBody = compile_body,
) -> Survey:  # fmt: skip
    """Read one centre and tell everything at once; raises nothing for what people wrote.

    Arguments:
        content: the content folder, which holds the centres' folders and `ville/`.
        slug: the centre's folder.
        now: the moment of the site, with its time zone; what is later waits.
        prepare_photo: (file, alt, caption) → a photo ready to be shown; called only for photos that leave.
        prepare_document: file → a PDF ready to be sent; without it, each copy is made anew.
        blur_photo: as `prepare_photo`, where something is to be blurred; by default such a photo is an error.
        without: posts to leave out whole, by their path from the content folder, as `preau publish --sans` asks.
        drafts: read the bodies of drafts too, for what is wrong in them; a build has no use for that.
        compile_body: renders a body; `plugins.site.compiled.Bodies` knows those that were rendered before.
    """
    try:
        written = read_written(content, slug, now, without=without)
    except SettingsError as error:
        return Survey(slug, error.problems, error=error)
    setting = replace(_setting(written, prepare_photo, prepare_document, blur_photo), compile_body=compile_body)
    posts = _bodies(written, setting)
    _note_unlinked(written, posts, setting)
    setting.problems += same_photos(written.content, setting.asked)
    waiting = _waiting(written, setting)
    if drafts:
        setting.problems += _wrong_in_drafts(written, setting)
    late = tuple(_sorted(advice for draft, post in posts for advice in late_advices(draft, post, written.now.date())))
    problems = (*_sorted(written.settings_problems), *_sorted(written.problems))
    if _errors(problems):
        return Survey(slug, problems, waiting, error=written.error(), late=late)
    site = _site([post for draft, post in posts if draft.leaves], setting, waiting)
    return Survey(slug, problems, waiting, site, late=late)


@dataclass(frozen=True)
class Written:
    """What people wrote for one centre: settings and headers are read, bodies are not yet.

    Arguments:
        settings_problems: of `centre.toml` and `ville.toml`.
        problems: of everything else; more are added while bodies are read.
        out: posts that are left out on purpose, by their file.
    """

    content: Path
    slug: str
    now: datetime
    centre: Centre
    city: City
    drafts: list[Draft]
    settings_problems: list[Problem]
    problems: list[Problem]
    out: tuple[str, ...] = ()

    @property
    def unusable(self) -> bool:
        """Whether the settings are in error: no site can be made, and no programme judged, without them."""
        return bool(_errors(self.settings_problems))

    def error(self) -> ContentError | SettingsError:
        """Everything that is wrong, to be raised."""
        wrong_posts = _sorted(_errors(self.problems))
        if self.settings_problems:
            return SettingsError([*_sorted(self.settings_problems), *wrong_posts])
        return ContentError(wrong_posts)


def read_written(content: Path, slug: str, now: datetime, *, without: Collection[str] = ()) -> Written:
    """Read the settings and headers of one centre and of `ville/`; `SettingsError` where there is no such centre."""
    now = now.astimezone(PARIS)
    content = content.resolve()
    try:
        check_slug(slug)
    except Wrong as wrong:
        raise SettingsError([wrong.at(slug, 0)]) from None
    _is_folder(content, slug)
    _is_folder(content, CITY)
    settings: list[Problem] = []
    problems: list[Problem] = []
    centre, centre_problems = read_centre(
        _settings(content, slug, CENTRE_FILE, settings), slug, f"{slug}/{CENTRE_FILE}"
    )
    city, city_problems = read_city(_settings(content, CITY, CITY_FILE, settings), f"{CITY}/{CITY_FILE}")
    unread = {problem.file for problem in settings}
    settings += [problem for problem in (*centre_problems, *city_problems) if problem.file not in unread]
    sources = [*scan(content, slug, problems), *scan(content, CITY, problems, from_city=True)]
    kept = _kept(sources, without)
    problems = [p for p in problems if p.file not in unread and not _left_out(p.file, without)]
    problems += duplicates(kept)
    drafts = [read_draft(content, source, centre, now, problems) for source in kept]
    problems += missing_pages(_city_stems(drafts))
    out = tuple(sorted(file for file in without if file.split("/")[0] in (slug, CITY)))
    return Written(content, slug, now, centre, city, drafts, settings, problems, out)


def _kept(sources: list[Source], without: Collection[str]) -> list[Source]:
    return [source for source in sources if source.file not in without]


def _left_out(file: str, without: Collection[str]) -> bool:
    """Whether a file is left out, or stands in the folder of an article that is."""
    folders = {post.removesuffix(ARTICLE) for post in without if post.endswith(ARTICLE)}
    return file in without or any(file == folder or file.startswith(f"{folder}/") for folder in folders)


def load_centre(content: Path, slug: str) -> Centre:
    """What `centre.toml` says, and nothing else of the folder; raises `SettingsError` like `load_site`."""
    content = content.resolve()
    try:
        check_slug(slug)
    except Wrong as wrong:
        raise SettingsError([wrong.at(slug, 0)]) from None
    _is_folder(content, slug)
    unread: list[Problem] = []
    centre, problems = read_centre(_settings(content, slug, CENTRE_FILE, unread), slug, f"{slug}/{CENTRE_FILE}")
    if unread or problems:
        raise SettingsError(unread or _sorted(problems))
    return centre


def load_city(content: Path, now: datetime, without: Collection[str] = ()) -> tuple[City, tuple[Page, ...]]:
    """The city's settings and its pages that leave today; raises `SettingsError` or `ContentError` like `load_site`."""
    now = now.astimezone(PARIS)
    content = content.resolve()
    _is_folder(content, CITY)
    problems: list[Problem] = []
    city, city_problems = read_city(_settings(content, CITY, CITY_FILE, problems), f"{CITY}/{CITY_FILE}")
    if problems or city_problems:
        raise SettingsError(problems or city_problems)
    sources = [source for source in scan(content, CITY, problems, from_city=True) if source.kind == INFOS]
    sources, problems = _kept(sources, without), [p for p in problems if not _left_out(p.file, without)]
    drafts = [read_draft(content, source, None, now, problems) for source in sources]
    problems += missing_pages(_city_stems(drafts))
    setting = Setting(content, None, city, now, _targets(CITY, drafts, without, now), bodies.no_photo, bodies.no_blur,
                      problems, Attachments(content))  # fmt: skip
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


def _settings(content: Path, folder: str, name: str, problems: list[Problem]) -> bytes:
    """The bytes of a settings file; none, and a problem, if it can't be read."""
    file = f"{folder}/{name}"
    try:
        return read_file(content, content / folder / name)
    except Wrong as wrong:
        problems.append(wrong.at(file, 0))
    except FileNotFoundError:
        message = N_("The file {name} is missing: it holds the name, the address and the hours.")
        problems.append(Problem(file, 0, message, {"name": name}))
    except OSError as error:
        problems.append(unreadable(error).at(file, 0))
    return b""


def _setting(
    written: Written, prepare_photo: PreparePhoto, prepare_document: PrepareDocument | None, blur_photo: BlurPhoto
) -> Setting:
    targets = _targets(written.slug, written.drafts, written.out, written.now)
    return Setting(
        written.content, written.centre, written.city, written.now, targets, prepare_photo, blur_photo,
        written.problems, Attachments(written.content, prepare_document),
    )  # fmt: skip


def _targets(slug: str, drafts: list[Draft], out: Iterable[str], now: datetime) -> Targets:
    files = {draft.source.file: draft.path for draft in drafts if draft.leaves and not _expired(draft, now)}
    waiting = {word for d in drafts if d.source.file not in files for word in (d.source.file, d.path)}
    for file in out:
        _, kind, name = file.removesuffix(ARTICLE).split("/")
        stem = slugify(name[:-3] if name.lower().endswith(".md") else name)
        waiting |= {file, f"{kind}/{stem}/"}
    return Targets(slug, MappingProxyType(files), frozenset(waiting))


def _expired(draft: Draft, now: datetime) -> bool:
    if draft.source.kind != keys.REMINDERS or not draft.document.value(keys.UNTIL):
        return False
    return Values(draft.document, []).day(keys.UNTIL, now.date()) < now.date()


def _city_stems(drafts: Iterable[Draft]) -> set[str]:
    return {d.source.stem for d in drafts if d.source.from_city and d.source.kind == INFOS and d.leaves}


def _bodies(written: Written, setting: Setting) -> list[tuple[Draft, AnyPost]]:
    """Read every body: of posts that wait too, so that their mistakes are told before their day, and of posts whose
    header is in error, so that all is told at once. Only what leaves is kept in a site.
    """
    return [
        (draft, BODIES[draft.source.kind](draft, setting))
        for draft in written.drafts
        if draft.common.status is not Status.DRAFT and _readable(draft, written)
    ]


def _readable(draft: Draft, written: Written) -> bool:
    """Whether a body can be judged: the groups and hours of a programme come from the settings."""
    return draft.source.kind != keys.PROGRAMMES or not written.unusable


def _wrong_in_drafts(written: Written, setting: Setting) -> list[Problem]:
    """What is wrong in the bodies of drafts, as advice: it stops nobody. Nothing else of them is kept."""
    aside = replace(setting, problems=[], waiting=[], attachments=Attachments(setting.content))
    for draft in written.drafts:
        if draft.common.status is Status.DRAFT and _readable(draft, written):
            BODIES[draft.source.kind](draft, aside)
    return [replace(problem, severity=Severity.ADVICE) for problem in aside.problems]


def _note_unlinked(written: Written, posts: list[tuple[Draft, AnyPost]], setting: Setting) -> None:
    """Say which files beside the texts no family will see."""
    read = [draft.source for draft, _ in posts]
    files = {source.file for source in read}
    unread = [draft.source for draft in written.drafts if draft.source.file not in files]
    unknown = {file.rpartition("/")[0] for file in written.out}
    found = setting.attachments.unlinked(read, unread)
    setting.problems += [advice for advice in found if advice.file.rpartition("/")[0] not in unknown]


def _waiting(written: Written, setting: Setting) -> tuple[Waiting, ...]:
    waiting = [*(_waits(draft, draft.reason) for draft in written.drafts if draft.reason), *setting.waiting]
    waiting += [Waiting(file, LEFT_OUT, None) for file in written.out]
    return tuple(sorted(waiting, key=lambda w: w.source))


def _site(built: list[AnyPost], setting: Setting, waiting: tuple[Waiting, ...]) -> Site:
    assert setting.centre is not None
    reminders = reminder_rules.shown((r for r in built if isinstance(r, Reminder)), setting.now.date())
    leaving = [post.source for post in built if not isinstance(post, Reminder) or post in reminders]
    return Site(
        centre=setting.centre,
        city=setting.city,
        now=setting.now,
        pages=pages_of(built),
        programmes=programmes_of(built),
        reminders=reminders,
        articles=articles_of(built),
        documents=setting.attachments.of(leaving),
        waiting=waiting,
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
    return Waiting(draft.source.file, reason.message, reason.until, dict(reason.values), reason.by)


def _errors(problems: Iterable[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity is Severity.ERROR]


def _sorted(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda p: (p.file, p.line))
