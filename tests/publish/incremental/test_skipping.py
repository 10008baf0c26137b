"""A centre is left as it stands only if nothing that makes it changed; what could show something too long never is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from publish.build import Silent
from publish.incremental import files, ledger, means
from publish.incremental.files import Known
from publish.incremental.record import read_record
from publish.jobs import Built
from publish.staging import records_of
from tests.project import ROOT
from tests.publish.incremental.scene import ARTICLE, Scene, first, unchanged
from tests.publish.trees import NOW

ALL = {"ville", "escudier", "fessart"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Built once; young files are sure from now on, as in a content folder that nobody touches."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "YOUNG", 0)
        patch.setattr(means, "STARTED", 2**62)
        patch.setattr(ledger, "STARTED", 2**62)
        scene = first(tmp_path_factory.mktemp("scene"))
        scene.build()
    return scene


@pytest.fixture
def scene(built: Scene, tmp_path: Path) -> Iterator[Scene]:
    """The same sites; what a test changes in the content is put back, and so are the records."""
    kept = tmp_path / "kept"
    shutil.copytree(built.request.content, kept, symlinks=True)
    records = {path: path.read_bytes() for path in records_of(built.request.output).iterdir()}
    yield built
    for folder in built.request.content.iterdir():
        shutil.rmtree(folder) if not folder.is_symlink() else folder.unlink()
    shutil.copytree(kept, built.request.content, symlinks=True, dirs_exist_ok=True)
    for path, data in records.items():
        path.write_bytes(data)


def test_nothing_changed_nothing_is_built(scene: Scene) -> None:
    seen: list[tuple[int, int]] = []

    class Watch(Silent):
        def judged(self, unchanged: int, total: int) -> None:
            seen.append((unchanged, total))

        def photos(self, done: int, total: int) -> None:
            raise AssertionError("no photo is asked for")

    before = {path: path.stat() for path in scene.request.output.rglob("*") if path.parent.name != "records"}
    outcomes = scene.build(Watch())
    assert unchanged(outcomes.values()) == ALL
    assert seen == [(3, 3)]
    fessart = outcomes["fessart"]
    assert isinstance(fessart, Built)
    assert (fessart.name, fessart.pages > 10, fessart.photos) == ("Fessart", True, 1)
    assert fessart.tree == scene.request.output.resolve() / "fessart"
    assert any("2022-11-20-secret" in note.text(str) for note in fessart.waiting)
    assert {path: path.stat().st_mtime_ns for path in before if path.is_file()} == {
        path: about.st_mtime_ns for path, about in before.items() if path.is_file()
    }


PHOTO = ROOT / "content/fessart/articles/2022-11-02-agrumes/agrumes.png"


def add(file: Path) -> None:
    file.write_text(file.read_text("utf-8") + "\n", "utf-8")


Change = Callable[[Path], object]
REMINDER = "rappels/2022-11-07-bottes.md"
CHANGES: dict[str, tuple[Change, str]] = {
    "a text": (
        lambda c: (c / "fessart" / REMINDER).write_text("Titre: x\nJusqu'au: 2022-11-30\n\nx\n"),
        f"changed: fessart/{REMINDER}",
    ),
    "a new text": (
        lambda c: (c / "fessart/rappels/2022-11-08-n.md").write_text("Titre: x\nJusqu'au: 2022-11-30\n\nx\n"),
        "new: fessart/rappels/2022-11-08-n.md",
    ),
    "a text that is gone": (lambda c: (c / "fessart" / REMINDER).unlink(), f"no longer there: fessart/{REMINDER}"),
    "a text that is renamed": (
        lambda c: (c / "fessart" / REMINDER).rename(c / "fessart/rappels/2022-11-07-autre.md"),
        f"no longer there: fessart/{REMINDER}",
    ),
    "a photo": (lambda c: shutil.copy(PHOTO, c / ARTICLE / "feuilles.jpg"), f"changed: {ARTICLE}/feuilles.jpg"),
    "a photo that is gone": (
        lambda c: (c / ARTICLE / "feuilles.jpg").unlink(),
        f"no longer there: {ARTICLE}/feuilles.jpg",
    ),
    "the settings of the centre": (lambda c: add(c / "fessart/centre.toml"), "changed: fessart/centre.toml"),
    "an empty folder": (lambda c: (c / "fessart/articles/rien").mkdir(), "new: fessart/articles/rien/"),
    "a link": (lambda c: (c / "fessart/infos/x.md").symlink_to("venir.md"), "new: fessart/infos/x.md"),
    "a folder that became a link": (
        lambda c: (c / "fessart").symlink_to((c / "fessart").rename(tempfile.mkdtemp(dir=c.parent))),
        "new: fessart/.",
    ),
    "the city's settings": (lambda c: add(c / "ville/ville.toml"), "changed: ville/ville.toml"),
    "a post of the city": (
        lambda c: [(c / "ville/rappels").mkdir(), (c / "ville/rappels/greve.md").write_text("Titre: x\n\nx\n")],
        "new: ville/rappels/greve.md",
    ),
    "a withdrawal": (lambda c: (c / "ville/retraits.json").write_text("{}"), "new: ville/retraits.json"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_what_changed_in_the_content_is_built_again_and_told(scene: Scene, name: str) -> None:
    change, told = CHANGES[name]
    assert scene.why() is None
    change(scene.request.content)
    why = scene.why()
    assert why is not None
    assert told in why
    assert (scene.why("escudier") is None) is ("ville" not in told), "the other centre only for what is the city's"


@pytest.mark.parametrize("name", CHANGES)
def test_without_looking_at_differences_each_change_would_be_missed(
    scene: Scene, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    CHANGES[name][0](scene.request.content)
    monkeypatch.setattr(ledger, "differences", lambda before, now: [])
    assert scene.why() is None


def test_the_same_bytes_written_again_are_the_same(scene: Scene) -> None:
    for path in scene.request.content.rglob("*.md"):
        path.write_bytes(path.read_bytes())
    assert scene.why() is None
    assert scene.why(paranoid=True) is None


def test_other_texts_left_out(scene: Scene) -> None:
    assert scene.why(without=(f"fessart/{REMINDER}",)) == ["other texts are left out (--sans)"]
    assert scene.why("escudier", without=(f"fessart/{REMINDER}",)) is None
    assert scene.why("escudier", without=("ville/rappels/greve.md",)) == ["other texts are left out (--sans)"]


def test_force_builds_all(scene: Scene) -> None:
    assert scene.why(force=True) == ["it was asked for (--force)"]


def next_change(scene: Scene) -> datetime:
    record = read_record(records_of(scene.request.output) / "fessart.json", Path())
    assert record is not None
    assert record.built.next_change is not None
    return record.built.next_change


def test_the_moment_at_which_it_changes_by_itself(scene: Scene) -> None:
    at = next_change(scene)
    assert scene.why(now=at - timedelta(seconds=1)) is None
    assert scene.why(now=at) == [f"it changes by itself on {at:%Y-%m-%d %H:%M}"]
    assert scene.why("ville", now=at + timedelta(days=400)) is None, "the city's own tree never changes so"
    assert scene.why(now=NOW - timedelta(seconds=1)) == ["what stands there was made for 2022-11-09 09:00"]


def test_without_the_date_what_is_over_would_stay(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger.Ledger, "_of_time", lambda self, record: [])
    assert scene.why(now=next_change(scene) + timedelta(days=400)) is None


@pytest.mark.parametrize(("part", "told"), ledger.PARTS.items())
def test_another_program_theme_setting_or_library(
    scene: Scene, part: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = means.Means.parts.fget  # type: ignore[attr-defined]
    monkeypatch.setattr(means.Means, "parts", property(lambda self: {**real(self), part: "other"}))
    assert scene.why() == [told]
    assert scene.why("ville") == [told]


def test_what_sites_are_made_with_is_looked_at() -> None:
    seen = means.look_at_means()
    for file in (
        "plugins/leaving/rules.py",
        "publish/worker.py",
        "themes/preau/templates/base.html",
        "requirements.txt",
    ):
        assert len(seen[file]) == 4
    assert not any("__pycache__" in path for path in seen)


def test_a_library_that_is_installed_or_changes_its_version_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = []
    monkeypatch.setattr(means, "_library_folders", lambda: [str(tmp_path)])
    for name in ("pillow-13.0.0.dist-info", "jinja2-3.1.6.dist-info"):
        (tmp_path / name).mkdir()
        means.libraries.cache_clear()
        found.append(means.libraries())
    means.libraries.cache_clear()
    assert len(set(found)) == 2


TOUCHES: dict[str, Callable[[Path], object]] = {
    "changed": lambda tree: (tree / "index.html").write_bytes((tree / "index.html").read_bytes() + b" "),
    "gone": lambda tree: (tree / "plan/index.html").unlink(),
    "added": lambda tree: (tree / "note.txt").write_text("x"),
    "a folder added": lambda tree: (tree / "vide").mkdir(),
    "all gone": shutil.rmtree,
}


@pytest.mark.parametrize("name", TOUCHES)
def test_a_site_that_was_touched_is_built_again(scene: Scene, tmp_path: Path, name: str) -> None:
    tree = scene.request.output / "fessart"
    tree.rename(tmp_path / "whole")
    shutil.copytree(tmp_path / "whole", tree)
    try:
        assert "no longer as it was" in str(scene.why()), "other files, though of the same bytes"
        shutil.rmtree(tree)
        TOUCHES[name](Path(shutil.copytree(tmp_path / "whole", tree)))
        why = str(scene.why())
        assert "no longer as it was" in why or "can be read" in why
    finally:
        shutil.rmtree(tree, ignore_errors=True)
        (tmp_path / "whole").rename(tree)
    assert scene.why() is None


def test_after_a_crash_of_the_machine_what_stands_there_is_read(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a disk loses keeps its times: only its bytes tell."""
    real = files.sha256_of
    monkeypatch.setattr(files, "sha256_of", lambda path: "0" * 64 if path.name == "404.html" else real(path))
    assert scene.why() is None
    monkeypatch.setattr(ledger, "boot", lambda: "another start")
    assert scene.why() == ["what was built before is no longer as it was: fessart/404.html"]
    monkeypatch.setattr(files, "sha256_of", real)
    assert scene.why() is None
    record = read_record(records_of(scene.request.output) / "fessart.json", Path())
    assert record is not None
    assert record.boot == "another start", "once is enough"


