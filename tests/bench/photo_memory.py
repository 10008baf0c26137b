"""How much memory photos take while they are made: the peak of the whole process tree, with two workers.

`make bench-preview` runs it; docs/performance.md has its figures, and a test holds the bounds.
"""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.plugins.photos import pictures
from tests.project import ROOT

SIZES = {12: (4032, 3024), 48: (8064, 6048)}
"""Megapixels → pixels of a telephone's photo."""

LIMITS = {12: 400_000_000, 48: 700_000_000}
"""Megapixels → bytes that the process tree may hold with two workers."""

FORMS = ("JPEG", "progressive JPEG", "HEIC")
EACH = 0.01
"""Seconds between two looks."""

_PROGRAM = """
import sys, time
from pathlib import Path
from plugins.photos.cache import Cache
from plugins.photos.prepare import prepare_many
from plugins.photos.ready import Wanted
folder = Path(sys.argv[1])
photos = [Wanted(folder, path, path.name) for path in folder.iterdir()]
print(prepare_many(photos, Cache(Path(sys.argv[2]), time.time), 2, 10**9).made)
"""


@dataclass(frozen=True)
class Measured:
    """What making some photos took.

    Arguments:
        photos: how many were made.
        peak: bytes (PSS: shared pages count once) of the command, its workers and their decoders, at the highest look.
        seconds: from start to end.
    """

    photos: int
    peak: int
    seconds: float


def write_photos(folder: Path, form: str, megapixels: int, count: int) -> None:
    """Photos of distinct bytes: what an addition that says nothing makes of one."""
    folder.mkdir()
    if form == "HEIC":
        data = (pictures.SAMPLES / f"{megapixels}-megapixels.heic").read_bytes()
        for number in range(count):
            (folder / f"{number}.heic").write_bytes(data + b"\0\0\0\x0cfree" + number.to_bytes(4, "big"))
        return
    data = pictures.jpeg(pictures.textured(*SIZES[megapixels]), progressive=form != "JPEG")
    for number in range(count):
        comment = b"\xff\xfe\0\x06" + number.to_bytes(4, "big")
        (folder / f"{number}.jpg").write_bytes(data[:2] + comment + data[2:])


def measure(photos: Path, cache: Path) -> Measured:
    """Make every photo of a folder, with two workers and an empty cache, and look at the tree meanwhile."""
    started, peak = time.perf_counter(), 0
    command = [sys.executable, "-c", _PROGRAM, str(photos), str(cache)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            peak = max(peak, sum(_held(member) for member in _tree(process.pid)))
            time.sleep(EACH)
        assert process.stdout is not None
        made = int(process.stdout.read())
    return Measured(made, peak, time.perf_counter() - started)


def _tree(pid: int) -> list[int]:
    """A process and all that it started, children of children too."""
    found = [pid]
    for member in found:
        try:
            children = Path(f"/proc/{member}/task/{member}/children").read_text()
        except OSError:  # it ended meanwhile
            continue
        found.extend(map(int, children.split()))
    return found


def _held(pid: int) -> int:
    """Bytes: private pages, and its part of those that it shares."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


if __name__ == "__main__":
    for megapixels in SIZES:
        for form in FORMS:
            with TemporaryDirectory() as made:
                write_photos(Path(made, "photos"), form, megapixels, 8)
                found = measure(Path(made, "photos"), Path(made, "cache"))
            print(
                f"memory, 2 workers, {found.photos} × {megapixels} megapixels, {form}: "
                f"{found.peak / 1e6:.0f} MB at the peak (at most {LIMITS[megapixels] / 1e6:.0f}), {found.seconds:.1f} s"
            )
