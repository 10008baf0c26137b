"""The real server, over real sockets: raw bytes in, exact refusals out."""

from __future__ import annotations

import asyncio
import io
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from publish.config import GatewayConfig
from publish.errors import ServeError
from publish.gateway.app import create_app
from publish.gateway.guard import MOST_HEADERS
from publish.gateway.server import listen, serving
from publish.gateway.sessions import NewSession
from tests.publish.gateway.corpus import paths
from tests.publish.gateway.house import FESSART, KEY, House, build_house, ent_config, files


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    """A gateway on a free port, and the cookie of a guardian at Fessart."""
    with asyncio.Runner() as loop:
        house: House = build_house(tmp_path_factory.mktemp("house"), loop)
        listener = listen("127.0.0.1", 0)
        port = listener.getsockname()[1]
        person = house.loop.run(house.gateway.sessions.find("x" * 43))
        assert person is None
        token = house.loop.run(house.gateway.sessions.open(guardian_of(house), None))
        # The lifespan of the server closes the sessions.
        with serving(house.app, listener):  # type: ignore[arg-type]
            yield port, f"__Host-preau={token}"


def guardian_of(house: House) -> NewSession:
    from publish.access import Membership, MembershipKind, Person

    held = frozenset({Membership(MembershipKind.GUARDIAN, FESSART)})
    return NewSession(Person(house.ents["ecoles"].issuer, "guardian-fessart", held), "ecoles")


