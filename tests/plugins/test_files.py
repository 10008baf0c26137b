"""Files are opened for what they are: never through a link, never waiting for a pipe."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

import pytest

from plugins import files
from plugins.errors import Wrong
from plugins.files import LINK, SPECIAL, read_file


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "content" / "lilas").mkdir(parents=True)
    (tmp_path / "content" / "roses").mkdir()
    (tmp_path / "content" / "roses" / "a.md").write_bytes(b"roses")
    (tmp_path / "content" / "lilas" / "a.md").write_bytes(b"lilas")
    return tmp_path / "content"


def test_a_file_is_read_even_where_the_content_folder_is_reached_through_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "partage").symlink_to(root)
    assert read_file(tmp_path / "partage", tmp_path / "partage" / "lilas" / "a.md") == b"lilas"


def test_a_link_to_a_file_is_refused(root: Path) -> None:
    (root / "lilas" / "b.md").symlink_to(root / "roses" / "a.md")
    with pytest.raises(Wrong) as caught:
        read_file(root, root / "lilas" / "b.md")
    assert caught.value.message == LINK


@pytest.mark.parametrize("path", ["lilas/sub/a.md", "lilas/../roses/a.md", "lilas/none.md"])
def test_no_way_round(root: Path, path: str) -> None:
    (root / "lilas" / "sub").symlink_to(root / "roses")
    with pytest.raises((OSError, Wrong)):
        read_file(root, root / path)


def test_a_link_on_the_way_would_be_followed_without_the_rule(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "lilas" / "sub").symlink_to(root / "roses")
    monkeypatch.setattr(files, "_FOLDER", files._ROOT)
    assert read_file(root, root / "lilas" / "sub" / "a.md") == b"roses"


@pytest.mark.timeout(20)
def test_a_pipe_is_not_waited_for_and_a_folder_is_no_file(root: Path) -> None:
    os.mkfifo(root / "lilas" / "pipe.md")
    for name in ("lilas/pipe.md", "lilas"):
        with pytest.raises(Wrong) as caught:
            read_file(root, root / name)
        assert caught.value.message == SPECIAL


def test_a_file_of_many_megabytes_is_not_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 4)
    with pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
        read_file(root, root / "lilas" / "a.md")


def test_descriptors_are_given_back(root: Path) -> None:
    (root / "lilas" / "sub").symlink_to(root / "roses")
    before = sorted(Path("/proc/self/fd").iterdir())
    for path in ("lilas/a.md", "lilas/none.md", "lilas/sub/a.md", "lilas"):
        with suppress(OSError, Wrong):
            read_file(root, root / path)
    assert sorted(Path("/proc/self/fd").iterdir()) == before
