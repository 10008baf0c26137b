"""One request and its answer on the wire: uvicorn's, with the lines of a file's headers written down once.

Headers in a tuple are a file's: no cookie among them, the same for many requests, with the length of what follows.
Those in a list are checked and joined each time, and kept by nobody.
"""

from __future__ import annotations

from functools import lru_cache

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import HEADER_RE, HEADER_VALUE_RE, STATUS_LINE, RequestResponseCycle

Headers = tuple[tuple[bytes, bytes], ...]

MOST_KEPT = 4_096
"""Answers whose first lines are kept: 2.1 KB each, 9 MB in all."""


class Cycle(RequestResponseCycle):
    """One request, and its answer."""

    async def send(self, message: ASGISendEvent) -> None:
        """A part of the answer."""
        headers = message.get("headers")
        waits = self.response_started or self.disconnected or self.flow.write_paused
        known = None if waits or not isinstance(headers, tuple) else _first_lines(message["status"], headers)  # type: ignore[typeddict-item]
        if known is None:
            await self._each_time(message)
            return
        lines, self.expected_content_length = known
        self.response_started, self.chunked_encoding, self.waiting_for_100_continue = True, False, False
        end = b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n"
        self.transport.write(lines + _of_all(tuple(self.default_headers)) + end)

    async def _each_time(self, message: ASGISendEvent) -> None:
        begun = self.response_started
        try:
            await super().send(message)
        except RuntimeError:
            # What is no header is found before a byte is written: another answer takes its place.
            if not begun:
                self.response_started, self.chunked_encoding, self.expected_content_length = False, None, 0
            raise


def _joined(headers: Headers) -> bytes:
    for name, value in headers:
        if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
            raise RuntimeError("not a header")
    return b"".join(b"%b: %b\r\n" % header for header in headers)


_of_all = lru_cache(maxsize=1)(_joined)
"""The lines of every answer: the date, another one each second."""


@lru_cache(maxsize=MOST_KEPT)
def _first_lines(status: int, headers: Headers) -> tuple[bytes, int] | None:
    """The status and the headers of an answer, and the length that they tell; `None` if they tell none."""
    length = dict(headers).get(b"content-length")
    return None if length is None else (STATUS_LINE[status] + _joined(headers), int(length))
