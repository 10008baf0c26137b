"""Signing in with OpenID Connect: authorization code, PKCE S256, state, nonce; requests by Authlib over httpx.

Each sign-in has a client object of its own: Authlib's keeps the last token that it fetched, which must never be another
person's. Connections and limits are shared below it (`outgoing`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import anyio
import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from publish.ents import OidcConfig
from publish.gateway.addresses import GOODBYE, SIGN_IN
from publish.gateway.id_token import Key, UnknownKey, read_keys, verify_id_token
from publish.gateway.outgoing import BoundedTransport
from publish.gateway.provider import Metadata, read_metadata
from publish.gateway.sessions import Attempt, Clock, Handle
from publish.gateway.sign_in import Answer, Notice, ProviderDown, SignInRefused, Verified

FRESH = timedelta(hours=1)
"""How long metadata and keys are used without asking again."""

KEPT = timedelta(hours=24)
"""How long they are still used when the provider does not answer."""

PAUSE = timedelta(seconds=10)
"""After a failed call, or a key that was not found: no further fetch before. A flood of unknown keys costs one call."""

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_BEARER = re.compile(r"[A-Za-z0-9._~+/-]{1,16384}=*")
_CODE = re.compile(r"[\x21-\x7e]{1,4096}")
_PROTOCOL_CLAIMS = frozenset({"iss", "aud", "exp", "iat", "nbf", "nonce", "azp", "sub", "at_hash", "c_hash", "jti"})


class Oidc:
    """The `SignIn` protocol for one OpenID provider.

    Arguments:
        ent: who, and what it gave us.
        address: our public origin, from the configuration alone.
        transport: shared by everything that calls out.
        clock: the current moment.
    """

    notice_refusal = 400

    def __init__(self, ent: OidcConfig, address: str, transport: BoundedTransport, clock: Clock) -> None:
        self.ent = ent
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
        metadata, given = await self._discover(), answer.fields
        check_issuer(given, metadata, self.ent.issuer)
        if "error" in given:
            raise SignInRefused("cancelled" if given["error"] == "access_denied" else "provider refused")
        code = given.get("code", "")
        if not _CODE.fullmatch(code):
            raise SignInRefused("no code")
        client = self._client(metadata)
        token = await self._exchange(client, metadata, code, attempt.verifier)
        access_token = token.get("access_token")
        if not isinstance(access_token, str) or not _BEARER.fullmatch(access_token):
            raise SignInRefused("no access token")
        claims = await self._verify(metadata, token.get("id_token"), access_token, attempt)
        subject, id_token = str(claims["sub"]), str(token["id_token"])
        if metadata.userinfo_endpoint:
            claims = await self._userinfo(client, metadata.userinfo_endpoint, access_token, subject) | claims
        return Verified(subject, claims, id_token)

    async def ended(self, notice: Notice) -> frozenset[Handle]:
        """No single logout yet reaches us from an OpenID provider."""
        raise SignInRefused("no single logout")

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

    def _client(self, metadata: Metadata) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            client_id=self.ent.client_id,
            client_secret=self.ent.secret or None,
            token_endpoint_auth_method=metadata.client_authentication(bool(self.ent.secret)),
            scope=" ".join(self.ent.scopes),
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            transport=self._transport,
            follow_redirects=False,
            trust_env=False,
        )

    async def _exchange(
        self, client: AsyncOAuth2Client, metadata: Metadata, code: str, verifier: str
    ) -> Mapping[str, object]:
        try:
            token = await client.fetch_token(
                metadata.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier,
                redirect_uri=self._redirect_uri,
                headers={"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"},
            )
        except httpx2.HTTPStatusError as error:
            if error.response.status_code >= 500:
                raise ProviderDown("token endpoint fails") from None
            raise SignInRefused("code not accepted") from None
        except httpx2.HTTPError:
            raise ProviderDown("token endpoint does not answer") from None
        except OAuthError:
            raise SignInRefused("code not accepted") from None
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise SignInRefused("token answer malformed") from None
        return dict(token)

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

        try:
            return check(await self._key_set(metadata))
        except UnknownKey:
            pass
        try:
            return check(await self._key_set(metadata, again=True))
        except UnknownKey:
            raise SignInRefused("id_token key unknown") from None

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
        found = _json(answer)
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
        return _json(answer)


def check_issuer(answer: Mapping[str, str], metadata: Metadata, issuer: str) -> None:
    """Refuse the answer of another provider (RFC 9207): `iss` is required where it was promised, and never wrong."""
    stated = answer.get("iss")
    if (stated is None and metadata.states_issuer) or (stated is not None and stated != issuer):
        raise SignInRefused("answer of another provider")


def _json(answer: httpx2.Response) -> object:
    try:
        found: object = answer.json()
    except (ValueError, RecursionError):
        return None
    return found
