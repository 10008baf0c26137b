"""Publish. The creation of a head is the only step that a reader can see."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict, Unpack

from publish import heads
from publish.access import Admission
from publish.errors import N_, HeadTaken, NewerError, ReleaseError
from publish.heads import Head, Mark, read_head, read_release, write_head
from publish.known import Known, still
from publish.manifest import Manifest, Outline
from publish.policies import Signature, apply_admission
from publish.release import Release
from publish.steps import NEW, NOTED, SAME, Log, Step, no_log
from publish.stores import Store
from publish.upload import TRANSFERS, upload, write_manifest
from publish.withdrawn import Withdrawn, read_withdrawn, refuse_withdrawn, withdraw


@dataclass(frozen=True)
class Publication:
    """What a publication did.

    Arguments:
        head: now in force.
        changed: `False` if the release was already in force, though a new head may say more of it.
        pages, photos: of the site.
        new_blobs, new_bytes: written by this publication.
        known: what the next publication of this machine may start from; given by the one that created the head alone,
            so that all of it is older than the head.
    """

    site: str
    head: Head
    changed: bool
    pages: int
    photos: int
    new_blobs: int = 0
    new_bytes: int = 0
    known: Known | None = field(default=None, compare=False, repr=False)


class Terms(TypedDict):
    """The arguments that `publish` and `confirm` share; see `publish`."""

    admission: Admission | None
    now: datetime
    by: str
    log: Log
    after: int | None
    withdrawn: Withdrawn | None
    mark: Mark | None


def publish(
    store: Store,
    release: Release,
    *,
    admission: Admission | None = None,
    now: datetime,
    by: str,
    log: Log = no_log,
    after: int | None = None,
    withdrawn: Withdrawn | None = None,
    mark: Mark | None = None,
    known: Known | None = None,
    pool: Executor | None = None,
) -> Publication:
    """Put a release in force: missing blobs, then the manifest, then the policy if it changed, then the head.

    The policy comes before the head: what is new is never open to people whom `centre.toml` has just excluded.

    Arguments:
        admission: what `centre.toml` says of who may enter; `None` leaves the policy alone (the city's own tree).
        now: moment of the publication, with its zone.
        by: who publishes.
        after: number of the head that must still be in force, where a decision was made for it; `None` for any.
        withdrawn: what the content says was withdrawn from this site; what the store does not know, as after a backup
            was restored, is told to it first. `None` for what has no such register (the city's own tree).
        mark: what a timer must know of the site; where the head in force says something else, another one is created.
        known: what this machine knew after its last publication. Where it still holds, nothing is listed or read again.
        pool: makes the transfers; by default, this publication has its own.

    Raises:
        ReleaseError: the release holds something withdrawn, its tree changed, or the content does not know all that was
            withdrawn. What was published stays.
        HeadTaken: another publisher was first, or a prune runs. Nothing is lost; run it again.
        StoreError: the store failed. What was published stays; running it again completes it.
    """
    if pool is None:
        with ThreadPoolExecutor(TRANSFERS) as own:
            return publish(
                store, release, admission=admission, now=now, by=by, log=log, after=after, withdrawn=withdrawn,
                mark=mark, known=known, pool=own,
            )  # fmt: skip
    signed, site = Signature(now, by), release.manifest.site
    run = _Run(store, site, admission, mark, signed, log, pool)
    if known is not None and known.manifest is not None and known.head is not None:
        comes = release.manifest.id != known.head.release or mark not in (None, known.head.mark)
        if found := run.still(known, comes, after, withdrawn):
            try:
                return run.publish(release, found)
            except HeadTaken:
                run.tell_later(known.head)
    return run.publish(release, _look(store, site, after, withdrawn, signed))


def confirm(store: Store, site: str, known: Known, *, pool: Executor, **terms: Unpack[Terms]) -> Publication | None:
    """What `publish` does with the release that is known to be in force, without making it again: no file is read.

    Arguments:
        known: with its outline; the other arguments are those of `publish`.

    Returns:
        `None` if what was known does not hold any more: the site must be published.

    Raises:
        ReleaseError, HeadTaken, StoreError: as `publish`.
    """
    assert known.head is not None
    assert known.outline is not None
    mark, signed = terms["mark"], Signature(terms["now"], terms["by"])
    run = _Run(store, site, terms["admission"], mark, signed, terms["log"], pool)
    found = run.still(known, mark not in (None, known.head.mark), terms["after"], terms["withdrawn"])
    if found is None:
        return None
    try:
        return run.keep(found, known.head, known.outline)
    except HeadTaken:
        run.tell_later(known.head)
    return None


@dataclass(frozen=True)
class _Run:
    """One publication of one site; the arguments are those of `publish`."""

    store: Store
    site: str
    admission: Admission | None
    mark: Mark | None
    signed: Signature
    log: Log
    pool: Executor

    def still(self, known: Known, comes: bool, after: int | None, content: Withdrawn | None) -> Known | None:
        """See `publish.known.still`."""
        return still(
            self.store, self.site, known, head_comes=comes, after=after, content=content, admission=self.admission,
            pool=self.pool,
        )  # fmt: skip

    def tell_later(self, known: Head) -> None:
        """A head that was taken before this publication began only means that all must be read again.

        Raises:
            HeadTaken: somebody published since: what they put in force is not replaced by what was made before.
        """
        there = read_head(self.store, self.site, known.number)
        if there is not None and there.since > self.signed.since:
            raise heads.taken(self.site)

    def publish(self, release: Release, found: Known) -> Publication:
        """From what is in force to this release."""
        manifest, head = release.manifest, found.head
        refuse_withdrawn(manifest, found.withdrawn)
        if head is not None and head.release == manifest.id:
            return self.keep(found, head, manifest.outline, lambda: manifest)
        held: Collection[str] | None = None
        if head is not None:
            held = found.manifest.digests() if found.manifest else ()
        blobs, size = upload(self.store, release, held, self.pool, self.signed.since, self.log)
        write_manifest(self.store, manifest, self.signed.since, self.log)
        policy = self._apply(found)
        new = Head(
            (head.number if head else 0) + 1, manifest.id, self.signed.since, self.signed.by, "publish", self.mark
        )
        there = self._create(new)
        if there != new:
            return Publication(self.site, there, False, manifest.pages, manifest.photos)
        self.log(Step(self.site, "head", NEW))
        known = Known(new, found.withdrawn, policy, self.admission, manifest.outline, lambda: manifest)
        return Publication(self.site, new, True, manifest.pages, manifest.photos, blobs, size, known)

    def keep(
        self, found: Known, head: Head, outline: Outline, read: Callable[[], Manifest | None] | None = None
    ) -> Publication:
        """The release in force stays; its policy is brought in line, and what a timer must know is noted."""
        policy = self._apply(found)
        if self.mark in (None, head.mark):
            self.log(Step(self.site, "head", SAME))
            return Publication(self.site, head, False, outline.pages, outline.photos)
        new = Head(head.number + 1, head.release, self.signed.since, self.signed.by, "publish", self.mark)
        there = self._create(new)
        if there != new:
            return Publication(self.site, there, False, outline.pages, outline.photos)
        self.log(Step(self.site, "head", NOTED))
        known = Known(new, found.withdrawn, policy, self.admission, outline, read or found.read)
        return Publication(self.site, new, False, outline.pages, outline.photos, known=known)

    def _apply(self, found: Known) -> int:
        """The number of the policy, in line with `centre.toml`; not read where nobody wrote one since it was so."""
        if self.admission is None:
            return found.policy
        number, is_new = found.policy, False
        if self.admission != found.admission:
            policy, is_new = apply_admission(self.store, self.site, self.admission, self.signed)
            number = policy.number
        self.log(Step(self.site, "policy", NEW if is_new else SAME))
        return number

    def _create(self, new: Head) -> Head:
        """Create a head; the one that somebody else created, if it says the very same of the site.

        Raises:
            HeadTaken: it says something else.
        """
        try:
            write_head(self.store, self.site, new)
        except HeadTaken:
            there = read_head(self.store, self.site, new.number)
            if there is None or there.release != new.release or new.mark not in (None, there.mark):
                raise
            self.log(Step(self.site, "head", SAME))
            return there
        return new


def _look(store: Store, site: str, after: int | None, withdrawn: Withdrawn | None, signed: Signature) -> Known:
    """What is in force, read from the store, once it and the content agree on what was withdrawn."""
    head = read_head(store, site)
    if after is not None and after != (head.number if head else 0):
        raise heads.taken(site)
    manifest = None
    if head is not None:
        try:
            manifest = read_release(store, site, head.release)
        except NewerError:
            raise
        except ReleaseError:
            manifest = None  # damaged: it is written again
    return Known(head, _settled(store, site, withdrawn, signed), read=lambda: manifest)


def _settled(store: Store, site: str, content: Withdrawn | None, signed: Signature) -> Withdrawn:
    """The store's register, once it and the content's say the same."""
    known = read_withdrawn(store, site)
    if content is None:
        return known
    if known.digests - content.digests or known.paths - content.paths:
        raise ReleaseError(
            N_(
                "the content does not know all that was withdrawn from {site} (was an older backup restored?): run "
                "`preau withdraw {site} --reappliquer`"
            ),
            site=site,
        )
    digests, paths = content.digests - known.digests, content.paths - known.paths
    if digests or paths:
        withdraw(store, site, digests=digests, paths=paths, since=signed.since, by=signed.by)
        return read_withdrawn(store, site, known)
    return known
