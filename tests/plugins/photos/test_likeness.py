"""Whether a picture is known again, and no other is taken for it."""

from __future__ import annotations

import random
from collections.abc import Callable
from io import BytesIO
from itertools import combinations

import pytest
from PIL import Image, ImageOps

from plugins.photos import likeness
from tests.project import ROOT

Change = Callable[[Image.Image], Image.Image]

PHOTOS = sorted(path for path in (ROOT / "content").glob("*/articles/*/*") if path.suffix in (".jpg", ".png", ".webp"))[
    ::2
]
"""Every second photo of the demonstration; all of them were measured, see docs/decisions/004."""


def variant(image: Image.Image, quality: int = 80) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


@pytest.fixture(scope="module")
def pictures() -> dict[str, Image.Image]:
    """The photos of the demonstration, each as its smallest variant would be."""
    found = {}
    for path in PHOTOS:
        with Image.open(path) as image:
            image.draft("RGB", (480, 480))
            found[path.stem] = likeness.picture(variant(image.convert("RGB")))
    assert len(found) > 15
    return found


@pytest.fixture(scope="module")
def known(pictures: dict[str, Image.Image]) -> dict[str, likeness.Likenesses]:
    return {name: likeness.likenesses(image) for name, image in pictures.items()}


def cropped(width: float, height: float) -> Change:
    where = random.Random(7)

    def change(image: Image.Image) -> Image.Image:
        size = int(image.width * width), int(image.height * height)
        left, top = where.randint(0, image.width - size[0]), where.randint(0, image.height - size[1])
        return image.crop((left, top, left + size[0], top + size[1]))

    return change


def square(image: Image.Image) -> Image.Image:
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


@pytest.mark.parametrize(
    ("change", "least"),
    [
        (lambda image: likeness.picture(variant(image, quality=25)), 1.0),
        (lambda image: image.resize((200, 200 * image.height // image.width)), 1.0),
        (lambda image: image.resize((900, 900 * image.height // image.width)), 1.0),
        (lambda image: image.transpose(Image.Transpose.ROTATE_90), 1.0),
        (lambda image: image.transpose(Image.Transpose.ROTATE_180), 1.0),
        (ImageOps.mirror, 1.0),
        (lambda image: image.rotate(2), 1.0),
        (lambda image: ImageOps.grayscale(image).convert("RGB"), 1.0),
        (lambda image: image.point(lambda value: min(255, value * 5 // 4)), 1.0),
        (square, 1.0),
        (cropped(0.97, 0.97), 1.0),
        (cropped(0.9, 0.95), 0.97),
        (cropped(0.82, 0.82), 0.9),
        (cropped(0.72, 0.72), 0.85),
    ],
    ids=("saved again", "smaller", "larger", "quarter turn", "half turn", "mirrored", "straightened", "grey",
         "brighter", "square", "edges cut", "cropped a little", "cropped", "cropped by half"),
)  # fmt: skip
def test_a_picture_is_known_again(
    pictures: dict[str, Image.Image], known: dict[str, likeness.Likenesses], change: Change, least: float
) -> None:
    found = sum(
        likeness.apart(known[name], likeness.orientations(change(image))) <= likeness.MOST_APART
        for name, image in pictures.items()
    )
    assert found / len(pictures) >= least


def test_no_other_picture_is_taken_for_it(
    pictures: dict[str, Image.Image], known: dict[str, likeness.Likenesses]
) -> None:
    turned = {name: likeness.orientations(image) for name, image in pictures.items()}
    nearest = min(likeness.apart(known[one], turned[other]) for one, other in combinations(pictures, 2))
    assert nearest >= likeness.MOST_APART + 10


def test_a_picture_of_nothing_is_like_no_other() -> None:
    sky = Image.new("RGB", (480, 360), "#9fc5e8")
    assert len(likeness.likenesses(sky)) == 0
    assert likeness.apart(likeness.likenesses(sky), likeness.orientations(sky)) == 256


def test_likenesses_are_written_down_and_read_again(known: dict[str, likeness.Likenesses]) -> None:
    found = next(iter(known.values()))
    assert (likeness.from_hex(likeness.to_hex(found)) == found).all()
    with pytest.raises(ValueError, match="32 bytes"):
        likeness.from_hex(["ab"])
