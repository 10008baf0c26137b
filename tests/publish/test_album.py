"""The ZIP of an article's photos: whole, in order, without a date or name of its own making, one photo in memory."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from datetime import date
from pathlib import Path

import pytest

from publish.album import MOST_LIST, Album, ZipPieces, list_of, read_album
from publish.manifest import FileEntry
from publish.strict_json import Malformed

LIST = "articles/fete/album.json"


def entry(data: bytes, kind: str = "image/jpeg") -> FileEntry:
    return FileEntry(hashlib.sha256(data).hexdigest(), len(data), kind)


def listed(*photos: str, day: str = "2022-11-08") -> bytes:
    return json.dumps({"date": day, "photos": photos}).encode()


def photo(number: int) -> bytes:
    return b"\xff\xd8" + bytes([number % 251]) * (10_000 + number)


PHOTOS = {f"photos/{number:024x}-1600.jpg": photo(number) for number in range(120)}
FILES = {path: entry(data) for path, data in PHOTOS.items()}


def pieces(album: Album) -> list[bytes]:
    made = ZipPieces(album)
    return [*(made.photo(PHOTOS[path]) for path, _ in album.photos), made.end()]


def test_a_zip_is_whole_and_says_nothing_of_its_own(tmp_path: Path) -> None:
    album = read_album("fessart", LIST, listed(*PHOTOS), FILES)
    made = pieces(album)
    data = b"".join(made)
    assert len(data) == album.size
    assert max(len(piece) for piece in made) < 20_000, "one photo at a time"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert [archive.read(info) for info in archive.infolist()] == list(PHOTOS.values())
        assert archive.namelist()[:2] == ["fessart-fete-001.jpg", "fessart-fete-002.jpg"]
        assert {info.date_time for info in archive.infolist()} == {(2022, 11, 8, 0, 0, 0)}
        assert {(info.extra, info.comment, info.flag_bits) for info in archive.infolist()} == {(b"", b"", 0)}
        assert archive.comment == b""
    (tmp_path / "album.zip").write_bytes(data)
    unzip = shutil.which("unzip") or pytest.fail("unzip is not installed")
    assert subprocess.run([unzip, "-tq", tmp_path / "album.zip"], check=True, capture_output=True).returncode == 0


def test_what_the_release_no_longer_holds_is_left_out() -> None:
    first, second, third = list(PHOTOS)[:3]
    album = read_album("fessart", LIST, listed(first, second, third), {first: FILES[first], third: FILES[third]})
    assert [path for path, _ in album.photos] == [first, third]
    assert album.photo_name(1) == "fessart-fete-02.jpg"
    webp = {first: entry(b"x", "image/webp")}
    assert read_album("fessart", LIST, listed(first), webp).photos == []


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"{}", b'{"date": "2022-11-08"}', listed("index.html"), listed("../escudier/photos/a.jpg"),
        listed("photos/../index.html"), listed("/photos/a.jpg"), listed("photos/a.jpg", day="hier"),
        listed("photos/a.jpg", day="2022-11-08T00:00"), b'{"date": "2022-11-08", "photos": [1]}',
        listed("photos/a.jpg") + b" " * MOST_LIST, b"\xff",
    ],
)  # fmt: skip
def test_a_list_that_is_none_gives_nothing(data: bytes) -> None:
    with pytest.raises(Malformed):
        read_album("fessart", LIST, data, FILES)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("articles/fete/album.zip", LIST),
        ("articles/fete/album.json", None),
        ("album.zip", None),
        ("articles/fete/autre.zip", None),
        ("articles/fete/album.zip/", None),
    ],
)
def test_only_an_album_is_asked_for(path: str, found: str | None) -> None:
    assert list_of(path) == found


def test_bytes_that_were_handed_over_are_never_changed() -> None:
    made = ZipPieces(Album("a", date(2022, 11, 8), [("photos/a.jpg", entry(b"x"))]))
    made.photo(b"x")
    with pytest.raises(ValueError, match="handed over"):
        made._window.seek(0)
