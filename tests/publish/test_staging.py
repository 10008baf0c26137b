"""Staging: a final name shows one whole tree, whatever is interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from publish import staging as module
from publish.errors import BuildError
from publish.staging import WORK, open_staging
from tests.project import ROOT
from tests.publish.trees import write_tree

OLD = {"index.html": b"old", "a/b.html": b"old"}
NEW = {"index.html": b"new", "c.html": b"new"}


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def place(output: Path, tree: dict[str, bytes], slug: str = "fessart") -> None:
    with open_staging(output, apart=()) as staging:
        write_tree(staging.new(slug), tree)
        assert staging.put_in_place(slug) == output / slug


def left(output: Path) -> list[str]:
    return sorted(path.name for path in (output / WORK).iterdir() if path.name != "lock")


def test_a_tree_gets_its_name_and_replaces_the_old_one_whole(tmp_path: Path) -> None:
    place(tmp_path / "out", OLD)
    assert files(tmp_path / "out/fessart") == OLD
    place(tmp_path / "out", NEW)
    assert files(tmp_path / "out/fessart") == NEW
    assert left(tmp_path / "out") == []


def test_nobody_else_may_read_what_is_being_built(tmp_path: Path) -> None:
    with open_staging(tmp_path, apart=()):
        assert (tmp_path / WORK).stat().st_mode & 0o077 == 0


def test_a_build_that_fails_leaves_the_old_tree_and_nothing_else(tmp_path: Path) -> None:
    place(tmp_path, OLD)
    with open_staging(tmp_path, apart=()) as staging:
        write_tree(staging.new("fessart"), NEW)
    assert files(tmp_path / "fessart") == OLD
    assert left(tmp_path) == []


def test_a_failure_between_the_two_names_puts_the_old_tree_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(tmp_path, OLD)
    with open_staging(tmp_path, apart=()) as staging:
        with pytest.raises(BuildError, match="not there"):
            staging.put_in_place("fessart")  # nothing was built under that name
        assert files(tmp_path / "fessart") == OLD
        write_tree(staging.new("fessart"), NEW)
        monkeypatch.setattr(module, "_put_back", lambda output, folder: None)
        (staging.folder / "new" / "fessart").rename(staging.folder / "hidden")
        with pytest.raises(BuildError):
            staging.put_in_place("fessart")
        assert not (tmp_path / "fessart").exists(), "without the repair, the site would be gone"


KILLED = """
import os, signal, sys
from pathlib import Path
from publish import staging as module
from tests.publish.trees import write_tree
output, point = Path(sys.argv[1]), sys.argv[2]
die = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
with module.open_staging(output, apart=()) as staging:
    write_tree(staging.new("fessart"), {"index.html": b"new", "c.html": b"new"})
    if point == "before":
        die()
    real, renamed = Path.rename, []
    def rename(path, target):
        if point == "between" and renamed:
            die()
        renamed.append(real(path, target))
        return renamed[-1]
    Path.rename = rename
    if point == "after":
        module.shutil.rmtree = die
    staging.put_in_place("fessart")
"""


@pytest.mark.parametrize(("point", "seen"), [("before", OLD), ("between", None), ("after", NEW)])
def test_killed_at_any_moment(tmp_path: Path, point: str, seen: dict[str, bytes] | None) -> None:
    place(tmp_path, OLD)
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), point], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert left(tmp_path) != []
    if seen is None:
        assert not (tmp_path / "fessart").exists(), "the one moment at which nothing is there"
    else:
        assert files(tmp_path / "fessart") == seen, "one whole tree"
    with open_staging(tmp_path, apart=()) as staging:
        assert files(tmp_path / "fessart") == (seen or OLD), "the next run puts it right before it builds"
        assert left(tmp_path) == [staging.folder.name]
    place(tmp_path, NEW)
    assert files(tmp_path / "fessart") == NEW
    assert left(tmp_path) == []


def test_a_build_that_still_runs_is_left_alone(tmp_path: Path) -> None:
    with open_staging(tmp_path, apart=()) as one:
        write_tree(one.new("fessart"), NEW)
        with open_staging(tmp_path, apart=()):
            assert files(one.new("fessart")) == NEW
        one.put_in_place("fessart")
    assert files(tmp_path / "fessart") == NEW


def test_what_is_no_site_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "fessart").mkdir()
    (tmp_path / "fessart" / "these.odt").write_bytes(b"years of work")
    with pytest.raises(BuildError, match="not a site that Préau made"):
        place(tmp_path, NEW)
    assert files(tmp_path / "fessart") == {"these.odt": b"years of work"}
    for make in (lambda path: path.write_bytes(b"x"), lambda path: path.symlink_to(tmp_path / "fessart")):
        make(tmp_path / "escudier")
        with pytest.raises(BuildError):
            place(tmp_path, NEW, "escudier")
        (tmp_path / "escudier").unlink()


def test_content_is_never_built_over(tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.mkdir()
    (tmp_path / "link").symlink_to(content)
    for output in (content, content / "out", tmp_path, tmp_path / "link", content / ".." / "content"):
        with pytest.raises(BuildError, match="must stay apart"), open_staging(output, apart=(content,)):
            pass
    assert list(content.iterdir()) == []


def test_a_folder_that_can_t_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BuildError, match="can't be written"), open_staging(tmp_path / "file" / "out", apart=()):
        pass
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BuildError), open_staging(tmp_path / "pipe", apart=()):
        pass


def test_sites_are_for_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0o002)
    try:
        place(tmp_path / "a" / "out", NEW)
    finally:
        os.umask(before)
    assert (tmp_path / "a" / "out").stat().st_mode & 0o077 == 0
