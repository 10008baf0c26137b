"""What a family's browser receives says nothing about who took a photo, where, or with what: exiftool is the judge."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.plugins.photos import judge
from tests.project import ROOT

DAY = "2022-11-09"
PHOTO = re.compile(r"photos/[0-9a-f]{24}-(\d+)\.(webp|jpg)")
SETTINGS = """
[store]
folder = "store"
[build]
cache = "cache"
"""

GROUPS = {"ExifTool", "System", "File", "Composite"}
OWN_GROUPS = {".json": {"JSON"}, ".html": {"HTML"}, ".svg": {"SVG"}, ".ics": {"VCalendar", "Event", "Timezone"}}
"""What exiftool calls the contents of the files that are no photos; nothing else may stand in them."""


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Every site, as the command makes them, from an empty cache."""
    (tmp_path / "preau.toml").write_text(SETTINGS)
    command = [sys.executable, "-c", "from publish.cli import main; main()", "--content", str(ROOT / "content")]
    command += ["--config", str(tmp_path / "preau.toml"), "build", "--output", str(tmp_path / "sites"), "--date", DAY]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return tmp_path / "sites"


def strange(file: str, found: dict[str, object]) -> list[str]:
    """The tags of one file that are on no list."""
    suffix = Path(file).suffix
    if suffix in {".webp", ".jpg"}:
        return judge.not_allowed(found)
    groups = GROUPS | OWN_GROUPS.get(suffix, set())
    return [
        name
        for name in found
        if re.sub(r"\d+$", "", name.partition(":")[0]) not in groups or name.partition(":")[2].startswith("Comment")
    ]


def test_nothing_that_is_served_says_more_than_it_shows(built: Path, exiftool: Path) -> None:
    files = sorted(path for path in built.glob("[!.]*/**/*") if path.is_file())
    found = judge.tags(exiftool, files)
    assert len(found) == len(files)
    assert {file: strange(file, tags) for file, tags in found.items() if strange(file, tags)} == {}

    originals = [
        path
        for path in (ROOT / "content").rglob("*")
        if path.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp", ".heic"}
    ]
    digests = {hashlib.sha256(path.read_bytes()).digest() for path in originals}
    assert len(digests) >= 24
    assert not [path for path in files if hashlib.sha256(path.read_bytes()).digest() in digests]
    # the sources do hold what must not leave: otherwise this test could not fail
    said = {tag.partition(":")[0] for tags in judge.tags(exiftool, originals).values() for tag in tags}
    assert {"GPS", "IFD0", "ExifIFD", "ICC_Profile"} <= said

    photos = [path for path in files if path.parent.name == "photos"]
    assert len(photos) >= 24 * 2
    tall = 0
    for path in photos:
        match = PHOTO.fullmatch(path.relative_to(path.parent.parent).as_posix())
        assert match, path
        with Image.open(path) as image:
            assert image.width == int(match[1])
            assert max(image.size) <= 1600
            tall += image.height > image.width
    assert tall >= 6  # portraits stand upright, at every size and in both formats
