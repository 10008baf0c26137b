"""A bounded disk cache of blobs by digest, filled on demand from any store: this machine's copy of what people look at.

    cache/lock                  held while a gateway uses the folder
    cache/<slug>/ab/abcd…       0640 in folders 0750; the folder itself is 0700 until somebody opens it to nginx's group
    cache/.<token>.part         being written

Each blob is read once, however many ask (single flight), and verified before it has a name. What was kept by an
earlier run is verified again before it is handed out.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import secrets
import stat
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import anyio
from anyio.to_thread import run_sync

from publish.errors import N_, ServeError, cause_of
from publish.gateway.blob_files import Identity, NoRoom, identity, read_blob, verified
from publish.gateway.calls import Calls
from publish.gateway.sites import Unavailable
from publish.paths import is_digest, is_slug
from publish.stores import Store

HANDED_SECONDS = 60.0
"""How long a file stays after it was last handed out: nginx opens it a moment later."""

FILE_MODE, FOLDER_MODE, ROOT_MODE = 0o640, 0o750, 0o700

Key = tuple[str, str]

_PART = re.compile(r"\.[0-9a-f]{16}\.part")

_log = logging.getLogger(__name__)


@dataclass
class _Kept:
    size: int
    identity: Identity | None
    """`None`: from an earlier run, not verified yet."""
    handed: float


class BlobCache:
    """The `BlobFiles` port over a folder of this gateway's own.

    Arguments:
        store: only read.
        calls: to it.
        folder: made if it is missing; no other gateway uses it.
        limit: bytes that it may hold.
        clock: seconds that never go back.

    Raises:
        ServeError: the folder can't be used, is another gateway's, or open to everybody on this machine.
    """

    def __init__(
        self, store: Store, calls: Calls, folder: Path, limit: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.root = folder.absolute()
        self._folder = str(self.root)
        self._store = store
        self._calls = calls
        self._limit = limit
        self._clock = clock
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._size = 0
        self._filling: dict[Key, anyio.Lock] = {}
        self._refused: set[Key] = set()
        try:
            self._lock = self._open()
            for key, found in sorted(_left(self.root), key=lambda item: item[1].st_mtime):
                self._note(key, _Kept(found.st_size, None, self._clock() - HANDED_SECONDS))
        except OSError as error:
            raise ServeError(
                N_("the gateway's cache {folder} can't be used: {cause}"), folder=folder, cause=cause_of(error)
            ) from error
        self._make_room(0)

    async def place(self, slug: str, digest: str, size: int) -> str:
        """Path below `root` of a verified blob; read from the store if it is not there yet."""
        key = (slug, digest)
        if self._hand_out(key):
            return _name(key)
        filling = self._filling.setdefault(key, anyio.Lock())
        try:
            async with filling:
                if not self._hand_out(key):
                    await self._fill(key, size)
        finally:
            if not filling.statistics().tasks_waiting:
                self._filling.pop(key, None)
                self._refused.discard(key)
        return _name(key)

    def forget(self, slug: str, digests: Collection[str]) -> None:
        """Remove these at once, whoever was handed one: a withdrawal waits for nobody."""
        for digest in digests:
            self._remove((slug, digest))
            if (slug, digest) in self._filling:
                self._refused.add((slug, digest))

    def slugs(self) -> tuple[str, ...]:
        """Centres of which something is kept."""
        return tuple(dict.fromkeys(slug for slug, _ in self._kept))

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self._lock)

    def _hand_out(self, key: Key) -> bool:
        kept = self._kept.get(key)
        if kept is None or kept.identity is None or identity(f"{self._folder}/{_name(key)}") != kept.identity:
            return False
        kept.handed = self._clock()
        self._kept.move_to_end(key)
        return True

    async def _fill(self, key: Key, size: int) -> None:
        path = self.root / _name(key)
        found = await run_sync(verified, path, key[1], size) if key in self._kept else None
        if found is None:
            self._remove(key)
            data = await read_blob(self._calls, self._store, *key, size)
            if not self._make_room(size):
                raise NoRoom
            try:
                found = await run_sync(self._write, path, data)
            except OSError as error:
                _log.error("the gateway's cache can't be written (%s)", error.strerror)
                raise NoRoom from None
        if key in self._refused:
            path.unlink(missing_ok=True)
            raise Unavailable
        self._note(key, _Kept(size, found, self._clock()))

    def _write(self, path: Path, data: bytes) -> Identity | None:
        part = self.root / f".{secrets.token_hex(8)}.part"
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as stream:
                # Whatever the process's umask is: nginx's group reads what the folder's administrator opened to it.
                os.fchmod(stream.fileno(), FILE_MODE)
                stream.write(data)
            self._folders(path.parent)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return identity(path)

    def _folders(self, folder: Path) -> None:
        inherited = stat.S_IMODE(self.root.stat().st_mode) & stat.S_ISGID
        for each in (folder.parent, folder):
            with suppress(FileExistsError):
                each.mkdir(FOLDER_MODE)
                each.chmod(FOLDER_MODE | inherited)

    def _note(self, key: Key, kept: _Kept) -> None:
        self._forget_size(key)
        self._kept[key] = kept
        self._size += kept.size

    def _forget_size(self, key: Key) -> bool:
        known = self._kept.pop(key, None)
        self._size -= known.size if known else 0
        return known is not None

    def _remove(self, key: Key) -> None:
        if self._forget_size(key):
            try:
                (self.root / _name(key)).unlink(missing_ok=True)
            except OSError as error:
                _log.error("a file can't be removed from the gateway's cache (%s)", error.strerror)

    def _make_room(self, size: int) -> bool:
        """Remove the least recently handed out until `size` fits; `False` if the rest was handed out just now."""
        while self._kept and self._size + size > self._limit:
            key, kept = next(iter(self._kept.items()))
            if self._clock() - kept.handed < HANDED_SECONDS:
                return False
            self._remove(key)
        return self._size + size <= self._limit

    def _open(self) -> int:
        if not self.root.exists():
            self.root.mkdir(ROOT_MODE, parents=True)
        if not (self.root / "lock").exists() and any(self.root.iterdir()):
            raise ServeError(
                N_("{folder} holds something else than the gateway's cache: choose an empty folder"), folder=self.root
            )
        if stat.S_IMODE(self.root.stat().st_mode) & 0o007:
            raise ServeError(
                N_("{folder}, the gateway's cache, is open to everybody on this machine: run `chmod o= {folder}`"),
                folder=self.root,
            )
        lock = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise ServeError(
                N_("{folder} is the cache of another gateway that runs: give each its own"), folder=self.root
            ) from None
        return lock


def _name(key: Key) -> str:
    slug, digest = key
    return f"{slug}/{digest[:2]}/{digest}"


def _left(root: Path) -> Iterator[tuple[Key, os.stat_result]]:
    """What an earlier run kept. What it was writing is removed; what is nobody's knows nobody, and is left alone."""
    for folder in list(root.iterdir()):
        if _PART.fullmatch(folder.name):
            folder.unlink()
        elif is_slug(folder.name) and folder.is_dir() and not folder.is_symlink():
            for path in folder.glob("*/*"):
                found = path.lstat()
                if is_digest(path.name) and path.parent.name == path.name[:2] and stat.S_ISREG(found.st_mode):
                    yield (folder.name, path.name), found