def test_what_can_t_be_read_is_built(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> Known:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(ledger, "look", refused)
    assert scene.why() == ["not everything that it is made of can be read"]
    assert scene.why("ville") == ["not everything that it is made of can be read"]


PROGRAM = """
import json, os, sys
opened = []
def hear(event, args):
    if event == "open" and not isinstance(args[0], int):
        opened.append(os.fsdecode(args[0]))
sys.addaudithook(hear)
from publish.cli import main
try:
    main(sys.argv[2:])
except SystemExit as end:
    assert not end.code, end.code
open(sys.argv[1], "w").write(json.dumps([sorted(sys.modules), opened]))
"""


@pytest.mark.parametrize("command", ["build", "publish"])
def test_an_unchanged_city_loads_no_pelican_and_reads_no_photo(tmp_path: Path, command: str) -> None:
    """Measured from outside, on the whole command, with files an hour old."""
    scene = first(tmp_path)
    (tmp_path / "preau.toml").write_text('[build]\ncache = "cache"\n[store]\nfolder = "store"\n')
    where = ["--config", str(tmp_path / "preau.toml"), "--content", str(scene.request.content)]
    output = ["--output", str(tmp_path / "sites")] if command == "build" else []

    def run(*more: str, **environment: str) -> tuple[set[str], list[str]]:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(tmp_path / "seen"), *where, command, *output, "--date", "2022-11-09",
             "--json", *more],
            cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert {site["unchanged"] for site in json.loads(done.stdout)["sites"]} == {more != ("--force",)}
        modules, opened = json.loads((tmp_path / "seen").read_text())
        return set(modules), [path for path in opened if path.endswith((".jpg", ".webp"))]

    (tmp_path / "sitecustomize.py").write_text(OLD)
    run("--force", PYTHONPATH=str(tmp_path))
    modules, photos = run()
    assert photos == []
    assert not modules & {"pelican", "markdown_it", "PIL", "jinja2", "numpy"}
    modules, photos = run("--paranoid")
    assert any("feuilles.jpg" in path for path in photos)
    assert "pelican" not in modules


OLD = """
import publish.incremental.files
publish.incremental.files.YOUNG = 0  # as if every file had been written long ago
del globals()["__file__"]
"""


def test_what_was_edited_during_a_build_is_built_again(tmp_path: Path) -> None:
    scene = first(tmp_path)

    class Edit(Silent):
        def photos(self, done: int, total: int) -> None:
            os.utime(scene.request.content / "ville/ville.toml")

    scene.build(Edit())
    assert scene.why("fessart") is not None
    assert scene.why("escudier") is not None
    scene.build()
    assert scene.why("fessart") is None, "nobody edited anything this time"
