"""Is this logout token what our provider signed to end sessions? (OpenID Connect Back-Channel Logout 1.0, section 2.6.)

Pure: keys and the moment are given; that a token counts once is for whoever remembers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from publish.gateway.id_token import LEEWAY
from publish.gateway.sign_in import SignInRefused
from publish.gateway.signed import Key, is_for, read_signed, seconds_of, text_of

EVENT = "http://schemas.openid.net/event/backchannel-logout"

OLDEST = timedelta(minutes=10)
"""A provider tells it at once. An older token is refused, so that a used one need not be known for longer."""

REMEMBERED = OLDEST + 3 * LEEWAY
"""How long a used token must be known."""


@dataclass(frozen=True)
class Ended:
    """What ended at the provider: a session of it, or all those of a person.

    Arguments:
        jti: unique id of the token.
        subject, sid: of whom, which; one of them may be missing.
    """

    jti: str = field(repr=False)
    subject: str | None = field(repr=False)
    sid: str | None = field(repr=False)


def read_logout_token(token: object, keys: Iterable[Key], *, issuer: str, client_id: str, now: datetime) -> Ended:
    """What a valid token ends.

    Arguments:
        keys: the provider's set.
        issuer, client_id: what the token must name.
        now: the current moment.

    Raises:
        UnknownKey: fetch the set again, once.
        SignInRefused: it proves nothing.
    """
    claims = read_signed(token, keys, what="logout_token", types=("logout+jwt", "jwt")).claims
    if claims.get("iss") != issuer:
        raise SignInRefused("logout_token issuer")
    if not is_for(claims, client_id):
        raise SignInRefused("logout_token audience")
    # What makes it a logout token and no ID token of the same provider, which a browser may have seen.
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise SignInRefused("logout_token events")
    if "nonce" in claims:
        raise SignInRefused("logout_token with a nonce")
    try:
        jti, subject, sid = (text_of(claims, name) for name in ("jti", "sub", "sid"))
        issued, ends = seconds_of(claims, "iat"), seconds_of(claims, "exp")
    except ValueError as error:
        raise SignInRefused(f"logout_token {error}") from None
    if jti is None:
        raise SignInRefused("logout_token jti")
    if subject is None and sid is None:
        raise SignInRefused("logout_token of nobody")
    if not (now - OLDEST - LEEWAY).timestamp() < issued <= (now + LEEWAY).timestamp():
        raise SignInRefused("logout_token age")
    if ends <= (now - LEEWAY).timestamp():
        raise SignInRefused("logout_token expired")
    return Ended(jti, subject, sid)
