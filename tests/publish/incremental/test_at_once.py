"""Two builds of one folder, a full disk, code from elsewhere: nothing is believed that could be wrong."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from publish import staging
from publish.build import Silent
from publish.errors import BuildError
from publish.incremental import ledger, noting
from publish.incremental.files import Known
from publish.incremental.noting import look_before, note, strangers
from publish.jobs import Built, Job, Noting
from publish.staging import WORK, records_of
from tests.project import ROOT
from tests.publish.incremental.scene import first, unchanged
from tests.publish.trees import NOW, write_tree

HOLDER = """
import fcntl, sys
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path: Path) -> subprocess.Popen[str]:
    """Another build, as this one sees it: it holds the lock until its input ends."""
    (tmp_path / "sites" / WORK).mkdir(parents=True)
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "sites" / WORK / "building")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_build_waits_for_the_one_before(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    said: list[str] = []

    class Watch(Silent):
        def waiting(self) -> None:
            said.append("waiting")
            other.communicate("")  # it ends

    outcomes = first(tmp_path).build(Watch())
    assert said == ["waiting"]
    assert all(isinstance(outcome, Built) for outcome in outcomes.values())


def test_a_build_that_never_ends_is_told(
    tmp_path: Path, other: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "PATIENCE", 0.0)
    with pytest.raises(BuildError, match="another build has been working in"):
        first(tmp_path).build()
    other.communicate("")
    assert not (tmp_path / "sites/fessart").exists()


def job(tmp_path: Path) -> Job:
    scene = first(tmp_path)
    tree = write_tree(tmp_path / "tree")
    to = Noting(tmp_path / "note", tmp_path / "none.json", {}, Known(), "boot")
    return Job("fessart", scene.request.content, scene.request.settings, tree, tmp_path, NOW, noting=to)


THEME = {"THEME": str(ROOT / "themes/preau")}
TREE = Known()


def test_a_note_is_written_of_what_stayed_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noting, "strangers", lambda settings: [])
    asked = job(tmp_path)
    built = Built("fessart", "Fessart", asked.output, 1, 0)
    before = look_before(asked)
    note(asked, before, built, THEME, TREE)
    assert (tmp_path / "note").is_file()
    (tmp_path / "note").unlink()
    os.utime(asked.content / "fessart/centre.toml")
    note(asked, before, built, THEME, TREE)
    assert not (tmp_path / "note").exists(), "somebody wrote while it was built"


@pytest.mark.parametrize("theme", ["/elsewhere/theme", str(ROOT / "content")])
def test_a_theme_that_nobody_looks_at_leaves_no_note(
    tmp_path: Path, theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(noting, "strangers", lambda settings: [])
    asked = job(tmp_path)
    note(asked, look_before(asked), Built("fessart", "Fessart", asked.output, 1, 0), {"THEME": theme}, TREE)
    assert not (tmp_path / "note").exists()


def test_code_from_elsewhere_leaves_no_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("local_additions")
    module.__file__ = str(tmp_path / "local_additions.py")
    monkeypatch.setitem(sys.modules, "local_additions", module)
    assert "local_additions" in strangers(ROOT / "pelicanconf.py")
    assert not {"publish.worker", "json", "click"} & set(strangers(ROOT / "pelicanconf.py"))
    asked = job(tmp_path)
    note(asked, look_before(asked), Built("fessart", "Fessart", asked.output, 1, 0), THEME, TREE)
    assert not (tmp_path / "note").exists()


def test_a_full_disk_loses_the_notes_and_no_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(ledger, "write_private", full)
    monkeypatch.setattr(ledger, "write_record", full)
    scene = first(tmp_path)
    outcomes = scene.build()
    assert all(isinstance(outcome, Built) for outcome in outcomes.values())
    monkeypatch.undo()
    assert "ville" not in unchanged(scene.build().values())
    assert unchanged(scene.build().values()) == {"ville", "escudier", "fessart"}


def test_records_are_for_their_owner_alone(tmp_path: Path) -> None:
    scene = first(tmp_path)
    scene.build()
    records = records_of(scene.request.output)
    assert records.stat().st_mode & 0o077 == 0
    assert {path.name for path in records.iterdir()} == {"ville.json", "escudier.json", "fessart.json", "means.json"}
    assert not any(path.stat().st_mode & 0o077 for path in records.iterdir())


def test_a_build_of_another_day_and_back(tmp_path: Path) -> None:
    scene = first(tmp_path)
    scene.build()
    later = replace(scene.request, now=NOW.replace(month=12))
    assert unchanged(type(scene)(later).build().values()) == {"ville"}
    assert unchanged(scene.build().values()) == {"ville"}, "never what was made for a later day"
