"""Signing in with CAS 2 or 3: a ticket, validated once at the server; single logout by that ticket."""

from __future__ import annotations

from codecs import BOM_UTF8
from datetime import timedelta
from urllib.parse import urlencode

import httpx2

from publish.ents import CasConfig
from publish.gateway.addresses import GOODBYE, SIGN_IN
from publish.gateway.cas_answer import TICKET, read_answer, read_logout
from publish.gateway.context import fields
from publish.gateway.outgoing import BoundedTransport
from publish.gateway.sessions import Attempt, Handle, Once, handle
from publish.gateway.sign_in import Answer, Notice, ProviderDown, SignInRefused, Verified

REMEMBERED = timedelta(hours=24)
"""How long a ticket that was used is known again; servers let one live for seconds, or at most minutes."""


class Cas:
    """The `SignIn` protocol for one CAS server.

    Arguments:
        ent: who.
        address: our public origin, from the configuration alone; so is the service URL that the server sends back to.
        transport: shared by everything that calls out.
        once: remembers tickets that were used.
    """

    notice_refusal = 200
    """Servers send a logout again and again until they get this; and nobody may learn whether a ticket is known."""

    def __init__(self, ent: CasConfig, address: str, transport: BoundedTransport, once: Once) -> None:
        self.ent = ent
        self._service = f"{address}{SIGN_IN}/{ent.id}/retour"
        self._goodbye = f"{address}{GOODBYE}"
        self._transport = transport
        self._once = once

    async def start(self, state: str, attempt: Attempt) -> str:
        """The server's sign-in page."""
        return f"{self.ent.issuer}/login?{urlencode({'service': self._service_of(state)})}"

    async def finish(self, answer: Answer, attempt: Attempt) -> Verified:
        """Have the ticket validated for this very sign-in."""
        ticket = answer.fields.get("ticket", "")
        if not TICKET.fullmatch(ticket):
            raise SignInRefused("no ticket")
        principal = read_answer(await self._validate(answer.fields.get("state", ""), ticket))
        named = handle("ticket", self.ent.id, ticket)
        if not await self._once(named, REMEMBERED):
            raise SignInRefused("ticket used before")
        # The protocol's own word goes before an attribute of that name.
        return Verified(principal.user, {**principal.attributes, "sub": principal.user}, handles=frozenset({named}))

    async def ended(self, notice: Notice) -> frozenset[Handle]:
        """The session of the ticket that a logout request names: a secret that only the server and we ever had."""
        body = notice.body.removeprefix(BOM_UTF8).strip()
        if not body.startswith(b"<"):
            body = (fields(body) or {}).get("logoutRequest", "").strip().encode()
        return frozenset({handle("ticket", self.ent.id, read_logout(body))})

    async def farewell(self, id_token: str) -> str | None:
        """The server's sign-out page; it comes back to ours."""
        return f"{self.ent.issuer}/logout?{urlencode({'service': self._goodbye})}"

    async def origins(self) -> tuple[str, ...]:
        """The server's."""
        return (self.ent.origin,)

    async def close(self) -> None:
        """Nothing of its own: the transport is shared."""

    def _service_of(self, state: str) -> str:
        # A ticket is for one service URL: with the state in it, a ticket of another sign-in is worth nothing here.
        return f"{self._service}?{urlencode({'state': state})}"

    async def _validate(self, state: str, ticket: str) -> bytes:
        url = f"{self.ent.issuer}{self.ent.validation}"
        query = urlencode({"service": self._service_of(state), "ticket": ticket})
        try:
            async with httpx2.AsyncClient(transport=self._transport, follow_redirects=False, trust_env=False) as client:
                answer = await client.get(f"{url}?{query}", headers={"Accept": "application/xml"})
        except (httpx2.HTTPError, httpx2.InvalidURL):
            raise ProviderDown("validation does not answer") from None
        if answer.status_code != 200:
            raise ProviderDown("validation fails")
        return answer.content
