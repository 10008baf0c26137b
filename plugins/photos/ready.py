"""One photo, from its file to its entry in the cache: what a worker does, without knowing that it is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from plugins.photos.cache import Cache, Entry
from plugins.photos.imaging import render
from plugins.photos.memory import memory_needed
from plugins.photos.recipe import RECIPE, Recipe, library_versions, photo_key
from plugins.photos.source import DAMAGED, problem, read_source
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
    data = read_source(wanted.root, wanted.path, wanted.file)
    key = photo_key(data, wanted.recipe, library_versions(), wanted.treatment)
    entry = cache.load(key)
    if entry is not None:
        return entry, False
    reserve(memory_needed(data))
    try:
        rendering = render(data, wanted.file, wanted.recipe, wanted.treatment)
    except (OSError, MemoryError) as reason:
        raise problem(wanted.file, DAMAGED) from reason
    return cache.store(key, rendering), True


def found_ready(wanted: Wanted, cache: Cache) -> Entry | None:
    """The photo's entry if it is in the cache; decodes nothing.

    Raises:
        ContentError: the file can't be read.
    """
    data = read_source(wanted.root, wanted.path, wanted.file)
    return cache.load(photo_key(data, wanted.recipe, library_versions(), wanted.treatment))
