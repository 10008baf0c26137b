"""A proxy before an S3 server: counts requests, and breaks those that a test chooses."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from publish.stores.s3 import S3Store
from publish.stores.settings import S3Settings

PASS, LOST, CUT, HALF, SHORT, TWICE = "pass", "lost", "cut", "half", "short", "twice"
"""Let through; done, but the answer never arrives; cut before; cut in mid-upload; cut in mid-answer; heard twice. Else
a status, the code of a refusal, or the bytes of an answer."""

REFUSALS = {"ExpiredToken": 400, "InvalidAccessKeyId": 403, "RequestTimeTooSkewed": 403, "NoSuchBucket": 404}

KEPT = {"content-type", "content-length", "etag", "last-modified", "x-amz-version-id", "date"}


@dataclass(frozen=True)
class Request:
    """One request that reached the proxy; `rank` from 1."""

    rank: int
    method: str
    path: str
    query: str

    @property
    def is_listing(self) -> bool:
        return self.method == "GET" and ("list-type" in self.query or "versions" in self.query)


Rule = Callable[[Request], str | int | bytes]


@dataclass
class Proxy:
    """What was asked, and what happens to it."""

    target: str
    delay: float = 0.0
    rule: Rule = lambda request: PASS
    asked: list[Request] = field(default_factory=list)
    endpoint: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, method: str, address: str) -> Request:
        parts = urlsplit(address)
        with self.lock:
            request = Request(len(self.asked) + 1, method, parts.path, parts.query)
            self.asked.append(request)
        return request

    def store(self, settings: S3Settings) -> S3Store:
        """A store behind this proxy."""
        return S3Store(
            S3Settings(settings.bucket, endpoint=self.endpoint, prefix=settings.prefix, region=settings.region)
        )


@contextmanager
def proxying(target: str, **options: object) -> Iterator[Proxy]:
    """A proxy on a free port of loopback, for as long as the block lasts."""
    proxy = Proxy(target, **options)  # type: ignore[arg-type]

    class Handler(_Handler):
        owner = proxy

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, request, client_address) -> None:
            """A client that goes away is what these tests are about."""

    with Quiet(("127.0.0.1", 0), Handler) as server:
        proxy.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: Proxy
    connection_out: http.client.HTTPConnection | None = None

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
        """Nothing is logged."""

    def handle_any(self) -> None:
        request = self.owner.take(self.command, self.path)
        if self.owner.delay:
            time.sleep(self.owner.delay)
        action = self.owner.rule(request)
        if action == CUT:
            self.close_connection = True
            return
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if action == HALF:
            out = self._out()
            out.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            self._send_headers(out)
            out.endheaders()
            out.send(body[: length // 2])
            out.close()
            self.close_connection = True
            return
        if isinstance(action, str) and action in REFUSALS:
            self._answer(REFUSALS[action], {}, f"<Error><Code>{action}</Code></Error>".encode())
            return
        if isinstance(action, bytes):
            self._answer(200, {}, action)
            return
        if isinstance(action, int):
            code = {403: "AccessDenied", 503: "SlowDown", 507: "InsufficientStorage"}.get(action, "InternalError")
            self._answer(action, {}, f"<Error><Code>{code}</Code><Message>secret detail</Message></Error>".encode())
            return
        out = self._out()
        if action == TWICE:
            self._pass_on(out, body)[0].close()
        answer, data = self._pass_on(out, body)
        if action == LOST:
            self.close_connection = True
            return
        headers = {
            name: value
            for name, value in answer.getheaders()
            if name.lower() in KEPT or name.lower().startswith("x-amz-meta-")
        }
        if action == SHORT:
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2])
            self.close_connection = True
            return
        self._answer(answer.status, headers, data)

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self.handle_any
        raise AttributeError(name)

    def _out(self) -> http.client.HTTPConnection:
        if self.connection_out is None:
            parts = urlsplit(self.owner.target)
            self.connection_out = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        return self.connection_out

    def _pass_on(self, out: http.client.HTTPConnection, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
        out.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        self._send_headers(out)
        out.endheaders(body or None)
        answer = out.getresponse()
        return answer, answer.read()

    def _send_headers(self, out: http.client.HTTPConnection) -> None:
        for name, value in self.headers.items():
            if name.lower() not in ("expect", "connection"):
                out.putheader(name, value)

    def _answer(self, status: int, headers: dict[str, str], data: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() != "content-length" or self.command == "HEAD":
                self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def finish(self) -> None:
        if self.connection_out is not None:
            self.connection_out.close()
        super().finish()
