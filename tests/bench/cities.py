"""The sites of a whole city: Préau beside stock Pelican, Hugo and Eleventy, in one run.

`make bench` runs it; CITY=31x1000 or CITY=310x200 takes another corpus, REPEAT=1 a quick look, TOOLS="Préau Hugo" some
of the generators, FOLDER=/dev/shm a disk that costs nothing. docs/performance.md has its figures.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from tests.bench.city_sites import City, Tool, eleventy, hugo, pelican, preau
from tests.bench.photo_sites import PEERS, PEERS_PYTHON
from tests.bench.process_tree import Cost
from tests.project import ROOT

WORK = Path(os.environ.get("FOLDER") or ROOT / ".preau/bench") / "cities"
TOOLS: dict[str, Callable[[Path, City], Tool]] = {
    "Préau": preau, "Hugo": hugo, "Pelican": pelican, "Eleventy": eleventy,
}  # fmt: skip
COLD, SAME, POST, POST_ALONE = "cold", "nothing changed", "one post changed, whole city", "one post changed, its site"
THEME, ADDED = "theme changed", "one centre added"

AIMS = (
    ("cold: at most 0.7 × stock Pelican", COLD, "Pelican", COLD, 0.7),
    ("nothing changed: at most 0.1 × Hugo", SAME, "Hugo", SAME, 0.1),
    ("one post changed: at most 0.2 × Hugo's whole city", POST, "Hugo", POST, 0.2),
    ("theme changed: at most Hugo's cold build", THEME, "Hugo", COLD, 1.0),
)
"""What, Préau's case, the peer and its case, the ratio of wall time."""


def measure(tool: Tool, city: City) -> dict[str, Cost]:
    """One run of every case; the sources are written already."""
    everything, last = range(city.sites), city.sites
    tool.forget()
    costs = {COLD: tool.build(everything)}
    made(tool, city)
    costs[SAME] = tool.build(everything)
    edited = city.sites // 2
    before = tool.edits(edited)
    tool.edit(edited)
    if not tool.whole:
        costs[POST_ALONE] = tool.build([edited])
    costs[POST] = tool.build(everything)
    assert tool.edits(edited) > before, f"{tool.name} did not see that a post changed"
    tool.theme()
    time.sleep(0.1)  # Préau does not trust a program that changed in the very moment in which it was started
    costs[THEME] = tool.build(everything)
    made(tool, city)
    tool.write(last)
    costs[ADDED] = tool.build([last])
    return costs


def made(tool: Tool, city: City) -> None:
    """A generator that made no page of a post is no peer."""
    assert tool.pages() >= city.sites * city.posts, f"{tool.name} made {tool.pages()} pages"


def remove_added(tool: Tool, folder: Path, city: City) -> None:
    """The sources as they were before a centre was added."""
    name = f"site-{city.sites:03d}"
    shutil.rmtree(folder / ("content" if tool.whole else "") / name)


def median(costs: Sequence[Cost]) -> Cost:
    """Of each figure by itself."""
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.processor for cost in costs),
        int(statistics.median(cost.peak for cost in costs)),
    )


def machine() -> str:
    """What it was measured on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores ({model}), Linux {platform.release()}, load {load:.1f} at the start"


def versions() -> str:
    """Of everybody."""
    asked = "from importlib.metadata import version; print('Pelican', version('pelican'), '· Hugo', version('hugo'))"
    peers = subprocess.run(
        [PEERS_PYTHON / "bin/python", "-c", asked], stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()
    locked = json.loads((PEERS / "package-lock.json").read_text())["packages"]["node_modules/@11ty/eleventy"]["version"]
    return f"Python {platform.python_version()} · Préau {version('preau')} · {peers} · Eleventy {locked}"


def main(city: City, names: Sequence[str], repeat: int) -> None:
    """Write all sources, measure in turn, print the tables of docs/performance.md."""
    print(f"{city.sites} centres of {city.posts} posts; {machine()}\n{versions()}\n", flush=True)
    shutil.rmtree(WORK, ignore_errors=True)
    tools = {name: TOOLS[name](WORK / name.lower().replace("é", "e"), city) for name in names}
    for tool in tools.values():
        for site in range(city.sites):
            tool.write(site)
    print("| | case | wall (s) | fastest–slowest | processor (s) | peak (MB) | runs |\n|---|---|---|---|---|---|---|")
    found: dict[tuple[str, str], Cost] = {}
    for name, tool in tools.items():
        runs = []
        for _ in range(min(tool.repeats, repeat)):
            runs.append(measure(tool, city))
            remove_added(tool, WORK / name.lower().replace("é", "e"), city)
        for case in runs[0]:
            costs = [one[case] for one in runs]
            cost = found[name, case] = median(costs)
            spread = f"{min(c.wall for c in costs):.2f}–{max(c.wall for c in costs):.2f}"
            print(
                f"| {name} | {case} | {cost.wall:.2f} | {spread} | {cost.processor:.2f} | {cost.peak / 1e6:.0f} "
                f"| {len(runs)} |",
                flush=True,
            )
    print("\n| aim | wall | ratio | |\n|---|---|---|---|")
    for what, case, peer, other, most in AIMS:
        if ("Préau", case) in found and (peer, other) in found:
            mine, theirs = found["Préau", case].wall, found[peer, other].wall
            reached = "reached" if mine <= most * theirs else "missed"
            print(f"| {what} | {mine:.2f} s beside {theirs:.2f} s | {mine / theirs:.2f} | {reached} |")


if __name__ == "__main__":
    sites, _, posts = (os.environ.get("CITY") or "31x200").partition("x")
    asked = (os.environ.get("TOOLS") or " ".join(TOOLS)).split()
    main(City(int(sites), int(posts)), asked, int(os.environ.get("REPEAT") or 5))
