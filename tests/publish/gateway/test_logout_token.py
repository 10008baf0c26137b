"""Back-channel logout: what ends which sessions, and everything that ends none."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.gateway.logout_token import EVENT, read_logout_token
from publish.gateway.sign_in import SignInRefused
from publish.gateway.signed import UnknownKey
from tests.publish.gateway.browser import Browser
from tests.publish.gateway.ent import EC, RSA, STRANGER, Claims, sign
from tests.publish.gateway.house import START, House
from tests.publish.gateway.logout import end, logout_claims, send
from tests.publish.gateway.test_id_token import FORGED, KEYS

NOW = int(START.timestamp())
WHO = "guardian-fessart"


def named(house: House, sid: str | None, subject: str = WHO) -> Browser:
    """Signed in, with or without the provider's own name of the session."""
    house.ents["ecoles"].change = lambda claims: claims if sid is None else {**claims, "sid": sid}
    return house.signed_in(subject)


def alive(browser: Browser) -> bool:
    return browser.get("/-/compte").status == 200


def test_without_sid_all_sessions_of_the_person_end_and_no_other(house: House) -> None:
    one, two, other = named(house, "a"), named(house, None), named(house, "b", "guardian-two")
    assert end(house, sub=WHO).status == 200
    assert (alive(one), alive(two), alive(other)) == (False, False, True)
    assert house.events()[-1] == {**house.events()[-1], "event": "provider sign-out", "ent": "ecoles", "sessions": "2"}


@pytest.mark.parametrize("subject", [None, WHO])
def test_with_sid_that_session_ends_and_the_others_of_the_person_go_on(house: House, subject: str | None) -> None:
    one, two = named(house, "a"), named(house, "b")
    answer = end(house, sid="a", sub=subject)
    assert (answer.status, answer.body, answer.header("cache-control")) == (200, b"", "no-store")
    assert (alive(one), alive(two)) == (False, True)


def test_a_session_whose_name_we_never_heard_ends_with_any_of_its_person(house: House) -> None:
    unnamed, other = named(house, None), named(house, None, "guardian-two")
    assert end(house, sid="a", sub=WHO).status == 200
    assert (alive(unnamed), alive(other)) == (False, True)


def test_what_names_nothing_here_is_right_too(house: House) -> None:
    browser = named(house, "a")
    assert end(house, sid="x").status == 200
    assert end(house, sub="x").status == 200
    assert end(house, sid=WHO).status == 200
    assert end(house, sub="a").status == 200
    assert alive(browser)


def test_it_counts_once(house: House) -> None:
    named(house, None)
    token = sign(logout_claims(house, sub=WHO))
    assert send(house, token).status == 200
    again = named(house, None)
    assert send(house, token).status == 400
    assert house.events()[-1]["reason"] == "logout_token used before"
    assert alive(again)


def test_what_is_forgotten_is_too_old_by_then(house: House) -> None:
    token = sign(logout_claims(house, sub=WHO, exp=NOW + 10**6))
    assert send(house, token).status == 200
    for _ in range(14):
        house.clock.later(minutes=1)
        house.loop.run(house.gateway.sessions.sweep())
        assert send(house, token).status == 400


def test_another_provider_ends_nothing_of_this_one(house: House) -> None:
    browser = named(house, "a")
    assert end(house, ent="mairie", sub=WHO).status == 200
    assert end(house, ent="mairie", sid="a").status == 200
    assert send(house, sign(logout_claims(house, sub=WHO)), "mairie").status == 400
    assert alive(browser)


def test_keys_that_the_provider_changed_since(house: House) -> None:
    browser = named(house, None)
    house.ents["ecoles"].keys = [STRANGER, EC]
    house.clock.later(seconds=11)
    assert end(house, key=EC, header={"typ": "logout+jwt", "kid": "new"}, sub=WHO).status == 400
    assert house.events()[-1]["reason"] == "logout_token key unknown"
    assert end(house, key=STRANGER, sub=WHO).status == 200
    assert not alive(browser)


def test_a_flood_of_unknown_keys_costs_one_call(house: House) -> None:
    named(house, None)
    for _ in range(20):
        assert end(house, header={"kid": "unknown"}, sub=WHO).status == 400
    assert house.ents["ecoles"].calls.count("/jwks") == 2


