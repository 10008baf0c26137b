"""An OpenID provider in memory: strict where an honest one is, and able to lie in every way of a hostile one.

Honest behaviour is proved against a real provider too (test_real_provider.py); this one makes the faults that a real
part can't be made to produce.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

Claims = dict[str, Any]

RSA = RSAKey.generate_key(2048, {"kid": "rsa-1"})
EC = ECKey.generate_key("P-256", {"kid": "ec-1"})
STRANGER = RSAKey.generate_key(2048, {"kid": "rsa-1"})


def sign(claims: Claims, key: Any = RSA, header: Claims | None = None) -> str:
    algorithm = "RS256" if key.key_type == "RSA" else "ES256"
    return jwt.encode({"alg": algorithm, "kid": key.kid, **(header or {})}, claims, key)


@dataclass
class Ent:
    """One provider.

    Arguments:
        people: subject → claims.
        sign: makes the ID token of its claims.
        change: changes its claims first.
        token, userinfo, metadata, jwks: change an answer's JSON, or replace the whole answer.
    """

    issuer: str
    client_id: str = "preau"
    client_secret: str = "ent secret"
    people: dict[str, Claims] = field(default_factory=dict)
    keys: list[Any] = field(default_factory=lambda: [RSA, EC])
    sign: Callable[[Claims], str] = sign
    change: Callable[[Claims], Claims] = lambda claims: claims
    token: Callable[[Claims], Any] = lambda answer: answer
    userinfo: Callable[[Claims], Any] = lambda answer: answer
    metadata: Callable[[Claims], Any] = lambda answer: answer
    jwks: Callable[[Claims], Any] = lambda answer: answer
    now: Callable[[], float] = time.time
    down: bool = False
    codes: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def authorize(self, url: str, subject: str) -> str:
        """Sign somebody in at the provider; the address to which it sends the browser back."""
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}" == self.issuer
        asked = dict(parse_qsl(parts.query))
        assert asked["client_id"] == self.client_id
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = (subject, asked)
        back = urlsplit(asked["redirect_uri"])
        return f"{back.path}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.issuer})}"

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        self.calls.append(path)
        if self.down:
            raise httpx2.ConnectError("down", request=request)
        found: Any
        if path == "/.well-known/openid-configuration":
            found = self.metadata(self._metadata())
        elif path == "/jwks":
            found = self.jwks({"keys": [key.as_dict(private=False) for key in self.keys]})
        elif path == "/token":
            found = self._token(request)
        elif path == "/me":
            assert request.headers["authorization"].startswith("Bearer access-")
            subject = request.headers["authorization"].removeprefix("Bearer access-")
            found = self.userinfo({"sub": subject, **self.people[subject]})
        else:
            raise AssertionError(f"nothing is asked at {path}")
        return found if isinstance(found, httpx2.Response) else httpx2.Response(200, json=found)

    def _metadata(self) -> Claims:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/me",
            "end_session_endpoint": f"{self.issuer}/end",
            "authorization_response_iss_parameter_supported": True,
        }

    def _token(self, request: httpx2.Request) -> Any:
        asked = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        basic = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {basic}":
            return httpx2.Response(401, json={"error": "invalid_client"})
        held = self.codes.pop(asked.get("code", ""), None)
        if held is None:
            return httpx2.Response(400, json={"error": "invalid_grant"})
        subject, first = held
        challenge = base64.urlsafe_b64encode(hashlib.sha256(asked["code_verifier"].encode()).digest()).rstrip(b"=")
        if challenge.decode() != first["code_challenge"] or asked["redirect_uri"] != first["redirect_uri"]:
            return httpx2.Response(400, json={"error": "invalid_grant"})
        now = int(self.now())
        claims = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": subject,
            "nonce": first["nonce"],
            "iat": now,
            "exp": now + 600,
        }
        return self.token(
            {
                "access_token": f"access-{subject}",
                "token_type": "Bearer",
                "expires_in": 600,
                "id_token": self.sign(self.change(claims)),
            }
        )


class Peer(Protocol):
    """Whatever answers at an origin."""

    issuer: str

    def answer(self, request: httpx2.Request) -> httpx2.Response: ...


@dataclass
class Network:
    """Providers by host, as the gateway's transport; whatever else is asked for is a fault."""

    ents: Sequence[Peer]

    def transport(self) -> httpx2.MockTransport:
        def answer(request: httpx2.Request) -> httpx2.Response:
            origin = f"{request.url.scheme}://{request.url.netloc.decode()}"
            return next(ent for ent in self.ents if ent.issuer == origin).answer(request)

        return httpx2.MockTransport(answer)
