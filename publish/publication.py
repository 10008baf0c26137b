"""Publish, roll back, and the history. The creation of a head is the only step that a reader can see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime

from publish import condemned, heads, series
from publish.access import Admission
from publish.errors import N_, HeadTaken, PublishError, Reason, ReleaseError
from publish.heads import Head, read_head, read_head_number, read_release, write_head
from publish.layout import HEADS, blob_key, release_key
from publish.manifest import Manifest, parse_manifest
from publish.policies import Signature, apply_admission
from publish.release import Release
from publish.stores import Store
from publish.withdrawn import Withdrawn, read_withdrawn, withdraw

TRANSFERS = 16
"""Uploads at once: on a folder they share the wait for the disk's sync, on S3 the wait for the network."""


@dataclass(frozen=True)
class Step:
    """One line of the log.

    Arguments:
        site: slug.
        what: path in the site (with its coding), `manifest`, `head` or `policy`.
        reason: `new`, `already there`, `repaired`, `same as in force`, …: an English source for gettext.
        size: bytes written, 0 if none were.
    """

    site: str
    what: str
    reason: str
    size: int = 0


Log = Callable[[Step], None]

NEW = N_("new")
ALREADY_THERE = N_("already there")
REPAIRED = N_("repaired")
SAME = N_("same as in force")


@dataclass(frozen=True)
class Publication:
    """What a publication did.

    Arguments:
        head: now in force.
        changed: `False` if the release was already in force.
        pages, photos: of the site.
        new_blobs, new_bytes: written by this publication.
    """

    site: str
    head: Head
    changed: bool
    pages: int
    photos: int
    new_blobs: int = 0
    new_bytes: int = 0


@dataclass(frozen=True)
class HistoryRow:
    """One line of `preau releases`.

    Arguments:
        manifest: `None` if the release is gone or damaged; then `problem` says so.
        in_force: this is what readers see.
    """

    head: Head
    manifest: Manifest | None
    in_force: bool
    problem: PublishError | None = None


def no_log(step: Step) -> None:
    """Say nothing."""


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

    Raises:
        ReleaseError: the release holds something withdrawn, its tree changed, or the content does not know all that was
            withdrawn. What was published stays.
        HeadTaken: another publisher was first. Nothing is lost; run it again.
        StoreError: the store failed. What was published stays; running it again completes it.
    """
    manifest = release.manifest
    site = manifest.site
    head = read_head(store, site)
    _refuse_withdrawn(manifest, _settled(store, site, withdrawn, Signature(now, by)))
    if head is not None and head.release == manifest.id:
        _apply(store, site, admission, Signature(now, by), log)
        log(Step(site, "head", SAME))
        return Publication(site, head, changed=False, pages=manifest.pages, photos=manifest.photos)
    if after is not None and after != (head.number if head else 0):
        raise heads.taken(site)
    known = _known(store, site, head)
    spared = _spared(store, manifest, known)
    blobs, size = _upload(store, release, known, spared, log)
    _write_manifest(store, manifest, log)
    _apply(store, site, admission, Signature(now, by), log)
    following = Head(number=(head.number if head else 0) + 1, release=manifest.id, since=now, by=by, why="publish")
    try:
        write_head(store, site, following)
    except HeadTaken:
        head = read_head(store, site, following.number)
        if head is None or head.release != manifest.id:
            raise
        # Somebody else published the very same site: there is nothing left to do.
        log(Step(site, "head", SAME))
        return Publication(site, head, changed=False, pages=manifest.pages, photos=manifest.photos)
    log(Step(site, "head", NEW))
    return Publication(
        site, following, changed=True, pages=manifest.pages, photos=manifest.photos, new_blobs=blobs, new_bytes=size
    )


def rollback(store: Store, slug: str, *, to: str | None, now: datetime, by: str) -> Head:
    """Put an earlier release in force again, as a new head. Policies are versioned apart and do not move.

    Arguments:
        to: id of a release (or its unique beginning); by default the one in force before this one.

    Raises:
        ReleaseError: there is no such release, it is not complete, or it holds something withdrawn.
        HeadTaken: another publisher was first.
    """
    numbers = series.numbers(store, slug, HEADS)
    if not numbers:
        raise ReleaseError(N_("{site} was never published"), site=slug)
    history = [head for number in reversed(numbers) if (head := _readable(store, slug, number)) is not None]
    in_force = next((head.release for head in history if head.number == numbers[-1]), None)
    release = _choose(slug, history, in_force, to)
    if release == in_force:
        raise ReleaseError(N_("release {release} of {site} is already in force"), release=release, site=slug)
    manifest = read_release(store, slug, release)
    if manifest is None:
        raise ReleaseError(N_("release {release} of {site} is missing from the store"), release=release, site=slug)
    _refuse_withdrawn(manifest, read_withdrawn(store, slug))
    _spared(store, manifest, frozenset())
    _refuse_incomplete(store, manifest)
    head = Head(number=numbers[-1] + 1, release=release, since=now, by=by, why="rollback")
    write_head(store, slug, head)
    return head


def releases(store: Store, slug: str) -> Iterator[HistoryRow]:
    """The history of a centre, newest first; damaged entries are shown as such, they don't hide the others."""
    numbers = series.numbers(store, slug, HEADS)
    for number in reversed(numbers):
        head = _readable(store, slug, number)
        if head is None:
            continue
        manifest, problem = None, None
        try:
            manifest = read_release(store, slug, head.release)
        except ReleaseError as error:
            problem = error
        if manifest is None and problem is None:
            problem = ReleaseError(
                N_("release {release} of {site} is missing from the store"), release=head.release, site=slug
            )
        yield HistoryRow(head, manifest, number == numbers[-1], problem)


