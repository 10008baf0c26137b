from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.photos import containers
from plugins.photos.containers import Chunk, Malformed, Segment
from tests.plugins.photos import pictures


def test_a_jpeg_ends_where_its_first_image_ends() -> None:
    data = pictures.jpeg(pictures.corners(32, 24), progressive=True)
    assert list(containers.jpeg_segments(data + b"\xff\xd8 another one \xff\xd9"))[-1].end == len(data)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("order", ["<", ">"])
def test_orientation_is_read_in_both_byte_orders(orientation: int, order: str) -> None:
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entry = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)
    block = mark + struct.pack(f"{order}IH", 8, 1) + entry + struct.pack(f"{order}I", 0)
    assert containers.exif_orientation(b"Exif\0\0" + block) == orientation
    assert containers.exif_orientation(block) == orientation


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_a_senseless_orientation_is_no_orientation(value: int) -> None:
    block = b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, value, 0, 0)
    assert containers.exif_orientation(block) == 1


@given(st.binary(max_size=200))
def test_any_exif_block_gives_an_orientation(block: bytes) -> None:
    assert 1 <= containers.exif_orientation(b"Exif\0\0MM\0*" + block) <= 8


@given(st.binary(max_size=300))
def test_any_bytes_are_segments_or_malformed(data: bytes) -> None:
    walks: tuple[tuple[bytes, Callable[[bytes], Iterator[Segment | Chunk]]], ...] = (
        (b"\xff\xd8", containers.jpeg_segments),
        (containers.PNG_SIGNATURE, containers.png_chunks),
        (b"RIFF\x20\0\0\0WEBP", containers.riff_chunks),
    )
    for head, walk in walks:
        try:
            parts = list(walk(head + data))
        except Malformed:
            continue
        assert all(part.end <= len(head + data) for part in parts)


def test_a_profile_with_a_missing_part_is_none() -> None:
    part = b"ICC_PROFILE\0\x01\x02" + b"x" * 20
    whole = pictures.jpeg(pictures.corners(16, 16))
    data = whole[:2] + b"\xff\xe2" + struct.pack(">H", len(part) + 2) + part + whole[2:]
    assert containers.jpeg_profile(data, list(containers.jpeg_segments(data))) is None


def test_brands_of_an_iso_file() -> None:
    assert b"heic" in containers.brands((pictures.SAMPLES / "portrait.heic").read_bytes())
    assert not containers.brands(b"\xff\xd8\xff\xe0")


@pytest.mark.parametrize(
    ("walk", "head", "part"),
    [
        (containers.jpeg_segments, b"\xff\xd8", b"\xff\x01"),
        (containers.png_chunks, containers.PNG_SIGNATURE, b"\0\0\0\0tEXt\0\0\0\0"),
        (containers.riff_chunks, b"RIFF\xf0\0\0\0WEBP", b"ABCD\0\0\0\0"),
        (containers.iso_boxes, b"", b"\0\0\0\x08free"),
    ],
    ids=["jpeg", "png", "webp", "iso"],
)
def test_millions_of_empty_parts_do_not_fill_the_memory(
    walk: Callable[[bytes], Iterable[object]], head: bytes, part: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "MAX_PARTS", 10)
    with pytest.raises(Malformed, match="too many parts"):
        list(walk(head + part * 30))
