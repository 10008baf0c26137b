"""What an OpenID provider says about itself (its discovery document), checked. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from publish.gateway.sign_in import ProviderDown
from publish.loopback import is_loopback

_URL = re.compile(r"https?://[\x21\x23-\x26\x28-\x5b\x5d-\x7e]{1,2000}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


@dataclass(frozen=True)
class Metadata:
    """A provider's addresses.

    Arguments:
        authorization_endpoint, token_endpoint, jwks_uri: required.
        userinfo_endpoint, end_session_endpoint: `None` where the provider has none.
        states_issuer: it promises `iss` in its answers (RFC 9207); one without is then refused.
        authentication: ways in which a client may prove itself at the token endpoint.
    """

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    states_issuer: bool
    authentication: tuple[str, ...]

    @property
    def origins(self) -> tuple[str, ...]:
        """Origins to which browsers are sent."""
        urls = (self.authorization_endpoint, self.end_session_endpoint)
        return tuple(dict.fromkeys(origin(url) for url in urls if url))

    def client_authentication(self, secret: bool) -> str:
        """How a client with or without a secret proves itself; `client_secret_basic` is OpenID Connect's default."""
        if not secret:
            return "none"
        if "client_secret_basic" not in self.authentication and "client_secret_post" in self.authentication:
            return "client_secret_post"
        return "client_secret_basic"


def read_metadata(raw: object, issuer: str) -> Metadata:
    """Check a discovery document.

    Arguments:
        issuer: as configured; the document must state exactly the same.

    Raises:
        ProviderDown: it can't be used, or is another issuer's.
    """
    if not isinstance(raw, dict) or raw.get("issuer") != issuer:
        raise ProviderDown("discovery of another issuer")
    methods = raw.get("token_endpoint_auth_methods_supported")
    return Metadata(
        authorization_endpoint=_required(raw, "authorization_endpoint", issuer),
        token_endpoint=_required(raw, "token_endpoint", issuer),
        jwks_uri=_required(raw, "jwks_uri", issuer),
        userinfo_endpoint=_endpoint(raw.get("userinfo_endpoint"), issuer),
        end_session_endpoint=_endpoint(raw.get("end_session_endpoint"), issuer),
        states_issuer=raw.get("authorization_response_iss_parameter_supported") is True,
        authentication=tuple(str(method) for method in methods) if isinstance(methods, list) else (),
    )


def origin(url: str) -> str:
    """Scheme, host and port of a checked URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _required(raw: dict[str, object], name: str, issuer: str) -> str:
    found = _endpoint(raw.get(name), issuer)
    if found is None:
        raise ProviderDown("discovery without a usable endpoint")
    return found


def _endpoint(value: object, issuer: str) -> str | None:
    """An https URL; plain http only where the issuer itself is on loopback, and then on loopback too."""
    if not isinstance(value, str) or not _URL.fullmatch(value) or "#" in value:
        return None
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    # The origin goes into a header of ours: nothing but a plain host and port may be in it.
    if parts.netloc != (host if port is None else f"{host}:{port}") or not _HOST.fullmatch(host):
        return None
    here = urlsplit(issuer)
    local = here.scheme == "http" and is_loopback(here.hostname or "") and is_loopback(host)
    return value if parts.scheme == "https" or local else None
