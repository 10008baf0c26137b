"""Verified blobs as files of this machine: what nginx sends, and what is too large to be held in memory.

A file is handed out by its path below `root`, once its bytes are known to be those of its digest. What it is then
remembered by (device, inode, size, moments of change) is compared at each handing out: bytes that changed since are
verified again, and refused.
"""

from __future__ import annotations

import hashlib
import logging
import os
import stat
from collections import OrderedDict
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from publish.errors import PublishError
from publish.gateway.calls import Calls
from publish.gateway.sites import Unavailable
from publish.layout import blob_key
from publish.stores import Store
from publish.stores.folder import FolderStore

MOST_SEEN = 50_000
"""Verified files of a folder store that are remembered (about 400 bytes each)."""

Identity = tuple[int, int, int, int, int]
"""Device, inode, size, moment of the last write, moment of the last change of anything: only root can fake the last."""

_log = logging.getLogger(__name__)


class NoRoom(Exception):
    """The file can't be kept on this machine now; its bytes can still be read."""


class BlobFiles(Protocol):
    """Blobs as files; see the module."""

    root: Path

    async def place(self, slug: str, digest: str, size: int) -> str:
        """Path below `root` of a verified blob; it stays for a minute at least, unless it is withdrawn.

        Raises:
            Unavailable: it is missing, damaged, or the store does not answer.
            NoRoom: it can't be kept here.
        """

    def forget(self, slug: str, digests: Collection[str]) -> None:
        """Keep these no longer: they were withdrawn."""

    def slugs(self) -> tuple[str, ...]:
        """Centres of which something is kept here, whose withdrawals must be looked for though nobody asks."""


class StoreFiles:
    """The blobs of a folder store, where they stand.

    Arguments:
        store: only read.
        calls: to it.
    """

    def __init__(self, store: FolderStore, calls: Calls) -> None:
        self.root = store.root.absolute()
        self._folder = str(self.root)
        self._store = store
        self._calls = calls
        self._seen: OrderedDict[tuple[str, str], Identity] = OrderedDict()

    async def place(self, slug: str, digest: str, size: int) -> str:
        """The blob's own path in the store."""
        name, key = blob_key(slug, digest), (slug, digest)
        # A local disk answers in microseconds: no thread is worth it.
        found = identity(f"{self._folder}/{name}")
        if found is None or self._seen.get(key) != found:
            await read_blob(self._calls, self._store, slug, digest, size)
            after = identity(f"{self._folder}/{name}")
            if after is None or (found is not None and after != found):
                raise Unavailable
            self._seen[key] = after
            while len(self._seen) > MOST_SEEN:
                self._seen.popitem(last=False)
        return name

    def forget(self, slug: str, digests: Collection[str]) -> None:
        """Nothing is kept but what was seen; the publisher removes the bytes."""
        for digest in digests:
            self._seen.pop((slug, digest), None)

    def slugs(self) -> tuple[str, ...]:
        """None: nothing is kept beside the store."""
        return ()


async def read_blob(calls: Calls, store: Store, slug: str, digest: str, size: int) -> bytes:
    """The bytes of a blob, exactly as its manifest promised them.

    Raises:
        Unavailable: it is missing, damaged, or the store does not answer.
    """
    try:
        data = await calls.ask(_read, store, slug, digest, size)
    except PublishError as error:
        _log.warning("a file of %s can't be read (%s)", slug, type(error).__name__)
        raise Unavailable from None
    if data is None:
        _log.error("a file of %s is missing or damaged in the store: %s", slug, digest)
        raise Unavailable
    return data


def _read(store: Store, slug: str, digest: str, size: int) -> bytes | None:
    data = store.get(blob_key(slug, digest))
    # Here, in the worker thread: 64 MB are hashed in a tenth of a second.
    return data if data is not None and is_promised(data, digest, size) else None


def is_promised(data: bytes, digest: str, size: int) -> bool:
    """Whether these are the bytes of a digest."""
    return len(data) == size and hashlib.sha256(data).hexdigest() == digest


def identity(path: Path | str) -> Identity | None:
    """What a regular file is known by; `None` if there is none."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def verified(path: Path, digest: str, size: int) -> Identity | None:
    """The identity of a file whose bytes are those of a digest; `None` if they are not."""
    before = identity(path)
    if before is None or before[2] != size:
        return None
    held = hashlib.sha256()
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as stream:
            while part := stream.read(1024 * 1024):
                held.update(part)
    except OSError:
        return None
    return before if held.hexdigest() == digest and identity(path) == before else None
