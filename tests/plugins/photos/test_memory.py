from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.photos import memory
from plugins.photos.memory import MOST_PIXELS, memory_needed
from tests.plugins.photos import pictures

SMALL = pictures.textured(300, 200)


def pixels(data: bytes) -> int:
    return memory._about(data)[0]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_the_pixels_of_each_format_are_known_without_decoding(form: str) -> None:
    assert pixels(pictures.encoded(SMALL, form)) == 60_000


def test_the_other_shapes_of_webp() -> None:
    assert pixels(pictures.encoded(SMALL, "WEBP", lossless=True)) == 60_000
    assert pixels(pictures.encoded(SMALL, "WEBP", exif=pictures.exif(1))) == 60_000


def test_of_a_heic_in_tiles_the_whole_counts() -> None:
    assert pixels((pictures.SAMPLES / "portrait.heic").read_bytes()) == 144 * 96


def test_a_progressive_jpeg_asks_for_more_as_it_can_t_be_decoded_line_by_line() -> None:
    assert memory_needed(pictures.jpeg(SMALL, progressive=True)) > memory_needed(pictures.jpeg(SMALL))


@given(
    data=st.binary(max_size=60), start=st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF", b"ispe"])
)
def test_whatever_the_bytes_say_the_answer_is_bounded(data: bytes, start: bytes) -> None:
    assert 0 < memory_needed(start + data) <= memory._FLOOR + MOST_PIXELS * 15
