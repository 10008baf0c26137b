"""Two gateways on one file of sessions, as processes: who is signed out elsewhere gets no page, however busy one is."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest

from publish.access import Membership, MembershipKind, Person
from publish.gateway.sessions import Limits, NewSession, token_hash
from publish.gateway.sessions_sqlite import SqliteSessions
from publish.stores.folder import FolderStore
from tests.publish.gateway.deployment import PREAU, GatewayProcess, publish, toml
from tests.publish.gateway.house import ADDRESS, FESSART, KEY

CONNECTIONS, BEFORE, AFTER = 16, 80, 3
"""How many ask at once; answers before somebody signs out; requests of each connection after that."""

NOWHERE = "https://127.0.0.1:1"
GUARDIAN = Person(NOWHERE, "guardian-fessart", frozenset({Membership(MembershipKind.GUARDIAN, FESSART)}))
ONE_ANSWER_FOR_A_WHILE = """
from publish.gateway import private_sqlite
private_sqlite.MOST_SHARED = 0.05
private_sqlite.Unchanged._ask_again = lambda self: None
from publish.cli import main
main()
"""
"""In the place of the command: what SQLite said counts for 50 ms."""


@dataclass
class Pair:
    """Two gateways.

    Arguments:
        file: of the sessions of both.
    """

    file: Path
    gateways: list[GatewayProcess]


@contextmanager
def running(folder: Path, program: tuple[str, ...] = PREAU) -> Iterator[Pair]:
    """Both, until the block ends; no provider is there, and none is needed."""
    store, file = folder / "store", folder / "kept" / "sessions.sqlite3"
    publish(folder, FolderStore(store))
    issuers = {"ecoles": NOWHERE, "academie": f"{NOWHERE}/cas"}
    gateways = []
    with ExitStack() as stack:
        for name in ("one", "other"):
            own = folder / name
            own.mkdir()
            text = toml(store, address=ADDRESS, issuers=issuers, sessions=str(file), folder=own)
            (own / "preau.toml").write_text(text, "utf-8")
            gateways.append(GatewayProcess(own, {"PREAU_ACCESS_KEY": KEY.decode(), "PREAU_ENT": "x" * 24}, program))
            gateways[-1].start()
            stack.callback(gateways[-1].stop)
        yield Pair(file, gateways)


@dataclass
class Load:
    """Connections that ask one gateway again and again.

    Arguments:
        seen: moment before the first byte of each request, and the status of its answer.
    """

    socket: Path
    seen: list[tuple[float, int]] = field(default_factory=list)

    async def during(self, cookie: str, sign_out: Callable[[], float]) -> float:
        """Ask with one cookie until some while after the moment at which somebody signed it out; that moment."""
        self.seen.clear()
        busy, over = asyncio.Event(), asyncio.Event()
        lines = [
            "GET /fessart/ HTTP/1.1",
            f"Host: {ADDRESS.removeprefix('https://')}",
            f"Cookie: {cookie}",
            "Accept: text/html",
        ]
        request = "\r\n".join([*lines, "", ""]).encode()
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            for _ in range(CONNECTIONS):
                group.create_task(self._ask(request, busy, over))
            await busy.wait()
            ended = await asyncio.to_thread(sign_out)
            over.set()
        return ended

    async def _ask(self, request: bytes, busy: asyncio.Event, over: asyncio.Event) -> None:
        reader, writer = await asyncio.open_unix_connection(self.socket)
        left = AFTER
        while left:
            left -= over.is_set()
            sent = monotonic()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head)
            assert length is not None
            await reader.readexactly(int(length[1]))
            self.seen.append((sent, int(head[9:12])))
            if len(self.seen) >= BEFORE:
                busy.set()
        writer.close()


def late(pair: Pair, rounds: int, *, stop: bool = False) -> int:
    """How many pages somebody got who asked after they were signed out, by the other gateway and by a program in turn.

    Arguments:
        stop: at the first one.
    """
    found = 0
    hour = timedelta(hours=1)
    one, other = pair.gateways
    store = SqliteSessions(pair.file, Limits(hour, hour), lambda: datetime.now(UTC))
    load = Load(one.socket)
    with (
        closing(sqlite3.connect(pair.file, isolation_level=None, check_same_thread=False)) as db,
        asyncio.Runner() as loop,
    ):
        for number in range(rounds):
            token = loop.run(store.open(NewSession(GUARDIAN, "ecoles"), None))
            session = loop.run(store.find(token))
            assert session is not None
            cookie, jeton, key = {"__Host-preau": token}, session.csrf, token_hash(token)

            def by_the_other(cookie: dict[str, str] = cookie, jeton: str = jeton) -> float:
                assert other.ask(ADDRESS, "/-/deconnexion", cookie, {"jeton": jeton}).status_code == 303
                return monotonic()

            def by_a_program(key: bytes = key) -> float:
                assert db.execute("DELETE FROM sessions WHERE token = ?", (key,)).rowcount == 1
                return monotonic()

            ended = loop.run(load.during(f"__Host-preau={token}", by_the_other if number % 2 else by_a_program))
            after = [status for sent, status in load.seen if sent > ended]
            assert len(after) >= CONNECTIONS * (AFTER - 1)
            assert [status for sent, status in load.seen if sent < ended].count(200) >= BEFORE - CONNECTIONS
            found += after.count(200)
            if found and stop:
                break
        loop.run(store.close())
    return found


@pytest.mark.parametrize("rounds", [30, pytest.param(500, marks=pytest.mark.long)])
def test_no_page_after_a_sign_out_elsewhere(tmp_path: Path, rounds: int) -> None:
    with running(tmp_path) as pair:
        assert late(pair, rounds) == 0


def test_an_answer_of_sqlite_that_counts_for_a_while_would_be_noticed(tmp_path: Path) -> None:
    with running(tmp_path, ("-c", ONE_ANSWER_FOR_A_WHILE)) as pair:
        assert late(pair, 40, stop=True) > 0
