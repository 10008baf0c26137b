"""Fixtures that every test may use. A real part that is missing is a failure, never a skipped test."""

from __future__ import annotations

import gettext
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import hypothesis
import hypothesis.configuration
import pytest

from tests.project import ROOT

LOOPBACK = {"127.0.0.1", "::1", "localhost"}

hypothesis.configuration.set_hypothesis_home_dir(ROOT / ".preau" / "hypothesis")
# Two shared cores: a deadline would measure the neighbour. In CI the same examples every time; elsewhere new ones.
hypothesis.settings.register_profile("preau", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("preau")


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Any connection that leaves the machine fails at once, with its address."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def refuse(address: object) -> None:
        host = address[0] if isinstance(address, tuple) else None
        if host is not None and host not in LOOPBACK:
            raise AssertionError(f"a test reached for the network: {address}")

    def guarded_connect(self: socket.socket, address: object) -> None:
        refuse(address)
        connect(self, address)  # type: ignore[arg-type]

    def guarded_connect_ex(self: socket.socket, address: object) -> int:
        refuse(address)
        return connect_ex(self, address)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        yield


@pytest.fixture(autouse=True)
def _no_inherited_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the caller's shell says about Préau, its language or a proxy changes no test."""
    for name in list(os.environ):
        if name.startswith("PREAU_") or name.lower().endswith("_proxy") or name in {"LANG", "LANGUAGE", "LC_ALL"}:
            monkeypatch.delenv(name)


@pytest.fixture
def now() -> datetime:
    """The demonstration's moment: Wednesday 9 November 2022, 9 o'clock in Paris."""
    return datetime(2022, 11, 9, 9, 0, tzinfo=ZoneInfo("Europe/Paris"))


@pytest.fixture
def free_port() -> Callable[[], int]:
    """A function that gives a free loopback port, another one each time."""
    given: set[int] = set()

    def port() -> int:
        while True:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                number: int = probe.getsockname()[1]
            if number not in given:
                given.add(number)
                return number

    return port


@pytest.fixture(scope="session")
def french() -> Callable[[str], str]:
    """English source string to French, from the catalogues of `plugins` and `publish`, as the command does."""
    plugins, publish = (
        gettext.translation("preau", ROOT / folder / "locale", ["fr"]) for folder in ("plugins", "publish")
    )
    plugins.add_fallback(publish)
    return plugins.gettext


def _real_part(name: str, path: Path | str | None) -> Path:
    if path is None or not Path(path).exists():
        pytest.fail(f"{name} is missing: run `make setup-tests`", pytrace=False)
    return Path(path)


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Debian's Chromium, for Playwright's `executable_path`."""
    return _real_part("chromium", shutil.which("chromium"))


@pytest.fixture(scope="session")
def exiftool() -> Path:
    """Phil Harvey's exiftool."""
    return _real_part("exiftool", shutil.which("exiftool"))


@pytest.fixture(scope="session")
def java() -> Path:
    """A Java to run vnu.jar with."""
    return _real_part("java", shutil.which("java"))


@pytest.fixture(scope="session")
def node() -> Path:
    """The Node of the tests' lock."""
    return _real_part("node", ROOT / ".venv" / "bin" / "node")


@pytest.fixture(scope="session")
def peers() -> Path:
    """The folder `node_modules` of the peers (oidc-provider, axe-core, html-validate, vnu-jar)."""
    return _real_part("tests/peers/node_modules", ROOT / "tests" / "peers" / "node_modules")
