"""What holds for every request of a preview: it comes from this machine's own browser, from a page of the preview.

No sign-in stands before a preview. What keeps other websites away is that a browser says where a request comes from:
the name in `Host` (a foreign name that points here, "DNS rebinding", stays foreign), `Origin` and `Sec-Fetch-Site`.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from publish.gateway.headers import NO_STORE, security_headers

NAMES = ("127.0.0.1", "localhost")
OWN = (b"same-origin", b"none")
"""`Sec-Fetch-Site` of a page of ours, and of an address that was typed or opened from outside the browser."""


class Guard:
    """Wraps the whole application.

    Arguments:
        app: what answers.
        port: where we listen.
        fault: the page for a fault.
    """

    def __init__(self, app: ASGIApp, port: int, fault: Callable[[Exception], Response]) -> None:
        self._app, self._fault = app, fault
        self._hosts = frozenset(host.encode() for name in NAMES for host in (name, f"{name}:{port}"))
        self._origins = frozenset(b"http://" + host for host in self._hosts)
        self._headers = [(name.encode(), value.encode()) for name, value in security_headers(https=False)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; nothing else is answered."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def dressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = [*message.get("headers", []), *self._headers, (b"cache-control", NO_STORE.encode())]
                message = {**message, "headers": headers}
            elif message["type"] == "http.response.body" and scope["method"] == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        refusal = self._refusal(scope)
        if refusal:
            await PlainTextResponse(f"{refusal}\n", refusal)(scope, receive, dressed)
            return
        try:
            await self._app(scope, receive, dressed)
        except Exception as error:  # noqa: BLE001 - the last resort: a page says it, the terminal keeps its traceback
            if not started:
                await self._fault(error)(scope, receive, dressed)

    def _refusal(self, scope: Scope) -> int:
        """The status of a request that is not answered; 0 for one that is."""

        def every(wanted: bytes) -> list[bytes]:
            return [value for name, value in scope["headers"] if name == wanted]

        hosts = every(b"host")
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return 421
        if any(origin not in self._origins for origin in every(b"origin")):
            return 403
        if any(site not in OWN for site in every(b"sec-fetch-site")):
            return 403
        if scope["method"] not in ("GET", "HEAD"):
            return 405
        return 0 if scope.get("raw_path") else 400
