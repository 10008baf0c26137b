"""From a photo's file to the `Photo` that templates show, through the cache."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from plugins.errors import N_, LeakError, Problem, Severity
from plugins.photos.cache import Cache, Entry
from plugins.photos.imaging import SUFFIX, render
from plugins.photos.model import Photo, Variant
from plugins.photos.recipe import RECIPE, Recipe, library_versions, photo_key, reference_of
from plugins.photos.source import DAMAGED, NOT_A_FILE, problem, read_source
from plugins.photos.treatment import NONE, Treatment

ANIMATED = N_("This photo moves: only its first image is shown.")

CACHE_LIMIT = 8 * 1000**3
"""Bytes that the cache may hold: some 13,000 photos, a school year of a large city."""

CACHE_IDLE = 24 * 3600
"""Seconds during which what was used stays in the cache, however full it is."""

Progress = Callable[[int, int], None]
"""Told after each photo: how many are done, of how many."""


@dataclass(frozen=True)
class Prepared:
    """What `prepare_many` did: photos made, found in the cache, and refused (their centres will say why)."""

    made: int
    found: int
    refused: int


def prepare_photo(
    source: Path,
    content: Path,
    alt: str,
    caption: str,
    cache: Cache,
    *,
    advise: Callable[[Problem], None] | None = None,
    recipe: Recipe = RECIPE,
    treatment: Treatment = NONE,
) -> Photo:
    """Make a photo ready to be shown, or find it ready.

    Arguments:
        source: the file, below `content`.
        content: the folder that paths in messages start from; a file outside, or behind a link, is refused.
        alt: text for those who don't see it; never empty.
        caption: plain text, or empty.
        cache: where variants are kept.
        advise: told what would make the photo better; never stops a build.
        recipe: bounds and encoder settings.
        treatment: zones to be blurred.

    Raises:
        ContentError: the photo can't be used; the problem names it and says what to do.
        LeakError: a variant was not clean.
    """
    if not alt.strip():
        raise ValueError("a photo needs an alternative text")
    if not source.is_relative_to(content):
        raise problem(source.name, NOT_A_FILE)
    file = source.relative_to(content).as_posix()
    entry, _ = _ready(content, source, file, cache, recipe, treatment)
    if entry.animated and advise is not None:
        advise(Problem(file, 0, ANIMATED, severity=Severity.ADVICE))
    return _photo(entry, file, alt, caption)


def prepare_many(
    sources: Iterable[Path], cache: Cache, jobs: int, progress: Progress | None = None, recipe: Recipe = RECIPE
) -> Prepared:
    """Fill the cache with many photos at once; memory stays bounded by `jobs` photos.

    Threads, not processes: Pillow lets go of the interpreter while it decodes, resizes and encodes.
    A photo that can't be used is only counted: the build of its centre reads it again and says why.
    Where photos were added, the cache is brought back under its limit.

    Arguments:
        sources: files; one named twice is made once.
        cache: where variants are kept.
        jobs: photos worked on at a time.
        progress: told after each photo, in the caller's thread.
        recipe: bounds and encoder settings.
    """
    wanted = sorted(set(sources))
    made = found = refused = 0
    stopped = Event()

    def ready(source: Path) -> tuple[Entry, bool]:
        if stopped.is_set():
            raise CancelledError
        try:
            return _ready(source.parent, source, source.name, cache, recipe)
        except BaseException as reason:
            if _stops_all(reason):
                stopped.set()  # here, not where the result is read: the next photo of the queue is nearer
            raise

    pool = ThreadPoolExecutor(max_workers=max(1, jobs), thread_name_prefix="photo")
    try:
        futures = [pool.submit(ready, source) for source in wanted]
        for done, future in enumerate(as_completed(futures), start=1):
            try:
                _, fresh = future.result()
            except BaseException as reason:
                if _stops_all(reason):
                    raise
                refused += 1  # whatever one photo makes fail, the build of its centre meets and says
            else:
                made, found = made + fresh, found + (not fresh)
            if progress is not None:
                progress(done, len(wanted))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)  # Ctrl-C waits for the photos in hand, never for the queue
    if made:
        cache.sweep(CACHE_LIMIT, CACHE_IDLE)
    return Prepared(made, found, refused)


def _stops_all(reason: BaseException) -> bool:
    """Whether no further photo may follow: the cache can't be written, nothing made can be trusted, or Ctrl-C."""
    return isinstance(reason, OSError | LeakError) or not isinstance(reason, Exception)


def _ready(
    root: Path, source: Path, file: str, cache: Cache, recipe: Recipe, treatment: Treatment = NONE
) -> tuple[Entry, bool]:
    """The photo's entry, and whether it had to be made. An `OSError` is the cache's, never the photo's."""
    data = read_source(root, source, file)
    key = photo_key(data, recipe, library_versions(), treatment)
    entry = cache.load(key)
    if entry is not None:
        return entry, False
    try:
        rendering = render(data, file, recipe, treatment)
    except OSError as reason:
        raise problem(file, DAMAGED) from reason
    return cache.store(key, rendering), True


def _photo(entry: Entry, file: str, alt: str, caption: str) -> Photo:
    variants = tuple(
        Variant(
            f"photos/{entry.digest}-{stored.width}.{SUFFIX[stored.media_type]}",
            stored.width,
            stored.height,
            stored.media_type,
            stored.size,
        )
        for stored in entry.files
    )
    largest = max(entry.files, key=lambda stored: stored.width)
    return Photo(
        file,
        reference_of(entry.digest),
        entry.digest,
        alt,
        caption,
        largest.width,
        largest.height,
        entry.placeholder,
        variants,
    )
