"""Logout tokens, as an OpenID provider sends them without a browser."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlencode

from publish.gateway.logout_token import EVENT
from tests.publish.gateway.browser import Answer
from tests.publish.gateway.ent import RSA, Claims, sign
from tests.publish.gateway.house import House


def logout_claims(house: House, ent: str = "ecoles", **change: object) -> Claims:
    """What an honest one holds, with changes; a claim that is `None` is left out."""
    now = int(house.clock().timestamp())
    claims: Claims = {
        "iss": house.ents[ent].issuer,
        "aud": "preau",
        "iat": now,
        "exp": now + 120,
        "jti": secrets.token_urlsafe(8),
        "events": {EVENT: {}},
        **change,
    }
    return {name: value for name, value in claims.items() if value is not None}


def send(house: House, token: str, ent: str = "ecoles") -> Answer:
    """POST it from nobody's browser."""
    return house.browser().ask(
        "POST",
        f"/-/connexion/{ent}/retour",
        headers={"content-type": "application/x-www-form-urlencoded"},
        body=urlencode({"logout_token": token}).encode(),
    )


def end(house: House, *, key: Any = RSA, header: Claims | None = None, ent: str = "ecoles", **change: object) -> Answer:
    """Send a token of these claims, signed by this key."""
    return send(house, sign(logout_claims(house, ent, **change), key, header or {"typ": "logout+jwt"}), ent)
