"""The proof of a blur, on pixels: whatever was forgotten, in any square of any variant, is seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageEnhance

from plugins.photos import proof
from plugins.photos.imaging import _encode
from plugins.photos.proof import is_blurred
from plugins.photos.recipe import RECIPE
from plugins.photos.rendering import JPEG, WEBP
from plugins.photos.treatment import FULL, SMALLEST, Box, Treatment, blurred
from tests.plugins.photos import pictures

ASTRONAUT = Path(__file__).parent / "data/astronaute.jpg"
FACE = Box(3500, 1100, 5300, 3500)
SIZES = (480, 960, 1600)


@pytest.fixture(scope="module")
def portrait() -> Image.Image:
    return Image.open(ASTRONAUT).convert("RGB").resize((1600, 1600))


def group(portrait: Image.Image, width: int) -> tuple[Image.Image, Box]:
    """A photo with texture everywhere and a face of this width, in pixels of the largest variant."""
    head = portrait.crop(FACE.pixels(portrait.size))
    head = head.resize((width, head.height * width // head.width), Image.Resampling.LANCZOS)
    ground = pictures.textured(1600, 1200)
    ground.paste(head, (700, 500))
    return ground, Box(700 * FULL // 1600, 500 * FULL // 1200, (700 + width) * FULL // 1600,
                       (500 + head.height) * FULL // 1200)  # fmt: skip


def variants(image: Image.Image, kind: str) -> list[Image.Image]:
    """As the pipeline makes them: chained, from large to small, then encoded."""
    chain = [image]
    for width in reversed(SIZES[:-1]):
        size = width, image.height * width // image.width
        chain.append(chain[-1].resize(size, Image.Resampling.LANCZOS))
    return [pictures.opened(_encode(each, kind, RECIPE)).convert("RGB") for each in reversed(chain)]


@pytest.mark.parametrize("kind", [WEBP, JPEG])
@pytest.mark.parametrize("width", [400, 90, 24])
def test_a_face_is_told_from_its_blur_at_every_size(portrait: Image.Image, width: int, kind: str) -> None:
    image, face = group(portrait, width)
    zones = Treatment((face,)).zones(image.size)
    plain, hidden = variants(image, kind), variants(blurred(image, zones), kind)
    assert is_blurred(hidden, zones)
    assert not is_blurred(plain, zones)
    for rank in range(len(SIZES)):  # one variant alone that was made without the blur
        assert not is_blurred([*hidden[:rank], plain[rank], *hidden[rank + 1 :]], zones)


def test_a_face_in_the_dark_is_seen_too(portrait: Image.Image) -> None:
    image, face = group(ImageEnhance.Brightness(portrait).enhance(0.35), 90)
    zones = Treatment((face,)).zones(image.size)
    assert not is_blurred(variants(image, JPEG), zones)
    assert is_blurred(variants(blurred(image, zones), JPEG), zones)


def test_one_square_that_is_not_flat_is_enough(portrait: Image.Image, monkeypatch: pytest.MonkeyPatch) -> None:
    """An eye left open: a mean over the zone would not see it."""
    image, face = group(portrait, 400)
    zones = [face]
    done = blurred(image, zones)
    left, top, right, bottom = face.pixels(image.size)
    eye = (left + (right - left) // 3, top + (bottom - top) // 3, left + (right - left) // 2, top + (bottom - top) // 2)
    done.paste(image.crop(eye), eye)
    shown = variants(done, WEBP)
    assert not is_blurred(shown, zones)
    monkeypatch.setattr(proof, "FLAT", 255.0)
    assert is_blurred(shown, zones), "the limit of each square is what sees it"


def test_zones_that_cross_are_each_proved(portrait: Image.Image) -> None:
    image, face = group(portrait, 400)
    beside = Box(face.left + 900, face.top + 300, face.right + 900, face.bottom + 300)
    zones = (face, beside)
    hidden = blurred(image, zones)
    assert is_blurred(variants(hidden, WEBP), zones)
    for forgotten in zones:
        rest = [zone for zone in zones if zone != forgotten]
        assert not is_blurred(variants(blurred(image, rest), WEBP), zones)
    assert not is_blurred(variants(hidden, WEBP), zones[::-1]), "what lies on top is the one blurred last"


def test_a_zone_within_another_is_proved_with_it(portrait: Image.Image) -> None:
    image, face = group(portrait, 400)
    inner = Box(face.left + 500, face.top + 500, face.right - 500, face.bottom - 500)
    for zones in ((face, inner), (inner, face)):
        assert is_blurred(variants(blurred(image, zones), JPEG), zones)


def test_the_smaller_variants_are_judged_by_the_largest(portrait: Image.Image, monkeypatch: pytest.MonkeyPatch) -> None:
    image, face = group(portrait, 90)
    zones = Treatment((face,)).zones(image.size)
    mixed = [*variants(image, WEBP)[:-1], variants(blurred(image, zones), WEBP)[-1]]
    assert not is_blurred(mixed, zones)
    monkeypatch.setattr(proof, "LIKE", 255.0)
    assert is_blurred(mixed, zones), "only this comparison looks at them"


def test_a_small_zone_grows_until_it_can_be_proved() -> None:
    (zone,) = Treatment((Box(0, 9990, 5, 10_000),)).zones((1600, 900))
    left, top, right, bottom = zone.pixels((1600, 900))
    assert right - left >= SMALLEST
    assert bottom - top >= SMALLEST
    assert (left, bottom) == (0, 900), "within the photo"
    assert Treatment((FACE,)).zones((1600, 900)) == (FACE,)
    assert Treatment((FACE,)).zones((30, 30)) == (Box(0, 0, FULL, FULL),)
