"""The wire: what is no address, and clients who take their time."""

from __future__ import annotations

import contextlib
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from publish.errors import ServeError
from publish.gateway import server, wire
from publish.gateway.server import listen, listen_at, serving
from publish.gateway.wire import is_target
from tests.publish.gateway.wires import ask, read, request, say

HEAD = b"GET / HTTP/1.1\r\nHost: centres.example\r\n"


async def plain(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads everything, answers with the path."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    while (await receive()).get("more_body"):
        continue
    body = scope["raw_path"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def port() -> Iterator[int]:
    listener = listen("127.0.0.1", 0)
    with serving(plain, listener):
        yield listener.getsockname()[1]


@pytest.mark.parametrize(
    "target",
    [b"/", b"/fessart/", b"//", b"/%C3%A9", b"/a/../b", b"/a/b/../..", b"/%2e/", b"/?a=%20", b"/;x", b"/a?b/../../.."],
)
def test_addresses(target: bytes) -> None:
    assert is_target(target)


@pytest.mark.parametrize(
    "target",
    [
        b"", b"*", b"fessart/", b"http://centres.example/", b"/\x00", b"/%00", b"/a#b", b"/\x7f", b"/\xc3\xa9", b"/ ",
        b"/%", b"/%2", b"/%zz", b"/..", b"/../", b"/a/../..", b"/%2e%2e/", b"/a/..%2f..%2f", b"/./..", b"/?a=%00",
    ],
)  # fmt: skip
def test_what_is_no_address(target: bytes) -> None:
    assert not is_target(target)


def test_a_refusal_has_the_headers_of_every_answer(port: int) -> None:
    answer = ask(port, "/%00")
    assert (answer.status, answer.body) == (400, b"400\n")
    assert answer.header("content-security-policy")
    assert answer.header("cache-control") == "no-store"


@pytest.mark.parametrize("sent", [b"", b"GET / HT", HEAD + b"X: ", HEAD + b"Content-Length: 9\r\n\r\nabc", b"\r\n\r\n"])
def test_a_request_that_takes_too_long(port: int, monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(wire, "REQUEST_SECONDS", 0.1)
    assert say(port, sent, timeout=5) == b""


def test_without_the_limit_it_waits(port: int) -> None:
    with pytest.raises(TimeoutError):
        say(port, HEAD, timeout=0.5)


def test_a_connection_that_waits_after_its_answer_is_given_time(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "REQUEST_SECONDS", 0.1)
    with socket.create_connection(("127.0.0.1", port), timeout=0.4) as connection:
        answered(connection)
        with pytest.raises(TimeoutError):
            connection.recv(1)


def answered(connection: socket.socket) -> None:
    """One request and its whole answer, in however many pieces it comes."""
    connection.sendall(HEAD + b"\r\n")
    answer = b""
    while not answer.endswith(b"\r\n\r\n/"):
        piece = connection.recv(65536)
        assert piece, answer
        answer += piece


def test_a_connection_that_rests_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answer begins the wait anew, and it ends: one that asks again in time goes on, then is closed."""
    monkeypatch.setattr(server, "KEEP_ALIVE_SECONDS", 2.0)
    listener = listen("127.0.0.1", 0)
    with serving(plain, listener), socket.create_connection(listener.getsockname(), timeout=1.1) as connection:
        for _ in range(2):
            answered(connection)
            with pytest.raises(TimeoutError):
                connection.recv(1)
        connection.settimeout(10)
        assert connection.recv(1) == b""


@pytest.mark.parametrize("endless", [b"X: y\r\n", b"y" * 1000])
def test_headers_without_end(port: int, endless: bytes) -> None:
    start = HEAD if endless.endswith(b"\n") else HEAD + b"X: "
    answer = read(say(port, start + endless * (wire.MOST_REQUEST // len(endless) + 1)))
    assert answer.status == 431


def test_trailers_without_end(port: int) -> None:
    start = b"POST / HTTP/1.1\r\nHost: centres.example\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    assert say(port, start + b"X: y\r\n" * 30_000).count(b"HTTP/1.1 ") == 1


def test_pipelining_is_bounded(port: int) -> None:
    answer = say(port, request("/") * 2)
    assert answer.count(b"HTTP/1.1 200") == 1  # the first one closes
    many = (HEAD + b"\r\n") * 100
    answer = say(port, many)
    assert answer.count(b"HTTP/1.1 200") <= wire.MOST_PIPELINED + 1
    assert b"HTTP/1.1 400" in answer


@pytest.mark.parametrize("limited", [True, False])
def test_an_answer_that_nobody_takes(monkeypatch: pytest.MonkeyPatch, limited: bool) -> None:
    """A client that asks for everything and reads nothing holds memory and a place; the connection is cut."""
    monkeypatch.setattr(wire, "STALL_SECONDS", 0.2 if limited else 60)
    ended = threading.Event()

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await plain(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(1_000):
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
        ended.set()
        await send({"type": "http.response.body", "body": b""})

    listener = listen("127.0.0.1", 0)
    with serving(endless, listener):
        with socket.create_connection(listener.getsockname()) as connection:
            connection.sendall(HEAD + b"\r\n")
            assert ended.wait(5 if limited else 0.7) == limited
        assert ended.wait(5)


def test_a_unix_socket_is_its_group_s_alone(tmp_path: Path) -> None:
    path = tmp_path / "run" / "passerelle.sock"
    listener = listen_at(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    with serving(plain, listener):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            connection.sendall(request("/fessart/"))
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        with pytest.raises(ServeError, match="another program"):
            listen_at(path)
    # What a killed gateway left is replaced; what is no socket is not.
    with contextlib.closing(listen_at(path)):
        pass
    path.unlink()
    path.write_text("mine")
    with pytest.raises(ServeError):
        listen_at(path)
    assert path.read_text() == "mine"
