"""Builds that are killed at random moments, disturb each other, or are stopped by a person."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from plugins.photos.cache import Cache
from publish.staging import WORK
from tests.plugins.photos import pictures
from tests.project import ROOT
from tests.publish.contents import write_content
from tests.publish.started import PREAU
from tests.publish.trees import NOW

BUILD = """
import sys
from datetime import datetime
from pathlib import Path
from publish.build import BuildRequest, Silent, build_sites
from publish.jobs import Built
if __name__ == "__main__":
    content, output, cache = map(Path, sys.argv[1:4])
    request = BuildRequest(content, output, cache, datetime.fromisoformat(sys.argv[4]), 2)
    sys.exit(not all(isinstance(outcome, Built) for outcome in build_sites(request, ["fessart"], Silent())))
"""
PHOTOS = 6

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A centre with some photos, each of its own pixels."""
    folder = write_content(tmp_path_factory.mktemp("kills") / "content")
    article = folder / "fessart/articles/2022-11-08-potager"
    lines = []
    for number in range(PHOTOS):
        (article / f"{number}.jpg").write_bytes(pictures.jpeg(pictures.textured(1200 + number, 800)))
        lines.append(f"\n![Photo {number}]({number}.jpg)\n")
    with (article / "article.md").open("a", encoding="utf-8") as stream:
        stream.writelines(lines)
    return folder


def start(content: Path, folder: Path, output: str = "out") -> subprocess.Popen[bytes]:
    program = folder / "program.py"
    program.write_text(BUILD)
    command = [sys.executable, str(program), str(content), str(folder / output), str(folder / "cache"), NOW.isoformat()]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def trees(output: Path) -> Files:
    """Every file of the sites under their final names."""
    if not output.exists():
        return {}
    return {
        str(path.relative_to(output)): path.read_bytes()
        for path in output.rglob("*")
        if path.is_file() and path.relative_to(output).parts[0] != WORK
    }


@pytest.fixture(scope="module")
def undisturbed(content: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Files, float]:
    """What a build gives that nothing disturbs, and the seconds that it takes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    started = time.perf_counter()
    assert start(content, folder).wait() == 0
    seconds = time.perf_counter() - started
    whole = trees(folder / "out")
    assert sum(path.endswith(".webp") for path in whole) == (PHOTOS * 3) + 1
    return whole, seconds


def same(found: Files, whole: Files) -> list[str]:
    """Paths that differ."""
    return sorted(path for path in found.keys() | whole.keys() if found.get(path) != whole.get(path))


def kill_at(moment: float, content: Path, folder: Path) -> None:
    process = start(content, folder)
    try:
        process.wait(moment)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def test_killed_at_ten_random_moments_then_built_again(
    content: Path, undisturbed: tuple[Files, float], tmp_path: Path
) -> None:
    whole, seconds = undisturbed
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for number in range(10):  # each build meets what the killed ones left, which is worse than an empty folder
        kill_at(chance.uniform(0, seconds), content, tmp_path)
        found = trees(tmp_path / "out")
        assert found.items() <= whole.items(), (seed, number)
        for slug in {path.partition("/")[0] for path in found}:
            assert same(*({p: d for p, d in each.items() if p.startswith(f"{slug}/")} for each in (found, whole))) == []
    assert start(content, tmp_path).wait() == 0
    assert same(trees(tmp_path / "out"), whole) == [], seed


@pytest.mark.long
def test_killed_at_fifty_random_moments_and_built_again_each_time(
    content: Path, undisturbed: tuple[Files, float], tmp_path: Path
) -> None:
    whole, seconds = undisturbed
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for number in range(50):
        folder = tmp_path / str(number)
        folder.mkdir()
        kill_at(chance.uniform(0, seconds), content, folder)
        assert start(content, folder).wait() == 0
        assert same(trees(folder / "out"), whole) == [], (seed, number)
        shutil.rmtree(folder)


def test_builds_at_the_same_time_on_one_cache_give_the_same_bytes(
    content: Path, undisturbed: tuple[Files, float], tmp_path: Path
) -> None:
    both = [start(content, tmp_path, output) for output in ("one", "two")]
    assert [process.wait() for process in both] == [0, 0]
    for output in ("one", "two"):
        assert same(trees(tmp_path / output), undisturbed[0]) == []


def test_ctrl_c_leaves_no_worker_and_no_half_photo(content: Path, tmp_path: Path) -> None:
    (tmp_path / "preau.toml").write_text('[build]\ncache = "cache"\n')
    options = ["--config", str(tmp_path / "preau.toml"), "--content", str(content), "build"]
    process = subprocess.Popen(
        [*PREAU, *options, "--output", str(tmp_path / "out"), "--date", "2022-11-09", "fessart"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    )
    while not list((tmp_path / "cache").glob("**/entry.json")):
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the workers get it too
    said, _ = process.communicate()
    assert (process.returncode, said.strip().splitlines()[-1]) == (1, "Interrompu.")
    assert "Traceback" not in said
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    (photos,) = {path.parents[2] for path in (tmp_path / "cache").glob("**/entry.json")}
    assert list(photos.glob("??/.part-*")) == []
    cache = Cache(photos, time.time)
    for entry in photos.glob("??/*"):
        assert cache.read(entry.name, next(path.name for path in entry.iterdir() if path.suffix == ".webp"))
    assert not (tmp_path / "out/fessart").exists()
