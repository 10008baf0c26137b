"""What every test of the gateway starts from."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.publish.gateway.browser import Browser
from tests.publish.gateway.house import House, build_house


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
