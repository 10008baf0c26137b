"""Calls to an ENT: limits on time and size, held by the transport, so that no caller can forget them."""

from __future__ import annotations

import logging
import ssl

import anyio
import httpx2

SECONDS = 5.0
"""For a whole call: connection, request and answer."""

MOST_BYTES = 256 * 1024
"""Of an answer. A key set or a person's claims have some kilobytes."""

_CONNECTIONS = httpx2.Limits(max_connections=20, max_keepalive_connections=5, keepalive_expiry=30)


class BoundedTransport(httpx2.AsyncBaseTransport):
    """Passes calls on, within limits. Its clients may close it as they like: `release` ends it.

    Arguments:
        inner: what really sends; by default over TLS that is verified, without proxies from the environment.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport | None = None) -> None:
        self._inner = inner or httpx2.AsyncHTTPTransport(
            verify=ssl.create_default_context(), trust_env=False, limits=_CONNECTIONS
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The whole answer, or an `httpx2.TransportError` that names no address."""
        # A compressed answer of some kilobytes may unfold to gigabytes: none is asked for, none is taken.
        request.headers["accept-encoding"] = "identity"
        try:
            with anyio.fail_after(SECONDS):
                return await self._whole(request)
        except TimeoutError:
            raise httpx2.ReadTimeout("no whole answer in time", request=request) from None

    async def _whole(self, request: httpx2.Request) -> httpx2.Response:
        answer = await self._inner.handle_async_request(request)
        try:
            if answer.headers.get("content-encoding", "identity").lower() != "identity":
                raise httpx2.ReadError("compressed though not asked for", request=request)
            body = bytearray()
            if not isinstance(answer.stream, httpx2.AsyncByteStream):
                raise httpx2.ReadError("no readable body", request=request)
            async for chunk in answer.stream:
                body += chunk
                if len(body) > MOST_BYTES:
                    raise httpx2.ReadError("longer than any honest answer", request=request)
        finally:
            await answer.aclose()
        kept = [(name, value) for name, value in answer.headers.multi_items() if name == "content-type"]
        return httpx2.Response(answer.status_code, headers=kept, content=bytes(body), request=request)

    async def aclose(self) -> None:
        """Nothing: the connections outlive the client of one sign-in."""

    async def release(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


def quiet_loggers() -> None:
    """Keep URLs, in which tokens and codes travel, out of every log, whatever handlers the process has.

    The HTTP client writes them at INFO and DEBUG, and uvicorn's access log is made of them.
    """
    for name in ("httpx2", "httpcore2", "authlib", "joserfc"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.access").setLevel(logging.CRITICAL + 1)
