"""Build, then publish: what `preau publish` and the demonstration do, for any number of centres."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from threading import Semaphore
from typing import Unpack

from plugins.photos.refused import Register
from publish.build import BuildRequest, Progress, build_sites
from publish.centres import choose_centres
from publish.due import Verdict, content_digest, is_same, sha256_of
from publish.errors import N_, BuildError, HeadTaken, PublishError, Reason, ReleaseError
from publish.heads import Mark, read_head
from publish.incremental.ledger import digests_of, distrust, tree_digests
from publish.jobs import Built, Failed, Outcome
from publish.known import Known
from publish.manifest import files_digest, parse_moment
from publish.memory import Memory
from publish.paths import CITY_SLUG
from publish.publication import Publication, Terms, confirm, publish
from publish.release import Release, make_release
from publish.staging import records_of
from publish.steps import Log, Step, no_log
from publish.stores import Store
from publish.upload import TRANSFERS
from publish.withdrawal.record import expected, of_content

SITES = 16
"""Published at once: they share the wait for the store, and the transfers."""

QUESTIONS = 32
"""Asked at once about sites that did not change, each answered in a few bytes."""

RELEASES = 2
"""Made at once: the first are being sent while others are made, and threads that only compute wait for one another."""

EDITED_MEANWHILE = N_("its content was edited while it was built, and nobody published that yet")

CHANGED_SINCE = N_(
    "the pages made for {site} changed before they were put online (by another build at the same time?); nothing was "
    "lost, run the same command again"
)


@dataclass(frozen=True)
class _Shared:
    """What the sites of one publication share.

    Arguments:
        making: held while a release is made.
        questions: makes the requests about sites that did not change.
        transfers: makes those about sites that did.
    """

    making: Semaphore
    questions: Executor
    transfers: Executor


@dataclass(frozen=True)
class Published:
    """A site that was built and published."""

    built: Built
    publication: Publication

    @property
    def slug(self) -> str:
        """Of the centre, or `ville`."""
        return self.built.slug


def publish_sites(
    request: BuildRequest,
    store: Store,
    names: tuple[str, ...],
    *,
    version: str,
    by: str,
    clock: Callable[[], datetime],
    progress: Progress,
    log: Log = no_log,
    memory: Memory | None = None,
    due: Mapping[str, Verdict] | None = None,
) -> tuple[Published | Failed, ...]:
    """Build centres and the city's tree, and publish each that could be built. One that fails never stops the others.

    Arguments:
        request: where content is and where sites are built.
        store: where releases go.
        names: centres; all of the content folder if empty.
        version: of the tool, noted in the manifest.
        by: who publishes, noted in the head.
        clock: the real moment, Europe/Paris.
        progress: told of each site.
        log: told of each thing written or not, with the reason.
        memory: what this machine knows of the store; by default nothing, and all is read.
        due: for a timer, instead of `names`: what was decided of each centre, which must still be so when it is
            published. The city's own tree never changes by itself: it is left alone.
    """
    names = names if due is None else tuple(due)
    register = of_content(request.content)
    contents = _contents(request, names)  # before the build: what is written meanwhile counts as not published
    outcomes = build_sites(request, names, progress)
    return publish_built(
        request,
        outcomes,
        store,
        register,
        contents,
        version=version,
        by=by,
        clock=clock,
        progress=progress,
        log=log,
        memory=memory or Memory(None, store),
        due=due,
    )


def publish_built(
    request: BuildRequest,
    outcomes: Iterable[Outcome],
    store: Store,
    register: Register,
    contents: Mapping[str, str],
    *,
    version: str,
    by: str,
    clock: Callable[[], datetime],
    progress: Progress,
    log: Log,
    memory: Memory,
    due: Mapping[str, Verdict] | None = None,
) -> tuple[Published | Failed, ...]:
    """Publish what was built; see `publish_sites`.

    Arguments:
        register: what the content says was withdrawn, before the build.
        contents: digest of what each centre was made from, before the build.
    """

    def one(outcome: Outcome) -> tuple[Published | Failed | None, list[Step]]:
        steps: list[Step] = []
        verdict = due.get(outcome.slug) if due is not None else None
        if isinstance(outcome, Failed):
            return outcome, steps
        if due is not None and verdict is None:
            return None, steps
        if verdict and not is_same(request.content, outcome.slug, verdict.content):
            return Failed(outcome.slug, (_why_held(store, outcome.slug),)), steps
        try:
            publication = _publish(
                store,
                outcome,
                request,
                version,
                memory.recall(outcome.slug),
                shared,
                admission=outcome.admission,
                now=clock(),
                by=by,
                log=steps.append,
                after=verdict.head if verdict else None,
                withdrawn=None if outcome.slug == CITY_SLUG else expected(register, outcome.slug),
                mark=_mark(outcome.next_change, contents.get(outcome.slug)),
            )
            if publication.known is not None:
                memory.note(outcome.slug, publication.known)
        except HeadTaken as error:
            memory.forget(outcome.slug)  # run again, it reads what is in force, whatever the clocks say
            return Failed(outcome.slug, (error,)), steps
        except PublishError as error:
            return Failed(outcome.slug, (error,)), steps
        return Published(outcome, publication), steps

    # What changed comes first: it takes several steps, and the others are asked about meanwhile.
    order = sorted(enumerate(outcomes), key=lambda ranked: isinstance(ranked[1], Built) and ranked[1].unchanged)
    results: dict[int, Published | Failed] = {}
    with (
        ThreadPoolExecutor(TRANSFERS) as transfers,
        ThreadPoolExecutor(QUESTIONS) as questions,
        ThreadPoolExecutor(SITES) as pool,
    ):
        shared = _Shared(Semaphore(RELEASES), questions, transfers)
        done = pool.map(one, [outcome for _, outcome in order])
        for (rank, _), (result, steps) in zip(order, done, strict=True):
            for step in steps:
                log(step)
            if result is not None:
                results[rank] = result
            if isinstance(result, Published):
                progress.published(result.publication)
    return tuple(results[rank] for rank in sorted(results))


def _publish(
    store: Store,
    built: Built,
    request: BuildRequest,
    version: str,
    known: Known | None,
    shared: _Shared,
    **terms: Unpack[Terms],
) -> Publication:
    """Publish one site; of one that stands as this machine published it, no file is read, nor its manifest.

    What goes out is what was judged: neither what came into the tree since, nor what another build put in its place.

    Arguments:
        known: what this machine knows of it.
        terms: further arguments of `publish`.
    """
    outline = known.outline if known else None
    if known and outline and built.unchanged and (outline.name, outline.files) == (built.name, built.files):
        if confirmed := confirm(store, built.slug, known, pool=shared.questions, **terms):
            return confirmed
        known = None
    if known and known.manifest is None:
        known = None

    with shared.making:
        release = make_release(
            built.tree,
            slug=built.slug,
            name=built.name,
            built=request.now,
            version=version,
            known=known.manifest if known else None,
            digests=_judged(request, built) if known else {},
        )
    _refuse_changed(request, release, built)
    return publish(store, release, known=known, pool=shared.transfers, **terms)


def _judged(request: BuildRequest, built: Built) -> Mapping[str, str]:
    """Path → sha256 of the files that were judged; none if the record speaks of another tree."""
    digests = tree_digests(records_of(request.output), built.slug)
    return digests if files_digest(digests) == built.files else {}


def _refuse_changed(request: BuildRequest, release: Release, built: Built) -> None:
    if release.manifest.outline.files != built.files:
        # The same command again builds it, whatever its files look like.
        distrust(records_of(request.output), built.slug)
        raise ReleaseError(CHANGED_SINCE, site=built.slug)


def _mark(at: datetime | None, content: str | None) -> Mark | None:
    """What a timer must know of a site; its moment is as one that was read, so that the two can be compared."""
    return None if at is None or content is None else Mark(content, parse_moment(at.isoformat(), "at"))


def _contents(request: BuildRequest, names: tuple[str, ...]) -> dict[str, str]:
    """What each centre is made from; those that can't be read are left out: their build says why."""
    try:
        slugs = choose_centres(request.content, names)
    except BuildError:
        return {}
    digest = sha256_of if request.paranoid else digests_of(records_of(request.output), request.content)
    found = {}
    for slug in slugs:
        with suppress(OSError):
            found[slug] = content_digest(request.content, slug, request.without, digest)
    return found


def _why_held(store: Store, slug: str) -> PublishError | Reason:
    """Why a timer does not publish what it built: the head's damage before anything else."""
    try:
        read_head(store, slug)
    except PublishError as error:
        return error
    return Reason(EDITED_MEANWHILE)
