from __future__ import annotations

import errno
import os
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL.JpegImagePlugin import JpegImageFile

from plugins.errors import ContentError
from plugins.photos import opening, source
from plugins.photos.imaging import render
from plugins.photos.opening import decode, open_photo
from plugins.photos.recipe import RECIPE
from plugins.photos.source import read_source
from tests.plugins.photos import pictures

FILES: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: pictures.jpeg(pictures.textured(120, 80)),
    "progressive": lambda: pictures.jpeg(pictures.textured(120, 80), progressive=True),
    "png": lambda: pictures.encoded(pictures.textured(120, 80), "PNG"),
    "webp": lambda: pictures.encoded(pictures.textured(120, 80), "WEBP"),
    "avif": lambda: pictures.encoded(pictures.textured(120, 80), "AVIF", speed=10),
    "heic": (pictures.SAMPLES / "portrait.heic").read_bytes,
}


def message(caught: pytest.ExceptionInfo[ContentError]) -> str:
    (problem,) = caught.value.problems
    assert problem.file == "fessart/photo"
    return problem.message


def test_reads_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"bytes")
    assert read_source(tmp_path, tmp_path / "a.jpg", "fessart/photo") == b"bytes"


def test_a_link_a_pipe_a_folder_are_no_photos(tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"elsewhere")
    (tmp_path / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "folder.jpg").mkdir()
    for name in ("link.jpg", "pipe.jpg", "folder.jpg"):
        with pytest.raises(ContentError) as caught:
            read_source(tmp_path, tmp_path / name, "fessart/photo")
        assert message(caught) == source.NOT_A_FILE


def test_missing_and_empty_files_say_so(tmp_path: Path) -> None:
    with pytest.raises(ContentError) as caught:
        read_source(tmp_path, tmp_path / "none.jpg", "fessart/photo")
    assert message(caught) == source.MISSING
    (tmp_path / "empty.jpg").touch()
    with pytest.raises(ContentError) as caught:
        read_source(tmp_path, tmp_path / "empty.jpg", "fessart/photo")
    assert message(caught) == source.EMPTY


def test_a_file_of_40_megabytes_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    with (tmp_path / "a.jpg").open("wb") as stream:
        stream.truncate(source.MAX_BYTES)
    assert len(read_source(tmp_path, tmp_path / "a.jpg", "fessart/photo")) == source.MAX_BYTES
    with (tmp_path / "a.jpg").open("ab") as stream:
        stream.truncate(source.MAX_BYTES + 1)
    with pytest.raises(ContentError) as caught:
        read_source(tmp_path, tmp_path / "a.jpg", "fessart/photo")
    assert message(caught) == source.TOO_HEAVY
    assert caught.value.problems[0].values == {"size": 41, "limit": 40}


@pytest.mark.parametrize(
    "data",
    [b"GIF89a" + bytes(40), b"II*\0" + bytes(40), b"%PDF-1.7", b"<svg xmlns='x'/>", b"BM" + bytes(60), b"\0", b"hello"],
)
def test_only_the_five_formats_are_opened(data: bytes) -> None:
    with pytest.raises(ContentError) as caught:
        open_photo(data, "fessart/photo", 1600)
    assert message(caught) == source.UNKNOWN


