"""Build sites: one Pelican run per centre, each in its own process, into staging, verified, then moved into place.

What stands there already and is what a build would make is left as it is: see `publish.incremental`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from plugins.errors import PluginError
from publish.centres import choose_centres
from publish.config import CACHE_BYTES
from publish.errors import N_, BuildError, PublishError, Reason, cause_of
from publish.incremental.files import Known, look_at_site
from publish.incremental.ledger import Ledger, Verdict
from publish.jobs import Built, Failed, Job, Outcome
from publish.manifest import files_digest
from publish.paths import CITY_SLUG, is_slug
from publish.staging import Staging, alone, open_staging
from publish.verify import check_tree
from publish.without import left_out
from publish.workers import WITH_DOCUMENTS, WITH_PHOTOS, Workers

if TYPE_CHECKING:
    from publish.publication import Publication

SETTINGS = Path(__file__).resolve().parent.parent / "pelicanconf.py"
"""The settings of every Pelican run of the project."""


KEPT_EVERY = 1.0
"""Seconds between two notes of what was built: each looks once more at all that the sites share."""


class Progress(Protocol):
    """Told how far a build is; a bar on a terminal, or nothing."""

    def waiting(self) -> None:
        """Another build writes to the same folder: this one waits for it."""

    def judged(self, unchanged: int, total: int) -> None:
        """How many sites stand there already, of how many."""

    def photos(self, done: int, total: int) -> None:
        """Photos made ready, of how many."""

    def built(self, outcome: Outcome, done: int, total: int) -> None:
        """A centre was built, or failed; of how many."""

    def published(self, publication: Publication) -> None:
        """A site was published."""


class Silent:
    """Tells nobody."""

    def waiting(self) -> None:
        """Nothing."""

    def judged(self, unchanged: int, total: int) -> None:
        """Nothing."""

    def photos(self, done: int, total: int) -> None:
        """Nothing."""

    def built(self, outcome: Outcome, done: int, total: int) -> None:
        """Nothing."""

    def published(self, publication: Publication) -> None:
        """Nothing."""


@dataclass(frozen=True)
class BuildRequest:
    """Where to build from and to.

    Arguments:
        content: the content folder.
        output: `DIR`; a centre's home is `DIR/<slug>/index.html`.
        cache: private folder of prepared photos.
        cache_limit: bytes that it may hold.
        now: moment of the build, Europe/Paris.
        jobs: centres built at the same time, and photos prepared at the same time.
        settings: `pelicanconf.py`.
        without: posts to leave out, as typed; see `publish.without`.
        force: build every site, whatever is known of it.
        paranoid: read every file, whatever its size and times.
    """

    content: Path
    output: Path
    cache: Path
    now: datetime
    jobs: int
    cache_limit: int = CACHE_BYTES
    settings: Path = SETTINGS
    without: tuple[str, ...] = ()
    force: bool = False
    paranoid: bool = False


def build_sites(request: BuildRequest, names: Sequence[str], progress: Progress) -> tuple[Outcome, ...]:
    """Build the city's tree, then centres; what fails leaves its previous tree untouched and stops no other.

    Arguments:
        request: where from and to.
        names: centres; all if empty.
        progress: told of each.

    Returns:
        What became of each, the city first, then in the order of `names`.

    Raises:
        BuildError: nothing at all can be built.
    """
    centres = choose_centres(request.content, names)
    without = left_out(request.content, centres, request.without)
    apart = (request.content, request.settings.parent / "plugins", request.settings.parent / "themes")
    here = open_staging(request.output, apart=apart)
    with here as staging, alone(request.output, progress.waiting), Workers() as workers:
        ledger = _open_ledger(request, staging, without)
        verdicts: dict[str, Verdict] = {}
        for slug in (CITY_SLUG, *filter(is_slug, centres)):
            verdicts[slug] = ledger.verdict(slug)
            if slug != CITY_SLUG and not verdicts[slug].built and verdicts[CITY_SLUG].built:
                workers.start()  # not where everything is to be made: beside photos it would only take memory
        outcomes: dict[str, Outcome] = {slug: found.built for slug, found in verdicts.items() if found.built}
        progress.judged(len(outcomes), len(centres) + 1)
        for slug in centres:
            if not is_slug(slug):
                outcomes[slug] = _impossible(slug, centres)
        changed = [slug for slug in centres if slug not in outcomes]
        besides: tuple[str, ...] = WITH_PHOTOS if changed and prepare_photos(request, changed, progress) else ()
        if changed and _has_documents(request.content, (*changed, CITY_SLUG)):
            besides += WITH_DOCUMENTS
        if CITY_SLUG not in outcomes:  # it takes markdown-it and nh3, for which there is no room beside photos
            outcomes[CITY_SLUG] = _build_city(request, staging, without, ledger)
        finished = Finished(staging, ledger)
        jobs = [_job(slug, request, staging, without, ledger) for slug in changed]
        for job, outcome in workers.run(jobs, request.jobs, besides):
            outcomes[job.slug] = finished.place(outcome)
            progress.built(outcomes[job.slug], len(outcomes), len(centres) + 1)
        finished.keep()
    explained = (_explained(outcomes[slug], verdicts.get(slug)) for slug in (CITY_SLUG, *centres))
    return tuple(explained)


def _has_documents(content: Path, slugs: Iterable[str]) -> bool:
    """Whether any of these folders holds a PDF."""
    return any(any((content / slug).rglob("*.[pP][dD][fF]")) for slug in slugs)


def _open_ledger(request: BuildRequest, staging: Staging, without: tuple[str, ...]) -> Ledger:
    ledger = Ledger(
        request.content.resolve(),
        request.output.resolve(),
        staging.records,
        request.now,
        request.settings,
        without,
        request.force,
        request.paranoid,
    )
    ledger.open()
    return ledger


def _job(slug: str, request: BuildRequest, staging: Staging, without: tuple[str, ...], ledger: Ledger) -> Job:
    return Job(
        slug=slug,
        content=request.content.resolve(),
        settings=request.settings.resolve(),
        output=staging.new(slug).resolve(),
        cache=request.cache.resolve(),
        now=request.now,
        without=without,
        noting=ledger.noting(slug, staging.note(slug).resolve()),
    )


def _explained(outcome: Outcome, verdict: Verdict | None) -> Outcome:
    """What was built, with what made that necessary."""
    return replace(outcome, why=verdict.why) if isinstance(outcome, Built) and verdict else outcome


@dataclass
class Finished:
    """Trees that get their final names, and then the notes on them: never the other way round."""

    staging: Staging
    ledger: Ledger
    _unkept: list[str] = field(default_factory=list)
    _kept: float = field(default_factory=time.monotonic)

    def place(self, outcome: Outcome) -> Outcome:
        """A built tree, at its final name."""
        if isinstance(outcome, Failed):
            return outcome
        try:
            self.ledger.forget(outcome.slug)
            tree = self.staging.put_in_place(outcome.slug)
        except PublishError as error:
            return Failed(outcome.slug, (error,))
        self._unkept.append(outcome.slug)
        if time.monotonic() - self._kept > KEPT_EVERY:
            self.keep()
        return replace(outcome, tree=tree)

    def keep(self) -> None:
        """Keep the notes on what was placed."""
        self.ledger.keep(self._unkept, self.staging.note)
        self._unkept.clear()
        self._kept = time.monotonic()


def prepare_photos(request: BuildRequest, centres: Sequence[str], progress: Progress) -> bool:
    """Fill the cache before any centre is built: photos take most of the time, and share the processors best at once.

    A photo that can't be used is left to the build of its centre, which says why.

    Returns:
        Whether there are any.

    Raises:
        BuildError: the cache can't be written (a full disk): no centre could be built with photos.
    """
    from plugins.site.wanted import wanted_photos

    content = request.content
    asked = wanted_photos(content, centres)
    if not asked:
        return False
    from plugins.photos.blurring import blur_many
    from plugins.photos.cache import Cache
    from plugins.photos.prepare import prepare_many
    from plugins.photos.ready import Wanted
    from plugins.photos.seen import forget_all

    cache = Cache(request.cache, time.time)
    if request.paranoid:
        forget_all(request.cache)
    plain = [Wanted(content, path, path.relative_to(content).as_posix()) for path, blur in asked if not blur]
    blurred = [(path, blur) for path, blur in asked if blur]
    try:
        prepare_many(plain, cache, request.jobs, request.cache_limit, progress.photos)
        if blurred:
            blur_many(blurred, content, cache, request.jobs, request.cache_limit, progress.photos)
    except OSError as error:
        message = N_("photos can't be prepared in {folder}: {cause}")
        raise BuildError(message, folder=request.cache, cause=cause_of(error)) from error
    return True


def _impossible(slug: str, centres: Sequence[str]) -> Failed:
    others = [other for other in centres if other != slug and other.casefold() == slug.casefold()]
    if others:
        return Failed(
            slug,
            (
                Reason(
                    N_("{slug}: there are two folders for the centre “{other}”; keep one"),
                    {"slug": slug, "other": others[0]},
                ),
            ),
        )
    message = N_(
        "{slug}: a centre's folder has small letters without accents, digits and hyphens, such as “maitre-jacques”"
    )
    return Failed(slug, (Reason(message, {"slug": slug}),))


def _build_city(request: BuildRequest, staging: Staging, without: tuple[str, ...], ledger: Ledger) -> Outcome:
    """`ville/`: what the gateway shows of the city's own."""
    from plugins.site.city import city_tree  # Markdown and its friends: only a build needs them

    folder = staging.new(CITY_SLUG)
    try:
        tree = city_tree(request.content, request.now, without)
        for path, data in tree.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        looks = look_at_site(folder)
        digests = check_tree(folder, ["ville.json"])
    except PluginError as error:
        return Failed(CITY_SLUG, error.problems)
    except PublishError as error:
        return Failed(CITY_SLUG, (error,))
    except OSError as error:
        return Failed(
            CITY_SLUG,
            (Reason(N_("{path}: {cause}"), {"path": str(error.filename or folder), "cause": cause_of(error)}),),
        )
    built = Built(
        slug=CITY_SLUG, name=CITY_SLUG, tree=folder, pages=len(tree) - 1, photos=0, files=files_digest(digests)
    )
    with suppress(OSError):
        ledger.note_city(built, staging.note(CITY_SLUG), Known(looks, digests))
    finished = Finished(staging, ledger)
    outcome = finished.place(built)
    finished.keep()
    return outcome
