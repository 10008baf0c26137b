"""How fast families get pages and photos through nginx, beside plain nginx and Apache mod_auth_openidc, in one run.

`make bench-gateway` runs it, in less than ten minutes; docs/performance.md has its figures. Every request of the
gateway finds its session in SQLite and asks the policy in force. `--short` is for trying it out.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2

from publish.stores.folder import FolderStore
from tests.bench import gateway_peers as peers
from tests.bench.gateway_process import FILES, PAGE, PHOTO, publish
from tests.bench.wrk import Load, at_rate, processor, resident, run
from tests.project import ROOT
from tests.publish.stores.seaweed import free_ports

WARM_UP = 10_000
REQUESTS = 100_000
SIGN_INS = 300
MINUTE = 60.0
SITES, FILES_OF_EACH = 1_000, 400
AIM_RATE, AIM_P99, AIM_SITES = 5_000, 10.0, 300e6
HALF_CONNECTIONS = 64
BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd"}
"""What browsers say over https: from Préau they get pages in brotli, which neither peer has."""

PLAIN_PAGE = "page of 8 kB"
ASKED: dict[str, tuple[str, dict[str, str]]] = {
    PLAIN_PAGE: (PAGE, {}),
    "the same in brotli, as browsers ask for it": (PAGE, BROWSER),
    "photo of 200 kB": (PHOTO, {}),
}
THREADS = 25
"""Of Apache's one process, as Debian has it. With a single one, it has one worker as nginx and the gateway have."""


