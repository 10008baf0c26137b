"""Old releases and bytes that nothing needs, removed from a store a day after they were condemned."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from publish import condemned, gone, series
from publish.errors import N_, ReleaseError
from publish.heads import Head, read_head_number, read_release
from publish.layout import HEADS, blob_key, blob_prefix, release_key, release_prefix
from publish.stores import Store
from publish.upload import TRANSFERS

KEEP_RELEASES = 10
"""The last ones that were in force, whatever their age."""

KEEP_DAYS = 30
"""Whatever was in force within these days is kept, however many releases that is."""

MOST = 20_000
"""Objects removed in one run: a mistake in what is kept can't empty a store at once."""


@dataclass(frozen=True)
class Pruned:
    """What a prune did.

    Arguments:
        kept: releases that stay.
        releases, blobs: removed, or, in a dry run, that would be.
        waiting: condemned, to be removed by a run at least a day after the one that condemned them.
        left: that could be removed already, beyond the most that one run removes.
    """

    site: str
    kept: int
    releases: int
    blobs: int
    waiting: int
    left: int


def prune(store: Store, slug: str, now: datetime, *, most: int = MOST, dry_run: bool = False) -> Pruned:
    """Condemn what nothing needs, and remove what a run at least a day ago condemned and still nothing needs.

    Raises:
        ReleaseError: the history, or a release that is kept, is damaged: then nobody knows what is needed, and nothing
            is removed.
        HeadTaken: another prune runs.
    """
    if dry_run:
        return _prune(store, slug, now, most, dry_run=True)
    condemned.begin(store, slug, now)
    try:
        return _prune(store, slug, now, most, dry_run=False)
    finally:
        condemned.end(store, slug)


def _prune(store: Store, slug: str, now: datetime, most: int, *, dry_run: bool) -> Pruned:
    listed = condemned.read(store, slug)
    kept = needed_releases(store, slug, now)
    blobs = frozenset().union(*(_blobs_of(store, slug, release) for release in kept))
    idle = [
        *(condemned.release(name) for name in _names(store, release_prefix(slug)) if name not in kept),
        *(condemned.blob(name) for name in _names(store, blob_prefix(slug)) if name not in blobs),
    ]
    ripe = [name for name in idle if name in listed and now - listed[name] >= condemned.WAIT]
    going, left = ripe[:most], len(ripe) - len(ripe[:most])
    waiting = {name: listed.get(name, now) for name in idle if name not in going}
    if not dry_run:
        # written before anything is removed: killed in between, the rest is condemned anew, and waits another day
        condemned.write(store, slug, waiting)
        removed = [name.removeprefix("releases/") for name in going if name.startswith("releases/")]
        gone.note(store, slug, removed, gone.Why.PRUNED, now)
        with ThreadPoolExecutor(TRANSFERS) as pool:
            list(pool.map(store.delete, [_key(slug, name) for name in going]))
    releases = sum(name.startswith("releases/") for name in going)
    return Pruned(slug, len(kept), releases, len(going) - releases, len(waiting) - left, left)


def needed_releases(store: Store, slug: str, now: datetime) -> frozenset[str]:
    """The releases that stay: in force, the last ten, and all that were in force within thirty days."""
    numbers = series.numbers(store, slug, HEADS)
    if not numbers:
        raise ReleaseError(N_("{site} was never published"), site=slug)
    heads: list[Head] = [read_head_number(store, slug, number) for number in reversed(numbers)]
    last = list(dict.fromkeys(head.release for head in heads))[:KEEP_RELEASES]
    since = now - timedelta(days=KEEP_DAYS)
    recent = []
    until = now
    for head in heads:  # newest first: a head was in force until the next one came
        if until >= since:
            recent.append(head.release)
        until = head.since
    return frozenset((*last, *recent))


def _blobs_of(store: Store, slug: str, release: str) -> frozenset[str]:
    """What a kept release needs; nothing for one that was withdrawn."""
    manifest = read_release(store, slug, release)
    return manifest.digests() if manifest else frozenset()


def _names(store: Store, prefix: str) -> list[str]:
    return [key.rpartition("/")[2].removesuffix(".json") for key in store.keys(prefix)]


def _key(slug: str, name: str) -> str:
    kind, _, what = name.partition("/")
    return release_key(slug, what) if kind == "releases" else blob_key(slug, what)
