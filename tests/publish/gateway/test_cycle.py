"""Answers on the wire: a file's headers, written down once, are those that would be written each time."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from publish.gateway import cycle
from publish.gateway.guard import Guard
from publish.gateway.server import listen, serving
from tests.publish.gateway.test_wire import plain
from tests.publish.gateway.wires import ask, request, say

NAMED = [(b"Cache-Control", b"no-store"), (b"etag", b'"a"'), (b"content-length", b"4")]
COOKIE = (b"set-cookie", b"session=secret")
NO_HEADERS = {b"/value": (b"x", b"a\r\nset-cookie: b"), b"/name": (b"x: y", b"a"), b"/nul": (b"x", b"a\0")}


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Headers in a list or in a tuple, as the address says."""
    if scope["type"] == "lifespan":
        await plain(scope, receive, send)
        return
    path = scope["raw_path"]
    kind = list if path.startswith(b"/list") else tuple
    pairs = [*NAMED, COOKIE] if path == b"/list/cookie" else NAMED
    pairs = [*pairs, NO_HEADERS[path]] if path in NO_HEADERS else pairs
    status = 404 if path.endswith(b"/404") else 200
    await send({"type": "http.response.start", "status": status, "headers": kind(pairs)})
    await send({"type": "http.response.body", "body": b"body"})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    listener = listen("127.0.0.1", 0)
    with serving(answer, listener):
        yield listener.getsockname()[1]


def lines(said: bytes) -> list[bytes]:
    """Lines in any order, names in lower case; the date is another one each second."""
    return sorted(b"date" if line.startswith(b"date: ") else line.lower() for line in said.split(b"\r\n"))


def go_on(target: str) -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


@pytest.mark.parametrize(
    "requests",
    [
        request,
        lambda path: request(f"{path}/404"),
        lambda path: request(path, method="HEAD"),
        lambda path: go_on(path) * 3 + request(path),
        lambda path: go_on(path).replace(b"1.1", b"1.0"),
        lambda path: request(path, "Expect: 100-continue", "Content-Length: 1", method="POST") + b"x",
    ],
    ids=["one", "404", "HEAD", "several", "HTTP 1.0", "100-continue"],
)
def test_a_tuple_is_written_as_a_list(port: int, requests: object) -> None:
    one, other = (say(port, requests(f"/{kind}")) for kind in ("list", "tuple"))  # type: ignore[operator]
    assert lines(one) == lines(other)
    assert other.count(b"\r\ndate: ") == other.count(b"HTTP/1.1 ") > 0


@pytest.mark.parametrize("path", NO_HEADERS)
def test_what_is_no_header_is_not_written(port: int, path: bytes) -> None:
    said = say(port, request(path))
    assert said.startswith(b"HTTP/1.1 500")
    assert b"etag" not in said


def test_a_list_is_not_kept(port: int) -> None:
    """It may hold a cookie, or an address that is somebody's."""
    cycle._first_lines.cache_clear()
    assert COOKIE[1] in say(port, request("/list/cookie"))
    assert cycle._first_lines.cache_info().currsize == 0
    say(port, request("/tuple"))
    assert cycle._first_lines.cache_info().currsize == 1


def test_the_guard_leaves_a_tuple_one() -> None:
    """Nearly every page is such an answer: its lines are found, and not checked and joined again."""
    listener = listen("127.0.0.1", 0)
    with serving(Guard(answer, "https://centres.example", fault, lambda: None), listener):
        port = listener.getsockname()[1]
        cycle._first_lines.cache_clear()
        one, other = (say(port, request(f"/{kind}")) for kind in ("list", "tuple"))
    assert lines(one) == lines(other)
    assert b"content-security-policy" in other
    assert cycle._first_lines.cache_info().currsize == 1


async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
    """For nginx, which the guard leaves in its tuple; without a length, or with what is no header."""
    if scope["type"] == "lifespan":
        await plain(scope, receive, send)
        return
    kind = list if scope["path"].startswith("/list") else tuple
    more = [(b"x", b"a\r\nset-cookie: b")] if scope["path"].endswith("/value") else []
    headers = kind([(b"x-accel-redirect", b"@octets"), *NAMED[:2], *more])
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"body"})


async def fault(number: str) -> Response:
    return PlainTextResponse(f"number {number}", 500)


@pytest.mark.parametrize("kind", ["list", "tuple"])
def test_through_the_guard_an_answer_comes_whole_or_as_the_page_of_a_fault(kind: str) -> None:
    listener = listen("127.0.0.1", 0)
    guard = Guard(guarded, "https://centres.example", fault, lambda: None)
    with serving(guard, listener):
        port = listener.getsockname()[1]
        found = ask(port, f"/{kind}")
        assert (found.status, found.body, found.header("content-length")) == (200, b"body", None)
        failed = ask(port, f"/{kind}/value")
        assert failed.status == 500
        assert re.fullmatch(rb"number [0-9a-f]{8}", failed.body)
        assert failed.header("set-cookie") is failed.header("etag") is None
        assert failed.header("content-security-policy")
