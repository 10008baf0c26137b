from __future__ import annotations

import unicodedata

import pytest

from plugins.errors import Wrong
from plugins.photos.blur import Blur, read_wishes
from plugins.photos.captions import read_captions
from plugins.photos.names import photo_named

TWO = ("IMG_1.JPG", "img_1.jpg", "été.png")


def test_the_photo_that_is_called_so_comes_before_one_that_is_called_nearly_so() -> None:
    assert [photo_named(name, TWO) for name in TWO] == [*TWO]
    assert [photo_named(name, TWO[::-1]) for name in TWO] == [*TWO]
    assert photo_named(unicodedata.normalize("NFD", "été.png"), TWO) == "été.png"
    assert photo_named("ETE.PNG", TWO) == "été.png"


def test_what_could_be_two_photos_is_neither() -> None:
    with pytest.raises(Wrong, match=r"“Img_1.jpg” could be IMG_1.JPG, img_1.jpg"):
        photo_named("Img_1.jpg", TWO)
    with pytest.raises(Wrong, match="could be"):
        read_wishes("Img_1.jpg (10 20 15 15)", TWO, everywhere=False)


def test_a_zone_blurs_the_photo_that_it_names_and_a_caption_stands_under_it() -> None:
    wishes = read_wishes("IMG_1.JPG (10 20 15 15)", TWO, everywhere=False)
    assert wishes.of("IMG_1.JPG").zones
    assert wishes.of("img_1.jpg") == Blur()
    problems: list[object] = []
    found = read_captions("IMG_1.JPG : Un écureuil".encode(), "x", TWO, problems)  # type: ignore[arg-type]
    assert list(found) == ["IMG_1.JPG"]
    assert not problems
