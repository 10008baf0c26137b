"""What this machine still holds of withdrawn photos: prepared photos, and sites that were built."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from plugins.photos.cache import Cache, Entry
from plugins.photos.prepare import orientations_of
from plugins.photos.refused import Register


@dataclass(frozen=True)
class Traces:
    """What goes from the disk.

    Arguments:
        prepared: photos of the cache.
        files: of built sites, and what killed processes left.
    """

    prepared: tuple[str, ...]
    files: tuple[Path, ...]

    def __len__(self) -> int:
        return len(self.prepared) + len(self.files)


def find(cache_folder: Path, sites: Path, register: Register, pages: Path | None = None) -> Traces:
    """Look through the cache by what each photo is, and through everything else byte by byte.

    Arguments:
        pages: of `preau faces`, which hold photos within: all of them go, whatever they show.
    """
    digests = frozenset(digest for entry in register.entries.values() for digest in (*entry.digests, *entry.sources))
    cache = Cache(cache_folder, time.time)
    prepared = set()
    for entry in cache.entries():
        if any(stored.sha256 in digests for stored in entry.files) or _looks_withdrawn(entry, cache, register):
            prepared.add(entry.digest)
    loose = [path for path in _files(cache_folder.parent) if path.parent.name not in prepared]
    found = [path for path in (*loose, *_files(sites)) if _digest_of(path) in digests]
    return Traces(tuple(sorted(prepared)), (*found, *(_files(pages) if pages and digests else ())))


def remove(cache_folder: Path, traces: Traces) -> None:
    """Remove them."""
    cache = Cache(cache_folder, time.time)
    for digest in traces.prepared:
        cache.forget(digest)
    for path in traces.files:
        path.unlink(missing_ok=True)  # an entry of the cache without it is damaged, and made again


def _looks_withdrawn(entry: Entry, cache: Cache, register: Register) -> bool:
    """Whether a prepared photo is one that was withdrawn, made by an earlier version or with other zones blurred."""
    if not any(known.likenesses for known in register.entries.values()):
        return False
    try:
        return register.alike("", orientations_of(entry, cache)) is not None
    except OSError:
        return False  # damaged: it is looked at byte by byte


def _files(folder: Path) -> Iterator[Path]:
    if not folder.is_dir() or folder.is_symlink():
        return
    for base, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not (Path(base) / name).is_symlink()]
        for name in names:
            path = Path(base) / name
            if path.is_file() and not path.is_symlink():
                yield path


def _digest_of(path: Path) -> str | None:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None
