"""A photo with faces blurred: found, blurred before any size is made, and looked for again in every variant."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import TypeVar

from PIL import Image

from plugins.errors import N_, ContentError, Problem, Severity, Wrong
from plugins.photos.blur import MARK_LENGTH, Blur
from plugins.photos.cache import FACES, Cache
from plugins.photos.faces import MISSING, VERSION, find_faces, installed
from plugins.photos.model import Photo
from plugins.photos.prepare import NOTHING, Progress, prepare_many, prepare_photo
from plugins.photos.proof import is_blurred
from plugins.photos.ready import Wanted
from plugins.photos.refused import Register
from plugins.photos.rendering import JPEG, SUFFIX
from plugins.photos.seen import source_sha256
from plugins.photos.source import read_source
from plugins.photos.treatment import FULL, Box, Treatment
from plugins.photos.workers import Workers

_T = TypeVar("_T")

MARGINS = (0.25, 0.5, 0.9)
"""Added around a face, in sizes of the face: more where it is still found."""

NOTHING_FOUND = N_(
    "No face was found in this photo, so nothing is blurred in it. The search misses some: look at it yourself, and "
    "draw a zone where one is needed."
)

DETECTORS = 2
"""Photos looked into at a time, at most: each detector takes half a gigabyte."""


@dataclass(frozen=True)
class Found:
    """A photo whose faces are numbered.

    Arguments:
        photo: prepared, nothing blurred: for the build machine only.
        mark: says by which version of the file the faces were numbered.
        faces: from left to right.
    """

    photo: Photo
    mark: str
    faces: tuple[Box, ...]


def mark_of(data: bytes) -> str:
    """The mark of a file: six digits of its sha256."""
    return hashlib.sha256(data).hexdigest()[:MARK_LENGTH]


def find(source: Path, content: Path, cache: Cache, workers: Workers | None = None) -> Found:
    """Number the faces of a photo; found again in the cache if the photo has not changed.

    Raises:
        Wrong: faces can't be looked for.
        ContentError: the photo can't be used.
    """
    if not installed():
        raise Wrong(MISSING)
    seen = look(source, content, cache, workers)
    photo, known = seen.photo, _known(cache, seen.photo.digest)
    if known is None:
        # at each size: a face that fills the photo is found best in a small one, a far one in the largest
        sizes = [_picture(cache, photo, variant.path) for variant in reversed(photo.of_type(JPEG))]
        known = _distinct(face for found in find_faces(sizes) for face in found)
        _keep(cache, photo.digest, known)
    return replace(seen, faces=known)


def look(source: Path, content: Path, cache: Cache, workers: Workers | None = None) -> Found:
    """The photo and its mark; its faces are not looked for. Raises `ContentError`."""
    file = source.relative_to(content).as_posix()
    mark = _mark(source, content, cache)
    return Found(prepare_photo(source, content, file, "", cache, workers=workers), mark, ())


def prepare_blurred(
    source: Path,
    content: Path,
    alt: str,
    caption: str,
    wanted: Blur,
    cache: Cache,
    *,
    advise: Callable[[Problem], None] | None = None,
    workers: Workers | None = None,
    register: Register = NOTHING,
) -> Photo:
    """Make a photo ready to be shown with what is asked blurred in it, or refuse it.

    Faces are looked for only where they are asked for: a zone that was drawn needs no detector.

    Arguments:
        source, content, alt, caption, cache, advise, workers, register: as for `prepare_photo`.
        wanted: what is blurred.

    Raises:
        Wrong: the choice does not fit this photo, faces can't be looked for, or one is still found afterwards.
        ContentError: the photo can't be used.
    """
    check_mark(source, content, wanted, cache)
    if register:  # compared as it is: what is blurred in it may be most of it
        prepare_photo(source, content, alt, caption, cache, workers=workers, register=register)
    chosen: tuple[Box, ...] = ()
    if wanted.searches:
        chosen = _chosen(find(source, content, cache, workers), wanted, source.name)
    hidden = (*chosen, *wanted.zones)
    if not hidden and advise is not None:
        file = source.relative_to(content).as_posix()
        advise(Problem(file, 0, NOTHING_FOUND, severity=Severity.ADVICE))
    for margin in MARGINS if wanted.searches else MARGINS[:1]:
        treatment = _treatment(chosen, wanted, margin)
        photo = prepare_photo(source, content, alt, caption, cache, advise=advise, treatment=treatment, workers=workers)
        if _proved(cache, photo, treatment, hidden, wanted):
            return photo
    raise Wrong(N_(
        "A face of “{name}” is still found after it was blurred: draw a larger zone, "
        "« {name} (left top width height) », or leave this photo out."
    ) if wanted.searches else N_(
        "The zone of “{name}” is not blurred in every copy: draw it larger, or leave this photo out."
    ), name=source.name)  # fmt: skip


def blur_many(
    photos: Iterable[tuple[Path, Blur]],
    content: Path,
    cache: Cache,
    jobs: int,
    limit: int,
    progress: Progress | None = None,
) -> None:
    """Fill the cache with blurred photos before any centre is built: looked into, made and proved several at once.

    What can't be done is left to the build of its centre, which says why.

    Arguments:
        photos: files, each with what is blurred in it.
        content, cache, jobs, limit, progress: as for `prepare_many`.

    Raises:
        OSError: the cache can't be written.
        LeakError: a variant was not clean.
    """
    asked = sorted(set(photos), key=lambda each: (each[0], repr(each[1])))
    if not installed():
        asked = [each for each in asked if not each[1].searches]

    def plain(path: Path) -> Wanted:
        return Wanted(content, path, path.relative_to(content).as_posix())

    def first(path: Path, wanted: Blur) -> Wanted:
        found = _chosen(find(path, content, cache), wanted, path.name) if wanted.searches else ()
        return replace(plain(path), treatment=_treatment(found, wanted, MARGINS[0]))

    def proved(path: Path, wanted: Blur) -> Photo:
        return prepare_blurred(path, content, path.name, "", wanted, cache)

    prepare_many((plain(path) for path, wanted in asked if wanted.searches), cache, jobs, limit)
    ready = _each(first, asked, jobs)
    prepare_many((each for each in ready if each is not None), cache, jobs, limit)
    _each(proved, [each for each, one in zip(asked, ready, strict=True) if one is not None], jobs, progress)


def _each(
    step: Callable[[Path, Blur], _T], photos: Sequence[tuple[Path, Blur]], jobs: int, progress: Progress | None = None
) -> list[_T | None]:
    """What a step gives for each photo, several at a time; `None` where it refuses one."""

    def quiet(each: tuple[Path, Blur]) -> _T | None:
        try:
            return step(*each)
        except (Wrong, ContentError):
            return None

    done: list[_T | None] = []
    pool = ThreadPoolExecutor(max(1, min(jobs, DETECTORS)))
    try:
        for one in pool.map(quiet, photos):
            done.append(one)
            if progress is not None:
                progress(len(done), len(photos))
    finally:
        pool.shutdown(cancel_futures=True)
    return done


def _treatment(chosen: Iterable[Box], wanted: Blur, margin: float) -> Treatment:
    return Treatment((*wanted.zones, *(grown(face, margin) for face in chosen)))


def grown(box: Box, margin: float) -> Box:
    """A zone with a margin on every side, within its photo."""
    across, down = int((box.right - box.left) * margin), int((box.bottom - box.top) * margin)
    return Box(
        max(0, box.left - across), max(0, box.top - down), min(FULL, box.right + across), min(FULL, box.bottom + down)
    )


def _mark(source: Path, content: Path, cache: Cache | None) -> str:
    file = source.relative_to(content).as_posix()
    if cache is None:
        return mark_of(read_source(content, source, file))
    return source_sha256(cache.folder, content, source, file)[:MARK_LENGTH]


def check_mark(source: Path, content: Path, wanted: Blur, cache: Cache | None = None) -> None:
    """Raise `Wrong` if what is asked was chosen on another version of the file."""
    if not wanted.mark:
        return
    mark = _mark(source, content, cache)
    if mark != wanted.mark:
        raise Wrong(N_(
            "The photo “{name}” has changed since what is blurred in it was chosen (#{mark} is now #{now}): look again "
            "with `preau faces`."
        ), name=source.name, mark=wanted.mark, now=mark)  # fmt: skip


def _chosen(found: Found, wanted: Blur, name: str) -> tuple[Box, ...]:
    count = len(found.faces)
    if wanted.numbers and not count:
        raise Wrong(N_(
            "No face was found in “{name}”, so that none has a number: draw a zone, « {name} (left top width height) »."
        ), name=name)  # fmt: skip
    absent = [number for number in wanted.numbers if not 1 <= number <= count]
    if absent:
        raise Wrong(N_("“{name}” has no face {number}: its faces are 1 to {count}. Look at them with `preau faces`."),
                    name=name, number=absent[0], count=count)  # fmt: skip
    if wanted.numbers and not wanted.mark:
        raise Wrong(N_(
            "“{name}”: its faces are 1 to {count}, in this version of the photo. Look at them with `preau faces`, then "
            "write its mark after the numbers: « {name} {numbers} #{mark} »."
        ), name=name, count=count, mark=found.mark, numbers=", ".join(map(str, wanted.numbers)))  # fmt: skip
    if wanted.faces:
        return found.faces
    return tuple(found.faces[number - 1] for number in sorted(set(wanted.numbers)))


def _proved(cache: Cache, photo: Photo, treatment: Treatment, hidden: Sequence[Box], wanted: Blur) -> bool:
    """Whether every variant keeps 6 × 6 colours of each zone at most, and no face that should be hidden is found again.

    Where every face is to be blurred, no face at all may be found. What was proved once is remembered: the bytes that
    it was proved of are those that the cache hands out.
    """
    about = hashlib.sha256(repr((sorted(hidden), wanted.faces, wanted.searches)).encode()).hexdigest()[:12]
    name = f"{photo.digest}-{about}"
    if _known(cache, name) == ():
        return True
    shown = {kind: [_picture(cache, photo, v.path) for v in photo.of_type(kind)] for kind in SUFFIX}
    if sum(map(len, shown.values())) != len(photo.variants):
        return False  # a format that nobody looks at
    zones = treatment.zones((photo.width, photo.height))
    if not all(is_blurred(pictures, zones) for pictures in shown.values()):
        return False
    if wanted.searches:
        found = find_faces([picture for pictures in shown.values() for picture in pictures])
        faces = [face for each in found for face in each]
        if any(wanted.faces or any(_same(face, box) for box in hidden) for face in faces):
            return False
    _keep(cache, name, ())
    return True


def _same(face: Box, hidden: Box) -> bool:
    """Whether the middle of one lies in the other."""

    def inside(a: Box, b: Box) -> bool:
        x, y = (a.left + a.right) // 2, (a.top + a.bottom) // 2
        return b.left <= x <= b.right and b.top <= y <= b.bottom

    return inside(face, hidden) or inside(hidden, face)


def _picture(cache: Cache, photo: Photo, path: str) -> Image.Image:
    with Image.open(BytesIO(cache.read(photo.digest, path.rpartition("-")[2]))) as picture:
        return picture.convert("RGB")


def _distinct(faces: Iterable[Box]) -> tuple[Box, ...]:
    """Each face once, as it was found first; from left to right."""
    kept: list[Box] = []
    for face in faces:
        if not any(_same(face, other) for other in kept):
            kept.append(face)
    return tuple(sorted(kept, key=lambda face: (face.left + face.right, face.top)))


def _known(cache: Cache, name: str) -> tuple[Box, ...] | None:
    """The faces that were found in a photo, by name of what was looked at; `None` if nobody looked."""
    try:
        held = json.loads((cache.folder / FACES / f"{name}.json").read_bytes())
        return tuple(Box(*edges) for edges in held["faces"]) if held["version"] == VERSION else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(cache: Cache, name: str, faces: Iterable[Box]) -> None:
    folder = cache.folder / FACES
    with contextlib.suppress(OSError):  # only a time saved is lost
        folder.mkdir(mode=0o700, exist_ok=True)
        edges = [[face.left, face.top, face.right, face.bottom] for face in faces]
        handle, part = tempfile.mkstemp(dir=folder, prefix=".part-")
        with os.fdopen(handle, "w") as stream:
            json.dump({"version": VERSION, "faces": edges}, stream)
        Path(part).replace(folder / f"{name}.json")
