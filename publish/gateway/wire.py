"""HTTP on the wire: uvicorn's protocol over llhttp, within limits of size and time, and stricter about addresses.

What is refused here is no request at all, whoever sends it: nginx refuses the same, so that both answer alike. A
request arrives whole within `REQUEST_SECONDS`, and an answer is taken as fast as `STALL_SECONDS` allows: a connection
that waits for nothing is closed.
"""

from __future__ import annotations

import asyncio
import re
from urllib.parse import unquote, unquote_to_bytes

from uvicorn.protocols.http.flow_control import service_unavailable
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from publish.gateway.cycle import Cycle
from publish.gateway.headers import NO_STORE, security_headers

REQUEST_SECONDS = 15.0
"""From the first byte of a request, or of a connection, to the last one."""

STALL_SECONDS = 60.0
"""For a browser to take what the connection holds for it, 64 KB: less than 9 kbit/s is no connection."""

MOST_REQUEST = 128 * 1024
"""Bytes of a request in all, chunks and trailers included; the guard has narrower limits for each part."""

MOST_PIPELINED = 8

_PLAIN = rb"[\x21\x22\x24\x26-\x7e]*"
_TARGET = re.compile(rb"/" + _PLAIN + rb"(?:%(?!00)[0-9A-Fa-f]{2}" + _PLAIN + rb")*")
"""A path and a query, as any server may pass them on: no control character, no fragment, no broken escape, no NUL."""


def is_target(target: bytes) -> bool:
    """Whether a request's target is an address of a server: what is not is refused to everybody, signed in or not."""
    if not _TARGET.fullmatch(target):
        return False
    path = target.partition(b"?")[0]
    if b"/." not in path and b"%" not in path:
        return True
    depth = 0
    for segment in unquote_to_bytes(path).split(b"/")[1:]:
        depth += {b"..": -1, b".": 0}.get(segment, 1)
        if depth < 0:
            return False
    return True


class Refused(Exception):
    """A request that is none."""


class Wire(HttpToolsProtocol):
    """One connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A browser, or the web server in front, is there; it has to say something."""
        super().connection_made(transport)
        self._received = 0
        self._arriving = False
        self._slow: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._answered_at = 0.0
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._arrived()
        if self._idle is not None:
            self._idle.cancel()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes of it."""
        self._received += len(data)
        self._arriving = True
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._received > MOST_REQUEST:
            self.send_400_response("431")
        elif self._arriving:
            self._wait()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header, or one trailer; those of a request that is over count for nobody."""
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.scope is not self.scope:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Refuse what is no address here, before anything reads it; then answer, or let the request wait for its turn.

        Raises:
            Refused: which closes the connection.
        """
        if not is_target(self.url) or len(self.pipeline) >= MOST_PIPELINED:
            raise Refused
        path, _, query = self.url.partition(b"?")
        version = self.parser.get_http_version()
        self.scope["http_version"] = version
        self.scope["method"] = self.parser.get_method().decode("ascii")
        self.scope["path"] = unquote(path.decode("ascii"))
        self.scope["raw_path"] = path
        self.scope["query_string"] = query
        app = self.app
        if self.limit_concurrency and max(len(self.connections), len(self.tasks)) >= self.limit_concurrency:
            self.logger.warning("Exceeded concurrency limit.")
            app = service_unavailable
        before: RequestResponseCycle | None = self.cycle
        self.cycle = Cycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, app))

    def on_response_complete(self) -> None:
        """An answer is out: the next request that waits, or a wait for one.

        One timer a connection looks now and then how long ago that was, in the place of uvicorn's, made anew each time.
        """
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            return
        self._answered_at = self.loop.time()
        if self._idle is None:
            self._idle = self.loop.call_later(self.timeout_keep_alive, self._look)

    def on_message_complete(self) -> None:
        """A request is there, whole."""
        self._received = 0
        self._arriving = False
        self._arrived()
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The browser is slow."""
        super().pause_writing()
        if self._stalled is None:
            self._stalled = self.loop.call_later(STALL_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """It took most of what was there."""
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Say that this is no request, with the headers of every answer, and close.

        Arguments:
            msg: uvicorn's words, which are not repeated, or another status.
        """
        status = b"431 Request Header Fields Too Large" if msg == "431" else b"400 Bad Request"
        lines = [b"HTTP/1.1 " + status, *_HEADERS, b"", status[:3] + b"\n"]
        self.transport.write(b"\r\n".join(lines))
        self.transport.close()

    def _wait(self) -> None:
        if self._slow is None:
            self._slow = self.loop.call_later(REQUEST_SECONDS, self._too_slow)

    def _arrived(self) -> None:
        if self._slow is not None:
            self._slow.cancel()
            self._slow = None

    def _too_slow(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()

    def _look(self) -> None:
        busy = self._arriving or not self.cycle.response_complete
        left = self.timeout_keep_alive - (0 if busy else self.loop.time() - self._answered_at)
        if left > 0:
            self._idle = self.loop.call_later(left, self._look)
        else:
            self.transport.close()


_HEADERS = [
    *(f"{name}: {value}".encode() for name, value in security_headers(https=True)),
    f"cache-control: {NO_STORE}".encode(),
    b"content-type: text/plain; charset=utf-8",
    b"content-length: 4",
    b"connection: close",
]
