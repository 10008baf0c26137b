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
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from tests.bench.photo_corpus import write_photos
from tests.bench.photo_sites import PEERS, PEERS_PYTHON, SITES, Tool, eleventy, hugo, pelican, preau, spread
from tests.bench.process_tree import Cost
from tests.project import ROOT

WORK = ROOT / ".preau/bench/photos"
JUDGED_WIDTH = 960
JUDGED = 4
"""Photos whose quality is judged, in both formats, at one width: a score takes two seconds."""

SAME_SETTINGS = "webp_quality=75, webp_method=4, jpeg_quality=80"
"""What the peers are given; 4 is the effort of libwebp, sharp and Pillow by default."""


def tools(folder: Path) -> list[Tool]:
    """Everybody, fastest to be seen first."""
    return [
        preau("Préau", folder / "preau"),
        preau("Préau, WebP q75 and JPEG q80", folder / "preau-same", SAME_SETTINGS),
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


def measure(tool: Tool, photos: Sequence[Path], added: Path) -> dict[str, Cost]:
    """Cold, nothing changed, one photo added: that site alone (where a tool builds sites apart), and all."""
    city = range(SITES)
    set_up(tool, photos)
    costs = {"cold": tool.build(city), "warm": tool.build(city)}
    tool.place(0, 0, added)
    if tool.name.startswith("Préau"):
        costs["added, all sites"] = tool.build(city)
        return costs
    costs["added, its site"] = tool.build([0])
    costs["then all sites"] = tool.build(city)
    return costs


def judge(tool: Tool, photos: Sequence[Path], scratch: Path) -> dict[str, float]:
    """Mean SSIMULACRA2 of each format, against the photo fully decoded and resized by Lanczos."""
    made = [file for file in tool.outputs if _width(file) == JUDGED_WIDTH]
    glances = {file: _glance(file) for file in made}
    pairs: list[tuple[str, str]] = []
    forms: list[str] = []
    for photo in photos:
        with Image.open(photo) as opened:
            reference = opened.convert("RGB").resize((JUDGED_WIDTH, JUDGED_WIDTH * 3 // 4), Image.Resampling.LANCZOS)
        standard = scratch / f"{photo.stem}.png"
        reference.save(standard, compress_level=1)
        wanted = _glance(standard)
        for form in ("webp", "jpeg"):
            of_form = [file for file in made if (file.suffix == ".webp") == (form == "webp")]
            nearest = min(of_form, key=lambda file: sum(abs(a - b) for a, b in zip(glances[file], wanted, strict=True)))
            decoded = scratch / f"{tool.folder.name}-{photo.stem}-{form}.png"
            with Image.open(nearest) as opened:
                opened.convert("RGB").save(decoded, compress_level=1)
            pairs.append((str(standard), str(decoded)))
            forms.append(form)
    answer = subprocess.run(
        [PEERS_PYTHON / "bin/python", ROOT / "tests/bench/photo_quality.py"],
        input=json.dumps(pairs),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    scores = list(zip(forms, json.loads(answer.stdout), strict=True))
    return {form: statistics.mean(score for one, score in scores if one == form) for form in ("webp", "jpeg")}


def _width(file: Path) -> int:
    with Image.open(file) as opened:
        return opened.width


def _glance(file: Path) -> bytes:
    with Image.open(file) as opened:
        return opened.convert("L").resize((24, 18), Image.Resampling.BOX).tobytes()


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


def main(count: int, repeat: int, only: str) -> None:
    """Measure and print, tool by tool."""
    *photos, added = write_photos(WORK / "corpus", count + 1)
    print(f"{count} photos of 12 megapixels ({sum(p.stat().st_size for p in photos) / 1e6:.0f} MB), {SITES} sites")
    print(f"{_machine()}; runs of each: {repeat}\n{_versions()}\n", flush=True)
    print("| | step | wall (s) | processor (s) | peak (MB) |\n|---|---|---|---|---|")
    results = []
    for tool in tools(WORK):
        if only and only not in tool.name:
            continue
        runs = [measure(tool, photos, added) for _ in range(repeat)]
        for step in runs[0]:
            cost = _median([one[step] for one in runs])
            print(
                f"| {tool.name} | {step} | {cost.wall:.1f} | {cost.processor:.1f} | {cost.peak / 1e6:.0f} |", flush=True
            )
        results.append(tool)
    print(f"\nQuality: SSIMULACRA2, mean of {min(JUDGED, count)} photos at {JUDGED_WIDTH} pixels.\n")
    print("| | files | WebP (MB) | JPEG (MB) | WebP quality | JPEG quality |\n|---|---|---|---|---|---|")
    sample = photos[:: max(1, count // JUDGED)][:JUDGED]
    for tool in results:
        with TemporaryDirectory() as scratch:
            scores = judge(tool, sample, Path(scratch))
        weights = {file: file.stat().st_size for file in tool.outputs}
        webp = sum(size for file, size in weights.items() if file.suffix == ".webp") / 1e6
        jpeg = sum(weights.values()) / 1e6 - webp
        quality = f"{scores['webp']:.1f} | {scores['jpeg']:.1f}"
        print(f"| {tool.name} | {len(weights)} | {webp:.1f} | {jpeg:.1f} | {quality} |", flush=True)


if __name__ == "__main__":
    main(int(os.environ.get("PHOTOS") or 240), int(os.environ.get("REPEAT") or 1), " ".join(sys.argv[1:]))
