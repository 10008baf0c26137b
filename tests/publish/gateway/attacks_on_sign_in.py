"""Attacks on signing in: by visitors, by other sites, by providers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import httpx2
import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken

from publish.gateway import (
    code_flow,
    id_token,
    oidc,
    outgoing,
    sessions_sqlite,
    sign_in_routes,
    signed,
)
from publish.gateway.sessions import Attempt, token_hash
from publish.gateway.sessions_sqlite import SqliteSessions
from tests.publish.gateway.ent import STRANGER, Claims, sign
from tests.publish.gateway.house import House
from tests.publish.gateway.protection import Protection, opens


def foreign_answer(house: House) -> bool:
    """Sign-in CSRF: a visitor follows somebody else's answer and is then signed in as them."""
    attacker, victim = house.browser(), house.browser()
    house.start(victim)
    return house.finish(victim, house.start(attacker), "guardian-fessart").status == 303


def any_browser(patch: pytest.MonkeyPatch) -> None:
    async def take(self: SqliteSessions, state: str, browser: str) -> Attempt | None:
        rows = self._db.execute("SELECT state, ent, nonce, verifier, back FROM attempts").fetchall()
        (found,) = [row[1:] for row in rows if row[0] == token_hash(state)]
        ent, nonce, verifier, back = found
        return Attempt(ent, nonce, verifier, back, self._clock())

    patch.setattr(SqliteSessions, "take", take)


def replayed_answer(house: House) -> bool:
    browser, ent = house.browser(), house.ents["ecoles"]
    url = house.start(browser)
    browser.get(ent.authorize(url, "nobody-known"))
    return browser.get(ent.authorize(url, "guardian-fessart")).status == 303


def late_answer(house: House) -> bool:
    browser = house.browser()
    url = house.start(browser)
    house.clock.later(minutes=11)
    return house.finish(browser, url, "guardian-fessart").status == 303


