"""The gateway as an ASGI application: its parts put together, and every address with its kind of endpoint."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TextIO

import anyio
import httpx2
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Route

from publish.config import GatewayConfig
from publish.ents import CasConfig, EntConfig, OidcConfig
from publish.gateway import account_routes, addresses, public_routes, sign_in_routes, site_routes
from publish.gateway.blobs import Blobs
from publish.gateway.cas import Cas
from publish.gateway.city import CityPages
from publish.gateway.context import Gateway, Visitor
from publish.gateway.cookies import cookies
from publish.gateway.endpoints import Private, Public
from publish.gateway.guard import Guard
from publish.gateway.oidc import Oidc
from publish.gateway.outgoing import BoundedTransport, quiet_loggers
from publish.gateway.pages import Pages
from publish.gateway.remembered import NAME, Remembered
from publish.gateway.security_log import Event, SecurityLog
from publish.gateway.sessions import Clock, Limits, Once, Sessions
from publish.gateway.sessions_sqlite import SqliteSessions
from publish.gateway.sign_in import SignIn
from publish.gateway.sites import Sites
from publish.gateway.theme import load_theme
from publish.stores import Store

THEME_FOLDER = Path(__file__).resolve().parents[2] / "themes" / "preau" / "static"

SWEEP_SECONDS = 300.0
"""Between two sweeps of ended sessions; they count for nothing before too."""


def create_app(
    config: GatewayConfig,
    store: Store,
    *,
    clock: Clock,
    security_log: TextIO,
    sessions: Sessions | None = None,
    transport: httpx2.AsyncBaseTransport | None = None,
    theme: Path = THEME_FOLDER,
) -> Starlette:
    """The application; it opens the sessions' file now, and lets go of everything at the end of its lifespan.

    Arguments:
        config: right by construction.
        store: releases and policies; only read.
        clock: the current moment; sessions and tokens are measured by it.
        security_log: where its lines go.
        sessions: another store of sessions than the configuration's SQLite file.
        transport: what sends calls to providers; by default over TLS that is verified.
        theme: static folder of the theme.

    Raises:
        ServeError: a file that it needs can't be used.
    """
    quiet_loggers()
    outgoing = BoundedTransport(transport)
    remembered = Remembered(config.sessions.with_name(NAME))
    blobs = Blobs(store)
    sites = Sites(store, clock, remembered, blobs.forget)
    city, files = CityPages(sites, blobs), load_theme(theme)
    kept = sessions or SqliteSessions(config.sessions, Limits(config.idle, config.absolute), clock)
    gateway = Gateway(
        config=config,
        clock=clock,
        sites=sites,
        blobs=blobs,
        city=city,
        theme=files,
        pages=Pages(files, city, config.language),
        sessions=kept,
        sign_ins={ent.id: _sign_in(ent, config, outgoing, clock, kept.once) for ent in config.ents},
        cookies=cookies(demonstration=config.demonstration and config.address.startswith("http://")),
        log=SecurityLog(security_log, clock, config.access_key),
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_sweep, gateway.sessions)
            yield
            tasks.cancel_scope.cancel()
        await gateway.sessions.close()
        await outgoing.release()

    async def error_page(number: str) -> Response:
        return await gateway.pages.page("error", 500, number=number)

    app = Starlette(
        routes=routes(gateway),
        lifespan=lifespan,
        middleware=[
            Middleware(
                Guard,
                address=config.address,
                error_page=error_page,
                foreign_host=lambda: gateway.log.write(Event.FOREIGN_HOST),
            )
        ],
    )
    app.router.redirect_slashes = False
    app.router.default = Private(gateway, site_routes.site)
    app.state.gateway = gateway
    return app


def routes(gateway: Gateway) -> list[Route]:
    """Every address of the gateway itself; all others are sites', behind the decision."""

    def public(path: str, handler: Callable[..., Awaitable[Response]], *methods: str) -> Route:
        return Route(path, Public(gateway, handler, methods or ("GET", "HEAD")))

    def private(path: str, handler: Callable[..., Awaitable[Response]], *methods: str) -> Route:
        return Route(path, Private(gateway, handler, methods or ("GET", "HEAD")))

    return [
        public(addresses.SIGN_IN, sign_in_routes.choice),
        public(addresses.GOODBYE, sign_in_routes.goodbye),
        public(f"{addresses.SIGN_IN}/{{ent}}", sign_in_routes.start, "POST"),
        # Not HEAD: it would use up the answer. POST is what a provider sends by itself, at the one address it knows.
        public(f"{addresses.SIGN_IN}/{{ent}}/retour", sign_in_routes.returned, "GET", "POST"),
        public(f"{addresses.THEME}{{name}}", public_routes.theme_file),
        *(public(path, public_routes.legal) for path in addresses.LEGAL),
        public(addresses.HEALTH, public_routes.health),
        private(addresses.HOME, account_routes.portal),
        private(addresses.ACCOUNT, account_routes.account),
        private(addresses.SIGN_OUT, account_routes.sign_out, "POST"),
        private(f"{addresses.OWN}{{rest:path}}", _missing),
    ]


def _sign_in(ent: EntConfig, config: GatewayConfig, outgoing: BoundedTransport, clock: Clock, once: Once) -> SignIn:
    """The way of signing in of this kind of provider."""
    match ent:
        case OidcConfig():
            return Oidc(ent, config.address, outgoing, clock)
        case CasConfig():
            return Cas(ent, config.address, outgoing, once)
    raise AssertionError(f"nothing signs people in at a provider of kind {ent.kind}")


async def _missing(gateway: Gateway, request: object, visitor: Visitor) -> Response:
    return await gateway.pages.page("missing", 404)


async def _sweep(sessions: Sessions) -> None:
    while True:
        await sessions.sweep()
        await anyio.sleep(SWEEP_SECONDS)
