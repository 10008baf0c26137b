"""What every test of the gateway starts from."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.publish.gateway.browser import Browser
from tests.publish.gateway.house import House, build_house
from tests.publish.gateway.redis_peer import RedisPeer
from tests.publish.stores.seaweed import free_ports


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def house(tmp_path: Path, loop: asyncio.Runner) -> Iterator[House]:
    built = build_house(tmp_path, loop)
    yield built
    built.close()


@pytest.fixture
def nobody(house: House) -> Browser:
    """A browser without a session."""
    return house.browser()


@pytest.fixture
def guardian(house: House) -> Browser:
    """A guardian of a child at Fessart, signed in."""
    return house.signed_in("guardian-fessart")


@pytest.fixture(scope="session")
def running_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisPeer]:
    """One server a worker."""
    peer = RedisPeer(tmp_path_factory.mktemp("redis"), free_ports(1)[0])
    peer.start()
    yield peer
    peer.stop()


@pytest.fixture
def redis_peer(running_redis: RedisPeer) -> RedisPeer:
    """That server, empty."""
    client = running_redis.client()
    client.flushall()
    client.close()
    return running_redis