def current(store: Store, slug: str) -> tuple[Head, Manifest] | None:
    """The head in force with its manifest; `None` if the centre was never published."""
    return heads.current(store, slug)


def _apply(store: Store, site: str, admission: Admission | None, signed: Signature, log: Log) -> None:
    if admission is not None:
        changed = apply_admission(store, site, admission, signed)
        log(Step(site, "policy", NEW if changed else SAME))


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
    return content


def _refuse_withdrawn(manifest: Manifest, withdrawn: Withdrawn) -> None:
    found = withdrawn.found_in(manifest)
    if found:
        raise ReleaseError(
            N_("release {release} of {site} holds what was withdrawn and may never be shown again:"),
            release=manifest.id,
            site=manifest.site,
            reasons=[Reason("{path}", {"path": path}) for path in found],
        )


def _refuse_incomplete(store: Store, manifest: Manifest) -> None:
    with ThreadPoolExecutor(TRANSFERS) as pool:
        keys = [blob_key(manifest.site, digest) for digest in sorted(manifest.digests())]
        missing = sum(1 for there in pool.map(store.exists, keys) if not there)
    if missing:
        raise ReleaseError(
            N_("release {release} of {site} is incomplete ({missing} files are gone): it can't be shown again"),
            release=manifest.id,
            site=manifest.site,
            missing=missing,
        )


def _known(store: Store, site: str, head: Head | None) -> frozenset[str]:
    """Digests that the store holds for certain: those of the release in force, if it can be read."""
    if head is None:
        return frozenset()
    try:
        manifest = read_release(store, site, head.release)
    except ReleaseError:
        return frozenset()
    return manifest.digests() if manifest else frozenset()


def _spared(store: Store, manifest: Manifest, known: frozenset[str]) -> frozenset[str]:
    """Blobs that a prune would have removed: they are needed again, and uploaded again."""
    needed = {condemned.blob(digest): digest for digest in manifest.digests() - known}
    spared = condemned.spare(store, manifest.site, (*needed, condemned.release(manifest.id)))
    return frozenset(needed[name] for name in spared if name in needed)


def _upload(store: Store, release: Release, known: frozenset[str], spared: frozenset[str], log: Log) -> tuple[int, int]:
    """Create the blobs that are not known; their number and bytes. The first failure stops the others."""
    site = release.manifest.site

    def one(digest: str, path: str, coding: str | None) -> Step:
        what = f"{path} ({coding})" if coding else path
        if digest in known:
            return Step(site, what, ALREADY_THERE)
        data = release.read(digest, path, coding)
        if digest in spared:
            store.put(blob_key(site, digest), data)
            return Step(site, what, REPAIRED, len(data))
        if store.create(blob_key(site, digest), data):
            return Step(site, what, NEW, len(data))
        return Step(site, what, ALREADY_THERE)

    with ThreadPoolExecutor(TRANSFERS) as pool:
        jobs = [pool.submit(one, digest, *source) for digest, source in release.blobs().items()]
        wait(jobs, return_when=FIRST_EXCEPTION)
        pool.shutdown(wait=True, cancel_futures=True)
        failed = [error for job in jobs if not job.cancelled() and (error := job.exception())]
        if failed:
            raise failed[0]
    steps = [job.result() for job in jobs]
    for step in steps:
        log(step)
    written = [step for step in steps if step.reason == NEW]
    return len(written), sum(step.size for step in written)


def _write_manifest(store: Store, manifest: Manifest, log: Log) -> None:
    key = release_key(manifest.site, manifest.id)
    data = manifest.to_json()
    if store.create(key, data):
        log(Step(manifest.site, "manifest", NEW, len(data)))
        return
    try:
        parse_manifest(store.get(key) or b"", site=manifest.site, release=manifest.id)
    except ReleaseError:
        # Damaged since: readers refuse it, and its id says what it must be, so writing it again changes nothing else.
        store.put(key, data)
        log(Step(manifest.site, "manifest", REPAIRED, len(data)))
    else:
        log(Step(manifest.site, "manifest", ALREADY_THERE))


def _readable(store: Store, slug: str, number: int) -> Head | None:
    try:
        return read_head_number(store, slug, number)
    except ReleaseError:
        return None


def _choose(slug: str, history: list[Head], in_force: str | None, to: str | None) -> str:
    """The release to go back to, among those that were once in force."""
    if to is None:
        for head in history:
            if head.release != in_force:
                return head.release
        raise ReleaseError(N_("{site} has no earlier release to go back to"), site=slug)
    return named(slug, history, to)


def named(slug: str, history: list[Head], to: str) -> str:
    """The one release of a history whose id begins as given.

    Raises:
        ReleaseError: there is none, or more than one.
    """
    found = sorted({head.release for head in history if to and head.release.startswith(to)})
    if not found:
        raise ReleaseError(
            N_("{site} has no release “{release}”; `preau releases {site}` lists them"), site=slug, release=to
        )
    if len(found) > 1:
        raise ReleaseError(
            N_("“{release}” could be several releases of {site}: give more of it"), site=slug, release=to
        )
    return found[0]
