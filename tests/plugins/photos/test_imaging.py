from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from plugins.photos import imaging
from plugins.photos.imaging import render, variant_sizes
from plugins.photos.recipe import RECIPE, Recipe
from tests.plugins.photos import pictures

BOUNDS = RECIPE.bounds


def largest(data: bytes) -> Image.Image:
    return pictures.opened(render(data, "photo", RECIPE).variants[-1].data)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_every_orientation_comes_out_upright(orientation: int, form: str) -> None:
    image = pictures.corners(64, 96)
    for turn in pictures.STORED[orientation]:
        image = image.transpose(turn)
    data = pictures.encoded(image, form, exif=pictures.exif(orientation), quality=95)
    for variant in render(data, "photo", RECIPE).variants:
        found = pictures.opened(variant.data)
        assert found.size == (64, 96) == (variant.width, variant.height)
        assert pictures.upright(found)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_of_a_heic_comes_out_upright(orientation: int) -> None:
    data = (pictures.SAMPLES / f"orientation-{orientation}.heic").read_bytes()
    for variant in render(data, "photo", RECIPE).variants:
        assert (variant.width, variant.height) == (96, 144)
        assert pictures.upright(pictures.opened(variant.data))


def test_without_the_turn_a_portrait_would_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    lying = pictures.corners(64, 96).transpose(Image.Transpose.ROTATE_90)
    data = pictures.jpeg(lying, exif=pictures.exif(6))
    assert pictures.upright(largest(data))
    monkeypatch.setattr(imaging, "_upright", lambda image, _: image)
    assert not pictures.upright(largest(data))


def test_a_large_portrait_is_upright_at_every_size_and_bounded_by_its_height() -> None:
    lying = pictures.corners(1500, 2000).transpose(Image.Transpose.ROTATE_90)
    rendering = render(pictures.jpeg(lying, exif=pictures.exif(6)), "photo", RECIPE)
    assert [(v.width, v.height) for v in rendering.variants] == [(360, 480), (720, 960), (1200, 1600)] * 2
    assert all(pictures.upright(pictures.opened(variant.data)) for variant in rendering.variants)


def test_modern_format_first_then_by_width() -> None:
    rendering = render(pictures.jpeg(pictures.corners(1700, 900)), "photo", RECIPE)
    assert [(v.media_type, v.width) for v in rendering.variants] == [
        *(("image/webp", width) for width in (480, 960, 1600)),
        *(("image/jpeg", width) for width in (480, 960, 1600)),
    ]
    formats = [pictures.opened(variant.data).format for variant in rendering.variants]
    assert formats == ["WEBP"] * 3 + ["JPEG"] * 3


@given(width=st.integers(1, 9000), height=st.integers(1, 9000))
def test_sizes_grow_and_never_past_the_photo(width: int, height: int) -> None:
    sizes = variant_sizes((width, height), BOUNDS)
    assert sizes[-1][0] <= width
    assert sizes[-1][1] <= height
    assert max(sizes[-1]) == min(max(width, height), BOUNDS[-1])
    assert sorted(set(sizes)) == list(sizes)
    assert len({size[0] for size in sizes}) == len({size[1] for size in sizes}) == len(sizes)
    assert all(abs(w * height - h * width) <= max(width, height) for w, h in sizes)


