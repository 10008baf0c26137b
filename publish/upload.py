"""The bytes and the manifest of a release into the store: what is missing is created, and no prune takes any of it.

What is created here is new, and no prune that runs knows of it. What stood there already may be condemned: then it is
taken off the list, and written again. Nothing is pruned of a centre that has no head: what its first publication needs
is simply written, which spares the service the question whether it is there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from concurrent.futures import FIRST_EXCEPTION, Executor, wait
from datetime import datetime
from typing import TypeVar

from publish import condemned
from publish.errors import NewerError, ReleaseError
from publish.layout import blob_key, release_key
from publish.manifest import Manifest, parse_manifest
from publish.release import Release
from publish.steps import ALREADY_THERE, NEW, REPAIRED, Log, Step
from publish.stores import Store

TRANSFERS = 16
"""Uploads at once: on a folder they share the wait for the disk's sync, on S3 the wait for the network."""

T = TypeVar("T")


def upload(
    store: Store, release: Release, known: Collection[str] | None, pool: Executor, now: datetime, log: Log
) -> tuple[int, int]:
    """Create the blobs that the store may lack; their number and bytes. The first failure stops the others.

    Arguments:
        known: digests that the store holds for certain, since the release in force needs them; `None` where none is in
            force, and the publication ends by creating the first head or fails.
        pool: makes the transfers.
        now: moment of the publication.

    Raises:
        HeadTaken: a prune runs, and may remove what is needed.
    """
    site = release.manifest.site

    def create(digest: str, path: str) -> Step:
        data = release.read(digest, path)
        if known is None:
            store.put(blob_key(site, digest), data)
            return Step(site, path, NEW, len(data))
        created = store.create(blob_key(site, digest), data)
        return Step(site, path, NEW if created else ALREADY_THERE, len(data) if created else 0)

    blobs, held = release.blobs(), known or ()
    steps = {digest: Step(site, path, ALREADY_THERE) for digest, path in blobs.items() if digest in held}
    missing = [(digest, path) for digest, path in blobs.items() if digest not in held]
    made = dict(zip((digest for digest, _ in missing), _all(pool, create, missing), strict=True))
    found = [(digest, path) for digest, path in missing if made[digest].reason == ALREADY_THERE]
    if found:
        spared = condemned.spare(store, site, [condemned.blob(digest) for digest, _ in found], now)

        def secure(digest: str, path: str) -> Step:
            """Nothing removes it any more; what a prune removed just before comes back."""
            if condemned.blob(digest) not in spared:
                return made[digest] if store.exists(blob_key(site, digest)) else create(digest, path)
            data = release.read(digest, path)
            store.put(blob_key(site, digest), data)
            return Step(site, path, REPAIRED, len(data))

        made.update(zip((digest for digest, _ in found), _all(pool, secure, found), strict=True))
    steps.update(made)
    for digest in blobs:
        log(steps[digest])
    written = [step for step in made.values() if step.reason == NEW]
    return len(written), sum(step.size for step in written)


def write_manifest(store: Store, manifest: Manifest, now: datetime, log: Log) -> None:
    """Create the manifest; one that is there is kept from being removed, and mended if it was damaged.

    Raises:
        HeadTaken: a prune runs, and may remove it.
    """
    site, key, data = manifest.site, release_key(manifest.site, manifest.id), manifest.to_json()
    if store.create(key, data):
        log(Step(site, "manifest", NEW, len(data)))
        return
    condemned.spare(store, site, [condemned.release(manifest.id)], now)
    try:
        parse_manifest(store.get(key) or b"", site=site, release=manifest.id)
    except NewerError:
        raise
    except ReleaseError:
        # Damaged since: readers refuse it, and its id says what it must be, so writing it again changes nothing else.
        store.put(key, data)
        log(Step(site, "manifest", REPAIRED, len(data)))
    else:
        log(Step(site, "manifest", ALREADY_THERE))


def _all(pool: Executor, call: Callable[[str, str], T], items: Iterable[tuple[str, str]]) -> list[T]:
    """The results, in order; at the first failure, what has not begun is left."""
    jobs = [pool.submit(call, digest, path) for digest, path in items]
    wait(jobs, return_when=FIRST_EXCEPTION)
    for job in jobs:
        job.cancel()
    wait(jobs)
    failed = [error for job in jobs if not job.cancelled() and (error := job.exception())]
    if failed:
        raise failed[0]
    return [job.result() for job in jobs]
