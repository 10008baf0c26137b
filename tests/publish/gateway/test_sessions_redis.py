"""Redis and Valkey keep the contract; what they hold gives nothing to whoever reads it; away, they let nobody in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from publish.gateway import redis_server, sessions_redis
from publish.gateway.redis_server import PREFIX, connect
from publish.gateway.sessions import ATTEMPT_LIFE, Sessions, SessionsDown
from publish.gateway.sessions_redis import RedisSessions
from publish.sessions_server import SessionsServer
from tests.publish.gateway.house import Moment
from tests.publish.gateway.redis_peer import PASSWORD, RedisPeer
from tests.publish.gateway.sessions_contract import ATTEMPT, BROWSER, LIMITS, NEW, STATE, SessionsContract
from tests.publish.stores.seaweed import free_ports


class TestRedisSessions(SessionsContract):
    @pytest.fixture
    def sessions(self, redis_peer: RedisPeer, clock: Moment, loop: asyncio.Runner) -> Iterator[Sessions]:
        store = RedisSessions(connect(redis_peer.settings), LIMITS, clock)
        yield store
        loop.run(store.close())


@pytest.fixture
def store(redis_peer: RedisPeer, loop: asyncio.Runner) -> Iterator[RedisSessions]:
    opened = RedisSessions(connect(redis_peer.settings), LIMITS, Moment())
    yield opened
    loop.run(opened.close())


@pytest.fixture
def inside(redis_peer: RedisPeer) -> Iterator[Any]:
    client = redis_peer.client()
    yield client
    client.close()


def dump(inside: Any) -> bytes:
    """Every key and what it holds."""
    readers = {b"hash": inside.hgetall, b"zset": lambda key: inside.zrange(key, 0, -1), b"set": inside.smembers}
    found = {key: readers.get(inside.type(key), inside.get)(key) for key in inside.keys("*")}
    assert all(key.startswith(PREFIX.encode()) for key in found)
    return repr(found).encode()


def test_it_holds_no_value_of_a_browser(store: RedisSessions, inside: Any, loop: asyncio.Runner) -> None:
    token = loop.run(store.open(NEW, None))
    loop.run(store.begin(STATE, BROWSER, ATTEMPT))
    written = dump(inside)
    assert b"ecoles" in written, "this is not where it is written"
    for secret in (token, STATE, BROWSER):
        assert secret.encode() not in written


def test_everything_expires_by_itself(store: RedisSessions, inside: Any, loop: asyncio.Runner) -> None:
    loop.run(store.open(NEW, None))
    loop.run(store.begin(STATE, BROWSER, ATTEMPT))
    lives = {key.split(b":")[1].decode(): inside.ttl(key) for key in inside.keys(f"{PREFIX}*:*")}
    assert LIMITS.idle.total_seconds() - 5 < lives["session"] <= LIMITS.idle.total_seconds()
    for name in ("attempt", "browser"):
        assert ATTEMPT_LIFE.total_seconds() - 5 < lives[name] <= ATTEMPT_LIFE.total_seconds()


def test_what_ended_leaves_nothing(store: RedisSessions, inside: Any, loop: asyncio.Runner) -> None:
    loop.run(store.end(loop.run(store.open(NEW, None))))
    loop.run(store.begin(STATE, BROWSER, ATTEMPT))
    loop.run(store.take(STATE, BROWSER))
    assert inside.keys("*") == [f"{PREFIX}rank".encode()]


def test_another_gateway_knows_the_session(store: RedisSessions, redis_peer: RedisPeer, loop: asyncio.Runner) -> None:
    token = loop.run(store.open(NEW, None))
    other = RedisSessions(connect(SessionsServer(socket=redis_peer.socket, password=PASSWORD)), LIMITS, Moment())
    assert loop.run(other.find(token)) is not None
    loop.run(other.end(token))
    assert loop.run(store.find(token)) is None
    loop.run(other.close())


@asynccontextmanager
async def losing(port: int, command: bytes, lost: list[bytes]) -> AsyncIterator[int]:
    """The port of a relay to a server: its first answer to this command is lost with the connection."""

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection("127.0.0.1", port)
        asked = bytearray()

        async def ask() -> None:
            while sent := await reader.read(1 << 16):
                asked.extend(sent)
                ours.write(sent)
            ours.close()

        async def answer() -> None:
            while said := await theirs.read(1 << 16):
                if command in asked and not lost:
                    lost.append(said)
                    break
                writer.write(said)
            writer.close()

        await asyncio.gather(ask(), answer())

    async with await asyncio.start_server(relay, "127.0.0.1") as server:
        yield server.sockets[0].getsockname()[1]


def test_a_sign_out_whose_answer_is_lost_still_has_its_hint(
    store: RedisSessions, redis_peer: RedisPeer, loop: asyncio.Runner
) -> None:
    """The client asks again: by then the session is over."""
    token = loop.run(store.open(NEW, None))
    lost: list[bytes] = []
    assert loop.run(store.end("x" * 43)) == "", "the server knows the script now"

    async def sign_out() -> str:
        async with losing(redis_peer.port, b"EVALSHA", lost) as port:
            behind = RedisSessions(connect(SessionsServer("127.0.0.1", port, password=PASSWORD)), LIMITS, Moment())
            hint = await behind.end(token)
            await behind.close()
            return hint

    assert loop.run(sign_out()) == NEW.id_token
    assert lost
    assert loop.run(store.find(token)) is None


def test_two_gateways_take_one_sign_in_once(store: RedisSessions, loop: asyncio.Runner) -> None:
    loop.run(store.begin(STATE, BROWSER, ATTEMPT))

    async def together() -> list[object]:
        return list(await asyncio.gather(*(store.take(STATE, BROWSER) for _ in range(20))))

    assert [taken for taken in loop.run(together()) if taken] == [ATTEMPT]


def test_a_session_that_ends_meanwhile_is_not_brought_back(
    store: RedisSessions, inside: Any, loop: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = loop.run(store.open(NEW, None))
    store._clock.later(minutes=5)  # type: ignore[attr-defined]
    real = store._run

    async def ended_first(script: object, *arguments: object) -> object:
        inside.delete(f"{PREFIX}session:{sessions_redis._hex(token)}")
        return await real(script, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "_run", ended_first)
    loop.run(store.find(token))
    assert not inside.exists(f"{PREFIX}session:{sessions_redis._hex(token)}")


@pytest.mark.parametrize("field", ["record", "started", "seen", "own"])
@pytest.mark.parametrize("value", ["", "{}", "nan", "null"])
def test_a_damaged_session_is_none(
    store: RedisSessions, inside: Any, loop: asyncio.Runner, field: str, value: str
) -> None:
    token = loop.run(store.open(NEW, None))
    inside.hset(f"{PREFIX}session:{sessions_redis._hex(token)}", field, value)
    found = loop.run(store.find(token))
    assert found is None or (field == "own" and not found.own_device)


def test_all_attempts_are_bounded(store: RedisSessions, loop: asyncio.Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions_redis, "MOST_ATTEMPTS", 3)
    states = [f"{number:043}" for number in range(5)]
    for state in states:
        loop.run(store.begin(state, state, ATTEMPT))
    assert [state for state in states if loop.run(store.take(state, state))] == states[2:]


def test_away_it_lets_nobody_in_and_comes_back(tmp_path: Path, loop: asyncio.Runner) -> None:
    peer = RedisPeer(tmp_path, free_ports(1)[0])
    peer.start()
    store = RedisSessions(connect(peer.settings), LIMITS, Moment())
    token = loop.run(store.open(NEW, None))
    peer.stop()
    started = time.monotonic()
    for asked in (store.find(token), store.open(NEW, None), store.take(STATE, BROWSER), store.sweep()):
        with pytest.raises(SessionsDown):
            loop.run(asked)
    assert time.monotonic() - started < 10
    peer.start()
    assert loop.run(store.find(token)) is None, "it forgot everything, and so nobody is signed in"
    assert loop.run(store.find(loop.run(store.open(NEW, None)))) is not None
    loop.run(store.close())
    peer.stop()


@pytest.mark.parametrize(
    "server",
    [
        SessionsServer("127.0.0.1", 1, password=PASSWORD),
        SessionsServer(socket=Path("/nowhere/valkey.sock")),
    ],
)
def test_nothing_there(server: SessionsServer, loop: asyncio.Runner) -> None:
    store = RedisSessions(connect(server), LIMITS, Moment())
    with pytest.raises(SessionsDown):
        loop.run(store.find("x" * 43))
    loop.run(store.close())


def test_a_wrong_password_and_a_server_that_speaks_no_tls(
    redis_peer: RedisPeer, loop: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    for server in (
        SessionsServer("127.0.0.1", redis_peer.port, password="wrong"),
        SessionsServer("127.0.0.1", redis_peer.port),
        SessionsServer("127.0.0.1", redis_peer.port, tls=True, password=PASSWORD),
    ):
        if server.tls:  # it says nothing, which is waited for
            monkeypatch.setattr(redis_server, "CONNECT_SECONDS", 0.2)
        store = RedisSessions(connect(server), LIMITS, Moment())
        with pytest.raises(SessionsDown):
            loop.run(store.find("x" * 43))
        loop.run(store.close())
