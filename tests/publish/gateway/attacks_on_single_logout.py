"""Attacks on single logout: whoever can send us a notice wants to sign families out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from publish.gateway import logout_token, oidc
from publish.gateway.logout_token import Ended
from publish.gateway.sessions_sqlite import SqliteSessions
from publish.gateway.signed import read_signed
from tests.publish.gateway.attacks_on_sign_in import no_signature_checked
from tests.publish.gateway.ent import STRANGER, sign
from tests.publish.gateway.house import House
from tests.publish.gateway.logout import end, logout_claims, send
from tests.publish.gateway.protection import Protection, opens

WHO = "guardian-fessart"


def forged(house: House) -> bool:
    browser = house.signed_in(WHO)
    end(house, key=STRANGER, sub=WHO)
    return not opens(browser)


def of_another_service(house: House) -> bool:
    """The provider tells another service; that one passes it on to us."""
    browser = house.signed_in(WHO)
    end(house, aud="the canteen", sub=WHO)
    return not opens(browser)


def replayed(house: House) -> bool:
    """Whoever once saw a logout token keeps a family out."""
    house.signed_in(WHO)
    token = sign(logout_claims(house, sub=WHO))
    send(house, token)
    again = house.signed_in(WHO)
    send(house, token)
    return not opens(again)


def never_used(patch: pytest.MonkeyPatch) -> None:
    async def once(self: SqliteSessions, *_: object) -> bool:
        return True

    patch.setattr(SqliteSessions, "once", once)


def found_later(house: House) -> bool:
    browser = house.signed_in(WHO)
    now = int(house.clock().timestamp())
    end(house, iat=now - 3600, exp=now + 3600, sub=WHO)
    return not opens(browser)


def id_token_sent_back(house: House) -> bool:
    """An ID token is signed by the same key, and other eyes see it."""
    seen: list[str] = []
    house.ents["ecoles"].token = lambda answer: (seen.append(answer["id_token"]), answer)[1]
    browser = house.signed_in(WHO)
    send(house, seen[0])
    return not opens(browser)


def any_signed_token(patch: pytest.MonkeyPatch) -> None:
    def read(token: object, keys: Any, **_: object) -> Ended:
        claims = read_signed(token, keys, what="token", types=("jwt",)).claims
        return Ended("1", claims["sub"], None)

    patch.setattr(oidc, "read_logout_token", read)


def other_providers_person(house: House) -> bool:
    """A second provider of ours, dishonest, ends sessions of the first one's people."""
    browser = house.signed_in(WHO)
    end(house, ent="mairie", sub=WHO)
    return not opens(browser)


def handles_of_everybody(patch: pytest.MonkeyPatch) -> None:
    from publish.gateway.sessions import handle

    patch.setattr(oidc, "handle", lambda sort, ent, value: handle(sort, value))


PROTECTIONS: Mapping[str, Protection] = {
    "signature of the logout token": Protection(forged, no_signature_checked),
    "audience of the logout token": Protection(
        of_another_service, lambda patch: patch.setattr(logout_token, "is_for", lambda *_: True)
    ),
    "logout token used once": Protection(replayed, never_used),
    "age of the logout token": Protection(
        found_later, lambda patch: patch.setattr(logout_token, "OLDEST", timedelta(days=1))
    ),
    "an ID token ends nothing": Protection(id_token_sent_back, any_signed_token),
    "a provider ends its own sessions": Protection(other_providers_person, handles_of_everybody),
}
