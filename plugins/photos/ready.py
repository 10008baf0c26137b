"""One photo, from its file to its entry in the cache: what a worker does, without knowing that it is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from plugins.photos.cache import Cache, Entry
from plugins.photos.memory import memory_needed
from plugins.photos.recipe import RECIPE, Recipe, library_versions, photo_key
from plugins.photos.seen import known_sha256, read_noted, source_sha256
from plugins.photos.source import DAMAGED, problem
from plugins.photos.treatment import NONE, Treatment

Reserve = Callable[[int], None]
"""Called before pixels are decoded, with the bytes that it will take; returns when there is room."""


@dataclass(frozen=True)
class Wanted:
    """A photo to be made ready.

    Arguments:
        root: no folder below it may be a link.
        path: the file; begins with `root`.
        file: how messages call it.
        treatment: zones to be blurred.
        recipe: bounds and encoder settings.
    """

    root: Path
    path: Path
    file: str
    treatment: Treatment = NONE
    recipe: Recipe = RECIPE


def make_ready(wanted: Wanted, cache: Cache, reserve: Reserve) -> tuple[Entry, bool]:
    """The photo's entry, and whether it had to be made.

    Raises:
        ContentError: the photo can't be used.
        LeakError: a variant was not clean.
        OSError: the cache can't be written; never the photo's fault.
    """
    known = known_sha256(cache.folder, wanted.root, wanted.path)
    if known is not None and (entry := cache.load(_key(wanted, known))) is not None:
        return entry, False
    data, source = read_noted(cache.folder, wanted.root, wanted.path, wanted.file)
    key = _key(wanted, source)
    if (entry := cache.load(key)) is not None:
        return entry, False
    from plugins.photos.imaging import render  # what finds a photo ready needs no library of pictures

    reserve(memory_needed(data))
    try:
        rendering = render(data, wanted.file, wanted.recipe, wanted.treatment)
    except (OSError, MemoryError) as reason:
        raise problem(wanted.file, DAMAGED) from reason
    return cache.store(key, rendering), True


def found_ready(wanted: Wanted, cache: Cache) -> Entry | None:
    """The photo's entry if it is in the cache; decodes nothing, and reads nothing of a file that has not changed.

    Raises:
        ContentError: the file can't be read.
    """
    return cache.load(_key(wanted, source_sha256(cache.folder, wanted.root, wanted.path, wanted.file)))


def is_ready(wanted: Wanted, cache: Cache) -> bool:
    """Whether it is in the cache, as far as can be told without reading any photo: where it can't, it is not."""
    known = known_sha256(cache.folder, wanted.root, wanted.path)
    return known is not None and cache.holds(_key(wanted, known))


def _key(wanted: Wanted, source: str) -> str:
    return photo_key(source, wanted.recipe, library_versions(), wanted.treatment)
