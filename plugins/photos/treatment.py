"""What is done to one photo besides the recipe: zones blurred for good, before anything is made from the pixels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

FULL = 10_000
"""A photo's width, and its height, in the units of a box."""

CELLS = 6
"""Cells a side that are left of a blurred zone: no face is known again from 36 colours."""


SMALLEST = 48
"""Pixels of a blurred zone's sides in the largest variant, at least: squares of 8 pixels, which can be proved."""


@dataclass(frozen=True, order=True)
class Box:
    """A zone of the upright photo, in ten-thousandths of its width and height, so that no size of it matters.

    Arguments:
        left, top, right, bottom: edges; the zone is not empty and lies within the photo.
    """

    left: int
    top: int
    right: int
    bottom: int

    def __post_init__(self) -> None:
        if not (0 <= self.left < self.right <= FULL and 0 <= self.top < self.bottom <= FULL):
            raise ValueError("a box must lie within its photo")

    def pixels(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Left, top, right and bottom in a picture of this size, rounded outwards."""
        width, height = size
        left, top = self.left * width // FULL, self.top * height // FULL
        return left, top, -(-self.right * width // FULL), -(-self.bottom * height // FULL)

    def at_least(self, pixels: int, size: tuple[int, int]) -> Box:
        """The zone, grown around its middle until its sides have so many pixels in a picture of this size."""
        left, right = _widened(self.left, self.right, -(-pixels * FULL // size[0]))
        top, bottom = _widened(self.top, self.bottom, -(-pixels * FULL // size[1]))
        return Box(left, top, right, bottom)


def _widened(start: int, end: int, least: int) -> tuple[int, int]:
    if end - start >= least:
        return start, end
    least = min(least, FULL)
    start = max(0, min(FULL - least, (start + end - least) // 2))
    return start, start + least


@dataclass(frozen=True, order=True)
class Treatment:
    """What is asked for one photo; part of its name in the cache and in a site.

    Arguments:
        blur: zones to be blurred; their order and repetition mean nothing.
    """

    blur: tuple[Box, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "blur", tuple(sorted(set(self.blur))))

    def zones(self, largest: tuple[int, int]) -> tuple[Box, ...]:
        """The zones as they are blurred, in that order.

        Arguments:
            largest: width and height of the largest variant, upright.
        """
        return tuple(box.at_least(SMALLEST, largest) for box in self.blur)


NONE = Treatment()


def blurred(image: Image.Image, zones: Iterable[Box]) -> Image.Image:
    """The upright picture, where each zone keeps at most 6 × 6 mean colours, drawn as squares.

    Zones that overlap are blurred one after the other: each keeps means of means, and shows where no later one stands.
    """
    from PIL.Image import Resampling  # only where pixels are at hand

    done = image.copy()
    for zone in zones:
        box = zone.pixels(done.size)
        size = box[2] - box[0], box[3] - box[1]
        cells = min(CELLS, size[0]), min(CELLS, size[1])
        means = done.crop(box).resize(cells, Resampling.BOX)
        done.paste(means.resize(size, Resampling.NEAREST), box)
    return done
