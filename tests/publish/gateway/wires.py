"""Raw requests over a socket, and answers read to their last byte."""

from __future__ import annotations

import http.client
import io
import socket
from dataclasses import dataclass

HOST = "centres.example"
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}
OF_THE_SERVER = {"date", "server"}
"""What each server says of itself: nginx can't be told to leave out its name."""


@dataclass(frozen=True)
class Told:
    """An answer.

    Arguments:
        headers: those that concern the browser, in order of their names.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        found = [value for key, value in self.headers if key == name]
        assert len(found) < 2, f"{name} twice: {found}"
        return found[0] if found else None


def say(port: int, data: bytes, timeout: float = 10) -> bytes:
    """Send bytes, read until the other end closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        connection.sendall(data)
        answer = bytearray()
        try:
            while part := connection.recv(65536):
                answer += part
        except ConnectionResetError:
            # What closes without reading the rest of a request resets the connection, after its answer.
            assert answer
    return bytes(answer)


def request(target: bytes | str, *headers: str, method: str = "GET", host: str = HOST) -> bytes:
    raw = target.encode() if isinstance(target, str) else target
    lines = [f"Host: {host}".encode(), b"Connection: close", *(header.encode("latin-1") for header in headers)]
    return b"\r\n".join([method.encode() + b" " + raw + b" HTTP/1.1", *lines]) + b"\r\n\r\n"


def ask(port: int, target: bytes | str, *headers: str, method: str = "GET") -> Told:
    """One request, read as a browser reads it."""
    return read(say(port, request(target, *headers, method=method)), method)


def read(answer: bytes, method: str = "GET") -> Told:
    class Received:
        def makefile(self, *_: object) -> io.BytesIO:
            return io.BytesIO(answer)

    response = http.client.HTTPResponse(Received(), method=method)  # type: ignore[arg-type]
    response.begin()
    body = response.read()
    kept = sorted(
        (name.lower(), value) for name, value in response.getheaders() if name.lower() not in HOP_BY_HOP | OF_THE_SERVER
    )
    return Told(response.status, tuple(kept), body)
