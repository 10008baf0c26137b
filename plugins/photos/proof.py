"""Proof that a zone is blurred, on the pixels that are published: what was forgotten or done elsewhere is seen here.

In the largest variant every square of every zone is flat; each smaller variant is that one, made smaller. Without the
blur a face is many times over these limits, which leave room for what encoders add. Only where nothing was to be seen,
as on a white wall, would a zone that was forgotten look the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageChops, ImageStat

from plugins.photos.treatment import CELLS, Box

FLAT = 5.0
"""Spread of grey (0 to 255) within a square of the largest variant. A face has 40 to 80 in its liveliest square,
a third of that in the dark; after a blur 0.1 is left."""

RINGING = 96.0
"""What the edges of a square add to that, as JPEG draws them, times its pixels: 9 in squares of 8,
4 in squares of 15."""

LIKE = 20.0
"""Mean difference of grey in a square between a smaller variant and the largest one: at most 12 was measured after a
blur, 30 to 70 where one of the two shows a face."""

_EDGE = 0.25
"""Share of a square, on each side, in which its neighbours may show: no pixel of it is judged."""

_BLEED = 3
"""Pixels around a later zone in which that one may show."""


def is_blurred(variants: Sequence[Image.Image], zones: Sequence[Box]) -> bool:
    """Whether the variants of one format keep 6 × 6 colours of each zone at most.

    Arguments:
        variants: from small to large.
        zones: in the order in which they were blurred; where two overlap, the later one shows.
    """
    largest = variants[-1].convert("L")
    flat = all(_is_flat(largest, zone, zones[rank:]) for rank, zone in enumerate(zones, 1))
    return flat and all(_is_like(variant.convert("L"), largest, zone) for variant in variants[:-1] for zone in zones)


def _is_flat(grey: Image.Image, zone: Box, later: Sequence[Box]) -> bool:
    left, top, right, bottom = zone.pixels(grey.size)
    visible = Image.new("L", grey.size, 255).crop((left, top, right, bottom))
    for over in later:
        x0, y0, x1, y1 = over.pixels(grey.size)
        visible.paste(0, (x0 - _BLEED - left, y0 - _BLEED - top, x1 + _BLEED - left, y1 + _BLEED - top))
    pixels = grey.crop((left, top, right, bottom))
    across, down = pixels.width / CELLS, pixels.height / CELLS
    limit = max(FLAT, RINGING / min(across, down))
    for cell in range(CELLS * CELLS):
        row, column = divmod(cell, CELLS)
        x0, x1 = _inner(column, across)
        y0, y1 = _inner(row, down)
        inner = (x0, y0, x1, y1)
        shown = visible.crop(inner)
        if shown.getbbox() and ImageStat.Stat(pixels.crop(inner), shown).stddev[0] > limit:
            return False
    return True


def _inner(rank: int, length: float) -> tuple[int, int]:
    start = round((rank + _EDGE) * length)
    return start, max(start + 1, round((rank + 1 - _EDGE) * length))


def _is_like(grey: Image.Image, largest: Image.Image, zone: Box) -> bool:
    box = zone.pixels(grey.size)
    expected = largest.resize(grey.size, Image.Resampling.LANCZOS)
    differences = ImageChops.difference(grey, expected).crop(box)
    cells = min(CELLS, differences.width), min(CELLS, differences.height)
    return max(differences.resize(cells, Image.Resampling.BOX).tobytes()) <= LIKE
