"""HTTP connections to one host that stay open between requests: one write and, most often, one read each.

Answers are parsed by llhttp, as the gateway's requests are. The standard library's client takes three times the
processor time, larger clients more, for what they know besides (redirects, retries, proxies, compressed answers); none
of that is wanted here.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from select import POLLIN, poll
from urllib.parse import urlsplit
from weakref import finalize

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

MOST_HEADERS = 64 * 1024
"""Bytes of an answer before its body."""

_PORTS = {"http": 80, "https": 443}
_AT_ONCE = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """What a host said; `headers` by their names in lower case."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class KeptOpen:
    """Connections to one host, as many as are used at once; any thread may ask.

    Arguments:
        origin: `https://host:port`.
        connect, read: seconds until there is a connection, and without a byte of the answer.
        certificates: file of those that are trusted, for https.
    """

    def __init__(self, origin: str, *, connect: int, read: int, certificates: str | None) -> None:
        parts = urlsplit(origin)
        self._host, self._port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        self._connect, self._read = connect, read
        self._secure, self._certificates = parts.scheme == "https", certificates
        self._idle: list[_Connection] = []
        finalize(self, _close, self._idle)

    def ask(self, method: str, path: str, data: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Ask once; the answer, whatever it says, read to its end.

        Arguments:
            headers: `Host` among them; those about the body's length and coding are added.

        Raises:
            OSError, ValueError: there is none, or not all of it; the request may have been heard.
        """
        request = _request(method, path, data or b"", headers)
        connection = self._still_open() or self._open()
        try:
            connection.sock.sendall(request)
            answer, lasts = _hear(connection.sock, method)
        except BaseException:
            connection.close()
            raise
        if lasts:
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._certificates)

    def _still_open(self) -> _Connection | None:
        """A connection that nothing came through since its last answer; others would answer what nobody asks."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if not _has_more(connection):
                return connection
            connection.close()

    def _open(self) -> _Connection:
        sock = socket.create_connection((self._host, self._port), self._connect)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._secure:
                sock = self._trusted.wrap_socket(sock, server_hostname=self._host)
            sock.settimeout(self._read)
        except BaseException:
            sock.close()
            raise
        return _Connection(sock)


class _Connection:
    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.waiting = poll()
        self.waiting.register(sock, POLLIN)

    def close(self) -> None:
        self.sock.close()


class _Hearing:
    """What the parser tells of one answer."""

    def __init__(self, method: str) -> None:
        self.method = method
        self.parser: HttpResponseParser | None = None
        self.status = 0
        self.headers: dict[str, str] = {}
        self.parts: list[bytes] = []
        self.told = self.lasts = self.whole = False

    def on_message_begin(self) -> None:
        if self.told:
            raise ValueError("more than one answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.told:  # what follows a body in pieces is no header
            self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        assert self.parser is not None
        self.status, self.told = self.parser.get_status_code(), True
        # After "102 Processing" or "103 Early Hints", the true answer is still to come.
        self.lasts = self.parser.should_keep_alive() and self.status >= 200
        self.whole = self.method == "HEAD"

    def on_body(self, data: bytes) -> None:
        if self.whole:
            raise ValueError("a body that nobody asked for")
        self.parts.append(data)

    def on_message_complete(self) -> None:
        self.whole = True


def _request(method: str, path: str, data: bytes, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    lines.append("Accept-Encoding: identity")
    if data or method == "PUT":
        lines.append(f"Content-Length: {len(data)}")
    head = "\r\n".join(lines)
    if head.count("\r") != len(lines) - 1 or head.count("\n") != len(lines) - 1 or "\0" in head or " " in path:
        raise ValueError("a line of a request would be two")
    return f"{head}\r\n\r\n".encode("latin-1") + data


def _hear(sock: socket.socket, method: str) -> tuple[Answer, bool]:
    """An answer, and whether another request may follow it."""
    hearing = _Hearing(method)
    parser = hearing.parser = HttpResponseParser(hearing)
    size = 0
    try:
        while not hearing.whole:
            data = sock.recv(_AT_ONCE)
            if not data:
                # Also where only the connection's end is the answer's: nobody knows whether that was all.
                raise ConnectionError("an answer was cut")
            parser.feed_data(data)
            size += len(data)
            if not hearing.told and size > MOST_HEADERS:
                raise ValueError("an answer has too many headers")
    except (HttpParserError, HttpParserUpgrade) as error:
        if isinstance(error.__context__, KeyboardInterrupt):  # it came while the parser told something
            raise error.__context__ from None
        raise ValueError("an answer can't be understood") from error
    finally:
        hearing.parser = None  # they hold each other
    return Answer(hearing.status, hearing.headers, b"".join(hearing.parts)), hearing.lasts


def _has_more(connection: _Connection) -> bool:
    """Whether the host closed a connection, or said more than its answer."""
    if isinstance(connection.sock, ssl.SSLSocket) and connection.sock.pending():
        return True
    return bool(connection.waiting.poll(0))


def _close(idle: list[_Connection]) -> None:
    for connection in idle:
        connection.close()
