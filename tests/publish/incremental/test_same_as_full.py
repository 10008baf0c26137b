"""A build that makes only what changed leaves what a build from nothing makes; so do two machines."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project import ROOT
from tests.publish.contents import write_content
from tests.publish.started import PREAU


def sequences(count: int, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.publish.incremental.sequences", str(count)],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


@pytest.mark.timeout(600)  # ten seconds of computing, which may be shared
@pytest.mark.parametrize("part", range(5))
def test_fifty_sequences_of_edits(part: int) -> None:
    """Ten at a time, so that two cores share them; in CI the same ones every time, and others in each part."""
    fixed = {"SEED": str(part)} if os.environ.get("CI") else {}
    assert re.match(r"\d+ sequences, \d+ sites left as they stood", sequences(10, **fixed))


@pytest.mark.long
def test_five_hundred_sequences_of_edits() -> None:
    print(sequences(500))


@pytest.mark.parametrize(
    ("name", "protection"),
    [
        ("content", "ledger.differences = lambda before, now: []"),
        ("date", "ledger.Ledger._of_time = lambda self, record: []"),
        ("output", "ledger.Ledger._tree = lambda self, slug, record: (record.tree, '')"),
    ],
)
def test_without_one_protection_the_difference_is_found(name: str, protection: str) -> None:
    program = f"""
from publish.incremental import ledger
from tests.publish.incremental.sequences import known
known({name!r})
print("the same")
{protection}
known({name!r})
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "the same\n"), done.stderr
    assert "AssertionError" in done.stderr


def test_two_machines_make_the_same_sites(tmp_path: Path) -> None:
    """Other folders, locale, time zone, order of hashes, number of processes; nothing is shared."""
    made = []
    for name, jobs, environment in (
        ("one", "1", {"TZ": "Pacific/Auckland", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}),
        ("two/deeper", "2", {"TZ": "America/Los_Angeles", "LC_ALL": "C", "LANG": "fr_FR", "PYTHONHASHSEED": "2"}),
    ):
        folder = tmp_path / name
        content = write_content(folder / "content")
        (folder / "preau.toml").write_text('[build]\ncache = "cache"\n')
        where = ["--config", str(folder / "preau.toml"), "--content", str(content), "build"]
        done = subprocess.run(
            [*PREAU, *where, "--output", str(folder / "s"), "--date", "2022-11-09", "--jobs", jobs], cwd=folder,
            env={**os.environ, **environment, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        trees = [path for path in (folder / "s").rglob("*") if path.is_file() and ".preau-build" not in path.parts]
        made.append({path.relative_to(folder / "s"): path.read_bytes() for path in trees})
    assert len(made[0]) > 50
    assert made[0] == made[1]
