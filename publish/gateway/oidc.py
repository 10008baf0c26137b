"""Signing in with OpenID Connect: authorization code, PKCE S256, state, nonce; sign-out there, and told from there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode

import anyio
import httpx2
from authlib.integrations.httpx_client import AsyncOAuth2Client

from publish.ents import OidcConfig
from publish.gateway.addresses import GOODBYE, SIGN_IN
from publish.gateway.code_flow import code_of, exchange, json_of, new_client
from publish.gateway.context import form_fields
from publish.gateway.id_token import verify_id_token
from publish.gateway.logout_token import REMEMBERED, Ended, read_logout_token
from publish.gateway.outgoing import BoundedTransport
from publish.gateway.provider import Metadata, read_metadata
from publish.gateway.sessions import Attempt, Clock, Handle, Once, handle
from publish.gateway.sign_in import Answer, Notice, ProviderDown, SignInRefused, Verified
from publish.gateway.signed import Key, UnknownKey, read_keys, text_of

FRESH = timedelta(hours=1)
"""How long metadata and keys are used without asking again."""

KEPT = timedelta(hours=24)
"""How long they are still used when the provider does not answer."""

PAUSE = timedelta(seconds=10)
"""After a failed call, or a key that was not found: no further fetch before. A flood of unknown keys costs one call."""

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_PROTOCOL_CLAIMS = frozenset(
    {"iss", "aud", "exp", "iat", "nbf", "nonce", "azp", "sub", "at_hash", "c_hash", "jti", "sid"}
)

Checked = TypeVar("Checked")


class Oidc:
    """The `SignIn` protocol for one OpenID provider.

    Arguments:
        ent: who, and what it gave us.
        address: our public origin, from the configuration alone.
        transport: shared by everything that calls out.
        clock: the current moment.
        once: remembers logout tokens that were used.
    """

    notice_refusal = 400

    def __init__(self, ent: OidcConfig, address: str, transport: BoundedTransport, clock: Clock, once: Once) -> None:
        self.ent = ent
        self._once = once
        self._redirect_uri = f"{address}{SIGN_IN}/{ent.id}/retour"
        self._goodbye = f"{address}{GOODBYE}"
        self._transport = transport
        self._clock = clock
        self._lock = anyio.Lock()
        self._metadata: Metadata | None = None
        self._metadata_at = self._failed_at = self._keys_at = self._keys_tried_at = _NEVER
        self._keys: tuple[Key, ...] = ()

    async def start(self, state: str, attempt: Attempt) -> str:
        """The provider's authorization address for this attempt."""
        metadata = await self._discover()
        url, _ = self._client(metadata).create_authorization_url(
            metadata.authorization_endpoint, state=state, nonce=attempt.nonce, code_verifier=attempt.verifier
        )
        return str(url)

    async def finish(self, answer: Answer, attempt: Attempt) -> Verified:
        """Exchange the code, verify the ID token, and ask for the rest of the claims."""
        metadata = await self._discover()
        check_issuer(answer.fields, metadata, self.ent.issuer)
        client = self._client(metadata)
        access_token, token = await exchange(client, metadata.token_endpoint, code_of(answer), attempt.verifier)
        claims = await self._verify(metadata, token.get("id_token"), access_token, attempt)
        subject, id_token = str(claims["sub"]), str(token["id_token"])
        if metadata.userinfo_endpoint:
            claims = await self._userinfo(client, metadata.userinfo_endpoint, access_token, subject) | claims
        return Verified(subject, claims, id_token, self._handles(claims))

    async def ended(self, notice: Notice) -> frozenset[Handle]:
        """Back-channel logout: the sessions that a logout token names, signed by the provider and used once."""
        token = form_fields(notice.content_type, notice.body).get("logout_token", "")
        if not token:
            raise SignInRefused("no logout_token")

        def check(keys: tuple[Key, ...]) -> Ended:
            return read_logout_token(
                token, keys, issuer=self.ent.issuer, client_id=self.ent.client_id, now=self._clock()
            )

        ended = await self._with_keys(await self._discover(), check, "logout_token")
        if not await self._once(handle("jti", self.ent.id, ended.jti), REMEMBERED):
            raise SignInRefused("logout_token used before")
        if ended.sid is None:
            return frozenset({handle("sub", self.ent.id, ended.subject or "")})
        # A session whose name at the provider we were never told ends with any of the person's.
        unnamed = {handle("sub without sid", self.ent.id, ended.subject)} if ended.subject else set()
        return frozenset({handle("sid", self.ent.id, ended.sid), *unnamed})

    async def farewell(self, id_token: str) -> str | None:
        """RP-initiated logout, where the provider offers it."""
        try:
            endpoint = (self._metadata or await self._discover()).end_session_endpoint
        except ProviderDown:
            return None
        if not endpoint:
            return None
        query = {"client_id": self.ent.client_id, "post_logout_redirect_uri": self._goodbye}
        if id_token:
            query["id_token_hint"] = id_token
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    async def origins(self) -> tuple[str, ...]:
        """The issuer's origin, and its endpoints' if they were ever known: a living session waits for no ENT."""
        try:
            metadata = self._metadata or await self._discover()
        except ProviderDown:
            return (self.ent.origin,)
        return tuple(dict.fromkeys((self.ent.origin, *metadata.origins)))

    async def close(self) -> None:
        """Nothing of its own: the transport is shared."""

    def _handles(self, claims: Mapping[str, object]) -> frozenset[Handle]:
        """By what a logout token may name this session: its person, and the provider's own name of the session."""
        subject = str(claims["sub"])
        try:
            sid = text_of(claims, "sid")
        except ValueError:
            raise SignInRefused("id_token sid") from None
        named = handle("sub without sid", self.ent.id, subject) if sid is None else handle("sid", self.ent.id, sid)
        return frozenset({handle("sub", self.ent.id, subject), named})

    def _client(self, metadata: Metadata) -> AsyncOAuth2Client:
        return new_client(
            self.ent.client_id,
            self.ent.secret,
            authentication=metadata.client_authentication(bool(self.ent.secret)),
            scopes=self.ent.scopes,
            redirect_uri=self._redirect_uri,
            transport=self._transport,
            pkce=True,
        )

    async def _verify(
        self, metadata: Metadata, token: object, access_token: str, attempt: Attempt
    ) -> dict[str, object]:
        def check(keys: tuple[Key, ...]) -> dict[str, object]:
            return verify_id_token(
                token,
                keys,
                issuer=self.ent.issuer,
                client_id=self.ent.client_id,
                nonce=attempt.nonce,
                access_token=access_token,
                started=attempt.started,
                now=self._clock(),
            )

        return await self._with_keys(metadata, check, "id_token")

    async def _with_keys(self, metadata: Metadata, check: Callable[[tuple[Key, ...]], Checked], what: str) -> Checked:
        """Check with the keys that are known; with newer ones, once, if none of them may have signed."""
        try:
            return check(await self._key_set(metadata))
        except UnknownKey:
            pass
        try:
            return check(await self._key_set(metadata, again=True))
        except UnknownKey:
            raise SignInRefused(f"{what} key unknown") from None

    async def _userinfo(
        self, client: AsyncOAuth2Client, endpoint: str, access_token: str, subject: str
    ) -> dict[str, object]:
        """Claims of the userinfo endpoint, if they are about the same person; the ID token's own go before them."""
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        try:
            answer = await client.request("GET", endpoint, withhold_token=True, auth=None, headers=headers)
        except httpx2.HTTPError:
            raise ProviderDown("userinfo does not answer") from None
        if answer.status_code != 200:
            raise ProviderDown("userinfo fails")
        found = json_of(answer)
        if not isinstance(found, dict):
            raise SignInRefused("userinfo malformed")
        if found.get("sub") != subject:
            raise SignInRefused("userinfo of somebody else")
        return {name: value for name, value in found.items() if name not in _PROTOCOL_CLAIMS}

    async def _discover(self) -> Metadata:
        now = self._clock()
        if self._metadata and abs(now - self._metadata_at) < FRESH:
            return self._metadata
        async with self._lock:
            now = self._clock()
            if self._metadata and abs(now - self._metadata_at) < FRESH:
                return self._metadata
            if abs(now - self._failed_at) >= PAUSE:
                try:
                    raw = await self._get(f"{self.ent.issuer.rstrip('/')}/.well-known/openid-configuration")
                    self._metadata, self._metadata_at = read_metadata(raw, self.ent.issuer), now
                except ProviderDown:
                    self._failed_at = now
        if self._metadata is None or abs(now - self._metadata_at) >= KEPT:
            raise ProviderDown("no discovery")
        return self._metadata

    async def _key_set(self, metadata: Metadata, *, again: bool = False) -> tuple[Key, ...]:
        async with self._lock:
            now = self._clock()
            due = again or abs(now - self._keys_at) >= FRESH
            if due and abs(now - self._keys_tried_at) >= PAUSE:
                self._keys_tried_at = now if again else self._keys_tried_at
                try:
                    if keys := read_keys(await self._get(metadata.jwks_uri)):
                        self._keys, self._keys_at = keys, now
                except ProviderDown:
                    self._keys_tried_at = now
        if not self._keys or abs(now - self._keys_at) >= KEPT:
            raise ProviderDown("no keys")
        return self._keys

    async def _get(self, url: str) -> object:
        try:
            async with httpx2.AsyncClient(transport=self._transport, follow_redirects=False, trust_env=False) as client:
                answer = await client.get(url, headers={"Accept": "application/json"})
        except (httpx2.HTTPError, httpx2.InvalidURL):
            raise ProviderDown("no answer") from None
        if answer.status_code != 200:
            raise ProviderDown("no usable answer")
        return json_of(answer)


def check_issuer(answer: Mapping[str, str], metadata: Metadata, issuer: str) -> None:
    """Refuse the answer of another provider (RFC 9207): `iss` is required where it was promised, and never wrong."""
    stated = answer.get("iss")
    if (stated is None and metadata.states_issuer) or (stated is not None and stated != issuer):
        raise SignInRefused("answer of another provider")