@pytest.mark.parametrize(
    ("size", "sides"),
    [
        (200, [200]),
        (500, [500]),
        (600, [480, 600]),
        (1000, [480, 1000]),
        (1599, [480, 960, 1599]),
        (4032, [480, 960, 1600]),
    ],
)
def test_a_small_photo_gets_fewer_variants_and_is_never_enlarged(size: int, sides: list[int]) -> None:
    assert [max(pair) for pair in variant_sizes((size, size * 3 // 4), BOUNDS)] == sides


def test_a_strip_one_pixel_high_is_still_a_photo() -> None:
    assert render(pictures.jpeg(Image.new("RGB", (3000, 1))), "photo", RECIPE).variants[-1].width == 1600


def without_adobe(data: bytes) -> bytes:
    """A JPEG without the marker that says that its inks are written inverted: they are read so all the same."""
    at = data.index(b"\xff\xee\0\x0eAdobe")
    return data[:at] + data[at + 16 :]


def grey_ramp_16() -> bytes:
    ramp = b"".join(int(65535 * x / 99).to_bytes(2, "little") for x in range(100))
    return pictures.encoded(Image.frombytes("I;16", (100, 40), ramp * 40), "PNG")


def transparent(mode: str) -> bytes:
    image = pictures.corners(80, 60).convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 80, 30))
    if mode == "P":
        return pictures.encoded(image.quantize(16), "PNG")
    return pictures.encoded(image.convert(mode), "PNG")


def test_16_bits_of_grey_are_scaled_not_cut() -> None:
    found = largest(grey_ramp_16()).convert("L")
    assert [abs(found.getpixel((x, 20)) - 255 * x / 99) < 4 for x in range(2, 98)] == [True] * 96  # type: ignore[operator]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_becomes_white(mode: str) -> None:
    found = largest(transparent(mode))
    assert all(part > 250 for part in found.getpixel((20, 10)))  # type: ignore[union-attr]
    assert any(part < 200 for part in found.getpixel((20, 50)))  # type: ignore[union-attr]


def test_a_transparent_colour_of_a_plain_png_becomes_white() -> None:
    data = pictures.encoded(Image.new("RGB", (40, 40), (1, 2, 3)), "PNG", transparency=(1, 2, 3))
    assert largest(data).getpixel((20, 20)) == (255, 255, 255)


@pytest.mark.parametrize(
    "make",
    [
        lambda image: pictures.jpeg(image.convert("CMYK"), quality=95),
        lambda image: without_adobe(pictures.jpeg(image.convert("CMYK"), quality=95)),
        lambda image: pictures.encoded(image.quantize(32), "PNG"),
        lambda image: pictures.encoded(image.convert("P"), "PNG"),
        lambda image: pictures.jpeg(image, progressive=True, quality=95),
        lambda image: pictures.encoded(image, "WEBP", lossless=True),
        lambda image: pictures.encoded(image, "AVIF"),
    ],
    ids=["CMYK", "CMYK without Adobe's marker", "palette", "web palette", "progressive", "lossless WebP", "AVIF"],
)
def test_every_kind_of_pixels_keeps_its_colours(make: Callable[[Image.Image], bytes]) -> None:
    assert pictures.upright(largest(make(pictures.corners(96, 64))), tolerance=40)


@pytest.mark.parametrize("mode", ["L", "1"])
@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_grey_and_black_and_white(mode: str, form: str) -> None:
    image = Image.new("L", (60, 60), 255)
    image.paste(0, (0, 0, 30, 60))
    found = largest(pictures.encoded(image.convert(mode), form))
    assert found.getpixel((10, 30))[0] < 8 < 247 < found.getpixel((50, 30))[0]  # type: ignore[index]


@pytest.mark.parametrize("form", ["PNG", "WEBP", "AVIF"])
def test_of_a_moving_picture_the_first_image_is_taken(form: str) -> None:
    frames = [pictures.corners(60, 40), Image.new("RGB", (60, 40), "black")]
    settings = {"WEBP": {"lossless": True}}.get(form, {})
    data = pictures.encoded(frames[0], form, save_all=True, append_images=frames[1:], duration=100, **settings)
    rendering = render(data, "photo", RECIPE)
    assert rendering.animated
    assert all(pictures.upright(pictures.opened(variant.data)) for variant in rendering.variants)


def test_a_still_picture_is_not_moving() -> None:
    assert not render(pictures.encoded(pictures.corners(60, 40), "WEBP"), "photo", RECIPE).animated


def test_of_a_multi_picture_file_the_first_image_is_taken() -> None:
    first, second = pictures.corners(96, 64), Image.new("RGB", (96, 64), "black")
    data = pictures.encoded(first, "MPO", save_all=True, append_images=[second], quality=95)
    assert pictures.opened(data).format == "MPO"
    assert pictures.upright(largest(data))


def test_the_same_photo_gives_the_same_bytes() -> None:
    data = pictures.jpeg(pictures.textured(700, 500))
    assert render(data, "one", RECIPE) == render(data, "two", RECIPE)


def test_another_recipe_gives_other_bytes() -> None:
    data = pictures.jpeg(pictures.textured(300, 200))
    ours, theirs = render(data, "a", RECIPE), render(data, "a", Recipe(webp_quality=(40,) * 3, jpeg_quality=(40,) * 3))
    assert all(one.data != other.data for one, other in zip(ours.variants, theirs.variants, strict=True))


def test_a_scaled_decode_looks_like_a_full_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shortcut (decode at half size) stays within one level, on average, of the long way."""
    data = pictures.jpeg(pictures.textured(340, 256).resize((3400, 2560), Image.Resampling.BICUBIC), quality=95)
    scaled = largest(data).convert("L")
    drafts: list[object] = []
    monkeypatch.setattr(JpegImageFile, "draft", lambda *settings: drafts.append(settings))
    full = largest(data).convert("L")
    assert drafts
    differences = [abs(a - b) for a, b in zip(scaled.tobytes(), full.tobytes(), strict=True)]
    assert 0 < sum(differences) / len(differences) < 1


def test_the_placeholder_is_the_mean_colour() -> None:
    image = Image.new("RGB", (200, 100), (10, 200, 30))
    image.paste((110, 100, 130), (100, 0, 200, 100))
    found = render(pictures.encoded(image, "PNG"), "photo", RECIPE).placeholder
    parts = [int(found[at : at + 2], 16) for at in (1, 3, 5)]
    assert all(abs(part - wanted) <= 2 for part, wanted in zip(parts, (60, 150, 80), strict=True))
