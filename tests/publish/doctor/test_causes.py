"""Why an address does not answer is said in words that say where to look, from what really goes wrong on a wire."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from publish.doctor import outside, providers
from publish.doctor.address import examine_address
from publish.doctor.causes import why_unreached
from publish.doctor.outside import Outside
from publish.doctor.providers import examine_providers
from publish.findings import Level
from tests.publish.doctor.test_doctor import gathered, now, told
from tests.publish.gateway.certificate import certificate
from tests.publish.gateway.house import ent_config

Answer = Callable[[socket.socket], object]


@contextmanager
def answering(answer: Answer) -> Iterator[int]:
    """A port on loopback where each connection is answered so, and closed."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def why(url: str, asking: Outside | None = None) -> str:
    """What is said of an address that does not answer."""
    with pytest.raises(httpx2.HTTPError) as caught:
        asyncio.run((asking or Outside()).get(url))
    return why_unreached(caught.value).text(str)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_nothing_listens(host: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert "the connection is refused" in why(f"https://{host}:{taken.getsockname()[1]}/")


def test_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "SECONDS", 0.4)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        for scheme in ("http", "https"):
            assert "too slow" in why(f"{scheme}://127.0.0.1:{listening.getsockname()[1]}/")


def test_no_tls() -> None:
    with answering(lambda wire: wire.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        assert "encryption (TLS)" in why(f"https://127.0.0.1:{port}/")


@pytest.mark.parametrize("sent", [b"", b"220 mail.example ESMTP\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx"])
def test_cut_or_another_protocol(sent: bytes) -> None:
    def answer(wire: socket.socket) -> None:
        wire.recv(4096)
        wire.sendall(sent)

    with answering(answer) as port:
        assert "it cuts the connection, or does not speak HTTP" in why(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    ("days", "host", "trusted", "words"),
    [
        (30, "127.0.0.1", False, "its own authority"),
        (-1, "127.0.0.1", True, "it has expired"),
        (30, "127.0.0.2", True, "it is for another address"),
    ],
)
def test_a_certificate(tmp_path: Path, days: int, host: str, trusted: bool, words: str) -> None:
    chain, private = certificate(tmp_path, days, host)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain, private)

    def answer(wire: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(wire, server_side=True) as wrapped:
            wrapped.recv(1)

    with answering(answer) as port:
        found = why(f"https://127.0.0.1:{port}/", Outside(chain if trusted else None))
    assert "its certificate is not trusted" in found
    assert words in found


def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one fault that no machine without a network can produce the same everywhere."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "its name is not found" in why("https://centres.invalid/")


def test_no_road() -> None:
    error = httpx2.ConnectError("All connection attempts failed")
    error.__cause__ = OSError("All connection attempts failed")
    several = [OSError(errno.ENETUNREACH, "Network is unreachable"), OSError(errno.EHOSTUNREACH, "No route to host")]
    error.__cause__.__cause__ = ExceptionGroup("multiple connection attempts failed", several)
    assert why_unreached(error).text(str) == "no road leads there"


def test_what_ends_half_way_is_told_too() -> None:
    """The health page answers, and nothing after it."""

    def answer(wire: socket.socket) -> None:
        if b"GET /-/sante " in wire.recv(4096):
            wire.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

    with answering(answer) as port:
        found = asyncio.run(gathered(examine_address(Outside(), f"http://127.0.0.1:{port}", now, ["/fessart/"])))
    assert "it cuts the connection" in told(found, Level.BAD)[-1]


@pytest.mark.parametrize("known", [True, False])
def test_a_provider_that_is_another(monkeypatch: pytest.MonkeyPatch, *, known: bool) -> None:
    if not known:  # what a later gateway may call something else
        monkeypatch.setattr(providers, "_DOCUMENT", {})

    def answer(wire: socket.socket) -> None:
        wire.recv(4096)
        wire.sendall(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")

    with answering(answer) as port:
        ent = ent_config("ecoles", f"http://127.0.0.1:{port}")
        (text,) = told(asyncio.run(gathered(examine_providers(Outside(), [ent]))), Level.BAD)
    cause = "it is no table in JSON, or names another issuer" if known else "it holds something that can't be used"
    assert cause in text
