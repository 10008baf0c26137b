"""The history of a centre, newest first, and the way back to an earlier release of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from publish import condemned, gone, series
from publish.dates import moment_words
from publish.errors import N_, NewerError, PublishError, Reason, ReleaseError
from publish.heads import Head, read_head_number, read_release, write_head
from publish.layout import HEADS, blob_key
from publish.manifest import Manifest
from publish.stores import Store
from publish.upload import TRANSFERS
from publish.withdrawn import Withdrawn, read_withdrawn, refuse_withdrawn

T = TypeVar("T")
K = TypeVar("K", int, str)


@dataclass(frozen=True)
class HistoryRow:
    """One line of `preau releases`.

    Arguments:
        number: of the head.
        head: `None` if it can't be read; then `problem` says why.
        manifest: `None` if the release can't be read; then `problem` says why.
        in_force: this is what readers see, or would if it could be read.
    """

    number: int
    head: Head | None
    manifest: Manifest | None
    in_force: bool
    problem: PublishError | None = None


def releases(store: Store, slug: str) -> Iterator[HistoryRow]:
    """The history of a centre, newest first; what can't be read is shown as such, and does not hide the rest."""
    numbers = series.numbers(store, slug, HEADS)
    for number in reversed(numbers):
        head, manifest, problem = None, None, None
        try:
            head = read_head_number(store, slug, number)
            manifest = read_release(store, slug, head.release)
        except ReleaseError as error:
            problem = error
        if head is not None and manifest is None and problem is None:
            problem = gone.missing(store, slug, head.release)
        yield HistoryRow(number, head, manifest, number == numbers[-1], problem)


def rollback(store: Store, slug: str, *, to: str | None, now: datetime, by: str) -> Head:
    """Put an earlier release in force again, as a new head. Policies are versioned apart and do not move.

    Arguments:
        to: id of a release (or its unique beginning); by default the last one that was another site.

    Raises:
        ReleaseError: there is no such release; or it is not complete, or holds something withdrawn, with the newest one
            that can be put back.
        NewerError: a later version wrote a head, or the release in force: it is not replaced.
        HeadTaken: another publisher was first.
    """
    numbers = series.numbers(store, slug, HEADS)
    if not numbers:
        raise ReleaseError(N_("{site} was never published"), site=slug)
    read = (_unless_damaged(read_head_number, store, slug, number) for number in reversed(numbers))
    history = [head for head in read if head is not None]
    in_force = next((head.release for head in history if head.number == numbers[-1]), None)
    shown = None if in_force is None else _unless_damaged(read_release, store, slug, in_force)

    def is_another(release: str) -> bool:
        """Not what readers see already: an older version made another release of the same site."""
        earlier = _unless_damaged(read_release, store, slug, release) if shown else None
        return earlier is None or shown is None or earlier.outline != shown.outline

    release = _choose(slug, history, in_force, to, is_another)
    if release == in_force:
        raise ReleaseError(N_("release {release} of {site} is already in force"), release=release, site=slug)
    withdrawn = read_withdrawn(store, slug)
    try:
        manifest = _whole(store, slug, release, withdrawn)
        needed = (*map(condemned.blob, manifest.digests()), condemned.release(manifest.id))
        condemned.spare(store, slug, needed, now)
        _refuse_incomplete(store, manifest)
    except NewerError:
        raise
    except ReleaseError as error:
        others = [one for one in history if one.release not in (in_force, release)]
        instead = _newest_whole(store, slug, others, withdrawn, is_another)
        raise ReleaseError(error.message, reasons=[*error.reasons, instead], **error.values) from error
    head = Head(number=numbers[-1] + 1, release=release, since=now, by=by, why="rollback")
    write_head(store, slug, head)
    return head


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


def _choose(
    slug: str, history: list[Head], in_force: str | None, to: str | None, is_another: Callable[[str], bool]
) -> str:
    """The release to go back to, among those that were once in force."""
    if to is None:
        for release in dict.fromkeys(head.release for head in history):
            if release != in_force and is_another(release):
                return release
        raise ReleaseError(N_("{site} has no earlier release to go back to"), site=slug)
    return named(slug, history, to)


def _unless_damaged(read: Callable[[Store, str, K], T], store: Store, slug: str, which: K) -> T | None:
    """What is read, `None` if it is damaged; what a later version wrote is no damage.

    Raises:
        NewerError: a later version wrote it.
    """
    try:
        return read(store, slug, which)
    except NewerError:
        raise
    except ReleaseError:
        return None


def _whole(store: Store, slug: str, release: str, withdrawn: Withdrawn) -> Manifest:
    """A release that may be shown again, if its files are there.

    Raises:
        ReleaseError: it may not.
    """
    manifest = read_release(store, slug, release)
    if manifest is None:
        raise gone.missing(store, slug, release)
    refuse_withdrawn(manifest, withdrawn)
    return manifest


def _newest_whole(
    store: Store, slug: str, heads: list[Head], withdrawn: Withdrawn, is_another: Callable[[str], bool]
) -> Reason:
    """Which release can be put back instead: the newest one that is another site, or none."""
    for head in heads:
        try:
            if not is_another(head.release):
                continue
            _refuse_incomplete(store, _whole(store, slug, head.release, withdrawn))
        except ReleaseError:
            continue
        values = {"release": head.release[:12], "moment": moment_words(head.since), "site": slug}
        return Reason(N_("the newest one that can be put back is {release}, of {moment}; `preau releases {site}` lists "
                         "them all"), values)  # fmt: skip
    return Reason(N_("no other one can be put back; `preau releases {site}` says why of each"), {"site": slug})


def _refuse_incomplete(store: Store, manifest: Manifest) -> None:
    with ThreadPoolExecutor(TRANSFERS) as pool:
        # Not the compressed forms of older versions: nobody is sent those, and no `verify` tells that one is gone.
        keys = [blob_key(manifest.site, digest) for digest in sorted({file.sha256 for file in manifest.files.values()})]
        missing = sum(1 for there in pool.map(store.exists, keys) if not there)
    if missing:
        raise ReleaseError(
            N_("release {release} of {site} is incomplete ({missing} files are gone): it can't be shown again"),
            release=manifest.id,
            site=manifest.site,
            missing=missing,
        )
