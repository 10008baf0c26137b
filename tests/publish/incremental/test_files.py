"""How a file looks, and when that is enough to know what it holds."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from publish.incremental import files
from publish.incremental.files import (
    CHANGED,
    GONE,
    NEW,
    Known,
    differences,
    everything,
    is_site_still,
    look,
    look_at_site,
    not_left_behind,
    read,
)

AGO = time.time_ns() - 10**12


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/one.md").write_text("un")
    (tmp_path / "a/b/two.jpg").write_bytes(b"deux")
    return tmp_path / "a"


def known(folder: Path) -> Known:
    return read(folder, look(folder), Known())


def change(folder: Path, before: Known) -> list[tuple[str, str]]:
    return differences(before, read(folder, look(folder), before))


def test_names_folders_and_bytes_are_seen(folder: Path) -> None:
    before = known(folder)
    assert set(before.looks) == {"./", "one.md", "b/", "b/two.jpg"}
    assert set(before.digests) == {"one.md", "b/two.jpg"}
    assert change(folder, before) == []
    (folder / "one.md").write_text("Un")
    (folder / "b/two.jpg").unlink()
    (folder / "c").mkdir()
    assert change(folder, before) == [(GONE, "b/two.jpg"), (NEW, "c/"), (CHANGED, "one.md")]


def test_links_and_special_files_are_never_left_out(folder: Path) -> None:
    before = known(folder)
    (folder / ".#lock").symlink_to("nowhere")
    os.mkfifo(folder / "pipe")
    (folder / "one.md").rename(folder / "real.md")
    (folder / "one.md").symlink_to("real.md")
    seen = look(folder, not_left_behind)
    assert seen[".#lock"] == seen["pipe"] == seen["one.md"] == files.OTHER
    assert set(change(folder, before)) == {(NEW, ".#lock"), (NEW, "pipe"), (NEW, "real.md"), (CHANGED, "one.md")}
    (folder.parent / "link").symlink_to(folder)
    assert look(folder.parent / "link") == {files.NO_FOLDER: files.OTHER}


def test_a_site_that_nobody_touched_is_still_the_same_under_another_name(folder: Path) -> None:
    looks = look_at_site(folder)
    assert looks.keys() == look(folder).keys()
    moved = folder.rename(folder.parent / "moved")
    (moved / "b/two.jpg").read_bytes()
    assert is_site_still(moved, looks)
    assert not is_site_still(folder, looks)


TOUCHED = {
    "another file": lambda site: (site / "new.html").touch(),
    "another file in a folder": lambda site: (site / "b/new.html").touch(),
    "another folder": lambda site: (site / "b/c").mkdir(),
    "a file less": lambda site: (site / "b/two.jpg").unlink(),
    "a folder less": lambda site: [(site / "b/two.jpg").unlink(), (site / "b").rmdir()],
    "other bytes": lambda site: (site / "one.md").write_text("Un"),
    "the same bytes again": lambda site: (site / "b/two.jpg").write_bytes(b"deux"),
    "another file of that name": lambda site: [
        (site / "b/three.jpg").write_bytes(b"deux"),
        (site / "b/three.jpg").rename(site / "b/two.jpg"),
    ],
    "a link": lambda site: [(site / "one.md").rename(site.parent / "x"), (site / "one.md").symlink_to("../x")],
    "a folder behind a link": lambda site: [(site / "b").rename(site.parent / "x"), (site / "b").symlink_to("../x")],
    "a file for a folder": lambda site: [(site / "b").rename(site.parent / "x"), (site / "b").touch()],
    "the site behind a link": lambda site: [site.rename(site.parent / "x"), site.symlink_to("x")],
}


@pytest.mark.parametrize("touch", TOUCHED.values(), ids=TOUCHED)
def test_whatever_is_done_to_a_site_is_seen(folder: Path, touch: Callable[[Path], object]) -> None:
    looks = look_at_site(folder)
    time.sleep(0.01)  # a tick of the disk's clock: what a build just wrote, nobody else does
    touch(folder)
    assert not is_site_still(folder, looks)


def test_what_computers_leave_behind_does_not_count(folder: Path) -> None:
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / ".git").mkdir()
    (folder / ".git/HEAD").write_text("x")
    assert not {name for name in look(folder, not_left_behind) if name.startswith((".D", ".g"))}
    assert ".git/HEAD" in look(folder, everything)


def test_only_what_looks_otherwise_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, real = known(folder), files.sha256_of
    opened: list[str] = []

    def sha256_of(path: Path) -> str:
        opened.append(path.name)
        return real(path)

    monkeypatch.setattr(files, "sha256_of", sha256_of)
    read(folder, look(folder), before)
    assert opened == []
    (folder / "one.md").write_text("un")  # the same bytes, written again
    again = read(folder, look(folder), before)
    assert (again.digests, again.looks.keys()) == (before.digests, before.looks.keys())
    assert opened == ["one.md"]
    read(folder, look(folder), before, paranoid=True)
    assert sorted(opened) == ["one.md", "one.md", "two.jpg"]


def test_a_write_that_keeps_size_and_time_of_writing_is_seen(folder: Path) -> None:
    file = folder / "one.md"
    before, about = known(folder), file.stat()
    file.write_text("UN")
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert change(folder, before) == [(CHANGED, "one.md")]


def test_what_was_written_just_now_is_read_again(folder: Path) -> None:
    """On a coarse clock, a second write could leave every time as it was."""
    fresh = known(folder).settled(time.time_ns())
    assert fresh.looks["one.md"] == files.UNSURE
    assert fresh.looks["b/"] == files.FOLDER
    later = known(folder).settled(time.time_ns() + files.YOUNG)
    assert later.looks["one.md"] == look(folder)["one.md"]


def test_a_time_of_writing_years_ahead_is_believed(folder: Path) -> None:
    os.utime(folder / "b/two.jpg", (4_000_000_000, 4_000_000_000))
    later = known(folder).settled(time.time_ns() + files.YOUNG)
    assert later.looks["b/two.jpg"] == look(folder)["b/two.jpg"]


def test_one_digest_of_all(folder: Path, tmp_path: Path) -> None:
    before = known(folder)
    for path in (folder / "one.md", folder / "b/two.jpg"):
        os.utime(path, ns=(AGO, AGO))
    assert known(folder).digest == before.digest
    (folder / "empty").mkdir()
    assert known(folder).digest != before.digest
