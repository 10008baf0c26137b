"""What holds for every request, before anything else, and for every answer, after everything else. Plain ASGI.

A request is for our host, of bounded size, and routed by its raw path: no percent sign is decoded, no dot resolved.
An answer has the security headers, is kept by nobody unless it says otherwise, and after a fault shows a number only.
"""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from publish.gateway.addresses import MOST_RAW
from publish.gateway.headers import NO_STORE, security_headers

MOST_HEADERS = 16 * 1024
"""Of all headers together. h11 has the same bound, but counts only what arrives in several pieces."""

MOST_BODY = 16 * 1024
"""Of a request; our forms have some hundred bytes."""

MOST_QUERY = 8 * 1024
"""An authorization code may be long; nothing else is."""

NAMED = b"x-accel-redirect"

FRAMES = 12
"""Innermost places of a fault that are logged."""

_log = logging.getLogger(__name__)

ErrorPage = Callable[[str], Awaitable[Response]]
RawHeaders = list[tuple[bytes, bytes]] | tuple[tuple[bytes, bytes], ...]


class _TooLarge(Exception):
    pass


class Guard:
    """Wraps the whole application.

    Arguments:
        app: what answers.
        address: our public origin.
        error_page: the page for a fault, with the number under which the log has it.
        foreign_host: called when a request names another host.
    """

    def __init__(self, app: ASGIApp, address: str, error_page: ErrorPage, foreign_host: Callable[[], None]) -> None:
        self._app = app
        self._error_page = error_page
        self._foreign_host = foreign_host
        parts = urlsplit(address)
        https = parts.scheme == "https"
        self._hosts = {parts.netloc.encode()}
        if parts.port is None:
            self._hosts.add(f"{parts.netloc}:{443 if https else 80}".encode())
        self._headers = tuple((name.encode(), value.encode()) for name, value in security_headers(https=https))
        self._names = frozenset(name for name, _ in self._headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, of any type."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def dressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                await send({**message, "headers": self._dress(message.get("headers", []))})
                # Only now: headers that can't be written are a fault like others (cycle.py).
                started = True
                return
            if message["type"] == "http.response.body" and scope["method"] == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, dressed)
            return
        # Routes match what was sent, not what it would decode to.
        scope["path"] = scope["raw_path"].decode("latin-1")
        try:
            await self._app(scope, _bounded(receive), dressed)
        except _TooLarge:
            if not started:
                await PlainTextResponse("413\n", 413)(scope, receive, dressed)
        except Exception as error:  # noqa: BLE001 - the last resort: nothing of a fault may reach a browser
            number = secrets.token_hex(4)
            # The message of an error may hold a token or a name; its class and place never do.
            frames = traceback.extract_tb(error.__traceback__)[: -FRAMES - 1 : -1]
            place = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in frames)
            _log.error("fault %s: %s at %s", number, type(error).__name__, place)
            if not started:
                await (await self._last_page(number))(scope, receive, dressed)

    async def _last_page(self, number: str) -> Response:
        try:
            return await self._error_page(number)
        except Exception:  # noqa: BLE001 - the page itself may be what fails
            return PlainTextResponse(f"500 ({number})\n", 500)

    def _refusal(self, scope: Scope) -> Response | None:
        """What is wrong with a request as a whole, if anything."""
        # One pass: this is asked of every request.
        hosts, lengths, size = [], [], 0
        for name, value in scope["headers"]:
            size += len(name) + len(value)
            if name == b"host":
                hosts.append(value.lower())
            elif name == b"content-length":
                lengths.append(value)
        if len(hosts) != 1:
            return _refused(400)
        if hosts[0] not in self._hosts:
            self._foreign_host()
            return _refused(421)
        raw = scope.get("raw_path")
        if not raw:
            return _refused(400)
        if len(raw) > MOST_RAW or len(scope.get("query_string", b"")) > MOST_QUERY:
            return _refused(414)
        if size > MOST_HEADERS:
            return _refused(431)
        if any(not value.isdigit() or len(value) > 9 or int(value) > MOST_BODY for value in lengths):
            return _refused(413)
        return None

    def _dress(self, headers: RawHeaders) -> RawHeaders:
        given = {name.lower() for name, _ in headers}
        if NAMED in given:
            # Read by nginx alone, which drops these headers and has its own (publish/deploy/nginx.conf).
            return headers
        more = self._headers
        if not given.isdisjoint(self._names):
            more = tuple((name, value) for name, value in more if name not in given)
        if b"cache-control" not in given:
            more = (*more, (b"cache-control", NO_STORE.encode()))
        # A tuple stays one (cycle.py).
        return (*headers, *more) if isinstance(headers, tuple) else [*headers, *more]


def _refused(status: int) -> Response:
    """What is no request of ours ends its connection too: what follows on it is not read."""
    return PlainTextResponse(f"{status}\n", status, {"connection": "close"})


def _bounded(receive: Receive) -> Receive:
    """The request's body, up to `MOST_BODY`, whatever its length was said to be."""
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MOST_BODY:
            raise _TooLarge
        return message

    return limited
