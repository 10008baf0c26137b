from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from io import BytesIO

import pytest
from PIL import Image, ImageCms

from plugins.photos import imaging
from plugins.photos.colour import display_p3, to_srgb
from plugins.photos.imaging import render
from plugins.photos.recipe import RECIPE
from tests.plugins.photos import pictures

Triple = tuple[float, float, float]

PATCHES: list[tuple[int, int, int]] = [
    *((grey, grey, grey) for grey in (8, 64, 128, 192, 247)),
    *((230, 60, 50), (60, 180, 75), (40, 80, 210), (250, 210, 40), (150, 60, 170), (70, 200, 210)),
    *((224, 172, 145), (141, 85, 60), (255, 224, 196), (90, 120, 70), (110, 140, 180), (240, 150, 170)),
    *((255, 0, 0), (0, 255, 0), (0, 0, 255)),
]
"""Greys, crayons, skins, grass, sky, and the corners of sRGB: what the pixels should look like."""

SIDE = 40

# Linear RGB to XYZ for white D65: IEC 61966-2-1, and SMPTE EG 432-1 (Display P3).
SRGB_XYZ = ((0.4123908, 0.3575843, 0.1804808), (0.2126390, 0.7151687, 0.0721923), (0.0193308, 0.1191948, 0.9505322))
XYZ_P3 = ((2.4934969, -0.9313836, -0.4027108), (-0.8294890, 1.7626641, 0.0236247), (0.0358458, -0.0761724, 0.9568845))


def product(matrix: tuple[Triple, ...], vector: Iterable[float]) -> list[float]:
    values = list(vector)
    return [sum(a * b for a, b in zip(row, values, strict=True)) for row in matrix]


def linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def curved(value: float) -> float:
    value = min(1.0, max(0.0, value))
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055


def in_p3(patch: tuple[int, int, int]) -> tuple[int, ...]:
    """The numbers that Display P3 has for an sRGB colour, by the standards' formulas alone."""
    xyz = product(SRGB_XYZ, (linear(part / 255) for part in patch))
    return tuple(round(255 * curved(part)) for part in product(XYZ_P3, xyz))


def lab(patch: tuple[int, ...]) -> Triple:
    xyz = product(SRGB_XYZ, (linear(part / 255) for part in patch))
    scaled = [part / white for part, white in zip(xyz, (0.95047, 1.0, 1.08883), strict=True)]
    f = [part ** (1 / 3) if part > 216 / 24389 else (24389 / 27 * part + 16) / 116 for part in scaled]
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def difference(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """ΔE*ab (CIE 1976), stricter than ΔE 2000 on saturated colours."""
    return math.dist(lab(one), lab(other))


def chart(convert: bool) -> Image.Image:
    """The patches, two rows, as sRGB or as Display P3 numbers."""
    image = Image.new("RGB", (SIDE * len(PATCHES) // 2, SIDE * 2))
    for index, patch in enumerate(PATCHES):
        column, row = index % (len(PATCHES) // 2), index // (len(PATCHES) // 2)
        image.paste(
            in_p3(patch) if convert else patch, (column * SIDE, row * SIDE, (column + 1) * SIDE, (row + 1) * SIDE)
        )
    return image


def worst(data: bytes) -> float:
    """The largest difference of any patch, in the middle of it, on any variant of the chart."""
    found = 0.0
    for variant in render(data, "chart", RECIPE).variants:
        image = pictures.opened(variant.data)
        scale = image.width / (SIDE * len(PATCHES) // 2)
        for index, patch in enumerate(PATCHES):
            column, row = index % (len(PATCHES) // 2), index // (len(PATCHES) // 2)
            box = [
                round(scale * edge)
                for edge in (column * SIDE + 12, row * SIDE + 12, column * SIDE + 28, row * SIDE + 28)
            ]
            mean = image.crop((box[0], box[1], box[2], box[3])).resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
            found = max(found, difference(mean, patch))  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_display_p3_chart_keeps_its_look(form: str) -> None:
    settings: dict[str, dict[str, object]] = {
        "JPEG": {"quality": 100, "subsampling": 0},
        "WEBP": {"lossless": True},
        "AVIF": {"quality": 100, "subsampling": "4:4:4"},
    }
    data = pictures.encoded(chart(convert=True), form, icc_profile=display_p3(), **settings.get(form, {}))
    assert worst(data) < 3


def test_without_the_conversion_the_chart_would_be_washed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    data = pictures.encoded(chart(convert=True), "PNG", icc_profile=display_p3())
    monkeypatch.setattr(imaging, "to_srgb", lambda image, _: image.convert("RGB"))
    assert worst(data) > 10


def test_an_srgb_chart_stays_as_it_is_with_and_without_its_profile() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert worst(pictures.encoded(chart(convert=False), "PNG", icc_profile=profile)) < 3
    assert worst(pictures.encoded(chart(convert=False), "PNG")) < 3


@pytest.mark.parametrize("name", ["p3-by-profile.heic", "p3-by-number.heic"])
def test_a_heic_in_display_p3(name: str) -> None:
    data = (pictures.SAMPLES / name).read_bytes()
    image = pictures.opened(render(data, "photo", RECIPE).variants[0].data)
    assert difference(image.getpixel((30, 30)), (255, 0, 0)) < 3  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "profile",
    [b"", b"x", bytes(200), display_p3()[:150], display_p3()[:128] + bytes(200), b"\xff" * 300],
    ids=["empty", "short", "zeros", "cut", "no table", "noise"],
)
def test_a_broken_profile_counts_as_srgb(profile: bytes) -> None:
    image = pictures.corners(16, 16)
    assert to_srgb(image, profile).tobytes() == image.tobytes()


def test_a_profile_of_another_model_counts_as_srgb() -> None:
    image = pictures.corners(16, 16)
    grey = display_p3()[:16] + b"GRAY" + display_p3()[20:]
    assert to_srgb(image, grey).tobytes() == image.tobytes()


def test_grey_pixels_with_a_colour_profile_stay_grey() -> None:
    grey = Image.linear_gradient("L").resize((64, 64))
    red, green, blue = to_srgb(grey, display_p3()).split()
    assert max(abs(a - b) for one in (green, blue) for a, b in zip(red.tobytes(), one.tobytes(), strict=True)) <= 1


def test_the_profile_is_a_well_formed_file() -> None:
    profile = display_p3()
    assert struct.unpack(">I", profile[:4]) == (len(profile),)
    assert ImageCms.ImageCmsProfile(BytesIO(profile)).profile.xcolor_space == "RGB "
