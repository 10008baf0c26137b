"""The gateway as an ASGI application: its parts put together, and every address with its kind of endpoint."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
import httpx2
from starlette.applications import Starlette
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from publish.config import GatewayConfig
from publish.ents import CasConfig, EntConfig, HeadersConfig, OAuth2Config, OidcConfig
from publish.errors import N_, ServeError
from publish.gateway import (
    account_routes,
    addresses,
    charter_routes,
    code_routes,
    public_routes,
    sign_in_routes,
    site_routes,
)
from publish.gateway.blob_cache import BlobCache
from publish.gateway.blob_files import BlobFiles, StoreFiles
from publish.gateway.blobs import Blobs
from publish.gateway.calls import Calls
from publish.gateway.cas import Cas
from publish.gateway.city import CityPages
from publish.gateway.clients import Rates
from publish.gateway.codings import CodedTexts
from publish.gateway.context import Gateway, Visitor
from publish.gateway.cookies import cookies
from publish.gateway.counting import Counting
from publish.gateway.delivery import ByNginx, Delivery, Own
from publish.gateway.endpoints import Private, Public
from publish.gateway.guard import Guard
from publish.gateway.identity_headers import FrontGateway, OneRouteOnly
from publish.gateway.kept import open_kept
from publish.gateway.oauth2 import OAuth2
from publish.gateway.oidc import Oidc
from publish.gateway.outgoing import BoundedTransport, quiet_loggers
from publish.gateway.pages import Pages
from publish.gateway.remembered import NAME, Remembered
from publish.gateway.security_log import Event, Lines, SecurityLog
from publish.gateway.sessions import Clock, Once, SessionsDown
from publish.gateway.sign_in import SignIn
from publish.gateway.sites import Sites, Unavailable
from publish.gateway.theme import load_theme
from publish.stores import Store
from publish.stores.folder import FolderStore

THEME_FOLDER = Path(__file__).resolve().parents[2] / "themes" / "preau" / "static"

NOTICES = 20
"""How many times more notices than pages one address may ask for: an ENT speaks for thousands of people at once."""

SWEEP_SECONDS = 300.0
"""Between two sweeps of ended sessions; they count for nothing before too."""


def create_app(
    config: GatewayConfig,
    store: Store,
    *,
    clock: Clock,
    security_log: Lines,
    transport: httpx2.AsyncBaseTransport | None = None,
    theme: Path = THEME_FOLDER,
) -> Starlette:
    """The application; it opens the sessions' file now, and lets go of everything at the end of its lifespan.

    Arguments:
        config: right by construction.
        store: releases and policies; only read.
        clock: the current moment; sessions and tokens are measured by it.
        security_log: where its lines go.
        transport: what sends calls to providers; by default over TLS that is verified.
        theme: static folder of the theme.

    Raises:
        ServeError: a file that it needs can't be used.
    """
    quiet_loggers()
    outgoing = BoundedTransport(transport)
    remembered = Remembered(config.sessions.with_name(NAME))
    calls = Calls()
    held = blob_files(config, store, calls)
    blobs = Blobs(store, calls, held if isinstance(held, BlobCache) else None)
    coded = CodedTexts(blobs)

    def forget(slug: str, digests: frozenset[str]) -> None:
        blobs.forget(slug, digests)
        coded.forget(slug, digests)
        if held is not None:
            held.forget(slug, digests)

    def slugs() -> set[str]:
        return {*coded.slugs(), *(held.slugs() if held is not None else ())}

    kept = open_kept(config, clock)
    log = SecurityLog(security_log, clock, config.access_key)
    sites = Sites(store, clock, remembered, forget, calls, log.policy_changed)
    city, files = CityPages(sites, blobs), load_theme(theme)
    gateway = Gateway(
        config=config,
        clock=clock,
        sites=sites,
        blobs=blobs,
        coded=coded,
        delivery=_delivery(config, blobs, held),
        rates=Rates(config.front.per_minute, config.front.proxies, clock),
        notices=Rates(config.front.per_minute * NOTICES, config.front.proxies, clock),
        city=city,
        theme=files,
        pages=Pages(files, city, config.language),
        sessions=kept.sessions,
        accounts=kept.accounts,
        counting=Counting(kept.counts, clock),
        sign_ins={ent.id: _sign_in(ent, config, outgoing, clock, kept.sessions.once) for ent in config.ents},
        cookies=cookies(demonstration=config.demonstration and config.address.startswith("http://")),
        log=log,
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_sweep, gateway)
            tasks.start_soon(_purge, sites, slugs)
            tasks.start_soon(gateway.counting.run)
            yield
            tasks.cancel_scope.cancel()
        await gateway.sessions.close()
        await gateway.accounts.close()
        await outgoing.release()
        if isinstance(held, BlobCache):
            held.close()

    async def error_page(number: str) -> Response:
        return await gateway.pages.page("error", 500, number=number)

    app = Starlette(routes=routes(gateway), lifespan=lifespan)
    sites_pages = Private(gateway, site_routes.site)
    app.router.default = sites_pages
    app.router.redirect_slashes = False
    # The guard stands outermost, in the place of Starlette's own last resort, whose page would say less and show more.
    doors = _Doors(ExceptionMiddleware(app.router), sites_pages)
    only = OneRouteOnly(
        doors,
        ents=[ent for ent in config.ents if isinstance(ent, HeadersConfig)],
        misplaced=lambda: gateway.log.write(Event.IDENTITY_HEADER),
    )
    app.middleware_stack = Guard(
        only,
        address=config.address,
        error_page=error_page,
        foreign_host=lambda: gateway.log.write(Event.FOREIGN_HOST),
    )
    app.state.gateway = gateway
    return app


def blob_files(config: GatewayConfig, store: Store, calls: Calls) -> BlobFiles | None:
    """Blobs as files of this machine: in a cache of its own, or where a folder store has them; else `None`."""
    if config.front.cache is not None:
        return BlobCache(store, calls, config.front.cache, config.front.cache_limit)
    return StoreFiles(store, calls) if isinstance(store, FolderStore) else None


def _delivery(config: GatewayConfig, blobs: Blobs, files: BlobFiles | None) -> Delivery:
    own = Own(blobs, files)
    if not config.front.behind_nginx:
        return own
    if files is None:
        raise ServeError(N_("behind nginx, the gateway needs a folder for the blobs of a store on S3"))
    return ByNginx(files, own)


def routes(gateway: Gateway) -> list[Route]:
    """Every address of the gateway itself; all others are sites', behind the decision."""

    def public(path: str, handler: Callable[..., Awaitable[Response]], *methods: str, counted: bool = True) -> Route:
        return Route(path, Public(gateway, handler, methods or ("GET", "HEAD"), counted=counted))

    def private(path: str, handler: Callable[..., Awaitable[Response]], *methods: str) -> Route:
        return Route(path, Private(gateway, handler, methods or ("GET", "HEAD")))

    return [
        public(addresses.SIGN_IN, sign_in_routes.choice),
        public(addresses.GOODBYE, sign_in_routes.goodbye),
        public(f"{addresses.SIGN_IN}/{{ent}}", sign_in_routes.start, "POST"),
        # Not HEAD: it would use up the answer. POST is what a provider sends by itself, at the one address it knows.
        # Counted by the handler, which tells the two apart.
        public(f"{addresses.SIGN_IN}/{{ent}}/retour", sign_in_routes.returned, "GET", "POST", counted=False),
        public(f"{addresses.THEME}{{name}}", public_routes.theme_file, counted=False),
        *(public(path, public_routes.legal) for path in addresses.LEGAL),
        public(addresses.HEALTH, public_routes.health, counted=False),
        private(addresses.HOME, account_routes.portal),
        private(addresses.ACCOUNT, account_routes.account),
        private(addresses.SIGN_OUT, account_routes.sign_out, "POST"),
        private(addresses.CODE, code_routes.code, "GET", "HEAD", "POST"),
        private(addresses.CHARTER, charter_routes.charter, "GET", "HEAD", "POST"),
        private(f"{addresses.OWN}{{rest:path}}", _missing),
    ]


