"""Requests of a doctor, as a stranger makes them: no session, no redirect followed, bounded in time and size."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import httpx2

from publish.errors import N_, ConfigError, cause_of

SECONDS = 10.0
"""For a whole answer."""

MOST_BYTES = 1024 * 1024
"""Of an answer; what is beyond tells a doctor nothing."""

_OF_THE_WIRE = ("content-encoding", "content-length", "transfer-encoding")


class Outside:
    """Asks addresses.

    Arguments:
        authority: file of an authority that signed certificates here, besides those that the machine trusts.

    Raises:
        ConfigError: the file can't be used.
    """

    def __init__(self, authority: Path | None = None) -> None:
        self._trust = ssl.create_default_context()
        if authority is not None:
            try:
                self._trust.load_verify_locations(authority)
            except ssl.SSLError:
                raise ConfigError(N_("{path} holds no certificate of an authority (PEM)"), path=authority) from None
            except OSError as error:
                raise ConfigError(N_("{path} can't be read: {cause}"), path=authority, cause=cause_of(error)) from error

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        """One answer.

        Raises:
            httpx2.HTTPError: there is none.
        """
        body, sent = bytearray(), {"accept": "*/*", "accept-encoding": "identity", **(headers or {})}
        # A handshake ends by itself before the whole does: one that is cut from outside leaves its connection open.
        patience = httpx2.Timeout(SECONDS, connect=SECONDS / 4)
        client = httpx2.AsyncClient(verify=self._trust, follow_redirects=False, trust_env=False, timeout=patience)
        try:
            with anyio.fail_after(SECONDS):
                async with client, client.stream("GET", url, headers=sent) as answer:
                    async for part in answer.aiter_bytes():
                        body += part
                        if len(body) > MOST_BYTES:
                            break
        except TimeoutError:
            raise httpx2.ReadTimeout("no whole answer in time") from None
        kept = [(name, value) for name, value in answer.headers.multi_items() if name not in _OF_THE_WIRE]
        return httpx2.Response(
            answer.status_code, headers=kept, content=bytes(body[:MOST_BYTES]), request=answer.request
        )

    def certificate_ends(self, address: str) -> datetime | None:
        """When the certificate of an https address ends; `None` where that can't be told."""
        parts = urlsplit(address)
        host = parts.hostname or ""
        try:
            with (
                socket.create_connection((host, parts.port or 443), timeout=SECONDS) as connection,
                self._trust.wrap_socket(connection, server_hostname=host) as wrapped,
            ):
                found = wrapped.getpeercert() or {}
        except OSError:
            return None
        ends = found.get("notAfter")
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if isinstance(ends, str) else None
