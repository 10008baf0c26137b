"""A store in a local folder: whole objects, durable, readable by nobody else.

An object is written aside, synced, then moved (`put`) or hard-linked (`create`: `link` fails if the name is taken, the
one atomic "create if absent" that also gives whole objects). Folders are walked one descriptor at a time with
`O_NOFOLLOW`: a symbolic link placed inside the store is refused, never followed.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from publish.errors import N_, StoreError, cause_of
from publish.paths import is_path
from publish.stores.naming import check_folder, check_key, check_prefix

ASIDE = ".aside"
"""Folder of objects being written; its name is outside the grammar of keys, so nothing in it can be read as one."""

STALE_SECONDS = 24 * 3600
"""An aside file older than this was left by a process that was killed."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_LINKED = {errno.ELOOP, errno.ENOTDIR}
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class FolderStore:
    """The `Store` protocol over a folder; see `publish.stores.Store`.

    Arguments:
        root: the folder; made on the first write. It may itself be a link: the administrator chose it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._swept = False

    def __repr__(self) -> str:
        return f"FolderStore({str(self.root)!r})"

    @property
    def name(self) -> str:
        """As people know it, for messages."""
        return str(self.root)

    def get(self, key: str) -> bytes | None:
        """The bytes of an object, or `None` if it does not exist."""
        with self._errors(key):
            try:
                with self._folder(key) as (folder, name):
                    return _read(folder, name)
            except FileNotFoundError:
                return None

    def put(self, key: str, data: bytes) -> None:
        """Write an object whole, durably; an existing one is replaced whole."""
        with self._errors(key), self._folder(key, make=True) as (folder, name), self._aside(data) as (aside, written):
            os.replace(written, name, src_dir_fd=aside, dst_dir_fd=folder)
            os.fsync(folder)

    def create(self, key: str, data: bytes) -> bool:
        """Write an object only if the key is free; `False` if another was first. Atomic."""
        if self.exists(key):
            return False
        with self._errors(key), self._folder(key, make=True) as (folder, name), self._aside(data) as (aside, written):
            try:
                os.link(written, name, src_dir_fd=aside, dst_dir_fd=folder, follow_symlinks=False)
            except FileExistsError:
                return False
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                raise StoreError(
                    N_("{folder} is on a disk without hard links; choose a folder on a local disk for the store"),
                    folder=self.root,
                ) from error
            os.fsync(folder)
            return True

    def exists(self, key: str) -> bool:
        """Whether an object exists."""
        with self._errors(key):
            try:
                with self._folder(key) as (folder, name):
                    return _is_object(os.stat(name, dir_fd=folder, follow_symlinks=False))
            except FileNotFoundError:
                return False

    def keys(self, prefix: str) -> Iterator[str]:
        """Every key that starts with `prefix`, in order."""
        check_prefix(prefix)
        base = prefix[: prefix.rfind("/") + 1]
        with self._errors(prefix):
            try:
                with self._folder(f"{base}x") as (folder, _):
                    yield from _walk(folder, base, prefix)
            except FileNotFoundError:
                return

    def names(self, prefix: str) -> Iterator[str]:
        """What stands right below `prefix`, in order; folders end with `/`. Other folders are not entered."""
        check_folder(prefix)
        with self._errors(prefix):
            try:
                with self._folder(f"{prefix}x") as (folder, _), os.scandir(folder) as entries:
                    found = [entry.name + "/" * entry.is_dir(follow_symlinks=False) for entry in entries]
            except FileNotFoundError:
                return
        yield from sorted(name for name in found if is_path(prefix + name))

    def delete(self, key: str) -> None:
        """Remove an object; removing what is not there is no error."""
        with self._errors(key), suppress(FileNotFoundError), self._folder(key) as (folder, name):
            os.unlink(name, dir_fd=folder)
            os.fsync(folder)

    @contextmanager
    def _folder(self, key: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        """The descriptor of the folder that holds `key`, and the key's last segment."""
        check_key(key)
        *folders, name = key.split("/")
        if make:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        current = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for segment in folders:
                inner = _enter(current, segment, make=make)
                os.close(current)
                current = inner
            yield current, name
        finally:
            os.close(current)

    @contextmanager
    def _aside(self, data: bytes) -> Iterator[tuple[int, str]]:
        """`data`, written and synced under a name of its own; what is left of it disappears on leaving."""
        root = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            aside = _enter(root, ASIDE, make=True)
        finally:
            os.close(root)
        name = secrets.token_hex(16)
        try:
            written = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=aside)
            try:
                try:
                    _write(written, data)
                    os.fsync(written)
                    if not self._swept:
                        _sweep(aside, os.fstat(written).st_mtime - STALE_SECONDS)
                        self._swept = True
                finally:
                    os.close(written)
                yield aside, name
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=aside)
        finally:
            os.close(aside)

    @contextmanager
    def _errors(self, key: str) -> Iterator[None]:
        """Every `OSError` becomes a `StoreError` that says what to do."""
        try:
            yield
        except OSError as error:
            if error.errno in _FULL:
                message = N_("the disk of {folder} is full: free some space, then run the same command again")
            elif error.errno in _FORBIDDEN:
                message = N_("{folder} refuses to be read or written: check who owns it ({key})")
            elif error.errno in _LINKED:
                message = N_("{folder}: a link or a file stands where a folder should ({key}); remove it")
            else:
                message = N_("{folder} can't be used ({key}): {cause}")
            raise StoreError(message, folder=self.root, key=key, cause=cause_of(error)) from error


def _enter(parent: int, segment: str, *, make: bool) -> int:
    """Open a folder inside another, never through a link; made durably if asked."""
    try:
        return os.open(segment, _DIRECTORY, dir_fd=parent)
    except FileNotFoundError:
        if not make:
            raise
    with suppress(FileExistsError):
        os.mkdir(segment, 0o700, dir_fd=parent)
        os.fsync(parent)
    return os.open(segment, _DIRECTORY, dir_fd=parent)


def _is_object(found: os.stat_result) -> bool:
    if stat.S_ISREG(found.st_mode):
        return True
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def _read(folder: int, name: str) -> bytes:
    # O_NONBLOCK: a pipe placed in the store must be refused, not waited for.
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as file:
        _is_object(os.fstat(descriptor))
        return file.read()


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _sweep(aside: int, before: float) -> None:
    """Remove what killed processes left; `before` is on the file system's own clock."""
    for name in os.listdir(aside):
        with suppress(FileNotFoundError):
            if os.stat(name, dir_fd=aside, follow_symlinks=False).st_mtime < before:
                os.unlink(name, dir_fd=aside)


def _walk(folder: int, base: str, prefix: str) -> Iterator[str]:
    """Keys below `folder`, whose key prefix is `base`, in the order of their whole text."""
    with os.scandir(folder) as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in sorted(found, key=lambda item: item[0] + "/" * item[1]):
        key = base + name + "/" * is_folder
        if not is_path(key) or not (key.startswith(prefix) or prefix.startswith(key)):
            continue
        if not is_folder:
            _is_object(os.stat(name, dir_fd=folder, follow_symlinks=False))
            yield key
            continue
        inner = os.open(name, _DIRECTORY, dir_fd=folder)
        try:
            yield from _walk(inner, key, prefix)
        finally:
            os.close(inner)