def main() -> None:
    """Measure, and print tables for docs/performance.md."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true", help="some seconds only; its figures are worth nothing")
    short = parser.parse_args().short
    began = time.monotonic()
    with TemporaryDirectory(prefix="preau-bench-") as name, ExitStack() as opened:
        folder = Path(name)
        # Apache's worker is another user.
        folder.chmod(0o755)
        site = folder / "site"
        for path, data in FILES.items():
            (site / "fessart" / path).parent.mkdir(parents=True, exist_ok=True)
            (site / "fessart" / path).write_bytes(data)
        publish(FolderStore(folder / "store"), "fessart")
        port, plain, *others = free_ports(4)
        issuer = opened.enter_context(peers.provider(folder / "provider", peers.gateway_client(port)))
        second = opened.enter_context(peers.provider(folder / "second", peers.apache_client(*others)))
        served = opened.enter_context(peers.gateway(folder, site, (port, plain), issuer))
        apaches = {
            threads: opened.enter_context(peers.apache(folder / f"apache-{threads}", site, other, second, threads))
            for threads, other in zip((1, THREADS), others, strict=True)
        }
        cookies = {
            served.address: served.cookie,
            **{apache.address: asyncio.run(peers.apache_cookie(apache.address)) for apache in apaches.values()},
            served.plain: "none=none",
        }
        _check(cookies, served.plain)
        _speed(served, apaches, cookies, short=short)
        _memory(served, requests=REQUESTS // 20 if short else REQUESTS)
        asyncio.run(_sign_ins(served.address, MINUTE / 12 if short else MINUTE))
    _sites(SITES // 10 if short else SITES)
    print(f"\n{time.monotonic() - began:.0f} s in all.")


def _check(cookies: dict[str, str], plain: str) -> None:
    """Everybody gives the same bytes to the family, and none to a stranger."""
    for address, cookie in cookies.items():
        for path, data in FILES.items():
            url = f"{address}/fessart/{path}"
            told = httpx2.get(url, headers={"cookie": cookie}, trust_env=False)
            assert (told.status_code, told.content) == (200, data), (url, told.status_code)
            if address != plain:
                assert httpx2.get(url, trust_env=False).status_code in (302, 401), url


def _speed(served: peers.Served, apaches: dict[int, peers.Peer], cookies: dict[str, str], *, short: bool) -> None:
    """As fast as they can, in turn, so that what else the machine does meets all of them; then at half of that."""
    seconds, rounds = (1, 1) if short else (5, 3)
    doors = {
        served.address: ("Préau behind nginx", (served.pid, served.nginx)),
        **{
            apache.address: (f"Apache mod_auth_openidc, threads: {threads}", (apache.pid,))
            for threads, apache in apaches.items()
        },
        served.plain: ("nginx, open to everybody", (served.nginx,)),
    }
    loads: dict[tuple[str, str], list[Load]] = {}
    took: dict[tuple[str, str], list[float]] = {}
    run(f"{served.address}/fessart/{PAGE}", {"Cookie": served.cookie}, 1)
    for _ in range(rounds):
        for what, (path, headers) in ASKED.items():
            for address, (_, pids) in doors.items():
                if headers and address != served.address:
                    continue
                before = processor(*pids)
                load = run(f"{address}/fessart/{path}", {"Cookie": cookies[address], **headers}, seconds)
                loads.setdefault((what, address), []).append(load)
                took.setdefault((what, address), []).append((processor(*pids) - before) / load.requests * 1e6)
    print(
        f"\n| {seconds} s, 16 connections, median of {rounds} | requests/s | p50 ms | p99 ms | processor µs | errors |"
    )
    print("|---|---|---|---|---|---|")
    for (what, address), found in loads.items():
        print(
            f"| {what}: {doors[address][0]} | {_median(load.rate for load in found):,.0f} | "
            f"{_median(load.p50 for load in found):.1f} | {_median(load.p99 for load in found):.1f} | "
            f"{_median(took[what, address]):.0f} | {sum(load.errors for load in found)} |"
        )
    own = [load for (_, address), found in loads.items() for load in found if address == served.address]
    most = _median(load.rate for load in loads[PLAIN_PAGE, served.address])
    beside = {
        threads: _median(load.rate for load in loads[PLAIN_PAGE, apache.address]) for threads, apache in apaches.items()
    }
    half = at_rate(
        f"{served.address}/fessart/{PAGE}",
        {"Cookie": served.cookie},
        2 if short else 15,
        connections=HALF_CONNECTIONS,
        rate=most / 2,
    )
    print(f"| {PLAIN_PAGE}: Préau at half | {half.rate:,.0f} | {half.p50:.1f} | {half.p99:.1f} | | {half.errors} |\n")
    _aim(f"{AIM_RATE:,} pages a second by one worker", f"{most:,.0f}", most >= AIM_RATE)
    for threads, rate in beside.items():
        aim = f"no slower on pages than Apache with one worker of {threads}"
        _aim(aim, f"{most:,.0f} beside {rate:,.0f}", most >= rate)
    _aim(f"p99 under {AIM_P99:.0f} ms at half of the most", f"{half.p99:.1f} ms", half.p99 < AIM_P99)
    errors = half.errors + sum(load.errors for load in own)
    _aim("no error", f"{errors} of {half.requests + sum(load.requests for load in own):,} requests", errors == 0)


def _memory(served: peers.Served, requests: int) -> None:
    """What a hundred thousand requests leave behind."""
    url, headers = f"{served.address}/fessart/", {"Cookie": served.cookie, **BROWSER}
    warm = seen = 0
    while warm < min(WARM_UP, requests):
        warm += run(url, headers, 2).requests
    before = resident(served.pid)
    while seen < requests:
        seen += run(url, headers, 2).requests
    after = resident(served.pid)
    told = f"{before / 1e6:.1f} MB, then {after / 1e6:.1f} MB after {seen:,} requests"
    _aim("memory flat over 100,000 requests", told, after - before < 2e6)


async def _sign_ins(address: str, seconds: float) -> None:
    """Three hundred sign-ins a minute, evenly, each through the provider; then one session is proved to end at once."""
    count = round(SIGN_INS * seconds / MINUTE)
    took: list[float] = []
    failed: list[str] = []

    async def one(number: int) -> None:
        await asyncio.sleep(number * seconds / count)
        started = time.perf_counter()
        try:
            browser = await peers.sign_in(address)
            assert (await browser.get("/fessart/")).status_code == 200
            await browser.aclose()
        except (AssertionError, httpx2.HTTPError) as error:
            failed.append(f"{type(error).__name__} {error}")
        took.append(time.perf_counter() - started)

    started = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(count)))
    whole = time.perf_counter() - started
    took.sort()
    told = (
        f"{count} in {whole:.0f} s, median {took[count // 2] * 1000:.0f} ms, slowest {took[-1] * 1000:.0f} ms with the "
        f"first page, {len(failed)} failed {failed[:3] or ''}"
    )
    _aim(f"{SIGN_INS} sign-ins a minute without an error", told, not failed)


def _sites(sites: int) -> None:
    """The manifests of a thousand sites."""
    command = [sys.executable, "-m", "tests.bench.gateway_sites", str(sites), str(FILES_OF_EACH)]
    found = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    told = f"{sites:,} sites of {FILES_OF_EACH} files: {found['bytes'] / 1e6:.0f} MB, read in {found['seconds']:.0f} s"
    _aim("1,000 sites in under 300 MB", told, found["bytes"] < AIM_SITES)


def _median(values: Iterable[float]) -> float:
    return statistics.median(values)


def _aim(aim: str, found: str, reached: bool) -> None:
    print(f"- {aim}: {found}: {'reached' if reached else 'MISSED'}")


if __name__ == "__main__":
    main()
