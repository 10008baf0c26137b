"""Is this ID token what our provider signed for this sign-in? Pure: keys and the moment are given.

Signature by joserfc, claims by Authlib's `CodeIDToken`; around them, what OpenID Connect leaves open and we don't: two
algorithms, the key always from the provider's own set, no header that names another one, whole numbers for times.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from publish.gateway.sign_in import SignInRefused

ALGORITHMS: Mapping[str, str] = {"RS256": "RSA", "ES256": "EC"}
"""Accepted signatures and the type of key that each needs; never `none`, never a shared secret."""

LEEWAY = timedelta(seconds=60)
"""Accepted difference between the provider's clock and ours."""

MOST_TOKEN = 64 * 1024
MOST_KEYS = 32
MOST_SUBJECT = 255

_LAST_SECOND = 10**11
_HEADER = frozenset({"alg", "kid", "typ", "cty", "x5t", "x5t#S256"})
_PARTS = {"RSA": ("kty", "n", "e"), "EC": ("kty", "crv", "x", "y")}
_REFUSED = (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)

Key = RSAKey | ECKey


class UnknownKey(Exception):
    """The token names a key that isn't in the set: the provider may have changed its keys."""


def read_keys(raw: object) -> tuple[Key, ...]:
    """The usable keys of a JWKS document; what is no public signing key of an accepted kind is left out."""
    listed = raw.get("keys") if isinstance(raw, dict) else None
    if not isinstance(listed, list):
        return ()
    found = (_read_key(item) for item in listed[:MOST_KEYS])
    return tuple(key for key in found if key is not None)


def verify_id_token(
    token: object,
    keys: Iterable[Key],
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    access_token: str,
    started: datetime,
    now: datetime,
) -> dict[str, object]:
    """The claims of a valid token.

    Arguments:
        keys: the provider's set.
        issuer, client_id, nonce: what the token must name.
        access_token: that came with it; checked where the token holds `at_hash`.
        started: when this sign-in began: no token for it can be older.
        now: the current moment.

    Raises:
        UnknownKey: fetch the set again, once.
        SignInRefused: it proves nothing.
    """
    if not isinstance(token, str) or not token.isascii() or len(token) > MOST_TOKEN:
        raise SignInRefused("id_token malformed")
    try:
        header = dict(jws.extract_compact(token.encode()).protected)
    except _REFUSED:
        raise SignInRefused("id_token malformed") from None
    key = _choose(header, keys)
    try:
        decoded = jwt.decode(token, key, algorithms=[header["alg"]])
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options={
                "iss": {"essential": True, "value": issuer},
                "aud": {"essential": True, "value": client_id},
                "sub": {"essential": True},
                "exp": {"essential": True},
                "iat": {"essential": True},
                "nonce": {"essential": True, "value": nonce},
            },
            params={"client_id": client_id, "nonce": nonce, "access_token": access_token},
        )
        claims.validate(now=int(now.timestamp()), leeway=int(LEEWAY.total_seconds()))
    except _REFUSED as error:
        # The error's code names a claim or a rule (`invalid_claim`), never a value.
        raise SignInRefused(f"id_token refused ({getattr(error, 'error', '') or type(error).__name__})") from None
    _check(claims, issuer=issuer, client_id=client_id, nonce=nonce, started=started, now=now)
    return dict(claims)


def _read_key(item: object) -> Key | None:
    if not isinstance(item, dict) or item.get("kty") not in _PARTS or item.get("use", "sig") != "sig":
        return None
    kind = str(item["kty"])
    wanted = "RS256" if kind == "RSA" else "ES256"
    operations = item.get("key_ops", ["verify"])
    if item.get("alg", wanted) != wanted or not isinstance(operations, list) or "verify" not in operations:
        return None
    # Only public parts are looked at; 2,048 to 8,192 bits, so that neither forging nor checking is cheap or endless.
    parts = {name: item.get(name) for name in _PARTS[kind]}
    if not all(isinstance(part, str) and len(part) <= 1400 for part in parts.values()):
        return None
    if kind == "EC" and parts["crv"] != "P-256":
        return None
    if kind == "RSA" and (len(str(parts["n"])) < 342 or len(str(parts["e"])) > 8):
        return None
    kid = item.get("kid")
    if isinstance(kid, str) and kid:
        parts["kid"] = kid
    try:
        return RSAKey.import_key(parts) if kind == "RSA" else ECKey.import_key(parts)  # type: ignore[arg-type]
    except _REFUSED:
        return None


def _choose(header: Mapping[str, object], keys: Iterable[Key]) -> Key:
    """The one key that may have signed: by type and `kid`; without `kid`, only if there is no choice."""
    if not header.keys() <= _HEADER:
        raise SignInRefused("id_token header not accepted")
    algorithm, kid, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise SignInRefused("id_token algorithm not accepted")
    # An access token or a logout token (`at+jwt`, `logout+jwt`) signed by the same provider is no ID token.
    if not isinstance(kind, str) or kind.upper() != "JWT":
        raise SignInRefused("id_token type not accepted")
    fitting = [key for key in keys if key.key_type == ALGORITHMS[algorithm]]
    if kid is not None:
        fitting = [key for key in fitting if key.kid == kid]
    if not fitting:
        raise UnknownKey
    if len(fitting) > 1:
        raise SignInRefused("id_token key ambiguous")
    return fitting[0]


def _check(
    claims: Mapping[str, object], *, issuer: str, client_id: str, nonce: str, started: datetime, now: datetime
) -> None:
    """What the libraries leave to us, and once more what everything rests on."""
    stated, audience = claims.get("nonce"), claims.get("aud")
    if claims.get("iss") != issuer:
        raise SignInRefused("id_token issuer")
    if not isinstance(stated, str) or not hmac.compare_digest(stated.encode(), nonce.encode()):
        raise SignInRefused("id_token nonce")
    if audience not in (client_id, [client_id]) and claims.get("azp") != client_id:
        raise SignInRefused("id_token audience")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MOST_SUBJECT or not subject.isprintable():
        raise SignInRefused("id_token subject")
    for name in ("exp", "iat"):
        moment = claims.get(name)
        if not isinstance(moment, int) or isinstance(moment, bool) or not 0 < moment < _LAST_SECOND:
            raise SignInRefused(f"id_token {name}")
    issued, ends = claims["iat"], claims["exp"]
    if isinstance(issued, int) and issued < (started - LEEWAY).timestamp():
        raise SignInRefused("id_token older than the sign-in")
    if isinstance(ends, int) and ends <= (now - LEEWAY).timestamp():
        raise SignInRefused("id_token expired")
