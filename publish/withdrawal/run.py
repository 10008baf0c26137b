"""Withdraw, in an order in which a kill after the first step leaves the photo hidden; the same command does the rest.

1. the register, in the store, then in the content: from now on gateways answer 410, and no build takes the photo; what
   is named comes first, and what looks the same once every photo of the content is prepared;
2. the content: the photo goes to the quarantine, its article loses its words;
3. the sites without it are published; where that is not possible, the release in force is put in force without it;
4. older releases that hold it, its bytes in all their versions, and whatever this machine holds of it, are removed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from plugins.photos.refused import Register, Withdrawal
from publish import __version__, stored
from publish.build import BuildRequest, Progress
from publish.errors import N_, BuildError, NewerError, PublishError, cause_of
from publish.heads import read_head
from publish.jobs import Failed
from publish.paths import CITY_SLUG
from publish.sites import publish_sites
from publish.stores import Store
from publish.withdrawal import content, purge, record, traces
from publish.withdrawal.asked import Asked, find
from publish.withdrawal.content import Edit
from publish.withdrawal.plan import Plan, Planner
from publish.withdrawal.purge import Going
from publish.withdrawal.quarantine import purge as empty
from publish.withdrawal.quarantine import quarantine_of
from publish.withdrawal.stock import read_stock
from publish.withdrawal.traces import Traces


@dataclass(frozen=True)
class Withdrawing:
    """One run.

    Arguments:
        slug: of the centre, or of the city: then every centre is concerned.
        asked: as typed; empty to complete what the register says, as after a restored backup.
        why: one of `plugins.photos.refused.WITHDRAWN_WHY`.
        known_again: refuse for ever what looks the same, not only the very same bytes.
        found: what is meant, where it is known without being typed.
    """

    slug: str
    asked: tuple[str, ...]
    why: str
    by: str
    now: datetime
    known_again: bool = True
    found: Asked | None = None


@dataclass(frozen=True)
class Outcome:
    """What was done, or would be.

    Arguments:
        name: of the entry of the register; empty if it holds all of this already.
        plan: see there.
        edits: of the content folder.
        going: by centre, what goes from the store.
        traces: what goes from this machine.
        failed: centres whose site could not be published.
        cut_out: those of them whose site in force was put in force without the photo.
        purged: files removed from the quarantine for good.
    """

    name: str
    plan: Plan
    edits: tuple[Edit, ...]
    going: Mapping[str, Going]
    traces: Traces
    failed: tuple[Failed, ...] = ()
    cut_out: tuple[str, ...] = ()
    purged: int = 0

    @property
    def by_hand(self) -> tuple[str, ...]:
        """Texts that still name the photo, in a way that only a person can take out."""
        return tuple(edit.file for edit in self.edits if edit.by_hand)

    @property
    def unread(self) -> dict[str, tuple[NewerError, ...]]:
        """By centre, what this machine is too old to read: the photo may be there too, in files of other names."""
        return {slug: going.unread for slug, going in self.going.items() if going.unread}

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to a person."""
        return not (self.failed or self.unread or self.by_hand or self.plan.unsure or self.plan.uncompared)

    def as_table(self) -> dict[str, object]:
        """For a program."""
        return {
            "name": self.name,
            "moved": sorted(self.plan.files),
            "alike": sorted(self.plan.alike),
            "edited": [edit.file for edit in self.edits if edit.text is not None and not edit.by_hand],
            "by_hand": list(self.by_hand),
            "uncompared": self.plan.uncompared is not None,
            "unsure": {file: list(names) for file, names in self.plan.unsure.items()},
            "store": {slug: {"releases": list(going.releases), "files": list(going.blobs)}
                      for slug, going in self.going.items()},
            "cache": list(self.traces.prepared),
            "files": [str(path) for path in self.traces.files],
            "failed": sorted({*(failed.slug for failed in self.failed), *self.unread}),
            "too_old_for": sorted(self.unread),
            "cut_out": list(self.cut_out),
            "purged": self.purged,
        }  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where things stand.

    Arguments:
        request: content, cache and sites of this machine.
        clock: the real moment.
        pages: folder of the pages of `preau faces`.
    """

    store: Store
    request: BuildRequest
    clock: Callable[[], datetime]
    progress: Progress = field(repr=False)
    pages: Path | None = None

    @property
    def quarantine(self) -> Path:
        """Of this machine."""
        return quarantine_of(self.request.cache.parent)


def centres_of(place: Place, slug: str) -> tuple[str, ...]:
    """The centres whose sites a withdrawal concerns: a post of the city stands in all of them."""
    if slug != CITY_SLUG:
        return (slug,)
    return tuple(found for found in stored.slugs(place.store) if found != CITY_SLUG)


def look(place: Place, what: Withdrawing) -> Outcome:
    """All that would go; changes nothing but the cache of prepared photos."""
    register = _register(place, what.slug)
    asked, planner = _asked(place, what, register)
    plan = _plan(planner, asked, what, register)
    if plan.entry is not None:
        register = register.with_entry(plan.entry)
    hidden = {slug: record.expected(register, slug) for slug in centres_of(place, what.slug)}
    try:
        edits = tuple(content.edits(place.request.content, plan.files))
    except OSError as error:
        raise BuildError(
            N_("{path} can't be read: {cause}"), path=error.filename or place.request.content, cause=cause_of(error)
        ) from error
    return Outcome(
        plan.entry.name if plan.entry else "",
        plan,
        edits,
        {slug: purge.find(place.store, slug, of_slug) for slug, of_slug in hidden.items()},
        traces.find(place.request.cache, place.request.output, register, place.pages),
    )


def withdraw(place: Place, what: Withdrawing, when_hidden: Callable[[], None] = lambda: None) -> Outcome:
    """Do it; run again, it completes what was cut off.

    Arguments:
        when_hidden: called once gateways hide all that is meant; never where some may be visible under other names.

    Raises:
        BuildError: what is asked is not found, or the content folder can't be changed.
        StoreError: the store failed; what is registered is hidden all the same.
    """
    folder = place.request.content
    slugs = centres_of(place, what.slug)
    register = _register(place, what.slug)
    asked, planner = _asked(place, what, register)
    first = None
    if asked.names_any and planner.must_prepare(asked):
        # Minutes, where the cache is empty: what is named is hidden before.
        plan = _plan(planner, asked, what, register, among=asked.files)
        first = plan.entry
        register = _settle(place, slugs, what, register, first)
        if planner.reads_all and not plan.unsure:
            when_hidden()
    plan = _plan(planner, asked, what, register)
    register = _settle(place, slugs, what, register, plan.entry)
    if planner.reads_all and not plan.unsure:
        when_hidden()
    entry = plan.entry or first
    try:
        edits = tuple(content.edits(folder, plan.files))
    except OSError as error:
        raise content.not_removed(error, folder) from error
    name = entry.name if entry else f"{what.now:%Y%m%d}"
    content.apply(folder, edits, place.quarantine, name)
    failed = _publish(place, slugs, what.by)
    going, cut_out = {}, []
    for slug in slugs:
        hidden = record.expected(register, slug)
        if purge.cut_out(place.store, slug, hidden, place.clock(), what.by):
            cut_out.append(slug)
        going[slug] = purge.find(place.store, slug, hidden)
        purge.remove(place.store, slug, hidden, going[slug], what.now)
    found = traces.find(place.request.cache, place.request.output, register, place.pages)
    traces.remove(place.request.cache, found)
    purged = empty(place.quarantine, what.now)
    return Outcome(entry.name if entry else "", plan, edits, going, found, failed, tuple(cut_out), purged)


def _register(place: Place, slug: str) -> Register:
    """Of the content and of the store together: either may have been restored from an older backup."""
    known = record.of_content(place.request.content)
    for entry in record.of_store(place.store, centres_of(place, slug)).entries.values():
        known = known.with_entry(entry)
    return known


def _settle(
    place: Place, slugs: Sequence[str], what: Withdrawing, register: Register, entry: Withdrawal | None
) -> Register:
    whole = register.with_entry(entry) if entry else register
    return record.settle(place.store, place.request.content, whole, slugs, record.moment(what.now), what.by)


def _asked(place: Place, what: Withdrawing, register: Register) -> tuple[Asked, Planner]:
    stock = read_stock(place.store, centres_of(place, what.slug))
    paths = {path for entry in register.entries.values() for path in entry.paths}
    try:
        asked = what.found or find(place.request.content, what.slug, what.asked, stock, paths, place.quarantine)
    except BuildError as error:  # it may be in what this machine is too old to read
        unread = [problem for problems in stock.unread.values() for problem in problems]
        raise BuildError(error.message, reasons=[*error.reasons, *unread], **error.values) from error
    return asked, Planner(place.request.content, what.slug, stock, place.request.cache, place.request.jobs)


def _plan(
    planner: Planner, asked: Asked, what: Withdrawing, register: Register, among: Collection[str] | None = None
) -> Plan:
    now = record.moment(what.now)
    return planner.plan(asked, register, why=what.why, now=now, by=what.by, known_again=what.known_again, among=among)


def _publish(place: Place, slugs: Sequence[str], by: str) -> tuple[Failed, ...]:
    """Publish those that were published before: a withdrawal opens no site."""
    ready = tuple(slug for slug in slugs if _is_published(place.store, slug))
    if not ready:
        return ()
    try:
        results = publish_sites(
            place.request,
            place.store,
            ready,
            version=__version__,
            by=by,
            clock=place.clock,
            progress=place.progress,
        )
    except BuildError as error:  # nothing can be built here (a full disk): what is in force still loses the photo
        return tuple(Failed(slug, (error,)) for slug in ready)
    return tuple(result for result in results if isinstance(result, Failed) and result.slug in ready)


def _is_published(store: Store, slug: str) -> bool:
    try:
        return read_head(store, slug) is not None
    except PublishError:
        return True
