from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from plugins.photos import imaging
from plugins.photos.imaging import render
from plugins.photos.recipe import RECIPE, photo_key
from plugins.photos.treatment import CELLS, NONE, Box, Treatment, blurred
from tests.plugins.photos import pictures

ZONE = Box(5500, 1000, 8500, 4000)
BLUR = Treatment((ZONE,))


def striped(width: int, height: int) -> Image.Image:
    """Stripes of two to fifteen pixels, black on white: nothing of them is left in means of a sixth of a zone."""
    image = Image.new("RGB", (width, height), "white")
    for period in (16, 30):
        for left in range(0, width, period):
            image.paste((period * 4, 0, 90), (left, 0, left + period // 2, height if period == 16 else height // 3))
    return image


def detail_in_cells(picture: Image.Image, zone: Box) -> float:
    """The mean distance, in levels, of a zone's pixels from the mean of the cell that each lies in.

    The rim of each cell, where encoders mix neighbours, is left out.
    """
    found = []
    left, top, right, bottom = zone.pixels(picture.size)
    for row in range(CELLS):
        for column in range(CELLS):
            width, height = (right - left) / CELLS, (bottom - top) / CELLS
            middle = (
                round(left + (column + 0.3) * width),
                round(top + (row + 0.3) * height),
                round(left + (column + 0.7) * width),
                round(top + (row + 0.7) * height),
            )
            cell = picture.crop(middle).convert("L")
            flat = Image.new("L", cell.size, round(ImageStat.Stat(cell).mean[0]))
            found.append(ImageStat.Stat(ImageChops.difference(cell, flat)).mean[0])
    return max(found)


def stored(orientation: int, size: tuple[int, int] = (1700, 1300)) -> bytes:
    image = striped(*size)
    for turn in pictures.STORED[orientation]:
        image = image.transpose(turn)
    return pictures.jpeg(image, exif=pictures.exif(orientation))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_zone_keeps_36_means_at_every_size_whichever_way_the_camera_was_held(orientation: int) -> None:
    for variant in render(stored(orientation), "photo", RECIPE, BLUR).variants:
        picture = pictures.opened(variant.data)
        assert detail_in_cells(picture, ZONE) < 4
        assert detail_in_cells(picture, Box(1000, 5000, 4000, 8000)) > 12  # the rest of the photo is as it was


def test_without_the_blur_the_zone_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imaging, "blurred", lambda image, _: image)
    assert all(
        detail_in_cells(pictures.opened(variant.data), ZONE) > 12
        for variant in render(stored(6), "photo", RECIPE, BLUR).variants
    )


@pytest.mark.parametrize("form", ["PNG", "WEBP", "AVIF"])
def test_in_every_format(form: str) -> None:
    data = pictures.encoded(striped(700, 500), form)
    for variant in render(data, "photo", RECIPE, BLUR).variants:
        assert detail_in_cells(pictures.opened(variant.data), ZONE) < 4


def test_the_placeholder_says_no_more_than_the_blurred_photo() -> None:
    image = Image.new("RGB", (60, 60), "white")
    image.paste("black", (0, 0, 60, 30))
    whole = Treatment((Box(0, 0, 10_000, 10_000),))
    assert render(pictures.encoded(image, "PNG"), "photo", RECIPE, whole).placeholder in {"#808080", "#7f7f7f"}


def test_the_same_zones_in_another_order_are_the_same_treatment() -> None:
    other = Box(0, 0, 100, 100)
    assert Treatment((ZONE, other)) == Treatment((other, ZONE, other))
    keys = {photo_key("5a" * 32, RECIPE, {}, treatment) for treatment in (NONE, BLUR, Treatment((other,)))}
    assert len(keys) == 3


@pytest.mark.parametrize("edges", [(0, 0, 0, 9), (5, 0, 4, 9), (-1, 0, 4, 9), (0, 0, 10_001, 9), (0, 9, 9, 9)])
def test_a_zone_lies_within_its_photo(edges: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="within"):
        Box(*edges)


@given(
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    left=st.integers(0, 9999),
    top=st.integers(0, 9999),
    width=st.integers(1, 10_000),
    height=st.integers(1, 10_000),
)
def test_any_zone_of_any_picture_holds_36_colours_at_most(
    size: tuple[int, int], left: int, top: int, width: int, height: int
) -> None:
    zone = Box(left, top, min(10_000, left + width), min(10_000, top + height))
    picture = pictures.textured(*size)
    done = blurred(picture, [zone])
    box = zone.pixels(size)
    assert 0 <= box[0] < box[2] <= size[0]
    assert 0 <= box[1] < box[3] <= size[1]
    colours = done.crop(box).getcolors(90 * 90)
    assert colours is not None
    assert len(colours) <= CELLS * CELLS
    for outside in ((0, 0, size[0], box[1]), (0, box[3], *size), (0, 0, box[0], size[1]), (box[2], 0, *size)):
        assert done.crop(outside).tobytes() == picture.crop(outside).tobytes()
