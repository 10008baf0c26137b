"""Bytes of files, by digest: verified when they are first read, then kept in memory within a bound."""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Collection

from anyio.to_thread import run_sync

from publish.errors import PublishError
from publish.gateway.sites import Unavailable
from publish.layout import blob_key
from publish.stores import Store

MOST_BYTES = 64 * 1024 * 1024
LARGEST_KEPT = 2 * 1024 * 1024

_log = logging.getLogger(__name__)


class Blobs:
    """Reads blobs of centres. What is not exactly what the manifest promised is never handed out.

    Arguments:
        store: only read.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._size = 0

    async def read(self, slug: str, digest: str, size: int) -> bytes:
        """The bytes of a blob.

        Arguments:
            slug: the centre under whose prefix it stands: one centre's bytes are never found through another.
            digest, size: as its manifest states them.

        Raises:
            Unavailable: it is missing, damaged, or the store does not answer.
        """
        kept = self._kept.get((slug, digest))
        if kept is not None:
            self._kept.move_to_end((slug, digest))
            return kept
        data = await run_sync(self._load, slug, digest, size)
        if len(data) <= LARGEST_KEPT and (slug, digest) not in self._kept:
            self._kept[slug, digest] = data
            self._size += len(data)
            while self._size > MOST_BYTES:
                _, dropped = self._kept.popitem(last=False)
                self._size -= len(dropped)
        return data

    def forget(self, slug: str, digests: Collection[str]) -> None:
        """Keep these no longer: they were withdrawn, and are asked for by nobody who gets them."""
        for digest in digests:
            if (dropped := self._kept.pop((slug, digest), None)) is not None:
                self._size -= len(dropped)

    def _load(self, slug: str, digest: str, size: int) -> bytes:
        try:
            data = self._store.get(blob_key(slug, digest))
        except PublishError as error:
            _log.warning("a file of %s can't be read (%s)", slug, type(error).__name__)
            raise Unavailable from None
        if data is None or len(data) != size or hashlib.sha256(data).hexdigest() != digest:
            _log.error("a file of %s is missing or damaged in the store: %s", slug, digest)
            raise Unavailable
        return data
