from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from publish.demo import unchanged
from publish.demo.state import State
from publish.demo.unchanged import fingerprint, is_ready

DAY = date(2022, 11, 9)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    for slug in ("fessart", "escudier"):
        (tmp_path / "content" / slug).mkdir(parents=True)
        (tmp_path / "content" / slug / "centre.toml").write_text(slug)
    return tmp_path / "content"


def edit(content: Path) -> None:
    path = content / "fessart" / "centre.toml"
    kept = path.stat()
    path.write_text("FESSART")
    os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))  # same size, same times: bytes count


def rename(content: Path) -> None:
    (content / "fessart" / "centre.toml").rename(content / "fessart" / "centre.txt")


def link(content: Path) -> None:
    (content / "fessart" / "more").symlink_to("../escudier")


def link_elsewhere(content: Path) -> None:
    (content / "fessart" / "more").symlink_to("../billancourt")


def empty(content: Path) -> None:
    (content / "fessart" / "centre.toml").unlink()


def test_nothing_changed(content: Path) -> None:
    assert fingerprint(content, DAY) == fingerprint(content, DAY)


@pytest.mark.parametrize("change", [edit, rename, link, empty])
def test_any_change_of_the_content_counts(content: Path, change: Callable[[Path], None]) -> None:
    before = fingerprint(content, DAY)
    change(content)
    assert fingerprint(content, DAY) != before


def test_where_a_link_points_counts(content: Path) -> None:
    link(content)
    before = fingerprint(content, DAY)
    (content / "fessart" / "more").unlink()
    link_elsewhere(content)
    assert fingerprint(content, DAY) != before


def test_the_day_counts(content: Path) -> None:
    assert fingerprint(content, DAY) != fingerprint(content, date(2022, 11, 10))


@pytest.mark.parametrize("name", ["plugins/new.py", "publish/new.py", "themes/preau/new.css", "pelicanconf.py"])
def test_the_projects_own_files_count(
    name: str, content: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unchanged, "PROJECT", tmp_path)
    before = fingerprint(content, DAY)
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("x")
    assert fingerprint(content, DAY) != before
    (tmp_path / "plugins" / "__pycache__").mkdir(parents=True, exist_ok=True)
    after = fingerprint(content, DAY)
    (tmp_path / "plugins" / "__pycache__" / "x.pyc").write_text("x")
    assert fingerprint(content, DAY) == after


def test_ready_needs_the_mark_and_every_centre(content: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = State(tmp_path, tmp_path)
    centres = {"fessart": "Fessart", "escudier": "Escudier"}
    monkeypatch.setattr(unchanged, "published_centres", lambda store: centres)
    assert not is_ready(state, content, "abc")
    state.mark.write_text("abc")
    assert is_ready(state, content, "abc")
    assert not is_ready(state, content, "abd")
    del centres["escudier"]
    assert not is_ready(state, content, "abc")
