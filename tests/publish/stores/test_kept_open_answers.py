"""What hosts answer, byte by byte: an answer is whole and alone, or none, and answers nothing else."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import takewhile
from typing import BinaryIO

import pytest

from publish.stores import kept_open
from publish.stores.kept_open import MOST_HEADERS, Answer, KeptOpen

OK = b"HTTP/1.1 200 OK\r\n"
DONE = OK + b"Content-Length: 4\r\n\r\ndone"


class Host:
    """Answers each request with the same bytes, piece by piece; `heard` is what came, `opened` counts connections."""

    def __init__(self, *pieces: bytes, close: bool = False) -> None:
        self.pieces, self.close = pieces, close
        self.heard: list[bytes] = []
        self.opened = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                connection = self.socket.accept()[0]
            except OSError:
                return
            self.opened += 1
            threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    def answer(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A client that goes away is what these tests are about.
        with suppress(OSError), connection, connection.makefile("rb") as file:
            while lines := head_of_request(file):
                length = [line.split(b":")[1] for line in lines if line.startswith(b"Content-Length:")]
                self.heard.append(b"".join(lines) + file.read(int(length[0]) if length else 0))
                for piece in self.pieces:
                    connection.sendall(piece)
                if self.close:
                    return


def head_of_request(file: BinaryIO) -> list[bytes]:
    """The lines of the next request; none once the client is gone."""
    return list(takewhile(lambda line: line not in (b"", b"\r\n"), iter(file.readline, None)))


@contextmanager
def asking(*pieces: bytes, close: bool = False) -> Iterator[tuple[Host, KeptOpen]]:
    host = Host(*pieces, close=close)
    with closing(host.socket):
        origin = f"http://127.0.0.1:{host.socket.getsockname()[1]}"
        service = KeptOpen(origin, connect=4, read=5, certificates=None)
        yield host, service
        kept_open._close(service._idle)


def ask(service: KeptOpen, method: str = "GET") -> Answer:
    return service.ask(method, "/a", None, {"Host": "x"})


CHUNKED = OK + b"Transfer-Encoding: chunked\r\nTrailer: x-late\r\n\r\n2\r\ndo\r\n2;a=b\r\nne\r\n0\r\nX-Late: 1\r\n\r\n"


@pytest.mark.parametrize(
    ("method", "said", "status", "data"),
    [
        ("GET", DONE, 200, b"done"),
        ("GET", CHUNKED, 200, b"done"),
        ("GET", b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", 404, b"no"),
        ("PUT", OK + b"Content-Length: 0\r\n\r\n", 200, b""),
        ("PUT", b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n", 304, b""),
        ("HEAD", OK + b"Content-Length: 4\r\n\r\n", 200, b""),
        ("HEAD", OK + b"Transfer-Encoding: chunked\r\n\r\n", 200, b""),
    ],
)
@pytest.mark.parametrize("apart", [True, False], ids=["byte by byte", "at once"])
def test_a_whole_answer_is_read_and_another_may_follow(
    method: str, said: bytes, status: int, data: bytes, apart: bool
) -> None:
    pieces = [said[place : place + 1] for place in range(len(said))] if apart else [said]
    with asking(*pieces) as (host, service):
        for _ in range(3):
            answer = ask(service, method)
            assert (answer.status, answer.data) == (status, data)
            assert "x-late" not in answer.headers
        assert host.opened == 1


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("GET", OK + b"Content-Length: 4\r\nConnection: close\r\n\r\ndone"),
        ("GET", b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\ndone"),
        ("HEAD", OK + b"\r\n"),
        ("GET", b"HTTP/1.1 100 Continue\r\n\r\n"),
        ("GET", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"),
    ],
)
def test_after_such_an_answer_another_connection_is_opened(method: str, said: bytes) -> None:
    with asking(said) as (host, service):
        for _ in range(2):
            ask(service, method)
        assert host.opened == 2


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize(
    "said",
    [
        b"",
        OK,
        OK + b"Content-Length: 4\r\n\r\ndon",
        CHUNKED[:-2],
        OK + b"\r\ndone",
        b"HTTP/1.0 200 OK\r\n\r\ndone",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        DONE.replace(b"Length: 4", b"Length: 4\r\nContent-Length: 5"),
        DONE.replace(b"Length: 4", b"Length: 4\r\nTransfer-Encoding: chunked"),
        DONE.replace(b"Length: 4", b"Length: +4"),
        DONE.replace(b"Length: 4", b"Length: -4"),
        DONE.replace(b"\r\n", b"\n"),
        DONE.replace(b"OK\r\n", b"OK\r\n folded\r\n"),
        DONE.replace(b"OK\r\n", b"OK\r\nX-\0: 1\r\n"),
        DONE.replace(b"OK\r\n", b"OK\r\nX-A : 1\r\n"),
        DONE.replace(b"HTTP/1.1", b"HTTP/11.1"),
        DONE.replace(b"200", b"2000"),
        DONE.replace(b"200", b"abc"),
        b"done",
    ],
)
def test_what_is_no_whole_answer_is_none(method: str, said: bytes) -> None:
    with asking(said, close=True) as (_, service), pytest.raises((OSError, ValueError)):
        ask(service, method)


SURPLUS = [b"H", DONE, b"\r\n" + DONE, b"x", b"\0", b"\r\nx"]


@pytest.mark.parametrize("surplus", SURPLUS)
@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("GET", DONE),
        ("GET", CHUNKED),
        ("PUT", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("HEAD", OK + b"Content-Length: 4\r\n\r\n"),
        ("GET", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_what_comes_with_more_than_its_answer_is_none(method: str, said: bytes, surplus: bytes) -> None:
    with asking(said + surplus) as (host, service):
        for _ in range(2):
            with pytest.raises(ValueError, match="understood"):
                ask(service, method)
        assert host.opened == 2


@pytest.mark.parametrize("surplus", [*SURPLUS, b"\r\n"])
def test_what_comes_after_an_answer_answers_nothing_else(surplus: bytes) -> None:
    with asking(DONE) as (host, service):
        ask(service)
        (kept,) = service._idle
        host.pieces = (DONE, surplus)
        kept.sock.sendall(b"GET /b HTTP/1.1\r\n\r\n")
        while len(kept.sock.recv(len(DONE + surplus), socket.MSG_PEEK)) < len(DONE + surplus):
            pass
        host.pieces = (DONE,)
        assert ask(service).data == b"done"
        assert host.opened == 2


def test_headers_without_end_are_not_read_for_ever() -> None:
    endless = [b"X-A: " + b"x" * 1000 + b"\r\n"] * (4 * MOST_HEADERS // 1000)
    with asking(OK, *endless) as (_, service), pytest.raises(ValueError, match="too many"):
        ask(service)


def test_a_host_that_says_nothing_is_waited_for_no_longer_than_was_said() -> None:
    with asking(DONE) as (host, service):
        ask(service)
        (kept,) = service._idle
        assert kept.sock.gettimeout() == service._read
        kept.sock.settimeout(0.05)
        host.pieces = (OK,)
        with pytest.raises(TimeoutError):
            ask(service)


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ("/a b", "Host", "x"),
        ("/a\r\nX-B: 1", "Host", "x"),
        ("/a", "Host", "x\r\nX-B: 1"),
        ("/a", "Host", "x\nX-B: 1"),
        ("/a", "Host", "x\rX-B: 1"),
        ("/a", "Host", "x\0"),
        ("/a", "X-B: 1\r\nHost", "x"),
        ("/a", "Host", "\N{EURO SIGN}"),
    ],
)
def test_a_request_is_one_request(path: str, name: str, value: str) -> None:
    with asking(DONE) as (host, service):
        with pytest.raises(ValueError, match=r"two|codec"):
            service.ask("GET", path, None, {name: value})
        assert (host.opened, host.heard) == (0, [])


def test_a_request_says_how_long_its_body_is() -> None:
    with asking(DONE) as (host, service):
        for method, data in (("GET", None), ("PUT", None), ("PUT", b"x\r\n\r\ny")):
            service.ask(method, "/a?b=c", data, {"Host": "x"})
        lines = b" /a?b=c HTTP/1.1\r\nHost: x\r\nAccept-Encoding: identity\r\n"
        assert host.heard == [
            b"GET" + lines,
            b"PUT" + lines + b"Content-Length: 0\r\n",
            b"PUT" + lines + b"Content-Length: 6\r\nx\r\n\r\ny",
        ]


def test_ctrl_c_is_heard_while_an_answer_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: object, data: bytes) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(kept_open._Hearing, "on_body", interrupted)
    with asking(DONE) as (_, service), pytest.raises(KeyboardInterrupt):
        ask(service)
