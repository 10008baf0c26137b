"""How a file's bytes leave once they may: from this process, or by nginx, which is told which file to send.

Behind nginx an answer holds no byte: `X-Accel-Redirect` names a location that no request can reach, and `X-Preau-File`
a file that stands in it (publish/deploy/nginx.conf). What nginx would answer by rules of its own (ranges, conditions on
dates) is answered from here, so that families get the same with and without it. A text in a coding is no file: whoever
stands in front gets it from memory (codings.py).
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from publish.gateway.blob_files import BlobFiles, NoRoom
from publish.gateway.blobs import LARGEST_KEPT, Blobs
from publish.gateway.conditional import UNSATISFIABLE, byte_range, is_same
from publish.gateway.sites import Unavailable
from publish.manifest import FileEntry

LOCATION = "@octets"
"""nginx's location for the files; a named one is reached by no address."""

_EMPTY, _LOCATION = (b"content-length", b"0"), (b"x-accel-redirect", LOCATION.encode())

CHUNK = 64 * 1024
"""Handed to the connection at a time; the next one waits until the browser took most of it."""

_OWN_CONDITIONS = frozenset({b"range", b"if-match", b"if-unmodified-since"})


class Delivery(Protocol):
    """Sends a file of a site."""

    async def send(
        self, request: Request, slug: str, file: FileEntry, headers: dict[str, str], status: int = 200
    ) -> Response:
        """The answer, made once the decision is.

        Arguments:
            slug: the centre under whose prefix the bytes stand.
            file: which bytes.
            headers: of the answer; with an `etag`, parts of the file may be asked for.

        Raises:
            Unavailable: the bytes can't be had.
        """


class Own:
    """From this process.

    Arguments:
        blobs: for what memory holds.
        files: for what is larger; `None` to hold it in memory all the same.
    """

    def __init__(self, blobs: Blobs, files: BlobFiles | None) -> None:
        self._blobs = blobs
        self._files = files

    async def send(
        self, request: Request, slug: str, file: FileEntry, headers: dict[str, str], status: int = 200
    ) -> Response:
        """The whole file, or the one part that was asked for."""
        start, end = 0, file.size
        if status == 200 and "etag" in headers:
            headers["accept-ranges"] = "bytes"
            part = asked_part(request, headers["etag"], file.size)
            if part is UNSATISFIABLE:
                refused = {"cache-control": headers["cache-control"], "content-range": f"bytes */{file.size}"}
                return PlainTextResponse("416\n", 416, refused)
            if isinstance(part, tuple):
                start, end = part
                status, headers["content-range"] = 206, f"bytes {start}-{end - 1}/{file.size}"
        if file.size > LARGEST_KEPT and self._files is not None:
            try:
                name = await self._files.place(slug, file.sha256, file.size)
            except NoRoom:
                pass
            else:
                headers["content-length"] = str(end - start)
                return StreamingResponse(_read(self._files.root / name, start, end), status, headers)
        data = await self._blobs.read(slug, file.sha256, file.size)
        return InPieces(data if end - start == file.size else data[start:end], status, headers)


class ByNginx:
    """By nginx, except for what it would answer by rules of its own.

    Arguments:
        files: that nginx can read.
        own: for the rest.
    """

    def __init__(self, files: BlobFiles, own: Own) -> None:
        self._files = files
        self._own = own

    async def send(
        self, request: Request, slug: str, file: FileEntry, headers: dict[str, str], status: int = 200
    ) -> Response:
        """Which file nginx has to send."""
        # nginx answers a redirect with 200, and compares "any copy" with files that have no tag either.
        asked = {name for name, _ in request.scope["headers"]}
        ruled = not asked.isdisjoint(_OWN_CONDITIONS) or ("etag" not in headers and b"if-none-match" in asked)
        if status != 200 or ruled:
            return await self._own.send(request, slug, file, headers, status)
        try:
            name = await self._files.place(slug, file.sha256, file.size)
        except NoRoom:
            return await self._own.send(request, slug, file, headers, status)
        if "etag" in headers:
            headers["accept-ranges"] = "bytes"
        return Named(headers, name)


class Named(Response):
    """A file's name, for nginx: no byte, and headers as they are, in a tuple (cycle.py), for most answers are such."""

    def __init__(self, headers: dict[str, str], name: str) -> None:
        self.status_code, self.body, self.background = 200, b"", None
        self.raw_headers = (*_raw(headers), _EMPTY, _LOCATION, (b"x-preau-file", name.encode()))  # type: ignore[assignment]


class InPieces(Response):
    """Bytes in memory, handed over as fast as they are taken: a slow browser has no copy of them made.

    Its headers are in a tuple too, for nearly every page is such an answer.
    """

    def __init__(self, data: bytes, status: int, headers: dict[str, str]) -> None:
        self.status_code, self.body, self.background = status, data, None
        self.raw_headers = (*_raw(headers), (b"content-length", b"%d" % len(data)))  # type: ignore[assignment]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        whole = memoryview(self.body)
        for start in range(0, len(whole), CHUNK) or (0,):
            piece, more = bytes(whole[start : start + CHUNK]), start + CHUNK < len(whole)
            await send({"type": "http.response.body", "body": piece, "more_body": more})


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(key.encode("latin-1"), value.encode("latin-1")) for key, value in headers.items()]


def asked_part(request: Request, tag: str, size: int) -> tuple[int, int] | object | None:
    """The part of a file that a request asks for: (start, end), `UNSATISFIABLE`, or `None` for the whole."""
    asked = request.headers.getlist("range")
    if request.method != "GET" or len(asked) != 1 or not is_same(request.headers.get("if-range"), tag):
        return None
    return byte_range(asked[0], size)


async def _read(path: Path, start: int, end: int) -> AsyncIterator[bytes]:
    """A part of a verified file. It is opened first: what is withdrawn meanwhile is not opened again."""
    try:
        handle = await run_sync(os.open, path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        raise Unavailable from None
    try:
        while start < end:
            data = await run_sync(os.pread, handle, min(CHUNK, end - start), start)
            if not data:
                raise Unavailable
            yield data
            start += len(data)
    finally:
        os.close(handle)
