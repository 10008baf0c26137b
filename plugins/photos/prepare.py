"""From a photo's file to the `Photo` that templates show, through the cache."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from plugins.errors import N_, LeakError, Problem, Severity
from plugins.photos.cache import Cache, Damaged, Entry, Stored
from plugins.photos.model import Photo, Variant
from plugins.photos.ready import Wanted, found_ready, is_ready
from plugins.photos.recipe import RECIPE, Recipe, reference_of
from plugins.photos.refused import ALIKE, EXACT, Register, refused
from plugins.photos.rendering import JPEG, SUFFIX
from plugins.photos.seen import source_sha256
from plugins.photos.source import NOT_A_FILE, problem
from plugins.photos.treatment import NONE, Treatment
from plugins.photos.workers import Ready, Workers

if TYPE_CHECKING:
    from plugins.photos.likeness import Likenesses

ANIMATED = N_("This photo moves: only its first image is shown.")

CACHE_IDLE = 24 * 3600
"""Seconds during which what was used stays in the cache, however full it is."""

NOTHING = Register()

_ORIENTATIONS = "orientations-1"

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
    workers: Workers | None = None,
    register: Register = NOTHING,
) -> Photo:
    """Make a photo ready to be shown, or find it ready. Its pixels are decoded in another process than this one.

    Arguments:
        source: the file, below `content`.
        content: the folder that paths in messages start from; a file outside, or behind a link, is refused.
        alt: text for those who don't see it; never empty.
        caption: plain text, or empty.
        cache: where variants are kept.
        advise: told what would make the photo better; never stops a build.
        recipe: bounds and encoder settings.
        treatment: zones to be blurred.
        workers: those that make it if need be; one for this photo alone if not given.
        register: what was withdrawn; such a photo, or one that looks the same, is refused, and leaves the cache.

    Raises:
        ContentError: the photo can't be used, or was withdrawn; the problem names it and says what to do.
        LeakError: a variant was not clean.
        OSError: the cache can't be written.
    """
    if not alt.strip():
        raise ValueError("a photo needs an alternative text")
    if not source.is_relative_to(content):
        raise problem(source.name, NOT_A_FILE)
    file = source.relative_to(content).as_posix()
    wanted = Wanted(content, source, file, treatment, recipe)
    entry = found_ready(wanted, cache)
    if entry is None:
        if workers is None:
            with Workers(cache.folder, 1) as workers:
                entry = _made(wanted, cache, workers)
        else:
            entry = _made(wanted, cache, workers)
    if register:
        _refuse_withdrawn(wanted, entry, cache, register)
    if entry.animated and advise is not None:
        advise(Problem(file, 0, ANIMATED, severity=Severity.ADVICE))
    return _photo(entry, file, alt, caption)


def _made(wanted: Wanted, cache: Cache, workers: Workers) -> Entry:
    ((_, outcome),) = workers.make([wanted])
    if not isinstance(outcome, Ready):
        raise outcome
    entry = cache.load(outcome.key)
    if entry is None:
        raise Damaged(outcome.key)
    return entry


def orientations_of(entry: Entry, cache: Cache) -> Likenesses:
    """What a prepared photo is compared by; kept beside it, since every build asks again."""
    from plugins.photos import likeness  # numpy takes 0.1 s to load: only where something was withdrawn

    kept = cache.note(entry.digest, _ORIENTATIONS)
    if kept is None or len(kept) not in (0, 8 * likeness.BYTES):
        kept = likeness.orientations(likeness.picture(cache.read(entry.digest, smallest(entry).name))).tobytes()
        cache.keep_note(entry.digest, _ORIENTATIONS, kept)
    return likeness.from_bytes(kept)


def smallest(entry: Entry) -> Stored:
    """The narrowest JPEG of a prepared photo."""
    return next(stored for stored in entry.files if stored.media_type == JPEG)


def _refuse_withdrawn(wanted: Wanted, entry: Entry, cache: Cache, register: Register) -> None:
    source = source_sha256(cache.folder, wanted.root, wanted.path, wanted.file)
    exact = register.exact(source)
    found = exact or register.alike(source, orientations_of(entry, cache))
    if found is not None:
        cache.forget(entry.digest)
        raise refused(EXACT if exact else ALIKE, found, wanted.file)


def prepare_many(
    photos: Iterable[Wanted], cache: Cache, jobs: int, limit: int, progress: Progress | None = None
) -> Prepared:
    """Fill the cache with many photos at once, in worker processes whose memory together is bounded.

    A photo that can't be used is only counted: the build of its centre meets it again and says why.
    Where photos were added, the cache is brought back under its limit.

    Arguments:
        photos: files; one named twice is made once.
        cache: where variants are kept.
        jobs: photos worked on at a time.
        limit: bytes that the cache may hold afterwards.
        progress: told after each photo, in the caller's thread.

    Raises:
        OSError: the cache can't be written.
        LeakError: a variant was not clean: nothing that is made can be trusted.
    """
    wanted = sorted(set(photos), key=lambda photo: (photo.path, photo.treatment))
    unready = [photo for photo in wanted if not is_ready(photo, cache)]
    found = len(wanted) - len(unready)
    made = refused = 0
    if progress is not None and found:
        progress(found, len(wanted))
    with Workers(cache.folder, min(max(1, jobs), len(unready) or 1)) as workers:
        for done, (_, outcome) in enumerate(workers.make(unready), start=found + 1):
            if isinstance(outcome, Ready):
                made, found = made + outcome.made, found + (not outcome.made)
            elif isinstance(outcome, OSError | LeakError):
                raise outcome
            else:
                refused += 1
            if progress is not None:
                progress(done, len(wanted))
    if made:
        cache.sweep(limit, CACHE_IDLE)
    return Prepared(made, found, refused)


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
