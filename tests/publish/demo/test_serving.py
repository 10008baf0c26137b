from __future__ import annotations

import http.client
import socket
from collections.abc import Iterable
from contextlib import closing

import pytest

from publish.demo.serving import serving
from publish.errors import ServeError
from publish.loopback import listen, port_of


def application(environ: dict[str, object], start: object) -> Iterable[bytes]:
    start("200 OK", [("Content-Type", "text/plain")])  # type: ignore[operator]
    return [b"bonjour"]


def ask(port: int) -> bytes:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", "/")
        with connection.getresponse() as answer:
            return answer.read()


def test_it_answers_then_lets_go_of_its_port(capfd: pytest.CaptureFixture[str]) -> None:
    listener = listen(0)
    port = port_of(listener)
    with serving(listener, application):
        assert ask(port) == b"bonjour"
    with pytest.raises(ConnectionRefusedError):
        ask(port)
    listen(port).close()
    assert capfd.readouterr() == ("", "")  # no request log, no warning of a development server


def test_it_lets_go_when_the_block_fails() -> None:
    listener = listen(0)
    with pytest.raises(RuntimeError), serving(listener, application):
        raise RuntimeError
    assert listener.fileno() == -1


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "localhost.example", ""])
def test_it_refuses_to_listen_anywhere_else(host: str) -> None:
    with pytest.raises(ServeError, match="this machine only"):
        listen(0, host)


def test_it_refuses_a_socket_that_others_can_reach() -> None:
    with socket.socket() as open_to_all:
        open_to_all.bind(("0.0.0.0", 0))
        open_to_all.listen()
        with pytest.raises(ServeError, match="this machine only"), serving(open_to_all, application):
            pass


def test_a_taken_port_is_said_with_what_to_do() -> None:
    with listen(0) as first, pytest.raises(ServeError) as caught:
        listen(port_of(first))
    assert str(caught.value).startswith(f"port {caught.value.values['port']} is already in use")
    assert "--port" in str(caught.value)


def test_answers_are_not_held_back() -> None:
    """Without the protocol's number, asyncio leaves Nagle's algorithm on: 40 ms an answer."""
    with listen(0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
