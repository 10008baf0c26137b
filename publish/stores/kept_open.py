"""HTTP connections to one host that stay open between requests, on the standard library's own client.

A third of the processor time of a request goes to what larger clients know besides (redirects, retries, proxies,
compressed answers); none of that is wanted here.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPConnection, HTTPMessage, HTTPSConnection
from select import POLLIN, poll
from urllib.parse import urlsplit
from weakref import finalize


@dataclass(frozen=True)
class Answer:
    """What a host said; `headers` by their names in any case."""

    status: int
    headers: HTTPMessage
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
        self._host, self._port = parts.hostname or "", parts.port
        self._connect, self._read = connect, read
        self._secure, self._certificates = parts.scheme == "https", certificates
        self._idle: list[HTTPConnection] = []
        finalize(self, _close, self._idle)

    def ask(self, method: str, path: str, data: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Ask once; the answer, whatever it says, read to its end.

        Raises:
            OSError, http.client.HTTPException: there is none, or not all of it; the request may have been heard.
        """
        connection = self._still_open() or self._open()
        try:
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            found = Answer(answer.status, answer.headers, answer.read())
        except BaseException:
            connection.close()
            raise
        # After "102 Processing" or "103 Early Hints", the true answer is still to come.
        if answer.will_close or answer.status < 200:
            connection.close()
        else:
            self._idle.append(connection)
        return found

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._certificates)

    def _still_open(self) -> HTTPConnection | None:
        """A connection that nothing came through since its last answer; others would answer what nobody asks."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if not _has_more(connection):
                return connection
            connection.close()

    def _open(self) -> HTTPConnection:
        if self._secure:
            connection: HTTPConnection = HTTPSConnection(
                self._host, self._port, timeout=self._connect, context=self._trusted
            )
        else:
            connection = HTTPConnection(self._host, self._port, timeout=self._connect)
        connection.connect()
        connection.sock.settimeout(self._read)
        return connection


def _has_more(connection: HTTPConnection) -> bool:
    """Whether the host closed a connection, or said more than its answer."""
    if isinstance(connection.sock, ssl.SSLSocket) and connection.sock.pending():
        return True
    waiting = poll()
    waiting.register(connection.sock, POLLIN)
    return bool(waiting.poll(0))


def _close(idle: list[HTTPConnection]) -> None:
    for connection in idle:
        connection.close()
