"""Signing in with plain OAuth 2, as Beneylu School speaks it: a code, a token, and routes that describe the person.

There is neither PKCE nor a nonce nor a signed token. What keeps sign-ins apart: the state, bound to the browser and to
the provider; a return address of this provider alone; a client secret; and codes that the server takes once.
"""

from __future__ import annotations

from typing import NoReturn
from urllib.parse import urlencode

import httpx2
from authlib.integrations.httpx_client import AsyncOAuth2Client

from publish.ents import OAuth2Config, origin_of
from publish.gateway.addresses import SIGN_IN
from publish.gateway.code_flow import code_of, exchange, json_of, new_client
from publish.gateway.oauth2_answers import read_schools, read_user
from publish.gateway.outgoing import BoundedTransport
from publish.gateway.sessions import Attempt
from publish.gateway.sign_in import Answer, Notice, ProviderDown, SignInRefused, Verified


class OAuth2:
    """The `SignIn` protocol for one such server.

    Arguments:
        ent: who, and what it gave us.
        address: our public origin, from the configuration alone.
        transport: shared by everything that calls out.
    """

    notice_refusal = 400

    def __init__(self, ent: OAuth2Config, address: str, transport: BoundedTransport) -> None:
        self.ent = ent
        self._redirect_uri = f"{address}{SIGN_IN}/{ent.id}/retour"
        self._transport = transport

    async def start(self, state: str, attempt: Attempt) -> str:
        """The server's authorization address."""
        url, _ = self._client().create_authorization_url(self.ent.url(self.ent.authorize), state=state)
        return str(url)

    async def finish(self, answer: Answer, attempt: Attempt) -> Verified:
        """Exchange the code, and ask who this is and at which schools."""
        if answer.fields.get("iss", self.ent.issuer) != self.ent.issuer:
            raise SignInRefused("answer of another provider")
        client = self._client()
        token, _ = await exchange(client, self.ent.url(self.ent.token), code_of(answer))
        described = await self._ask(client, self.ent.users, token)
        if described.status_code in (401, 403):
            raise SignInRefused("users not told")
        subject, claims = read_user(self.ent, _json(described, "users fail"))
        if self.ent.schools is None:
            return Verified(subject, claims)
        schools = await self._ask(client, self.ent.schools, token)
        if schools.status_code == 403:
            # The city's agreement with the vendor does not cover it, or the person said no: they are nobody's member.
            return Verified(subject, claims, withheld=True)
        uais = read_schools(self.ent, claims, _json(schools, "schools fail"))
        return Verified(subject, {**claims, self.ent.claims.school: uais})

    async def ended(self, notice: Notice) -> NoReturn:
        """There is no single logout in plain OAuth 2."""
        raise SignInRefused("no single logout")

    async def farewell(self, id_token: str) -> str | None:
        """The configured address that ends the session there."""
        return self.ent.sign_out

    async def origins(self) -> tuple[str, ...]:
        """Where browsers are sent."""
        named = (self.ent.url(self.ent.authorize), self.ent.sign_out)
        return tuple(dict.fromkeys(origin_of(url) for url in named if url))

    async def close(self) -> None:
        """Nothing of its own: the transport is shared."""

    def _client(self) -> AsyncOAuth2Client:
        return new_client(
            self.ent.client_id,
            self.ent.secret,
            authentication="client_secret_post",
            scopes=self.ent.scopes,
            redirect_uri=self._redirect_uri,
            transport=self._transport,
            pkce=False,
        )

    async def _ask(self, client: AsyncOAuth2Client, route: str, token: str) -> httpx2.Response:
        url, headers = self.ent.url(route), {"Accept": "application/json"}
        if self.ent.bearer_in == "query":
            # Addresses are in nobody's log here: see `quiet_loggers`, and the guard, which logs no message of an error.
            url = f"{url}?{urlencode({'access_token': token})}"
        else:
            headers["Authorization"] = f"Bearer {token}"
        try:
            answer: httpx2.Response = await client.request("GET", url, withhold_token=True, auth=None, headers=headers)
        except httpx2.HTTPError:
            raise ProviderDown("a route does not answer") from None
        return answer


def _json(answer: httpx2.Response, failing: str) -> object:
    if answer.status_code != 200:
        raise ProviderDown(failing)
    return json_of(answer)
