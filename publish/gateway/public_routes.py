"""What answers without a session, besides signing in: the theme's files, the legal pages, and a sign of life."""

from __future__ import annotations

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from publish.gateway.addresses import LEGAL
from publish.gateway.conditional import etag, is_fresh
from publish.gateway.context import Gateway
from publish.gateway.headers import IMMUTABLE_PUBLIC


async def theme_file(gateway: Gateway, request: Request) -> Response:
    """A file of the theme: from the fixed list, by the name that holds its digest."""
    file = gateway.theme.files.get(request.path_params["name"])
    if file is None:
        return PlainTextResponse("404\n", 404)
    headers = {"cache-control": IMMUTABLE_PUBLIC, "etag": etag(file.name), "content-type": file.media_type}
    if is_fresh(request.headers.get("if-none-match"), headers["etag"]):
        del headers["content-type"]
        return Response(status_code=304, headers=headers)
    return Response(file.data, headers=headers)


async def legal(gateway: Gateway, request: Request) -> Response:
    """A legal page, from the city's release; without it, a page that says so and whom to ask."""
    name = LEGAL[request.scope["path"]]
    text = await gateway.city.fragment(name)
    facts = await gateway.city.facts()
    stem = name.removesuffix(".html")
    # Sanitised when it was published; the policy of this page runs no script and loads nothing from elsewhere anyway.
    prose = None if text is None else Markup(text)  # noqa: S704
    return await gateway.pages.page("legal", prose=prose, stem=stem, title=facts.titles.get(stem, "") if facts else "")


async def health(gateway: Gateway, request: Request) -> Response:
    """For a load balancer: this process answers. Nothing else is told to anybody."""
    return PlainTextResponse("ok\n")
