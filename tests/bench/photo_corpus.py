"""Photos of 12 megapixels with distinct contents, the same each time, from the demonstration's real ones."""

from __future__ import annotations

import math
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from random import Random

from PIL import Image, ImageChops, ImageEnhance, ImageOps

from tests.project import ROOT

SIZE = (4000, 3000)
_GRAIN = 14 / 255
"""Sensor noise: uniform, 14 of 255 levels from end to end."""


def write_photos(folder: Path, count: int, size: tuple[int, int] = SIZE) -> list[Path]:
    """`count` JPEGs in `folder`; those that are there already stay.

    All are landscapes of 4 by 3: bounding the width, as the peers do, and the long side, as Préau does, ask the same.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"photo-{number:04}.jpg" for number in range(count)]
    missing = [(number, file) for number, file in enumerate(files) if not file.exists()]
    if missing:
        with ProcessPoolExecutor(min(len(missing), os.cpu_count() or 1)) as pool:
            list(pool.map(partial(_write, size=size), missing))
    return files


def _write(one: tuple[int, Path], size: tuple[int, int]) -> None:
    number, file = one
    aside = file.with_suffix(".part")
    make_photo(number, size).save(aside, "JPEG", quality=90)
    aside.rename(file)


def make_photo(number: int, size: tuple[int, int]) -> Image.Image:
    """A real photograph cropped, warped and relit, with two others in a corner and grain over all."""
    dice = Random(number)
    sources = sorted((ROOT / "content").glob("*/articles/*/*.jpg"))
    first, *others = (sources[(number * step + start) % len(sources)] for step, start in ((1, 0), (7, 3), (11, 5)))
    photo = _view(first, size, dice)
    inset = (size[0] // 5, size[1] // 5)
    corner = (dice.randrange(2) * (size[0] - inset[0]), dice.randrange(size[1] - 2 * inset[1]))
    for place, source in enumerate(others):
        photo.paste(_view(source, inset, dice), (corner[0], corner[1] + place * inset[1]))
    return ImageChops.add(photo, _grain(size, dice), 1, -128)


def _view(source: Path, size: tuple[int, int], dice: Random) -> Image.Image:
    with Image.open(source) as opened:
        photo = ImageOps.fit(opened.convert("RGB"), (opened.width, round(opened.width * size[1] / size[0])))
    wide, high = photo.size

    def near(x: float, y: float) -> tuple[float, float]:
        return (x + dice.uniform(0.02, 0.16) * (1 - 2 * x)) * wide, (y + dice.uniform(0.02, 0.16) * (1 - 2 * y)) * high

    corners = [*near(0, 0), *near(0, 1), *near(1, 1), *near(1, 0)]
    warped = photo.transform(size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC)
    if dice.random() < 0.5:
        warped = ImageOps.mirror(warped)
    return ImageEnhance.Brightness(warped).enhance(dice.uniform(0.85, 1.15))


def _grain(size: tuple[int, int], dice: Random) -> Image.Image:
    """A tile of noise, repeated with turns."""
    side = min(1000, *size)
    values = bytes(128 + round((level - 127.5) * _GRAIN) for level in range(256))
    tile = Image.frombytes("RGB", (side, side), dice.randbytes(side * side * 3).translate(values))
    grain = Image.new("RGB", size)
    for row in range(math.ceil(size[1] / side)):
        for column in range(math.ceil(size[0] / side)):
            grain.paste(tile.transpose(dice.choice(list(Image.Transpose)[:5])), (column * side, row * side))
    return grain