def _sign_in(ent: EntConfig, config: GatewayConfig, outgoing: BoundedTransport, clock: Clock, once: Once) -> SignIn:
    """The way of signing in of this kind of provider."""
    match ent:
        case OidcConfig():
            return Oidc(ent, config.address, outgoing, clock, once)
        case CasConfig():
            return Cas(ent, config.address, outgoing, once)
        case OAuth2Config():
            return OAuth2(ent, config.address, outgoing)
        case HeadersConfig():
            return FrontGateway(ent, config.address, unix=config.front.socket is not None)
    raise AssertionError(f"nothing signs people in at a provider of kind {ent.kind}")


class _Doors:
    """Sends what is below no address of the gateway's own straight to the sites: nineteen of twenty requests.

    Arguments:
        app: the gateway's own addresses, one by one.
        site: everything else.
    """

    def __init__(self, app: ASGIApp, site: ASGIApp) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        own = scope["type"] != "http" or scope["path"] == addresses.HOME or scope["path"].startswith(addresses.OWN)
        await (self._app if own else self._site)(scope, receive, send)


async def _missing(gateway: Gateway, request: object, visitor: Visitor) -> Response:
    return await gateway.pages.page("missing", 404)


async def _purge(sites: Sites, slugs: Callable[[], Collection[str]]) -> None:
    """Look for withdrawals where nobody asks any more, so that no withdrawn byte stays on this machine.

    Arguments:
        slugs: centres of which something is kept.
    """
    while True:
        await anyio.sleep(SWEEP_SECONDS)
        for slug in slugs():
            with suppress(Unavailable):
                await sites.in_force(slug)


async def _sweep(gateway: Gateway) -> None:
    while True:
        for kept in (gateway.sessions, gateway.accounts):
            # What can't be swept now counts for nothing all the same.
            with suppress(SessionsDown):
                await kept.sweep()
        await anyio.sleep(SWEEP_SECONDS)
