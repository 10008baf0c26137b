"""Authlib's OpenID provider, made strict: one registered client, exact addresses, PKCE with S256, codes good for once.

Everything is in memory and for made-up people; ent.py keeps it on this machine. What each rule refuses is in
tests/publish/demo/test_provider.py.
"""

from __future__ import annotations

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.core import OpenIDCode, UserInfoEndpoint
from authlib.oidc.rpinitiated import EndSessionEndpoint
from authlib.oidc.rpinitiated.end_session import EndSessionRequest
from joserfc.jwk import KeySet, RSAKey

from publish.demo.memory import ALGORITHM, TOKEN_SECONDS, Client, Code, Memory, Token
from publish.demo.people import PEOPLE, DemoPerson


class _OnlyS256(CodeChallenge):  # type: ignore[misc] # Authlib has no types
    """PKCE for every client: Authlib's own `required` asks only public ones."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]  # noqa: RUF012 - Authlib's name and type
    CODE_CHALLENGE_METHODS = {"S256": CodeChallenge.CODE_CHALLENGE_METHODS["S256"]}  # noqa: RUF012

    def validate_code_challenge(self, grant: AuthorizationCodeGrant, redirect_uri: str) -> None:
        """Refuse a request without a challenge, or with a method that shows it."""
        asked = grant.request.payload.data
        if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE with S256 is required.")
        super().validate_code_challenge(grant, redirect_uri)


class _Grant(AuthorizationCodeGrant):  # type: ignore[misc] # Authlib has no types
    """The code flow, on `Memory`."""

    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]  # noqa: RUF012

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        """Remember what the code was made for."""
        asked = request.payload.data
        memory: Memory = self.server.memory
        memory.keep(
            code,
            Code(
                client_id=request.client.id,
                person=request.user,
                redirect_uri=request.payload.redirect_uri,
                scope=request.scope,
                nonce=asked["nonce"],
                code_challenge=asked["code_challenge"],
                code_challenge_method=asked["code_challenge_method"],
                issued=memory.clock(),
            ),
        )

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        """Redeem the code, once."""
        memory: Memory = self.server.memory
        return memory.redeem(code, client)

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """Already spent when it was asked for."""

    def authenticate_user(self, authorization_code: Code) -> DemoPerson:
        """Whose button was pressed."""
        return authorization_code.person


class _IdToken(OpenIDCode):  # type: ignore[misc] # Authlib has no types
    """The id_token: who, for whom, when, with which nonce; the rest is told by userinfo alone, as most ENTs do."""

    def __init__(self, issuer: str, memory: Memory) -> None:
        super().__init__(require_nonce=True)
        self.issuer, self.memory = issuer, memory

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        """Whether a code was already made with it."""
        return self.memory.knows_nonce(nonce)

    def resolve_client_private_key(self, client: Client) -> RSAKey:
        """The key of this run."""
        return self.memory.key

    def get_encode_header(self, client: Client) -> dict[str, object]:
        """Names the key."""
        return {"alg": ALGORITHM, "kid": self.memory.key.kid}

    def get_client_algorithm(self, client: Client) -> str:
        """RS256, whatever a client would like."""
        return ALGORITHM

    def get_client_claims(self, client: Client) -> dict[str, object]:
        """From whom, for whom, when."""
        now = int(self.memory.clock())
        return {"iss": self.issuer, "aud": client.id, "iat": now, "exp": now + TOKEN_SECONDS}

    def generate_user_info(self, user: DemoPerson, scope: str) -> dict[str, object]:
        """Who."""
        return {"sub": user.subject}


class _Tokens(BearerTokenValidator):  # type: ignore[misc] # Authlib has no types
    """Finds a bearer token."""

    def __init__(self, memory: Memory) -> None:
        super().__init__()
        self.memory = memory

    def authenticate_token(self, token_string: str) -> Token | None:
        """The token of that text, if it was given out; Authlib then checks its age and scope."""
        return self.memory.tokens.get(token_string)


class _UserInfo(UserInfoEndpoint):  # type: ignore[misc] # Authlib has no types
    """Everything that the ENT says of somebody."""

    def generate_user_info(self, user: DemoPerson, scope: str) -> dict[str, object]:
        """The claims; the name only for who asked for `profile`."""
        return {**user.says(), **({"name": user.name} if "profile" in scope.split() else {})}


class _EndSession(EndSessionEndpoint):  # type: ignore[misc] # Authlib has no types
    """Sign-out asked by the gateway (RP-initiated)."""

    def get_server_jwks(self) -> KeySet:
        """What an id_token must be signed with."""
        return KeySet([self.server.memory.key])

    def end_session(self, end_session_request: EndSessionRequest) -> None:
        """End the ENT's own sessions of whom the id_token speaks of."""
        memory: Memory = self.server.memory
        subject = (end_session_request.id_token_claims or {}).get("sub")
        for one in PEOPLE:
            if one.subject == subject:
                memory.sign_out(one)


class _Issuer(IssuerParameter):  # type: ignore[misc] # Authlib has no types
    """`iss` beside every code (RFC 9207)."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def get_issuer(self) -> str:
        """This provider."""
        return self.issuer


class Provider(AuthorizationServer):  # type: ignore[misc] # Authlib has no types
    """Authlib's server with the grant, the extensions and the endpoints of this provider.

    Arguments:
        issuer: this provider's own address, as it stands in `iss`.
        client: the one that may use it.
        memory: what it remembers.
    """

    def __init__(self, issuer: str, client: Client, memory: Memory) -> None:
        super().__init__()
        self.client, self.memory = client, memory
        self.load_config({"OAUTH2_TOKEN_EXPIRES_IN": {"authorization_code": TOKEN_SECONDS}})
        self.register_grant(_Grant, [_OnlyS256(), _IdToken(issuer, memory)])
        self.register_extension(_Issuer(issuer))
        protector = ResourceProtector()
        protector.register_token_validator(_Tokens(memory))
        self.register_endpoint(_UserInfo(resource_protector=protector))
        self.register_endpoint(_EndSession)

    def query_client(self, client_id: str) -> Client | None:
        """The registered client, or nobody."""
        return self.client if client_id == self.client.id else None

    def save_token(self, token: dict[str, str], request: OAuth2Request) -> None:
        """Remember a bearer token."""
        clock = self.memory.clock
        self.memory.tokens[token["access_token"]] = Token(
            request.client, request.user, token["scope"], clock() + TOKEN_SECONDS, clock
        )
