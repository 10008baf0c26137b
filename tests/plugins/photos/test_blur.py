from __future__ import annotations

import pytest

from plugins.errors import Wrong
from plugins.photos.blur import Blur, read_wishes
from plugins.photos.treatment import Box

PHOTOS = ("Mare.jpg", "sortie 2.HEIC")
MARE = "Mare.jpg"


@pytest.mark.parametrize(
    ("text", "blur"),
    [
        ("mare.jpg 2, 4", Blur(numbers=(2, 4))),
        ("mare.jpg 2 et 4 #3f2a91", Blur(numbers=(2, 4), mark="3f2a91")),
        ("mare.jpg", Blur(faces=True)),
        ("Mare.jpg : visages", Blur(faces=True)),
        ("mare.jpg (10 20 30,5 5)", Blur(zones=(Box(1000, 2000, 4050, 2500),))),
        ("mare.jpg 1 (0 0 1 1) (9 9 1 1)", Blur(numbers=(1,), zones=(Box(0, 0, 100, 100), Box(900, 900, 1000, 1000)))),
        ("sortie 2.heic 1; mare.jpg 3", Blur(numbers=(3,))),
        ("visages; mare.jpg (1 2 3 4)", Blur(faces=True, zones=(Box(100, 200, 400, 600),))),
        ("visages", Blur(faces=True)),
        ("sortie 2.heic 1", Blur()),
        ("", Blur()),
    ],
)  # fmt: skip
def test_what_is_asked_for_a_photo(text: str, blur: Blur) -> None:
    assert read_wishes(text, PHOTOS, everywhere=False).of(MARE) == blur


def test_a_centre_that_asks_for_every_face_is_not_asked_less_by_an_article() -> None:
    for text in ("", "sortie 2.heic 1", "mare.jpg 2"):
        assert read_wishes(text, PHOTOS, everywhere=True).of(MARE).faces


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("visage", "write « visages »"),
        ("les enfants du fond", "write « visages »"),
        ("marre.jpg 2", "Did you mean “Mare.jpg”?"),
        ("tout-autre-chose.png 2", "is not there"),
        ("mare.jpg deux", "“deux” is not read"),
        ("mare.jpg 2, 4 #xyz", "“#xyz” is not read"),
        ("mare.jpg 2.5", "is not read"),
        ("mare.jpg (10 20 30)", "is not read"),
        ("mare.jpg (90 20 30 10)", "does not lie within its photo"),
        ("mare.jpg (10 20 0 10)", "does not lie within its photo"),
        ("mare.jpg -2", "is not read"),
        ("mare.jpg 1; MARE.JPG 2", "stands here twice"),
    ],
)
def test_what_can_not_be_read_is_an_error(text: str, said: str) -> None:
    with pytest.raises(Wrong) as caught:
        read_wishes(text, PHOTOS, everywhere=False)
    assert said in str(caught.value)
