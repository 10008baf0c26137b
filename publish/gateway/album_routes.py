"""The ZIP of an article's photos, under the decision that every file is under, made again for each photo."""

from __future__ import annotations

from collections.abc import AsyncIterator

from anyio.lowlevel import checkpoint
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from publish.access import decide
from publish.album import Album, ZipPieces, read_album
from publish.gateway.context import Gateway
from publish.gateway.endpoints import visitor_of
from publish.gateway.headers import NO_STORE
from publish.gateway.sites import InForce, Unavailable
from publish.manifest import FileEntry
from publish.strict_json import Malformed


async def album(gateway: Gateway, request: Request, found: InForce, path: str, entry: FileEntry) -> Response | None:
    """The ZIP of one list, to somebody who is admitted; `None` if there is no photo to give.

    Arguments:
        path, entry: of the list.
    """
    files = await gateway.sites.files(found)
    page = f"{path.rpartition('/')[0]}/index.html"
    if found.withdrawn.covers(page, files.get(page)) or found.withdrawn.covers(path, entry):
        return None
    data = await gateway.blobs.read(found.slug, entry.sha256, entry.size)
    left = {name: file for name, file in files.items() if not found.withdrawn.covers(name, file)}
    try:
        given = read_album(found.slug, path, data, left)
    except Malformed:
        return None
    if not given.photos:
        return None
    headers = {
        "cache-control": NO_STORE,
        "content-type": "application/zip",
        "content-disposition": f'attachment; filename="{given.name}.zip"',
        "content-length": str(given.size),
    }
    if request.method == "HEAD":
        return Response(None, 200, headers)
    return StreamingResponse(_pieces(gateway, request, found.slug, given), 200, headers)


async def _pieces(gateway: Gateway, request: Request, slug: str, given: Album) -> AsyncIterator[bytes]:
    """The bytes. A session or a right that ends, or a photo that is withdrawn, breaks the download off where it is.

    Raises:
        Unavailable: it may not go on.
    """
    pieces = ZipPieces(given)
    for path, entry in given.photos:
        # Bytes that memory holds make nobody wait: in one turn of the loop, SQLite would answer for the photo before.
        await checkpoint()
        now, visitor = await gateway.sites.in_force(slug), await visitor_of(gateway, request)
        if visitor is None or not decide(now.policy, visitor.session.person).allowed:
            raise Unavailable
        if not now.usable or now.withdrawn.covers(path, entry):
            raise Unavailable
        yield pieces.photo(await gateway.blobs.read(slug, entry.sha256, entry.size))
    yield pieces.end()
