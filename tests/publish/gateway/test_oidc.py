"""Signing in at a provider that lies, breaks or is down; every other part is real."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx2
import pytest

from publish.gateway.outgoing import MOST_BYTES
from tests.publish.gateway.browser import Answer
from tests.publish.gateway.ent import EC, RSA, STRANGER, Claims, Ent, sign
from tests.publish.gateway.house import PEOPLE, House


def attempt(house: House, change: Callable[[Ent], None], subject: str = "guardian-fessart") -> Answer:
    """One sign-in at a provider that was changed just before."""
    change(house.ents["ecoles"])
    browser = house.browser()
    answer = browser.post("/-/connexion/ecoles", "retour=/fessart/")
    if answer.status != 303:
        return answer
    return house.finish(browser, answer.location, subject)


def reason(house: House) -> str:
    return house.events()[-1]["reason"]


def lie(**change: Any) -> Callable[[Ent], None]:
    """Set what the provider answers."""

    def apply(ent: Ent) -> None:
        for name, value in change.items():
            setattr(ent, name, value)

    return apply


def merged(**values: object) -> Callable[[Claims], Claims]:
    return lambda answer: {**answer, **values}


def test_the_authorization_request(house: House) -> None:
    asked = parse_qs(urlsplit(house.start(house.browser())).query)
    assert asked["redirect_uri"] == ["https://centres.example/-/connexion/ecoles/retour"]
    assert asked["scope"] == ["openid profile"]
    assert asked["code_challenge_method"] == ["S256"]
    assert {len(asked[name][0]) for name in ("state", "nonce", "code_challenge")} == {43}


def test_a_good_sign_in_comes_back_where_it_began(house: House) -> None:
    answer = attempt(house, lie())
    assert (answer.status, answer.location) == (303, "/fessart/")
    assert house.events()[-1]["event"] == "sign-in"


def test_es256_and_public_clients(house: House) -> None:
    assert attempt(house, lie(sign=lambda claims: sign(claims, EC))).status == 303


@pytest.mark.parametrize(
    "change",
    [
        lie(change=merged(iss="https://mairie.example")),
        lie(change=merged(aud="other")),
        lie(change=merged(nonce="x")),
        lie(change=merged(exp=1)),
        lie(change=merged(iat=1)),
        lie(change=merged(sub="")),
        lie(sign=lambda claims: sign(claims, STRANGER)),
        lie(sign=lambda claims: ".".join([*sign(claims).split(".")[:2], ""])),
        lie(sign=lambda claims: sign(claims, header={"kid": "unknown"})),
        lie(token=lambda answer: {name: value for name, value in answer.items() if name != "id_token"}),
        lie(token=merged(id_token=7)),
        lie(token=merged(access_token=None)),
        lie(token=merged(access_token="a b")),
        lie(token=merged(access_token="a\r\nX: y")),
        lie(token=merged(access_token="é")),
        lie(token=merged(access_token="x" * 20_000)),
        lie(token=lambda answer: [answer]),
        lie(token=lambda answer: "text"),
        lie(token=lambda answer: httpx2.Response(200, content=b"<html>")),
        lie(token=lambda answer: httpx2.Response(200, content=b"[" * 100_000)),
        lie(token=lambda answer: httpx2.Response(400, json={"error": "invalid_grant"})),
        lie(token=lambda answer: httpx2.Response(200, json={**answer, "error": "x"})),
        lie(token=lambda answer: httpx2.Response(429, content=b"slow down")),
        lie(token=lambda answer: httpx2.Response(302, headers={"location": "https://mairie.example/token"})),
        lie(userinfo=merged(sub="city-officer")),
        lie(userinfo=merged(sub=None)),
        lie(userinfo=lambda answer: [answer]),
        lie(userinfo=lambda answer: "text"),
        lie(userinfo=lambda answer: httpx2.Response(200, content=b"a.jwt.answer")),
        lie(client_secret="another"),
    ],
)
def test_answers_that_prove_nothing(house: House, change: Callable[[Ent], None]) -> None:
    answer = attempt(house, change)
    assert answer.status == 400
    assert "__Host-preau=" not in str(answer.header("set-cookie"))
    assert house.events()[-1]["event"] == "sign-in failed"


@pytest.mark.parametrize(
    "change",
    [
        lie(down=True),
        lie(metadata=lambda answer: httpx2.Response(500)),
        lie(metadata=lambda answer: httpx2.Response(302, headers={"location": "https://mairie.example/"})),
        lie(metadata=merged(issuer="https://mairie.example")),
        lie(metadata=merged(token_endpoint="http://ecoles.example/token")),
        lie(metadata=lambda answer: httpx2.Response(200, content=b"[" * 100_000)),
        lie(jwks=lambda answer: httpx2.Response(503)),
        lie(jwks=lambda answer: {"keys": []}),
        lie(jwks=lambda answer: httpx2.Response(200, content=b"x" * (MOST_BYTES + 1))),
        lie(token=lambda answer: httpx2.Response(502)),
        lie(token=lambda answer: httpx2.Response(200, json=answer, headers={"content-encoding": "gzip"})),
        lie(userinfo=lambda answer: httpx2.Response(500)),
        lie(userinfo=lambda answer: httpx2.Response(302, headers={"location": "https://mairie.example/me"})),
        lie(userinfo=merged(x="y" * MOST_BYTES)),
    ],
)
def test_a_provider_that_is_down_or_unusable(house: House, change: Callable[[Ent], None]) -> None:
    living = house.signed_in("guardian-fessart")
    house.forget("ecoles")
    answer = attempt(house, change)
    assert answer.status == 503
    assert answer.header("retry-after") == "60"
    assert house.events()[-1]["event"] == "provider down"
    assert living.get("/fessart/").status == 200, "a living session depends on the provider"
    assert living.get("/-/compte").status == 200


def test_a_slow_provider_is_given_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    import anyio

    async def never(request: httpx2.Request) -> httpx2.Response:
        await anyio.sleep_forever()
        raise AssertionError

    monkeypatch.setattr("publish.gateway.outgoing.SECONDS", 0.01)
    monkeypatch.setattr(house.gateway.sign_ins["ecoles"]._transport, "_inner", httpx2.MockTransport(never))  # type: ignore[attr-defined]
    assert house.browser().post("/-/connexion/ecoles").status == 503


def test_discovery_and_keys_are_kept_and_refreshed(house: House) -> None:
    ent = house.ents["ecoles"]
    for _ in range(3):
        house.signed_in("guardian-fessart")
    assert ent.calls.count("/jwks") == ent.calls.count("/.well-known/openid-configuration") == 1
    house.clock.later(hours=1, minutes=1)
    house.signed_in("guardian-fessart")
    assert ent.calls.count("/jwks") == ent.calls.count("/.well-known/openid-configuration") == 2


def test_a_short_failure_of_discovery_is_bridged(house: House) -> None:
    house.signed_in("guardian-fessart")
    house.ents["ecoles"].metadata = lambda answer: httpx2.Response(500)
    house.clock.later(hours=2)
    house.signed_in("guardian-fessart")
    house.clock.later(hours=23)
    assert attempt(house, lie()).status == 503


def test_a_provider_that_fails_is_not_asked_again_at_once(house: House) -> None:
    house.ents["ecoles"].down = True
    for _ in range(5):
        assert house.browser().post("/-/connexion/ecoles").status == 503
    assert len(house.ents["ecoles"].calls) == 1
    house.ents["ecoles"].down = False
    house.clock.later(seconds=10)
    assert house.browser().post("/-/connexion/ecoles").status == 303


def test_keys_that_changed_are_found(house: House) -> None:
    house.signed_in("guardian-fessart")
    ent = house.ents["ecoles"]
    ent.keys = [EC]
    ent.sign = lambda claims: sign(claims, EC, {"kid": "ec-1"})
    house.signed_in("guardian-fessart")
    new = type(RSA).generate_key(2048, {"kid": "rsa-2"})
    ent.keys, ent.sign = [new], lambda claims: sign(claims, new)
    house.signed_in("guardian-fessart")
    assert ent.calls.count("/jwks") == 2


def test_a_flood_of_unknown_keys_costs_one_call(house: House) -> None:
    house.signed_in("guardian-fessart")
    for number in range(10):
        answer = attempt(house, lie(sign=lambda claims, kid=f"k{number}": sign(claims, header={"kid": kid})))
        assert answer.status == 400
    assert house.ents["ecoles"].calls.count("/jwks") == 2


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"iss": "https://mairie.example"}, "answer of another provider"),
        ({"iss": None}, "answer of another provider"),
        ({"state": None}, "answer without a sign-in"),
        ({"state": "x" * 43}, "sign-in unknown, too old or used"),
        ({"code": None}, "no code"),
        ({"code": ""}, "no code"),
        ({"code": "a b"}, "no code"),
        ({"code": "x" * 4097}, "no code"),
        ({"code": "unknown"}, "code not accepted"),
        ({"error": "access_denied"}, "cancelled"),
        ({"error": "<script>"}, "provider refused"),
    ],
)
def test_return_addresses_that_were_changed(house: House, change: dict[str, str | None], why: str) -> None:
    browser = house.browser()
    path, _, query = house.ents["ecoles"].authorize(house.start(browser), "guardian-fessart").partition("?")
    fields = {name: value for name, value in {**dict(parse_qsl(query)), **change}.items() if value is not None}
    answer = browser.get(f"{path}?{urlencode(fields)}")
    assert answer.status == 400
    assert reason(house) == why


@pytest.mark.parametrize("more", ["&state=x", "&code=x", "&iss=x", "&x=1&x=2", "&%ff=1", "&x" * 30, "&é=1"])
def test_return_addresses_with_something_twice(house: House, more: str) -> None:
    browser = house.browser()
    target = house.ents["ecoles"].authorize(house.start(browser), "guardian-fessart")
    assert browser.get(target + more).status == 400
    assert reason(house) == "answer malformed"
    assert browser.get(target).status == 303, "an answer that was not read used up the sign-in"


def test_every_sign_in_has_its_own_client(house: House) -> None:
    """Authlib's client keeps the token that it fetched: a shared one would ask with another person's."""
    first, second = house.browser(), house.browser()
    one, other = house.start(first), house.start(second)
    assert house.finish(first, one, "guardian-fessart").status == 303
    assert house.finish(second, other, "city-officer").status == 303
    assert first.get("/escudier/").status == 403
    assert second.get("/escudier/").status == 200


def test_claims_of_the_token_go_before_those_of_userinfo(house: House) -> None:
    ent = house.ents["ecoles"]
    ent.change = merged(ENTPersonStructRattachUAI="0929008S", ENTPersonProfils="National_TUT")
    browser = house.signed_in("guardian-fessart")
    assert browser.get("/escudier/").status == 200
    assert browser.get("/fessart/").status == 403


def test_userinfo_cannot_change_who_it_is(house: House) -> None:
    house.ents["ecoles"].userinfo = merged(iss="https://mairie.example", aud="x", nonce="y")
    assert house.signed_in("guardian-fessart").get("/fessart/").status == 200


def test_a_provider_without_userinfo(house: House) -> None:
    ent = house.ents["ecoles"]
    ent.metadata = lambda answer: {name: value for name, value in answer.items() if name != "userinfo_endpoint"}
    ent.change = lambda claims: {**claims, **PEOPLE["guardian-fessart"]}
    assert house.signed_in("guardian-fessart").get("/fessart/").status == 200
    assert "/me" not in ent.calls


def test_nothing_of_an_answer_is_in_the_log(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx2", "httpcore2"):
        assert logging.getLogger(name).level == logging.WARNING
    attempt(house, lie())
    attempt(house, lie(token=merged(id_token="canary-token")))
    attempt(house, lie(userinfo=merged(sub="canary-sub")))
    attempt(house, lie(token=lambda answer: httpx2.Response(400, json={"error": "canary-error"})))
    written = caplog.text + house.log.getvalue()
    for secret in ("canary", "access-", "code=", "state=", "nonce", "ent secret", "guardian-fessart", "Paul", "?"):
        assert secret not in written
