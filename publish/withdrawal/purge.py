"""What is withdrawn, removed from a store: releases that hold it, and its bytes in every version that is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from publish import gone, heads
from publish.errors import NewerError, ReleaseError
from publish.heads import Head, write_head
from publish.layout import blob_key, release_key
from publish.manifest import Manifest
from publish.stores import Store
from publish.upload import TRANSFERS
from publish.withdrawal.stock import read_stock
from publish.withdrawn import Withdrawn, read_withdrawn


@dataclass(frozen=True)
class Going:
    """What goes from the store of one centre.

    Arguments:
        releases: that hold something withdrawn, by id.
        blobs: digests of what is withdrawn and still there.
        unread: what a later version wrote: it may hold the same photo in files of other names.
        forms: digests of the compressed forms that go with these releases. No later release says that they are there:
            of a page that is withdrawn next, they would be found by nobody.
    """

    releases: tuple[str, ...]
    blobs: tuple[str, ...]
    unread: tuple[NewerError, ...] = ()
    forms: tuple[str, ...] = ()


def find(store: Store, slug: str, hidden: Withdrawn) -> Going:
    """What goes, or would go.

    Where a later version wrote what is in force, all of them stay, without the bytes: one that is removed while
    families read it would take the whole site away.
    """
    stock = read_stock(store, [slug])
    releases, unread = stock.releases[slug], stock.unread.get(slug, ())
    holding = tuple(release for release, manifest in releases.items() if hidden.found_in(manifest))
    # Also the compressed forms that one release has of a file, and another one has not.
    held = {
        digest
        for manifest in releases.values()
        for path, entry in manifest.files.items()
        if hidden.covers(path, entry)
        for digest in entry.digests()
    }
    digests = sorted(hidden.digests | held)
    with ThreadPoolExecutor(TRANSFERS) as pool:
        there = pool.map(store.exists, [blob_key(slug, digest) for digest in digests])
    blobs = tuple(digest for digest, exists in zip(digests, there, strict=True) if exists)
    newer = tuple(_newer(store, slug))
    if newer:
        return Going((), blobs, (*newer, *unread))
    return Going(holding, blobs, unread, () if unread else _forms(releases, holding))


def cut_out(store: Store, slug: str, hidden: Withdrawn, now: datetime, by: str) -> bool:
    """Put in force the release that families see, without what is withdrawn; `False` if it holds nothing of it.

    For content that can't be published now. Its pages still have the photo's place and words: publish soon.

    Raises:
        HeadTaken: somebody else published; run it again.
    """
    try:
        found = heads.current(store, slug)
    except ReleaseError:
        return False
    if found is None or not hidden.found_in(found[1]):
        return False
    head, manifest = found
    files = {path: entry for path, entry in manifest.files.items() if not hidden.covers(path, entry)}
    cut = Manifest(slug, manifest.name, now, manifest.version, files)
    store.create(release_key(slug, cut.id), cut.to_json())
    write_head(store, slug, Head(head.number + 1, cut.id, now, by, "publish"))
    return True


def remove(store: Store, slug: str, hidden: Withdrawn, going: Going, now: datetime) -> None:
    """Remove bytes first, then the releases by which they are found: cut off, it is found again and goes on.

    Every digest is asked for, there or not: a bucket may keep versions of what seems to be gone.
    """
    digests = sorted({*hidden.digests, *going.blobs, *going.forms})
    gone.note(store, slug, going.releases, gone.Why.WITHDRAWN, now)
    with ThreadPoolExecutor(TRANSFERS) as pool:
        list(pool.map(store.delete, [blob_key(slug, digest) for digest in digests]))
        list(pool.map(store.delete, [release_key(slug, release) for release in going.releases]))


def _forms(releases: Mapping[str, Manifest], going: Collection[str]) -> tuple[str, ...]:
    """Digests of the compressed forms that no release needs but those that go."""
    stays = {digest for release, manifest in releases.items() if release not in going for digest in manifest.digests()}
    plain = {entry.sha256 for release in going for entry in releases[release].files.values()}
    found = {digest for release in going for digest in releases[release].digests()}
    return tuple(sorted(found - plain - stays))


def _newer(store: Store, slug: str) -> Iterator[NewerError]:
    """What a later version wrote of what is in force and of what was withdrawn."""
    for read in (heads.read_head, read_withdrawn):
        try:
            read(store, slug)
        except NewerError as error:
            yield error
        except ReleaseError:
            continue
