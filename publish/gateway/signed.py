"""What a provider signed: its keys, and the claims of a token that one of them really signed. Pure.

Signature by joserfc; around it, what the standards leave open and we don't: two algorithms, the key always from the
provider's own set, no header that names another one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from publish.gateway.sign_in import SignInRefused

ALGORITHMS: Mapping[str, str] = {"RS256": "RSA", "ES256": "EC"}
"""Accepted signatures and the type of key that each needs; never `none`, never a shared secret."""

MOST_TOKEN = 64 * 1024
MOST_KEYS = 32
MOST_TEXT = 255
"""Longest `sub` (OpenID Connect Core, section 2); no honest `sid` or `jti` is longer either."""

_LAST_SECOND = 10**11
_HEADER = frozenset({"alg", "kid", "typ", "cty", "x5t", "x5t#S256"})
_PARTS = {"RSA": ("kty", "n", "e"), "EC": ("kty", "crv", "x", "y")}
REFUSED = (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
"""Whatever the libraries raise over a token that somebody made up."""

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


def read_signed(token: object, keys: Iterable[Key], *, what: str, types: Collection[str]) -> jwt.Token:
    """A token that the provider signed; nothing of what it claims is looked at.

    Arguments:
        keys: the provider's set.
        what: name of this sort of token, for the log.
        types: `typ` of its header, in lower case; one signed for something else is none.

    Raises:
        UnknownKey: fetch the set again, once.
        SignInRefused: it proves nothing.
    """
    if not isinstance(token, str) or not token.isascii() or len(token) > MOST_TOKEN:
        raise SignInRefused(f"{what} malformed")
    try:
        header = dict(jws.extract_compact(token.encode()).protected)
    except REFUSED:
        raise SignInRefused(f"{what} malformed") from None
    key = _choose(header, keys, what=what, types=types)
    try:
        return jwt.decode(token, key, algorithms=[header["alg"]])
    except REFUSED as error:
        # The error's code names a rule (`bad_signature`), never a value.
        raise SignInRefused(f"{what} refused ({getattr(error, 'error', '') or type(error).__name__})") from None


def text_of(claims: Mapping[str, object], name: str) -> str | None:
    """A claim that is a plain text; `None` if there is none.

    Raises:
        ValueError: it is there, and is something else.
    """
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= MOST_TEXT or not value.isprintable():
        raise ValueError(name)
    return value


def seconds_of(claims: Mapping[str, object], name: str) -> int:
    """A claim that is a moment, in whole seconds.

    Raises:
        ValueError: it is missing, or is something else.
    """
    moment = claims.get(name)
    if not isinstance(moment, int) or isinstance(moment, bool) or not 0 < moment < _LAST_SECOND:
        raise ValueError(name)
    return moment


def is_for(claims: Mapping[str, object], client_id: str) -> bool:
    """Whether a token is meant for us alone, or names us among others as the one it was made for."""
    audience = claims.get("aud")
    if audience in (client_id, [client_id]):
        return claims.get("azp", client_id) == client_id
    return isinstance(audience, list) and client_id in audience and claims.get("azp") == client_id


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
    except REFUSED:
        return None


def _choose(header: Mapping[str, object], keys: Iterable[Key], *, what: str, types: Collection[str]) -> Key:
    """The one key that may have signed: by type and `kid`; without `kid`, only if there is no choice."""
    if not header.keys() <= _HEADER:
        raise SignInRefused(f"{what} header not accepted")
    algorithm, kid, kind = header.get("alg"), header.get("kid"), header.get("typ", "jwt")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise SignInRefused(f"{what} algorithm not accepted")
    # An access token (`at+jwt`) signed by the same provider proves something else.
    if not isinstance(kind, str) or kind.lower() not in types:
        raise SignInRefused(f"{what} type not accepted")
    fitting = [key for key in keys if key.key_type == ALGORITHMS[algorithm]]
    if kid is not None:
        fitting = [key for key in fitting if key.kid == kid]
    if not fitting:
        raise UnknownKey
    if len(fitting) > 1:
        raise SignInRefused(f"{what} key ambiguous")
    return fitting[0]