def test_a_name_means_nothing_the_bytes_decide(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(FILES["heic"]())
    assert open_photo(read_source(tmp_path, tmp_path / "photo.jpg", "x"), "x", 1600).size == (96, 144)


@pytest.mark.parametrize("form", FILES)
def test_a_file_cut_off_anywhere_is_refused(form: str) -> None:
    data = FILES[form]()
    for length in sorted({*range(12, len(data), max(1, len(data) // 25)), len(data) - 1}):
        with pytest.raises(ContentError) as caught:
            render(data[:length], "fessart/photo", RECIPE)
        assert message(caught) in {source.DAMAGED, source.UNKNOWN}


@pytest.mark.parametrize("form", ["jpeg", "progressive", "png"])
def test_a_file_whose_end_was_never_copied_is_refused(form: str) -> None:
    data = FILES[form]()
    with pytest.raises(ContentError) as caught:
        render(data[: len(data) // 2].ljust(len(data), b"\0"), "fessart/photo", RECIPE)
    assert message(caught) == source.DAMAGED


def test_a_jpeg_without_its_end_would_pass_for_whole_without_our_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow alone accepts a half photo that zeros complete: the rest comes out grey."""
    data = FILES["jpeg"]()
    half = data[: len(data) // 2].ljust(len(data), b"\0")

    def unchecked(whole: bytes, _: int) -> opening.Opened:
        return opening.Opened(JpegImageFile(BytesIO(whole)), (120, 80), 1, None)

    monkeypatch.setattr(opening, "_open_jpeg", unchecked)
    assert decode(open_photo(half, "fessart/photo", 1600), "fessart/photo").size == (120, 80)


@pytest.mark.parametrize(("width", "height"), [(7746, 7747), (30000, 30000), (65500, 1000), (2**31 - 1, 2**31 - 1)])
def test_a_png_that_says_it_is_huge_is_never_decoded(width: int, height: int) -> None:
    with pytest.raises(ContentError) as caught:
        open_photo(pictures.png_bomb(width, height), "fessart/photo", 1600)
    assert message(caught) in {source.TOO_LARGE, source.DAMAGED}


@pytest.mark.parametrize("form", ["jpeg", "webp"])
def test_a_header_that_says_it_is_huge_is_never_decoded(form: str) -> None:
    data = bytearray(FILES[form]())
    if form == "jpeg":
        frame = data.index(b"\xff\xc0") + 5
        data[frame : frame + 4] = struct.pack(">HH", 60000, 60000)
    else:
        frame = data.index(b"\x9d\x01\x2a") + 3
        data[frame : frame + 4] = struct.pack("<HH", 16383, 16383)
    with pytest.raises(ContentError) as caught:
        render(bytes(data), "fessart/photo", RECIPE)
    assert message(caught) in {source.TOO_LARGE, source.DAMAGED}


def test_the_pixel_limit_is_what_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    small = pictures.encoded(pictures.corners(40, 40), "PNG")
    monkeypatch.setattr(opening, "MAX_PIXELS", 1599)
    with pytest.raises(ContentError) as caught:
        open_photo(small, "fessart/photo", 1600)
    assert message(caught) == source.TOO_LARGE
    monkeypatch.setattr(opening, "MAX_PIXELS", 1600)
    assert open_photo(small, "fessart/photo", 1600).image.size == (40, 40)


def test_text_and_profiles_that_inflate_without_end_cost_nothing() -> None:
    bomb = zlib.compress(bytes(80_000_000), 9)
    data = pictures.png_with(
        pictures.encoded(pictures.corners(40, 40), "PNG"),
        (b"iCCP", b"p\0\0" + bomb),
        (b"zTXt", b"t\0\0" + bomb),
        (b"iTXt", b"t\0\1\0\0\0" + bomb),
    )
    opened = open_photo(data, "fessart/photo", 1600)
    assert opened.profile is None
    assert decode(opened, "fessart/photo").size == (40, 40)


def test_broken_metadata_never_stops_a_photo() -> None:
    whole = pictures.jpeg(pictures.corners(40, 40))
    for payload in (b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM", b"http://ns.adobe.com/xap/1.0/\0<broken"):
        data = whole[:2] + b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload + whole[2:]
        assert render(data, "fessart/photo", RECIPE).variants


@pytest.mark.parametrize("form", ["jpeg", "png", "webp", "avif"])
@settings(max_examples=25)
@given(at=st.floats(0, 1, exclude_max=True), put=st.binary(min_size=1, max_size=8))
def test_a_damaged_file_gives_clean_variants_or_a_clear_error(form: str, at: float, put: bytes) -> None:
    data = bytearray(FILES[form]())
    place = int(at * len(data))
    data[place : place + len(put)] = put
    try:
        rendering = render(bytes(data), "fessart/photo", RECIPE)
    except ContentError:
        return
    assert rendering.variants


def test_a_file_that_can_not_be_opened_is_a_problem_of_that_photo_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(source, "open_file", refused)
    with pytest.raises(ContentError) as caught:
        read_source(tmp_path, tmp_path / "a.jpg", "fessart/photo")
    assert message(caught).startswith("Access to this is refused")
