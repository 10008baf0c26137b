"""A centre's site: who, then whether, then which bytes. Nothing of a site is looked at before the decision."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from publish.access import decide
from publish.album import list_of
from publish.gateway import charter_routes
from publish.gateway.addresses import Place, place
from publish.gateway.album_routes import album
from publish.gateway.codings import is_coded
from publish.gateway.conditional import choose_coding, etag, is_fresh
from publish.gateway.context import Gateway, Visitor
from publish.gateway.delivery import InPieces
from publish.gateway.headers import NO_STORE, cache_control, disposition
from publish.gateway.security_log import Event
from publish.gateway.sites import InForce
from publish.manifest import FileEntry

INDEX = "index.html"
MISSING = "404.html"

READ = (200, 304)
"""Answers after which somebody has a page before them."""


async def site(gateway: Gateway, request: Request, visitor: Visitor) -> Response:
    """A file of a site, to somebody whom the policy in force admits."""
    asked = place(request.scope["raw_path"])
    if asked.slug is None:
        return await refused(gateway, visitor, "")
    found = await gateway.sites.in_force(asked.slug)
    decision = decide(found.policy, visitor.session.person)
    if not decision.allowed:
        return await refused(gateway, visitor, asked.slug if found.policy else "", decision.reason)
    if await charter_routes.must_accept(gateway, visitor):
        return charter_routes.first(request)
    answer = await _admitted(gateway, request, asked, found)
    if request.method == "GET" and answer.status_code in READ and asked.path is not None:
        gateway.counting.note(visitor.session.person, decision, found.slug, asked.path)
    return answer


async def refused(gateway: Gateway, visitor: Visitor, slug: str, reason: str = "nowhere") -> Response:
    """The one refusal: the same bytes and headers for known, unknown and forbidden, and for whoever asks."""
    gateway.log.write(Event.REFUSED, visitor.session.person, centre=slug or "unknown", reason=str(reason))
    return await gateway.pages.page("refused", 403)


async def _admitted(gateway: Gateway, request: Request, asked: Place, found: InForce) -> Response:
    if asked.bare:
        return _moved(f"/{found.slug}/")
    files = await gateway.sites.files(found)
    path = asked.path
    if path is None:
        return await _missing(gateway, request, found)
    if not path or path.endswith("/"):
        path += INDEX
    entry = files.get(path)
    if found.withdrawn.covers(path, entry):
        return await gateway.pages.page("gone", 410)
    if entry is None and f"{path}/{INDEX}" in files:
        return _moved(f"/{found.slug}/{path}/")
    if entry is None and (listed := list_of(path)) in files:
        assert listed is not None
        if (given := await album(gateway, request, found, listed, files[listed])) is not None:
            return given
    if entry is None or path == MISSING:
        return await _missing(gateway, request, found)
    return await _file(gateway, request, found, path, entry)


async def _missing(gateway: Gateway, request: Request, found: InForce) -> Response:
    entry = (await gateway.sites.files(found)).get(MISSING)
    if entry is None or found.withdrawn.covers(MISSING, entry):
        return await gateway.pages.page("missing", 404)
    return await _file(gateway, request, found, MISSING, entry, status=404)


async def _file(
    gateway: Gateway, request: Request, found: InForce, path: str, entry: FileEntry, status: int = 200
) -> Response:
    # From here to the reading nobody waits: bytes would be kept that memory and disk were told to forget just before.
    if gateway.sites.withdrawn_now(found).covers(path, entry):
        return await gateway.pages.page("gone", 410)
    text = is_coded(entry)
    coding = choose_coding(", ".join(request.headers.getlist("accept-encoding"))) if text else None
    # A photo opened by itself is a page: a browser that keeps pages for Back would show it after its right ended.
    alone = request.headers.get("sec-fetch-dest") == "document"
    keep = NO_STORE if alone else cache_control(path, entry.type)
    headers = {"cache-control": keep, "content-type": entry.type}
    if text:
        headers["vary"] = "Accept-Encoding"
    if keep != NO_STORE and status == 200:
        headers["etag"] = etag(entry.sha256, coding)
        if is_fresh(request.headers.get("if-none-match"), headers["etag"]):
            del headers["content-type"]
            return Response(status_code=304, headers=headers)
    shown = disposition(path, entry.type)
    if shown:
        headers["content-disposition"] = shown
    if coding:
        headers["content-encoding"] = coding
        return InPieces(await gateway.coded.read(found.slug, entry, coding), status, headers)
    return await gateway.delivery.send(request, found.slug, entry, headers, status)


def _moved(address: str) -> Response:
    return RedirectResponse(address, 308, {"cache-control": NO_STORE})
