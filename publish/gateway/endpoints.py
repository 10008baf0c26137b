"""The two kinds of endpoint: those that answer anybody, and those that first ask who is there. There is no third."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from publish.gateway.accounts import account_of
from publish.gateway.addresses import BACK, SIGN_IN, return_path
from publish.gateway.context import Gateway, Visitor, is_navigation, with_back
from publish.gateway.sessions import SessionsDown
from publish.gateway.sites import Unavailable

PublicHandler = Callable[[Gateway, Request], Awaitable[Response]]
PrivateHandler = Callable[[Gateway, Request, Visitor], Awaitable[Response]]

READ = ("GET", "HEAD")


class Public:
    """An endpoint that answers without a session.

    Arguments:
        handler: makes the answer.
        methods: others get 405.
        counted: whether one address may ask so often only.
    """

    def __init__(
        self, gateway: Gateway, handler: PublicHandler, methods: Collection[str] = READ, *, counted: bool = True
    ) -> None:
        self._gateway = gateway
        self._counted = counted
        self._handler = handler
        self._methods = methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        request = Request(scope, receive)
        if request.method not in self._methods:
            answer = not_allowed(self._methods)
        elif self._counted and not self._gateway.rates.allow(scope):
            answer = too_many()
        else:
            answer = await _available(self._gateway, self._handler(self._gateway, request))
        await answer(scope, receive, send)


class Private:
    """An endpoint that answers only somebody with a living session; the session comes before anything else.

    Arguments:
        handler: makes the answer.
        methods: others get 405, once it is known who asks.
    """

    def __init__(self, gateway: Gateway, handler: PrivateHandler, methods: Collection[str] = READ) -> None:
        self._gateway = gateway
        self._handler = handler
        self._methods = methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        answer = await _available(self._gateway, self._answer(Request(scope, receive)))
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        visitor = await visitor_of(self._gateway, request)
        if visitor is None and not self._gateway.rates.allow(request.scope):
            return too_many()
        if visitor is None:
            return await no_session(self._gateway, request)
        if request.method not in self._methods:
            return not_allowed(self._methods)
        return await self._handler(self._gateway, request, visitor)


async def visitor_of(gateway: Gateway, request: Request) -> Visitor | None:
    """Who is there, by our cookie alone.

    Raises:
        SessionsDown: it can't be known now.
    """
    token = gateway.cookies.session.read(request.scope["headers"])
    if token is None:
        return None
    session = await gateway.sessions.find(token)
    sign_in = gateway.sign_ins.get(session.ent) if session else None
    # What the configuration took back since the sign-in (a provider, a school) counts for nothing any more.
    if session is None or sign_in is None or session.person.issuer != sign_in.ent.issuer:
        return None
    held = frozenset(held for held in session.person.memberships if held.uai in sign_in.ent.uais)
    account = account_of(gateway.config.access_key, session.person)
    known = await gateway.accounts.find(account)
    if held != session.person.memberships or known.codes != session.person.codes:
        session = replace(session, person=replace(session.person, memberships=held, codes=known.codes))
    return Visitor(token, session, account, known)


async def no_session(gateway: Gateway, request: Request) -> Response:
    """A person is sent to sign in and comes back to where they were going; anything else gets 401."""
    if is_navigation(request):
        back = return_path(request.scope["raw_path"].decode("latin-1"))
        headers = {"cache-control": "no-store"}
        if gateway.cookies.session.read(request.scope["headers"]) is not None:
            # Its session is over. A cookie that changes makes Chromium forget the pages that it keeps for Back.
            headers["set-cookie"] = gateway.cookies.session.expire()
        return RedirectResponse(with_back(SIGN_IN, back, BACK), 303, headers)
    if "text/html" in request.headers.get("accept", ""):
        return await gateway.pages.page("needed", 401)
    return PlainTextResponse("401\n", 401)


def too_many() -> Response:
    """429: this address asked too often without a session."""
    return PlainTextResponse("429\n", 429, {"retry-after": "10"})


def not_allowed(methods: Collection[str]) -> Response:
    """405, with what is allowed."""
    return PlainTextResponse("405\n", 405, {"allow": ", ".join(methods)})


async def _available(gateway: Gateway, answer: Awaitable[Response]) -> Response:
    try:
        return await answer
    except (Unavailable, SessionsDown):
        return await gateway.pages.page("unavailable", 503, headers=[("retry-after", "60")])
