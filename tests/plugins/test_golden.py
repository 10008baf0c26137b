"""A small centre, whole: every page that its content gives, in files that a person can read.

tests/golden/content is what people wrote, tests/golden/expected what families get. What depends on bytes elsewhere (the
theme's files, the encoder of photos) is named by its place. After a change that is meant:

    pytest tests/plugins/test_golden.py --update-golden -n 0      then read the difference
"""

from __future__ import annotations

import difflib
import re
import shutil
from pathlib import Path

import pytest

from tests.plugins.conftest import Pelican
from tests.project import ROOT

GOLDEN = ROOT / "tests" / "golden"
SHOWN = (".html", ".ics", ".css", ".svg")


def normalised(tree: Path) -> dict[str, str]:
    """The site's own text files, by path, with stable names for hashed ones; photos and theme files as one list."""
    photos: dict[str, str] = {}

    def named(match: re.Match[str]) -> str:
        return photos.setdefault(match[0], f"photo{len(photos) + 1}")

    files: dict[str, str] = {}
    paths = [p.relative_to(tree).as_posix() for p in sorted(tree.rglob("*")) if p.is_file()]
    for path in paths:
        if path.endswith(SHOWN) and not path.startswith("theme/"):
            text = (tree / path).read_text("utf-8").replace("\r\n", "\n")
            files[path] = _steady(text, named)
    own = [path for path in paths if path not in files]
    files["files.txt"] = "".join(f"{line}\n" for line in sorted(_steady(path, named) for path in own))
    return {_steady(path, named): text for path, text in files.items()}


def _steady(text: str, named) -> str:
    text = re.sub(r"\b(theme/[a-z0-9_-]+|centre)\.[0-9a-f]{8}\.", r"\1.HASH.", text)
    text = re.sub(r"(?<=photos/)[0-9a-f]{24}", named, text)
    text = re.sub(r"\bphoto-[0-9a-f]{12}\b", "photo-CLASS", text)
    text = re.sub(r"(?:\b|(?<=%20))[0-9A-F]{4}-[0-9A-F]{4}\b", "REFERENCE", text)
    return "\n".join(line.rstrip() for line in text.split("\n") if line.strip()) + "\n" if "\n" in text else text


def test_the_golden_site(pelican: Pelican, request: pytest.FixtureRequest) -> None:
    run = pelican(GOLDEN / "content")
    assert run.code == 0, run.said
    found = normalised(run.output)
    waiting = sorted(line for line in run.said.splitlines() if line.startswith(("en attente", "conseil")))
    found["said.txt"] = "".join(f"{line}\n" for line in waiting)
    expected = GOLDEN / "expected"
    if request.config.getoption("--update-golden", default=False):
        shutil.rmtree(expected, ignore_errors=True)
        for path, text in found.items():
            (expected / path).parent.mkdir(parents=True, exist_ok=True)
            (expected / path).write_text(text, "utf-8")
    wanted = {
        p.relative_to(expected).as_posix(): p.read_text("utf-8") for p in sorted(expected.rglob("*")) if p.is_file()
    }
    assert sorted(found) == sorted(wanted)
    for path, text in found.items():
        change = difflib.unified_diff(
            wanted[path].split("\n"), text.split("\n"), f"expected/{path}", "now", lineterm="", n=2
        )
        assert text == wanted[path], "\n".join(change)
