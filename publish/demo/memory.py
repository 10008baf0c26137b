"""What the demonstration's ENT knows and remembers: its one client, codes, tokens and sessions. In memory only."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin
from authlib.oidc.core import AuthorizationCodeMixin
from joserfc.jwk import RSAKey

from publish.demo.people import DemoPerson

ALGORITHM = "RS256"
SCOPES = ("openid", "profile")
CODE_SECONDS = 60
"""How long a code may be redeemed; the gateway does so within a second."""

TOKEN_SECONDS = 300
KEY_BITS = 2048

Clock = Callable[[], float]
"""Seconds since 1970."""


@dataclass(frozen=True)
class Client(ClientMixin):  # type: ignore[misc] # Authlib has no types
    """The one application that may use this provider: the demonstration's gateway.

    Arguments:
        id, secret: its credentials.
        redirect_uri: where a sign-in comes back to, to the letter.
        after_sign_out: where a sign-out may come back to, to the letter.
    """

    id: str
    secret: str = field(repr=False)
    redirect_uri: str
    after_sign_out: str

    @property
    def client_id(self) -> str:
        """Authlib's name of `id`."""
        return self.id

    @property
    def client_metadata(self) -> dict[str, object]:
        """What Authlib's sign-out and userinfo look at."""
        return {"post_logout_redirect_uris": [self.after_sign_out]}

    def get_client_id(self) -> str:
        """The client's id."""
        return self.id

    def get_default_redirect_uri(self) -> None:
        """None: a request must say where it comes back to."""
        return

    def get_allowed_scope(self, scope: str | None) -> str:
        """The scopes asked for that exist."""
        return " ".join(name for name in (scope or "").split() if name in SCOPES)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether it is the registered one, to the letter."""
        return redirect_uri == self.redirect_uri

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether it is the client's."""
        return hmac.compare_digest(client_secret.encode(), self.secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Whether the client proved who it is; a public client is none of ours."""
        return method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, response_type: str) -> bool:
        """Code flow only."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Code flow only: no refresh token, no password."""
        return grant_type == "authorization_code"


@dataclass(frozen=True)
class Code(AuthorizationCodeMixin):  # type: ignore[misc] # Authlib has no types
    """A code on its way through the browser, and what it was made for."""

    client_id: str
    person: DemoPerson
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    issued: float

    def get_redirect_uri(self) -> str:
        """Compared with the token request's."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """Goes into the token."""
        return self.scope

    def get_nonce(self) -> str:
        """Goes into the id_token."""
        return self.nonce

    def get_auth_time(self) -> int:
        """When the button was pressed."""
        return int(self.issued)

    def get_acr(self) -> None:
        """No level of assurance is claimed."""
        return

    def get_amr(self) -> None:
        """No method is claimed."""
        return


@dataclass(frozen=True)
class Token(TokenMixin):  # type: ignore[misc] # Authlib has no types
    """A bearer token for userinfo."""

    client: Client
    person: DemoPerson
    scope: str
    expires: float
    clock: Clock = field(repr=False)

    def get_client(self) -> Client:
        """Whom it was given to."""
        return self.client

    def get_user(self) -> DemoPerson:
        """Whom it speaks of."""
        return self.person

    def get_scope(self) -> str:
        """What it may ask."""
        return self.scope

    def is_expired(self) -> bool:
        """Whether it is too old."""
        return self.clock() >= self.expires

    def is_revoked(self) -> bool:
        """Never: it lives five minutes."""
        return False


class Memory:
    """What the provider remembers while it runs: its key, codes, tokens, nonces, and who is signed in to it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.key = RSAKey.generate_key(KEY_BITS, {"use": "sig", "alg": ALGORITHM, "kid": secrets.token_hex(8)})
        self.tokens: dict[str, Token] = {}
        self._codes: dict[str, Code] = {}
        self._nonces: set[str] = set()
        self._sessions: dict[str, DemoPerson] = {}
        self._lock = Lock()

    def keep(self, value: str, code: Code) -> None:
        """Remember a code and its nonce."""
        with self._lock:
            self._codes[value] = code
            self._nonces.add(code.nonce)

    def redeem(self, value: str, client: Client) -> Code | None:
        """The code, once: whoever asks, with whatever else is right or wrong, it is spent."""
        with self._lock:
            code = self._codes.pop(value, None)
        fresh = code is not None and self.clock() - code.issued < CODE_SECONDS
        return code if code is not None and fresh and code.client_id == client.id else None

    def knows_nonce(self, nonce: str) -> bool:
        """Whether a code was made with it."""
        return nonce in self._nonces

    def sign_in(self, person: DemoPerson) -> str:
        """Open a session of the ENT itself; the answer is its cookie."""
        value = secrets.token_urlsafe(32)
        self._sessions[value] = person
        return value

    def signed_in(self, cookie: str | None) -> DemoPerson | None:
        """Who has that session."""
        return self._sessions.get(cookie or "")

    def sign_out(self, person: DemoPerson) -> None:
        """End every session of somebody."""
        self._sessions = {value: one for value, one in self._sessions.items() if one != person}