def say(port: int, data: bytes) -> tuple[int, bytes]:
    """Send bytes, read everything; status and the whole answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(data)
        answer = bytearray()
        while part := connection.recv(65536):
            answer += part
    head = bytes(answer).split(b"\r\n", 1)[0].split(b" ")
    return (int(head[1]) if len(head) > 1 else 0), bytes(answer)


def ask(port: int, target: bytes, *headers: bytes, method: bytes = b"GET") -> tuple[int, bytes]:
    lines = [method + b" " + target + b" HTTP/1.1", b"Host: centres.example", b"Connection: close", *headers]
    return say(port, b"\r\n".join(lines) + b"\r\n\r\n")


def test_a_page_over_the_wire(served: tuple[int, str]) -> None:
    port, cookie = served
    status, answer = ask(port, b"/fessart/", b"Cookie: " + cookie.encode())
    assert status == 200
    assert answer.endswith(files("fessart")["index.html"])
    head = answer.lower().split(b"\r\n\r\n")[0]
    assert b"\r\nserver:" not in head
    assert b"uvicorn" not in answer.lower()
    status, answer = ask(port, b"/fessart/", b"Cookie: " + cookie.encode(), method=b"HEAD")
    assert status == 200
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("corpus", ["paths_inside.txt", "paths_outside.txt"])
@pytest.mark.parametrize("signed_in", [True, False])
def test_the_path_corpus_over_a_socket(served: tuple[int, str], corpus: str, signed_in: bool) -> None:
    port, cookie = served
    headers = [b"Cookie: " + cookie.encode()] if signed_in else []
    for raw in paths(corpus, centre="fessart", other="escudier"):
        status, answer = ask(port, raw, *headers)
        allowed = {400, 403, 404} if signed_in else {400, 401, 404}
        assert status in allowed, raw
        assert status != 404 or signed_in or raw.startswith(b"/-/theme/"), raw
        for slug in ("fessart", "escudier"):
            assert f"des nouvelles de {slug}".encode() not in answer or status == 404, raw
        assert b"des nouvelles de escudier" not in answer, raw
        assert b"Traceback" not in answer


@pytest.mark.parametrize(
    "data",
    [
        b"GET /fessart/ HTTP/1.1\r\n\r\n",
        b"GET /fessart/ HTTP/1.0\r\n\r\n",
        b"GET /fessart/ HTTP/1.1\r\nHost: centres.example\r\nHost: centres.example\r\n\r\n",
        b"GET http://centres.example/fessart/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        b"GET /fessart/\r\n\r\n",
        b"GET /fessart/ HTTP/9.9\r\nHost: centres.example\r\nConnection: close\r\n\r\n",
        b"GET  /fessart/ HTTP/1.1\r\nHost: centres.example\r\nConnection: close\r\n\r\n",
        b"GET /fess art/ HTTP/1.1\r\nHost: centres.example\r\n\r\n",
        b"GET /fessart/\tx HTTP/1.1\r\nHost: centres.example\r\n\r\n",
        b"GET /fessart/ HTTP/1.1\nHost: centres.example\nConnection: close\n\n",
        b"GET /fessart/ HTTP/1.1\r\nHost: centres.example\r\nX : y\r\nConnection: close\r\n\r\n",
        b"GET /fessart/ HTTP/1.1\r\nHost: centres.example\r\n folded\r\nConnection: close\r\n\r\n",
        b"POST /-/compte HTTP/1.1\r\nHost: centres.example\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"POST /-/compte HTTP/1.1\r\nHost: centres.example\r\nTransfer-Encoding: gzip\r\nConnection: close\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: centres.example\r\nConnection: close\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: centres.example\r\nConnection: close\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 40 + b"\r\n\r\n",
    ],
)
def test_requests_that_are_none(served: tuple[int, str], data: bytes) -> None:
    status, answer = say(served[0], data)
    assert status in (0, 400, 401, 405, 421, 501)
    assert b"nouvelles" not in answer
    assert b"Traceback" not in answer


def test_two_requests_in_one_connection_are_two_decisions(served: tuple[int, str]) -> None:
    port, cookie = served
    first = f"GET /fessart/ HTTP/1.1\r\nHost: centres.example\r\nCookie: {cookie}\r\n\r\n".encode()
    second = b"GET /fessart/plan/ HTTP/1.1\r\nHost: centres.example\r\nConnection: close\r\n\r\n"
    _, answer = say(port, first + second)
    assert answer.count(b"HTTP/1.1 200") == 1
    assert answer.count(b"HTTP/1.1 401") == 1


def test_headers_are_bounded(served: tuple[int, str]) -> None:
    port, cookie = served
    status, answer = ask(port, b"/fessart/", b"Cookie: " + cookie.encode(), b"X: " + b"y" * MOST_HEADERS)
    assert status in (400, 431)
    assert b"nouvelles" not in answer


def test_a_body_that_does_not_end_is_cut(served: tuple[int, str]) -> None:
    head = (
        b"POST /-/connexion/ecoles HTTP/1.1\r\nHost: centres.example\r\nOrigin: https://centres.example\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    )
    chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    assert say(served[0], head + chunk * 3 + b"0\r\n\r\n")[0] == 413


def test_no_forwarded_header_is_trusted(served: tuple[int, str]) -> None:
    spoofed = [b"X-Forwarded-For: 127.0.0.1", b"X-Forwarded-Proto: https", b"X-Forwarded-Host: centres.example"]
    assert ask(served[0], b"/fessart/", *spoofed)[0] == 401
    data = (
        b"GET /-/sante HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: centres.example\r\nConnection: close\r\n\r\n"
    )
    assert say(served[0], data)[0] == 421


def test_a_port_in_use_is_said() -> None:
    with listen("127.0.0.1", 0) as taken, pytest.raises(ServeError, match="choose another port"):
        listen("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(ServeError):
        listen("host.invalid.example.", 1)


def test_an_application_that_does_not_start_is_said() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "lifespan.startup.failed", "message": "no"})

    with pytest.raises(ServeError, match="did not start"), serving(broken, listen("127.0.0.1", 0)):
        pass


def test_the_end_is_orderly(tmp_path: Path) -> None:
    """The port is free again, the sessions' journal is folded in, no thread is left."""
    issuer = "https://ecoles.example"
    config = GatewayConfig(
        address="https://centres.example",
        store=tmp_path,
        sessions=tmp_path / "sessions.sqlite3",
        ents=(ent_config("ecoles", issuer),),
        access_key=KEY,
        language="en",
    )
    from tests.publish.stores.memory import MemoryStore

    app = create_app(config, MemoryStore(), clock=lambda: datetime.now(UTC), security_log=io.StringIO())
    listener, before = listen("127.0.0.1", 0), set(threading.enumerate())
    port = listener.getsockname()[1]
    with serving(app, listener):
        assert ask(port, b"/-/sante")[0] == 200
    left = [thread.name for thread in set(threading.enumerate()) - before]
    assert [name for name in left if name.startswith("preau")] == []
    assert {path.name for path in tmp_path.iterdir()} == {"accounts.sqlite3", "counts.sqlite3", "sessions.sqlite3"}
    listen("127.0.0.1", port).close()
