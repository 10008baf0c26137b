from __future__ import annotations

import pytest

from plugins.apart import Refused
from plugins.errors import ContentError
from plugins.photos import opening, source
from plugins.photos.heif import HeifError, decode_heif
from plugins.photos.heif_decoder import SECONDS
from plugins.photos.imaging import render
from plugins.photos.recipe import RECIPE
from tests.plugins.photos import pictures

PORTRAIT = (pictures.SAMPLES / "portrait.heic").read_bytes()
CRASHES = PORTRAIT[:244] + b"\x63\xc3\x3c" + PORTRAIT[247:]
"""Three damaged bytes on which libheif 1.23 ends its process."""


def test_a_portrait_stands_upright_and_is_turned_once() -> None:
    decoded = decode_heif(PORTRAIT, source.MAX_PIXELS, 1600)
    assert decoded.size == (96, 144)
    assert decoded.image is not None
    assert pictures.upright(decoded.image)


def test_a_large_photo_is_reduced_before_it_is_handed_over() -> None:
    decoded = decode_heif(PORTRAIT, source.MAX_PIXELS, 72)
    assert decoded.size == (96, 144)
    assert decoded.image is not None
    assert decoded.image.size == (48, 72)


def test_a_photo_past_the_limit_is_measured_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert decode_heif(PORTRAIT, 96 * 144 - 1, 1600).image is None
    monkeypatch.setattr(opening, "MAX_PIXELS", 96 * 144 - 1)
    with pytest.raises(ContentError) as caught:
        render(PORTRAIT, "fessart/photo", RECIPE)
    assert caught.value.problems[0].message == source.TOO_LARGE


def test_a_file_that_crashes_the_decoder_is_a_damaged_photo() -> None:
    with pytest.raises(HeifError):
        decode_heif(CRASHES, source.MAX_PIXELS, 1600)
    with pytest.raises(ContentError) as caught:
        render(CRASHES, "fessart/photo", RECIPE)
    assert caught.value.problems[0].message == source.DAMAGED


@pytest.mark.parametrize("at", range(60, 1800, 290))
def test_damage_anywhere_gives_a_photo_or_a_clear_error(at: int) -> None:
    data = PORTRAIT[:at] + b"\xff\x00\xa5" + PORTRAIT[at + 3 :]
    try:
        rendering = render(data, "fessart/photo", RECIPE)
    except ContentError:
        return
    assert rendering.variants


def test_a_decoder_that_gives_no_answer_is_a_photo_in_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(module: str, arguments: list[str], data: bytes, seconds: float) -> bytes:
        assert (module, len(data), seconds) == ("plugins.photos.heif_decoder", len(PORTRAIT), SECONDS)
        raise Refused(module)

    monkeypatch.setattr("plugins.photos.heif.run_apart", endless)
    with pytest.raises(HeifError):
        decode_heif(PORTRAIT, source.MAX_PIXELS, 1600)
