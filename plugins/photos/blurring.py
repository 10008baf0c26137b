"""A photo with faces blurred: found, blurred before any size is made, and looked for again in every variant."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageStat

from plugins.errors import N_, Problem, Severity, Wrong
from plugins.photos.blur import MARK_LENGTH, Blur
from plugins.photos.cache import Cache
from plugins.photos.faces import VERSION, find_faces
from plugins.photos.model import Photo
from plugins.photos.prepare import prepare_photo
from plugins.photos.source import read_source
from plugins.photos.treatment import CELLS, FULL, Box, Treatment
from plugins.photos.workers import Workers

MARGINS = (0.25, 0.5, 0.9)
"""Added around a face, in sizes of the face: more where it is still found."""

_FOLDER = "faces"
_SMALLEST = 8
"""Pixels of a square that is large enough to be looked into."""

_FLAT = 5.0
"""Mean spread of grey within a square: encoding adds 1 to 3, a face has 8 and more."""


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
    file = source.relative_to(content).as_posix()
    mark = mark_of(read_source(content, source, file))
    photo = prepare_photo(source, content, file, "", cache, workers=workers)
    known = _known(cache, photo.digest)
    if known is None:
        # at each size: a face that fills the photo is found best in a small one, a far one in the largest
        sizes = [_picture(cache, photo, variant.path) for variant in reversed(photo.of_type("image/jpeg"))]
        known = _distinct(face for found in find_faces(sizes) for face in found)
        _keep(cache, photo.digest, known)
    return Found(photo, mark, known)


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
) -> Photo:
    """Make a photo ready to be shown with what is asked blurred in it, or refuse it.

    Arguments:
        source, content, alt, caption, cache, advise, workers: as for `prepare_photo`.
        wanted: what is blurred.

    Raises:
        Wrong: the choice does not fit this photo, faces can't be looked for, or one is still found afterwards.
        ContentError: the photo can't be used.
    """
    file = source.relative_to(content).as_posix()
    found = find(source, content, cache, workers)
    chosen = _chosen(found, wanted, source.name)
    if wanted.numbers and not wanted.mark and advise is not None:
        advise(Problem(file, 0, N_(
            "The numbers of its faces hold for this version of the photo: write #{mark} after them, so that another "
            "photo of the same name is not blurred in the wrong places."
        ), {"mark": found.mark}, Severity.ADVICE))  # fmt: skip
    hidden = (*chosen, *wanted.zones)
    for margin in MARGINS:
        zones = (*wanted.zones, *(grown(face, margin) for face in chosen))
        photo = prepare_photo(
            source, content, alt, caption, cache, advise=advise, treatment=Treatment(zones), workers=workers
        )
        if _proved(cache, photo, zones, hidden, everything=wanted.faces):
            return photo
    raise Wrong(N_(
        "A face of “{name}” is still found after it was blurred: draw a larger zone, "
        "« {name} (left top width height) », or leave this photo out."
    ), name=source.name)  # fmt: skip


def grown(box: Box, margin: float) -> Box:
    """A zone with a margin on every side, within its photo."""
    across, down = int((box.right - box.left) * margin), int((box.bottom - box.top) * margin)
    return Box(
        max(0, box.left - across), max(0, box.top - down), min(FULL, box.right + across), min(FULL, box.bottom + down)
    )


def _chosen(found: Found, wanted: Blur, name: str) -> tuple[Box, ...]:
    if wanted.mark and wanted.mark != found.mark:
        raise Wrong(N_(
            "The photo “{name}” has changed since its faces were numbered (#{mark} is now #{now}): look again with "
            "`preau faces`."
        ), name=name, mark=wanted.mark, now=found.mark)  # fmt: skip
    absent = [number for number in wanted.numbers if not 1 <= number <= len(found.faces)]
    if absent:
        raise Wrong(N_("“{name}” has no face {number}: {count} were found. Look at them with `preau faces`."),
                    name=name, number=absent[0], count=len(found.faces))  # fmt: skip
    if wanted.faces:
        return found.faces
    return tuple(found.faces[number - 1] for number in sorted(set(wanted.numbers)))


def _proved(cache: Cache, photo: Photo, zones: Sequence[Box], hidden: Sequence[Box], *, everything: bool) -> bool:
    """Whether every variant keeps 6 × 6 colours of each zone at most, and no face that should be hidden is found again.

    Where every face is to be blurred, no face at all may be found. What was proved once is remembered: the bytes that
    it was proved of are those that the cache hands out.
    """
    about = "all" if everything else hashlib.sha256(repr(sorted(hidden)).encode()).hexdigest()[:12]
    name = f"{photo.digest}-{about}"
    if _known(cache, name) == ():
        return True
    pictures = [_picture(cache, photo, variant.path) for variant in photo.variants]
    faces = [face for found in find_faces(pictures) for face in found]
    seen = any(everything or any(_same(face, box) for box in hidden) for face in faces)
    if seen or not all(is_blurred(picture, zone, zones) for picture in pictures for zone in zones):
        return False
    _keep(cache, name, ())
    return True


def is_blurred(picture: Image.Image, zone: Box, others: Iterable[Box]) -> bool:
    """Whether the pixels of a zone are squares of one colour, but for what encoding adds.

    Arguments:
        picture: a variant.
        zone: one of its zones.
        others: its zones; where another one crosses this one, its squares cut these, and are judged with it.
    """
    if any(other != zone and _cross(other, zone) for other in others):
        return True
    left, top, right, bottom = zone.pixels(picture.size)
    across, down = (right - left) / CELLS, (bottom - top) / CELLS
    if min(across, down) < _SMALLEST:
        return True  # squares too small to be looked into: the whole zone has fewer than 50 pixels a side
    grey = picture.convert("L")
    spreads = []
    for row in range(CELLS):
        for column in range(CELLS):
            x, y = left + column * across, top + row * down
            inner = (round(x + across * 0.3), round(y + down * 0.3), round(x + across * 0.7), round(y + down * 0.7))
            spreads.append(ImageStat.Stat(grey.crop(inner)).stddev[0])
    return sum(spreads) / len(spreads) <= _FLAT


def _cross(a: Box, b: Box) -> bool:
    return a.left < b.right and b.left < a.right and a.top < b.bottom and b.top < a.bottom


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
        held = json.loads((cache.folder / _FOLDER / f"{name}.json").read_bytes())
        return tuple(Box(*edges) for edges in held["faces"]) if held["version"] == VERSION else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(cache: Cache, name: str, faces: Iterable[Box]) -> None:
    folder = cache.folder / _FOLDER
    with contextlib.suppress(OSError):  # only a time saved is lost
        folder.mkdir(mode=0o700, exist_ok=True)
        edges = [[face.left, face.top, face.right, face.bottom] for face in faces]
        handle, part = tempfile.mkstemp(dir=folder, prefix=".part-")
        with os.fdopen(handle, "w") as stream:
            json.dump({"version": VERSION, "faces": edges}, stream)
        Path(part).replace(folder / f"{name}.json")
