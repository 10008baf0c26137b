"""Is this ID token what our provider signed for this sign-in? Pure: keys and the moment are given.

Signature by `signed`, claims by Authlib's `CodeIDToken`; after them, once more what everything rests on.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from authlib.oidc.core import CodeIDToken

from publish.gateway.sign_in import SignInRefused
from publish.gateway.signed import REFUSED, Key, is_for, read_signed, seconds_of, text_of

LEEWAY = timedelta(seconds=60)
"""Accepted difference between the provider's clock and ours."""


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
    decoded = read_signed(token, keys, what="id_token", types=("jwt",))
    try:
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
    except REFUSED as error:
        # The error's code names a claim or a rule (`invalid_claim`), never a value.
        raise SignInRefused(f"id_token refused ({getattr(error, 'error', '') or type(error).__name__})") from None
    _check(claims, issuer=issuer, client_id=client_id, nonce=nonce, started=started, now=now)
    return dict(claims)


def _check(
    claims: Mapping[str, object], *, issuer: str, client_id: str, nonce: str, started: datetime, now: datetime
) -> None:
    """What the libraries leave to us, and once more what everything rests on."""
    stated = claims.get("nonce")
    if claims.get("iss") != issuer:
        raise SignInRefused("id_token issuer")
    if not isinstance(stated, str) or not hmac.compare_digest(stated.encode(), nonce.encode()):
        raise SignInRefused("id_token nonce")
    if not is_for(claims, client_id):
        raise SignInRefused("id_token audience")
    try:
        subject = text_of(claims, "sub")
        ends, issued = seconds_of(claims, "exp"), seconds_of(claims, "iat")
    except ValueError as error:
        raise SignInRefused(f"id_token {error}") from None
    if subject is None:
        raise SignInRefused("id_token subject")
    if issued < (started - LEEWAY).timestamp():
        raise SignInRefused("id_token older than the sign-in")
    if ends <= (now - LEEWAY).timestamp():
        raise SignInRefused("id_token expired")