def live_for_ever(patch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    patch.setattr(sessions_sqlite, "ATTEMPT_LIFE", timedelta(days=1))


def mix_up(house: House) -> bool:
    """A second, dishonest provider gets hold of a code of the first one."""
    browser = house.browser()
    target = house.ents["ecoles"].authorize(house.start(browser, "ecoles"), "guardian-fessart")
    query = dict(parse_qsl(urlsplit(target).query))
    house.ents["mairie"].metadata = lambda answer: {**answer, "authorization_response_iss_parameter_supported": False}
    del query["iss"]
    browser.get(f"/-/connexion/mairie/retour?{urlencode(query)}")
    return "/token" in house.ents["mairie"].calls


def any_provider(patch: pytest.MonkeyPatch) -> None:
    real = sign_in_routes._attempt

    async def attempt(gateway: Any, request: Any, ent: str) -> Any:
        return await real(gateway, request, "ecoles")

    patch.setattr(sign_in_routes, "_attempt", attempt)


def issuer_in_the_answer(house: House) -> bool:
    browser = house.browser()
    target = house.ents["ecoles"].authorize(house.start(browser), "guardian-fessart")
    return browser.get(target.replace("iss=https%3A%2F%2Fecoles", "iss=https%3A%2F%2Fmairie")).status == 303


def any_issuer(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(oidc, "check_issuer", lambda *_: None)


def lying(**change: object) -> Callable[[House], bool]:
    """A token of the provider's own key that is not for this sign-in."""

    def attack(house: House) -> bool:
        house.ents["ecoles"].change = lambda claims: {**claims, **change}
        browser = house.browser()
        return house.finish(browser, house.start(browser), "guardian-fessart").status == 303

    return attack


def no_claims_checked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(CodeIDToken, "validate", lambda *_, **__: None)
    patch.setattr(id_token, "_check", lambda *_, **__: None)


def forged_signature(house: House) -> bool:
    house.ents["ecoles"].sign = lambda claims: sign(claims, STRANGER)
    browser = house.browser()
    return house.finish(browser, house.start(browser), "guardian-fessart").status == 303


def no_signature_checked(patch: pytest.MonkeyPatch) -> None:
    from joserfc import jws

    patch.setattr(jws, "verify_compact", lambda *_: True)


def own_key_in_the_header(house: House) -> bool:
    public = STRANGER.as_dict(private=False)
    house.ents["ecoles"].sign = lambda claims: sign(
        claims, STRANGER, {"jwk": {"kty": "RSA", "n": public["n"], "e": "AQAB"}}
    )
    browser = house.browser()
    return house.finish(browser, house.start(browser), "guardian-fessart").status == 303


def trust_the_header(patch: pytest.MonkeyPatch) -> None:
    from joserfc import jws
    from joserfc.jwk import RSAKey

    patch.setattr(signed, "_choose", lambda header, keys, **_: RSAKey.import_key(header["jwk"]))
    patch.setattr(jws.JWSRegistry, "max_header_length", 4096)


def somebody_elses_userinfo(house: House) -> bool:
    people = house.ents["ecoles"].people
    house.ents["ecoles"].userinfo = lambda answer: {"sub": "guardian-fessart", **people["guardian-fessart"]}
    browser = house.browser()
    house.finish(browser, house.start(browser), "nobody-known")
    return opens(browser)


def any_userinfo(patch: pytest.MonkeyPatch) -> None:
    async def userinfo(self: oidc.Oidc, client: Any, endpoint: str, access_token: str, subject: str) -> Claims:
        answer = await client.request(
            "GET", endpoint, withhold_token=True, auth=None, headers={"Authorization": f"Bearer {access_token}"}
        )
        found: Claims = answer.json()
        return found

    patch.setattr(oidc.Oidc, "_userinfo", userinfo)


def huge_answer(house: House) -> bool:
    house.ents["ecoles"].userinfo = lambda answer: {**answer, "x": "y" * 300_000}
    browser = house.browser()
    return house.finish(browser, house.start(browser), "guardian-fessart").status == 303


def followed_redirect(house: House) -> bool:
    """A provider (or who took its place) sends our call, with the code, to another host."""
    house.ents["ecoles"].token = lambda answer: httpx2.Response(
        307, headers={"location": "https://mairie.example/token"}
    )
    browser = house.browser()
    house.finish(browser, house.start(browser), "guardian-fessart")
    return "/token" in house.ents["mairie"].calls


def follow_redirects(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        code_flow, "AsyncOAuth2Client", lambda **given: AsyncOAuth2Client(**{**given, "follow_redirects": True})
    )
    # The transport drops `Location` too.
    patch.setattr(outgoing.BoundedTransport, "_whole", lambda self, request: self._inner.handle_async_request(request))


def flood_of_keys(house: House) -> bool:
    house.signed_in("guardian-fessart")
    house.ents["ecoles"].sign = lambda claims: sign(claims, header={"kid": "unknown"})
    for _ in range(5):
        browser = house.browser()
        house.finish(browser, house.start(browser), "guardian-fessart")
    return house.ents["ecoles"].calls.count("/jwks") > 2


def no_pause(patch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    patch.setattr(oidc, "PAUSE", timedelta(0))


def open_redirect(house: House) -> bool:
    browser = house.browser()
    answer = browser.post("/-/connexion/ecoles", f"retour={quote('//evil.example/')}")
    return house.finish(browser, answer.location, "guardian-fessart").location.startswith("//evil")


def any_return(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sign_in_routes, "return_path", lambda text: text)


PROTECTIONS: Mapping[str, Protection] = {
    "state bound to the browser": Protection(foreign_answer, any_browser),
    "state used once": Protection(replayed_answer, any_browser),
    "state lives ten minutes": Protection(late_answer, live_for_ever),
    "state bound to the provider": Protection(mix_up, any_provider),
    "issuer of the answer": Protection(issuer_in_the_answer, any_issuer),
    "nonce": Protection(lying(nonce="another"), no_claims_checked),
    "issuer of the token": Protection(lying(iss="https://mairie.example"), no_claims_checked),
    "audience of the token": Protection(lying(aud="another"), no_claims_checked),
    "expiry of the token": Protection(lying(exp=1), no_claims_checked),
    "age of the token": Protection(lying(iat=1), no_claims_checked),
    "signature of the token": Protection(forged_signature, no_signature_checked),
    "key from the provider only": Protection(own_key_in_the_header, trust_the_header),
    "userinfo of the same person": Protection(somebody_elses_userinfo, any_userinfo),
    "size of a provider's answer": Protection(huge_answer, lambda patch: patch.setattr(outgoing, "MOST_BYTES", 10**9)),
    "no redirect followed": Protection(followed_redirect, follow_redirects),
    "pause between key fetches": Protection(flood_of_keys, no_pause),
    "return address": Protection(open_redirect, any_return),
}
