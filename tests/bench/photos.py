"""Photos from a phone to a page: Préau beside stock Pelican + image-process, Hugo, and Eleventy + eleventy-img.

`make bench-photos` runs it (PHOTOS=24 for a quick look, REPEAT=3 for medians); docs/performance.md has its figures.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from tests.bench.photo_corpus import write_photos
from tests.bench.photo_sites import PEERS, PEERS_PYTHON, SITES, WIDTHS, Tool, eleventy, hugo, pelican, preau, spread
from tests.bench.process_tree import Cost
from tests.project import ROOT

WORK = ROOT / ".preau/bench/photos"
FORMS = ("webp", "jpeg")
NAMES = {"webp": "WebP", "jpeg": "JPEG"}
US = "Préau"
ADDED_ALL, ADDED_SITE = "added, all sites", "added, its site"
EQUAL = 0.2
"""Points of SSIMULACRA2 within which two means of so few photos count as equal."""

JUDGED = 4
"""Photos whose quality is judged, in both formats, at every width: the three scores of one take eight seconds."""

SAME_SETTINGS = "webp_quality=(75,) * 3, webp_method=4, jpeg_quality=(80,) * 3, jpeg_table=()"
"""What the peers are given; 4 is the effort of libwebp, sharp and Pillow by default."""


def tools(folder: Path) -> list[Tool]:
    """Everybody, fastest to be seen first."""
    return [
        preau(US, folder / "preau"),
        preau(f"{US}, WebP q75 and JPEG q80", folder / "preau-same", SAME_SETTINGS),
        eleventy(folder / "eleventy"),
        pelican(folder / "pelican"),
        hugo(folder / "hugo"),
    ]


def set_up(tool: Tool, photos: Sequence[Path]) -> None:
    """Its sources, and nothing made."""
    shutil.rmtree(tool.folder, ignore_errors=True)
    tool.folder.mkdir(parents=True)
    for site, article, photo in spread(photos):
        tool.place(site, article, photo)
    tool.prepare()


def measure(tool: Tool, photos: Sequence[Path], added: tuple[Path, Path]) -> dict[str, Cost]:
    """Cold, nothing changed, one photo added and its site alone, another one and all sites."""
    city = range(SITES)
    first, second = added
    set_up(tool, photos)
    costs = {"cold": tool.build(city)}
    if tool.name != US and tool.name.startswith(US):
        # Another recipe changes no other step; and so that everybody has made the same photos:
        tool.place(0, 0, first)
        tool.place(1, 0, second)
        tool.build(city)
        return costs
    costs["warm"] = tool.build(city)
    tool.place(0, 0, first)
    costs[ADDED_SITE] = tool.build([0])
    tool.place(1, 0, second)
    costs[ADDED_ALL] = tool.build(city)
    return costs


def judge(tool: Tool, photos: Sequence[Path], scratch: Path) -> dict[tuple[str, int], float]:
    """Mean SSIMULACRA2 of each format at each width, against the photo fully decoded and resized by Lanczos."""
    made = {file: size for file in tool.outputs if (size := _size(file))[0] in WIDTHS}
    glances = {file: _glance(file) for file in made}
    pairs: list[tuple[str, str]] = []
    judged: list[tuple[str, int]] = []
    for photo in photos:
        with Image.open(photo) as opened:
            whole = opened.convert("RGB")
        for width in WIDTHS:
            standard = scratch / f"{photo.stem}-{width}.png"
            wanted = whole.resize((width, width * 3 // 4), Image.Resampling.LANCZOS)
            wanted.save(standard, compress_level=1)
            for form in FORMS:
                of_form = [file for file in made if made[file] == (width, form)]
                nearest = min(of_form, key=partial(_apart, glances, _small(wanted)))
                decoded = scratch / f"{tool.folder.name}-{photo.stem}-{width}-{form}.png"
                with Image.open(nearest) as opened:
                    opened.convert("RGB").save(decoded, compress_level=1)
                pairs.append((str(standard), str(decoded)))
                judged.append((form, width))
    answer = subprocess.run(
        [PEERS_PYTHON / "bin/python", ROOT / "tests/bench/photo_quality.py"],
        input=json.dumps(pairs),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    scores = list(zip(judged, json.loads(answer.stdout), strict=True))
    return {of: statistics.mean(score for one, score in scores if one == of) for of in dict.fromkeys(judged)}


def _size(file: Path) -> tuple[int, str]:
    """Width and format."""
    with Image.open(file) as opened:
        return opened.width, "webp" if opened.format == "WEBP" else "jpeg"


def _glance(file: Path) -> bytes:
    with Image.open(file) as opened:
        opened.draft("L", (96, 72))
        return _small(opened)


def _small(image: Image.Image) -> bytes:
    return image.convert("L").resize((24, 18), Image.Resampling.BOX).tobytes()


def _apart(glances: dict[Path, bytes], wanted: bytes, file: Path) -> int:
    return sum(abs(a - b) for a, b in zip(glances[file], wanted, strict=True))


def _versions() -> str:
    python = PEERS_PYTHON / "bin/python"
    names = ("pelican", "pelican-image-process", "hugo", "pillow", "ssimulacra2")
    asked = f"from importlib.metadata import version; print(', '.join(f'{{n}} {{version(n)}}' for n in {names!r}))"
    peers = subprocess.run([python, "-c", asked], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    locked = json.loads((PEERS / "package-lock.json").read_text())["packages"]
    node = [
        f"{name} {locked[f'node_modules/{name}']['version']}"
        for name in ("@11ty/eleventy", "@11ty/eleventy-img", "sharp")
    ]
    return f"Préau with pillow {version('pillow')}, Python {platform.python_version()}; {peers}; {', '.join(node)}"


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.processor for cost in costs),
        int(statistics.median(cost.peak for cost in costs)),
    )


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "processor unknown"
    )
    return f"{os.cpu_count()} cores ({model}), Linux {platform.release()}"


@dataclass(frozen=True)
class Result:
    """What one tool made: seconds and memory by step, bytes by format, quality by format and width."""

    costs: dict[str, Cost]
    files: int
    bytes: dict[str, int]
    quality: dict[tuple[str, int], float]


def main(count: int, repeat: int, only: str) -> None:
    """Measure and print, tool by tool."""
    *photos, first, second = write_photos(WORK / "corpus", count + 2)
    print(f"{count} photos of 12 megapixels ({sum(p.stat().st_size for p in photos) / 1e6:.0f} MB), {SITES} sites")
    print(f"{_machine()}; runs of each: {repeat}\n{_versions()}\n", flush=True)
    print("| | step | wall (s) | processor (s) | peak (MB) |\n|---|---|---|---|---|")
    costs: dict[str, dict[str, Cost]] = {}
    asked = [tool for tool in tools(WORK) if only in tool.name]
    for tool in asked:
        runs = [measure(tool, photos, (first, second)) for _ in range(repeat)]
        costs[tool.name] = {step: _median([one[step] for one in runs]) for step in runs[0]}
        for step, cost in costs[tool.name].items():
            print(
                f"| {tool.name} | {step} | {cost.wall:.1f} | {cost.processor:.1f} | {cost.peak / 1e6:.0f} |", flush=True
            )
    sample = photos[:: max(1, count // JUDGED)][:JUDGED]
    columns = [(form, width) for form in FORMS for width in WIDTHS]
    print(f"\nBytes, and quality: SSIMULACRA2, mean of {len(sample)} photos, at each width.\n")
    heads = " | ".join(f"{NAMES[form]} {width}" for form, width in columns)
    print(f"| | files | WebP (MB) | JPEG (MB) | {heads} |\n|{'---|' * (4 + len(columns))}")
    results: dict[str, Result] = {}
    for tool in asked:
        results[tool.name] = made = _result(tool, costs[tool.name], sample)
        scores = " | ".join(f"{made.quality[column]:.1f}" for column in columns)
        weights = " | ".join(f"{made.bytes[form] / 1e6:.1f}" for form in FORMS)
        print(f"| {tool.name} | {made.files} | {weights} | {scores} |", flush=True)
    if not only:
        print(f"\n{aims(results)}")


def _result(tool: Tool, costs: dict[str, Cost], sample: Sequence[Path]) -> Result:
    with TemporaryDirectory() as scratch:
        quality = judge(tool, sample, Path(scratch))
    weights = dict.fromkeys(FORMS, 0)
    for file in tool.outputs:
        weights[_size(file)[1]] += file.stat().st_size
    return Result(costs, len(tool.outputs), weights, quality)


def aims(results: Mapping[str, Result]) -> str:
    """What was aimed at: beside the peer that is fastest with nothing made yet, small steps beside every peer."""
    ours = next(iter(results.values()))
    peers = {name: result for name, result in results.items() if not name.startswith(US)}
    name, best = min(peers.items(), key=lambda one: one[1].costs["cold"].wall)
    gain = {form: [ours.quality[form, width] - best.quality[form, width] for width in WIDTHS] for form in FORMS}
    weight, theirs = (sum(one.bytes.values()) / 1e6 for one in (ours, best))
    lines = ["| aim | found | |", "|---|---|---|"]

    def line(aim: str, found: str, *, reached: bool) -> None:
        lines.append(f"| {aim} | {found} | {'reached' if reached else 'missed'} |")

    def beside(aim: str, mine: float, other: float, unit: str, most: float) -> None:
        found = f"{mine:.1f} {unit} beside {name}'s {other:.1f} {unit}: {mine / other:.2f}"
        line(aim, found, reached=mine <= most * other)

    cold, their_cold = ours.costs["cold"], best.costs["cold"]
    beside("cold: half of the fastest peer's time", cold.wall, their_cold.wall, "s", 0.5)
    beside("a quarter of its memory", cold.peak / 1e6, their_cold.peak / 1e6, "MB", 0.25)
    said = "; ".join(f"{NAMES[form]} {' '.join(f'{one:+.1f}' for one in gain[form])}" for form in FORMS)
    line("equal or better quality", f"{said} at {WIDTHS} pixels", reached=min(map(min, gain.values())) >= -EQUAL)
    beside("no more bytes", weight, theirs, "MB", 1)
    for aim, step, theirs_is in (
        ("nothing changed: ahead of all", "warm", "warm"),
        ("one photo added, whole city: ahead of all", ADDED_ALL, ADDED_ALL),
        ("one photo added, whole city: ahead of all, asked for its site alone", ADDED_ALL, ADDED_SITE),
    ):
        mine = ours.costs[step].wall
        seconds = {peer: result.costs[theirs_is].wall for peer, result in peers.items()}
        found = ", ".join(f"{peer} {one:.1f} s" for peer, one in seconds.items())
        line(aim, f"{mine:.1f} s beside {found}", reached=mine < min(seconds.values()))
    return "\n".join(lines)


if __name__ == "__main__":
    main(int(os.environ.get("PHOTOS") or 240), int(os.environ.get("REPEAT") or 1), " ".join(sys.argv[1:]))
