from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image, ImageFile

from plugins.photos import taken
from plugins.photos.taken import taken_at

MOMENT = datetime(2022, 11, 8, 14, 3, 5)  # noqa: DTZ001 - a camera's clock


def picture(kind: str, original: str | None = "2022:11:08 14:03:05", fraction: str = "") -> bytes:
    exif = Image.Exif()
    exif[0x0132] = "2022:11:30 08:00:00"
    if original:
        exif.get_ifd(0x8769)[0x9003] = original
    if fraction:
        exif.get_ifd(0x8769)[0x9291] = fraction
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, kind, exif=exif)
    return out.getvalue()


def read(folder: Path, data: bytes) -> datetime | None:
    (folder / "p").write_bytes(data)
    return taken_at(folder, folder / "p")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_the_cameras_moment_without_decoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    data = picture(kind)
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda *_: pytest.fail("decoded"))
    monkeypatch.setattr(Image, "open", lambda *_: pytest.fail("opened as a picture"))
    assert read(tmp_path, data) == MOMENT


def test_a_telephones_heic(tmp_path: Path) -> None:
    heic = Path(__file__).parents[3] / "content/billancourt/articles/2022-10-12-semaine-du-gout/figue.heic"
    found = taken_at(heic.parents[4], heic)
    assert found is not None
    assert found.year == 2022


def test_fractions_tell_a_burst_apart_and_the_date_of_change_is_second_best(tmp_path: Path) -> None:
    assert read(tmp_path, picture("JPEG", fraction="25")) == MOMENT.replace(microsecond=250_000)
    assert read(tmp_path, picture("JPEG", original=None)) == datetime(2022, 11, 30, 8)  # noqa: DTZ001


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"texte",
        b"RIFF\x00\x00\x00\x00WEBP" + b"EXIF\xff\xff\xff\xff",
        b"\x89PNG\r\n\x1a\n" + b"\xff\xff\xff\xffeXIf",
        b"\xff\xd8\xff\xe1\x00\x10Exif\0\0MM\0*\0\0\0\x08\xff\xff",
        picture("JPEG", "2022:13:45 99:00:00"),
        picture("JPEG", "hier"),
    ],
)
def test_what_says_no_moment_is_no_error(tmp_path: Path, data: bytes) -> None:
    assert read(tmp_path, data) is None


def test_a_link_is_not_followed_and_only_the_beginning_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = picture("JPEG")
    assert read(tmp_path, data) == MOMENT
    (tmp_path / "l").symlink_to(tmp_path / "p")
    assert taken_at(tmp_path, tmp_path / "l") is None
    monkeypatch.setattr(taken, "MOST_READ", 10)
    assert read(tmp_path, data) is None
