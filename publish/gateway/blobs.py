"""Bytes of files, by digest: verified when they are first read, then kept in memory within a bound."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection

from anyio.to_thread import run_sync

from publish.gateway.blob_files import BlobFiles, NoRoom, is_promised, read_blob
from publish.gateway.calls import Calls
from publish.stores import Store

MOST_BYTES = 64 * 1024 * 1024
LARGEST_KEPT = 2 * 1024 * 1024


class Blobs:
    """Reads blobs of centres. What is not exactly what the manifest promised is never handed out.

    Arguments:
        store: only read.
        calls: to it.
        cache: what this machine keeps of it; `None` where that would be a second copy beside the first.
    """

    def __init__(self, store: Store, calls: Calls, cache: BlobFiles | None = None) -> None:
        self._store = store
        self._calls = calls
        self._cache = cache
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._size = 0
        self._forgotten = 0

    async def read(self, slug: str, digest: str, size: int, *, keep: bool = True) -> bytes:
        """The bytes of a blob.

        Arguments:
            slug: the centre under whose prefix it stands: one centre's bytes are never found through another.
            digest, size: as its manifest states them.
            keep: whether memory holds them from now on.

        Raises:
            Unavailable: it is missing, damaged, or the store does not answer.
        """
        kept = self._kept.get((slug, digest))
        if kept is not None:
            self._kept.move_to_end((slug, digest))
            return kept
        forgotten = self._forgotten
        data = await self._load(slug, digest, size)
        # What was read while a withdrawal came may be what was withdrawn.
        keep = keep and forgotten == self._forgotten
        if keep and len(data) <= LARGEST_KEPT and (slug, digest) not in self._kept:
            self._kept[slug, digest] = data
            self._size += len(data)
            while self._size > MOST_BYTES:
                _, dropped = self._kept.popitem(last=False)
                self._size -= len(dropped)
        return data

    def forget(self, slug: str, digests: Collection[str]) -> None:
        """Keep these no longer: they were withdrawn, and are asked for by nobody who gets them."""
        self._forgotten += 1
        for digest in digests:
            if (dropped := self._kept.pop((slug, digest), None)) is not None:
                self._size -= len(dropped)

    async def _load(self, slug: str, digest: str, size: int) -> bytes:
        if self._cache is not None:
            try:
                path = self._cache.root / await self._cache.place(slug, digest, size)
                data = await run_sync(path.read_bytes)
            except (NoRoom, OSError):
                pass
            else:
                if is_promised(data, digest, size):
                    return data
        return await read_blob(self._calls, self._store, slug, digest, size)
