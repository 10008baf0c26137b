"""A photo's file that has not changed is not read again; one that changed in any way is."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from plugins.errors import ContentError
from plugins.photos import seen
from plugins.photos.seen import forget_all, known_sha256, read_noted, source_sha256
from plugins.photos.source import read_source

LATER = 10 * 10**9


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "content/lilas/a.jpg"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"one")
    return path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were read, seconds after they were written."""
    read: list[Path] = []

    def reading(root: Path, path: Path, file: str) -> bytes:
        read.append(path)
        return read_source(root, path, file)

    monkeypatch.setattr(seen, "read_source", reading)
    monkeypatch.setattr(time, "time_ns", lambda: time.clock_gettime_ns(time.CLOCK_REALTIME) + LATER)
    return read


def sha256(photo: Path) -> str:
    return source_sha256(photo.parents[2] / "cache", photo.parents[1], photo, "lilas/a.jpg")


def test_a_file_that_has_not_changed_is_read_once(photo: Path, reads: list[Path]) -> None:
    first = sha256(photo)
    assert sha256(photo) == first
    assert known_sha256(photo.parents[2] / "cache", photo.parents[1], photo) == first
    assert len(reads) == 1
    forget_all(photo.parents[2] / "cache")
    assert sha256(photo) == first
    assert len(reads) == 2


def written_over(photo: Path) -> None:
    photo.write_bytes(b"two")


def written_over_with_its_old_times(photo: Path) -> None:
    before = photo.stat()
    photo.write_bytes(b"two")
    os.utime(photo, ns=(before.st_atime_ns, before.st_mtime_ns))


def replaced_with_its_old_times(photo: Path) -> None:
    before, other = photo.stat(), photo.with_name("other")
    other.write_bytes(b"two")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.rename(photo)


def replaced_folder(photo: Path) -> None:
    photo.parent.rename(photo.parent.with_name("old"))
    photo.parent.mkdir()
    photo.write_bytes(b"two")


@pytest.mark.parametrize(
    "change", [written_over, written_over_with_its_old_times, replaced_with_its_old_times, replaced_folder]
)
def test_whatever_changes_a_file_is_noticed(photo: Path, reads: list[Path], change: object) -> None:
    first = sha256(photo)
    change(photo)  # type: ignore[operator]
    assert sha256(photo) != first


def test_without_the_change_time_another_photo_would_pass(
    photo: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    look = seen._look
    monkeypatch.setattr(seen, "_look", lambda root, path: [*(look(root, path) or [])[:2], 0, 0])
    monkeypatch.setattr(seen, "is_young", lambda _seen, _looked: False)
    first = sha256(photo)
    written_over_with_its_old_times(photo)
    assert sha256(photo) == first


def test_a_file_that_was_just_written_is_not_believed(photo: Path) -> None:
    first = sha256(photo)
    assert known_sha256(photo.parents[2] / "cache", photo.parents[1], photo) is None
    photo.write_bytes(b"two")
    assert sha256(photo) != first


def test_a_file_that_is_written_while_it_is_read_is_not_noted(
    photo: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def reading(root: Path, path: Path, file: str) -> bytes:
        data = read_source(root, path, file)
        photo.write_bytes(b"two")
        return data

    monkeypatch.setattr(seen, "read_source", reading)
    cache = photo.parents[2] / "cache"
    assert read_noted(cache, photo.parents[1], photo, "a.jpg")[0] == b"one"
    assert known_sha256(cache, photo.parents[1], photo) is None


def test_a_link_put_where_a_photo_stood_is_refused_though_it_leads_to_the_same_file(
    photo: Path, reads: list[Path]
) -> None:
    sha256(photo)
    moved = photo.with_name("moved.jpg")
    photo.rename(moved)
    photo.symlink_to(moved)
    with pytest.raises(ContentError, match="link"):
        sha256(photo)


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"look": [], "sha256": "5a"}', b"[]", b"\xff"])
def test_a_note_that_makes_no_sense_is_no_note(photo: Path, reads: list[Path], damage: bytes) -> None:
    first = sha256(photo)
    (note,) = (photo.parents[2] / "cache/seen").rglob("*.json")
    note.write_bytes(damage)
    assert sha256(photo) == first
    assert len(reads) == 2


def test_notes_that_can_not_be_kept_stop_nothing(photo: Path, reads: list[Path]) -> None:
    (photo.parents[2] / "cache").write_text("no folder")
    assert sha256(photo) == sha256(photo)
    assert len(reads) == 2