def test_a_provider_that_is_down_is_asked_to_come_back(house: House) -> None:
    house.ents["ecoles"].down = True
    answer = end(house, sub=WHO)
    assert (answer.status, answer.header("retry-after")) == (503, "60")


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://mairie.example"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"aud": ["preau", "other"]},
        {"iat": None},
        {"iat": NOW - 661},
        {"iat": NOW + 61},
        {"iat": "now"},
        {"exp": None},
        {"exp": NOW - 61},
        {"exp": 1e300},
        {"exp": True},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": "x" * 256},
        {"events": None},
        {"events": []},
        {"events": EVENT},
        {"events": {}},
        {"events": {EVENT: None}},
        {"events": {EVENT: True}},
        {"events": {"http://schemas.openid.net/event/frontchannel-logout": {}}},
        {"nonce": "n"},
        {"nonce": ""},
        {"sub": None},
        {"sub": ""},
        {"sub": ["guardian-fessart"]},
        {"sub": 7},
        {"sid": 7},
        {"sid": ""},
        {"sid": "a\nb"},
    ],
)
def test_claims_that_prove_nothing(house: House, change: Claims) -> None:
    browser = named(house, "a")
    answer = end(house, **{"sub": WHO, **change})
    assert (answer.status, answer.body, answer.header("cache-control")) == (400, b"", "no-store")
    assert house.events()[-1]["event"] == "provider sign-out refused"
    assert alive(browser)


@pytest.mark.parametrize("key", [RSA, EC])
@pytest.mark.parametrize("kind", [{}, {"typ": "JWT"}, {"typ": "logout+jwt"}, {"typ": "LOGOUT+JWT"}])
def test_signatures_and_types(house: House, key: Any, kind: Claims) -> None:
    assert send(house, sign(logout_claims(house, sub=WHO), key, kind)).status == 200


@pytest.mark.parametrize("header", [{"typ": "at+jwt"}, {"typ": "dpop+jwt"}])
def test_tokens_for_something_else(house: House, header: Claims) -> None:
    assert end(house, header=header, sub=WHO).status == 400


def test_an_id_token_ends_nothing(house: House) -> None:
    """Browsers and other services see ID tokens: none of them may end a session."""
    seen: list[str] = []
    ent = house.ents["ecoles"]
    ent.token = lambda answer: (seen.append(answer["id_token"]), answer)[1]
    browser = named(house, "a")
    assert send(house, seen[0]).status == 400
    assert alive(browser)


@pytest.mark.parametrize("name", FORGED)
def test_forged_tokens(name: str) -> None:
    with pytest.raises(SignInRefused):
        read_logout_token(FORGED[name](), KEYS, issuer="https://ent.example", client_id="preau", now=START)


def test_a_strangers_signature(house: House) -> None:
    browser = named(house, None)
    assert end(house, key=STRANGER, sub=WHO).status == 400
    assert alive(browser)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", "logout_token={0}&logout_token={0}"),
        ("application/x-www-form-urlencoded", "logout_token="),
        ("application/x-www-form-urlencoded", "token={0}"),
        ("application/json", '{{"logout_token": "{0}"}}'),
        ("text/plain", "logout_token={0}"),
        ("", "logout_token={0}"),
    ],
)
def test_other_forms_of_request(house: House, content_type: str, body: str) -> None:
    browser = named(house, None)
    token = sign(logout_claims(house, sub=WHO))
    answer = house.browser().ask(
        "POST", "/-/connexion/ecoles/retour", headers={"content-type": content_type}, body=body.format(token).encode()
    )
    assert answer.status == 400
    assert alive(browser)


def test_a_logout_token_signs_nobody_in(house: House) -> None:
    house.ents["ecoles"].sign = lambda claims: sign({**claims, "events": {EVENT: {}}}, header={"typ": "logout+jwt"})
    browser = house.browser()
    assert house.finish(browser, house.start(browser), WHO).status == 400


@given(
    st.dictionaries(
        st.sampled_from(["sub", "sid", "jti", "iat", "exp", "aud", "events", "iss"]),
        st.none() | st.integers() | st.text() | st.lists(st.text()) | st.dictionaries(st.text(), st.none()),
    )
)
def test_total(change: Claims) -> None:
    claims = {"iss": "https://ent.example", "aud": "preau", "iat": NOW, "exp": NOW + 9, "sub": "1", **change}
    with suppress(SignInRefused, UnknownKey):
        ended = read_logout_token(sign(claims), KEYS, issuer="https://ent.example", client_id="preau", now=START)
        raise AssertionError(f"without its event, nothing may be ended: {ended}")
