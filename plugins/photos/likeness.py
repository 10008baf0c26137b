"""Whether two photos are the same picture: saved again, resized, turned, mirrored, cropped. PDQ, the hash with which
services that protect children know a picture again; docs/decisions/004 says why, and what was measured.

A likeness can't be turned back into a photo: 256 bits, each of which says whether a frequency of the picture in grey is
above the median.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO

import numpy as np
import pdqhash
from numpy.typing import NDArray
from PIL import Image

BYTES = 32
"""Of one likeness."""

MOST_APART = 66
"""Bits of 256 in which two likenesses of one picture differ at most. Of the 41 photos of the demonstration, no two come
nearer than 82, in any orientation and crop; two random ones differ in 128."""

_LEAST_QUALITY = 50
"""Of PDQ's own measure of how much there is in a picture, 0 to 100; below it, its authors advise against comparing."""

_SIDE = 480
_CROPS = ((0.95, 2), (0.9, 3), (0.85, 4), (0.8, 5), (0.75, 6), (0.7, 7))
"""Part of each side that a crop keeps, and the number of places along each side where it is looked at."""
_SHAPES = ((1, 1), (4, 3), (3, 4), (16, 9), (9, 16), (3, 2), (2, 3))
_PLACES = 5

Likenesses = NDArray[np.uint8]
"""One a row, 32 bytes each."""


def picture(variant: bytes) -> Image.Image:
    """A variant, small, as its likeness is taken from it. Only bytes that `clean.prove_clean` let through are decoded
    here: the source itself is read by a worker.

    Raises:
        OSError: it can't be read.
    """
    with Image.open(BytesIO(variant), formats=("JPEG", "WEBP")) as image:
        image.draft("RGB", (_SIDE, _SIDE))
        small = image.convert("RGB")
    small.thumbnail((_SIDE, _SIDE))
    return small


def likenesses(image: Image.Image) -> Likenesses:
    """Those by which a picture is known again: of the whole, and of what somebody may crop out of it. A part with next
    to nothing in it, such as the sky, would be like any other: it has none.
    """
    found = [pdqhash.compute(np.asarray(part)) for part in _parts(image)]
    return _stacked([bits for bits, quality in found if quality >= _LEAST_QUALITY])


def orientations(image: Image.Image) -> Likenesses:
    """The eight of a picture, turned and mirrored: what is compared with those of another."""
    found, quality = pdqhash.compute_dihedral(np.asarray(image))
    return _stacked(found if quality >= _LEAST_QUALITY else [])


def apart(one: Likenesses, other: Likenesses) -> int:
    """Bits in which the nearest two differ; 256 where there are none."""
    return nearest(one, other)[0]


def nearest(known: Likenesses, other: Likenesses) -> tuple[int, int]:
    """Bits in which the nearest two differ (256 where there are none), and the row of the known one."""
    if not len(known) or not len(other):
        return 8 * BYTES, 0
    ours, theirs = (np.ascontiguousarray(rows).view(np.uint64) for rows in (known, other))  # 8 bytes at a time
    differing = np.zeros((len(ours), len(theirs)), np.uint16)
    for word in range(ours.shape[1]):
        differing += np.bitwise_count(ours[:, word, None] ^ theirs[None, :, word])
    row = int(differing.min(axis=1).argmin())
    return int(differing[row].min()), row


def from_hex(texts: Iterable[str]) -> Likenesses:
    """As they were written down; raises `ValueError`."""
    rows = [bytes.fromhex(text) for text in texts]
    if any(len(row) != BYTES for row in rows):
        raise ValueError("a likeness has 32 bytes")
    return from_bytes(b"".join(rows))


def from_bytes(rows: bytes) -> Likenesses:
    """Rows of 32 bytes, one after the other; raises `ValueError`."""
    return np.frombuffer(rows, np.uint8).reshape(-1, BYTES)


def to_hex(found: Likenesses) -> list[str]:
    """To be written down."""
    return [row.tobytes().hex() for row in found]


def _stacked(found: Sequence[NDArray[np.uint8]]) -> Likenesses:
    return np.stack([np.packbits(bits) for bits in found]) if found else from_bytes(b"")


def _parts(image: Image.Image) -> Iterator[Image.Image]:
    """The whole, crops of its own shape, and the largest ones of the shapes that telephones offer."""
    yield image
    width, height = image.size
    for part, places in _CROPS:
        size = max(1, round(width * part)), max(1, round(height * part))
        for across in range(places):
            for down in range(places):
                yield _crop(image, size, across / (places - 1), down / (places - 1))
    for wide, high in _SHAPES:
        unit = min(width / wide, height / high)
        size = max(1, round(wide * unit)), max(1, round(high * unit))
        for place in range(_PLACES):
            yield _crop(image, size, place / (_PLACES - 1), place / (_PLACES - 1))


def _crop(image: Image.Image, size: tuple[int, int], across: float, down: float) -> Image.Image:
    left, top = round((image.width - size[0]) * across), round((image.height - size[1]) * down)
    return image.crop((left, top, left + size[0], top + size[1]))
