"""Signing in with plain OAuth 2 in Beneylu's shape; and a server of that shape that lies, breaks or is down."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.access import Membership, MembershipKind
from publish.errors import ConfigError
from publish.gateway.oauth2_answers import read_schools, read_user
from publish.gateway.sign_in import SignInRefused
from tests.publish.gateway.beneylu import Beneylu
from tests.publish.gateway.browser import Answer
from tests.publish.gateway.house import (
    BILLANCOURT,
    CENTRES,
    ESCUDIER,
    FESSART,
    OPENS,
    House,
    build_house,
    oauth2_config,
)
from tests.publish.gateway.test_oidc import lie, merged, reason

ENT = oauth2_config("classe", "https://classe.example")
WHO = "guardian-fessart"
LISTED = {"animator-fessart", "animator-escudier", "city-officer"}


def attempt(house: House, change: Callable[[Any], None], subject: str = WHO) -> Answer:
    """One sign-in at a server that was changed just before."""
    change(house.beneylu)
    browser = house.browser()
    return house.finish(browser, house.start(browser, "classe", "/fessart/"), subject, "classe")


def test_the_authorization_request(house: House) -> None:
    url = house.start(house.browser(), "classe")
    assert url.startswith("https://classe.example/oauth/v2/authorize?")
    assert parse_qs(urlsplit(url).query) == {
        "response_type": ["code"],
        "client_id": ["preau"],
        "redirect_uri": ["https://centres.example/-/connexion/classe/retour"],
        "scope": ["read_full"],
        "state": [parse_qs(urlsplit(url).query)["state"][0]],
    }


@pytest.mark.parametrize("who", OPENS)
def test_each_person_opens_what_is_theirs(house: House, who: str) -> None:
    """The lists of the house name people of another provider: here they open nothing."""
    browser = house.signed_in(who, "classe")
    opened = {slug for slug in CENTRES if browser.get(f"/{slug}/").status == 200}
    assert opened == (frozenset() if who in LISTED else OPENS[who])


def test_a_person_has_one_lasting_name(house: House) -> None:
    house.signed_in(WHO, "classe")
    house.beneylu.users = lambda answer: {**answer, "id": str(answer["id"]), "classroom_ids": [7]}
    house.signed_in(WHO, "classe")
    first, second = (event["person"] for event in house.events() if event["event"] == "sign-in")
    assert first == second
    house.beneylu.users = lambda answer: answer
    house.signed_in("guardian-two", "classe")
    assert house.events()[-1]["person"] != first


def test_schools_that_the_server_withholds_make_nobody_a_member(house: House) -> None:
    house.beneylu.schools = lambda answer: httpx2.Response(403, json={"error": "insufficient_scope"})
    browser = house.signed_in(WHO, "classe")
    assert browser.get("/fessart/").status == 403
    portal = browser.get("/")
    assert (portal.status, "not linked to any centre" in portal.text) == (200, True)
    assert "No school that this site knows" in browser.get("/-/compte").text
    assert [event["event"] for event in house.events()][-3:] == ["sign-in", "schools withheld", "refused"]


def test_without_the_scope_the_strict_server_withholds_them(tmp_path: Any, loop: Any) -> None:
    issuer = "https://classe.example"
    house = build_house(tmp_path, loop, ents=(oauth2_config("classe", issuer, scopes=("read_with_firstname",)),))
    browser = house.signed_in(WHO, "classe")
    assert browser.get("/fessart/").status == 403
    house.close()


def test_users_does_not_tell_what_the_other_route_is_for(house: House) -> None:
    house.beneylu.users = lambda answer: {**answer, "school_uais": [FESSART], "sub": "city-officer"}
    house.beneylu.schools = lambda answer: httpx2.Response(403)
    assert house.signed_in("nobody-known", "classe").get("/fessart/").status == 403


def test_users_may_tell_everything(tmp_path: Any, loop: Any) -> None:
    house = build_house(tmp_path, loop, ents=(oauth2_config("classe", "https://classe.example", schools=None),))
    house.beneylu.users = lambda answer: {**answer, "school_uais": FESSART}
    assert house.signed_in(WHO, "classe").get("/fessart/").status == 200
    assert "/oauth/v2/routes/schoolUAIs" not in [path for path, _ in house.beneylu.asked]
    house.close()


def test_a_token_may_travel_in_a_header(tmp_path: Any, loop: Any) -> None:
    seen: list[str | None] = []

    class Modern(Beneylu):
        def answer(self, request: httpx2.Request) -> httpx2.Response:
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            if request.method == "GET":
                seen.append(request.url.query.decode())
                request.url = request.url.copy_merge_params({"access_token": token})
            return super().answer(request)

    ent = oauth2_config("classe", "https://classe.example", bearer_in="header")
    house = build_house(tmp_path, loop, ents=(ent,))
    house.beneylu.__class__ = Modern
    assert house.signed_in(WHO, "classe").get("/fessart/").status == 200
    assert seen == ["", ""]
    house.close()


def only(*paths: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda answer: {name: value for name, value in answer.items() if name in paths}


@pytest.mark.parametrize(
    "change",
    [
        lie(users=lambda answer: [answer]),
        lie(users=lambda answer: "text"),
        lie(users=lambda answer: httpx2.Response(200, content=b"[" * 100_000)),
        lie(users=lambda answer: httpx2.Response(200, content=b"<html>")),
        lie(users=lambda answer: httpx2.Response(401, json={})),
        lie(users=lambda answer: httpx2.Response(403, json={})),
        lie(users=only("profile")),
        lie(users=merged(id=None)),
        lie(users=merged(id="")),
        lie(users=merged(id=True)),
        lie(users=merged(id=1.0)),
        lie(users=merged(id=-1)),
        lie(users=merged(id=10**400)),
        lie(users=merged(id=[1])),
        lie(users=merged(id="a\nb")),
        lie(users=merged(id="x" * 256)),
        lie(users=merged(id=7)),  # the other route is then about somebody else
        lie(schools=merged(id=7)),
        lie(schools=merged(id=[7])),
        lie(schools=lambda answer: [FESSART]),
        lie(schools=merged(school_uais=FESSART)),
        lie(schools=merged(school_uais=[7])),
        lie(schools=merged(school_uais=[FESSART] * 65)),
        lie(schools=lambda answer: httpx2.Response(200, content=b"{")),
        lie(token=merged(access_token=None)),
        lie(token=merged(access_token="a&b=c")),
        lie(token=merged(access_token="a b")),
        lie(token=merged(access_token="é")),
        lie(token=lambda answer: [answer]),
        lie(token=lambda answer: "text"),
        lie(token=lambda answer: httpx2.Response(302, headers={"location": "https://mairie.example/token"})),
        lie(client_secret="another"),
    ],
)
def test_answers_that_prove_nothing(house: House, change: Callable[[Any], None]) -> None:
    answer = attempt(house, change)
    assert answer.status == 400, reason(house)
    assert "__Host-preau=" not in str(answer.header("set-cookie"))
    assert house.events()[-1]["event"] == "sign-in failed"


@pytest.mark.parametrize(
    "change",
    [
        lie(down=True),
        lie(token=lambda answer: httpx2.Response(500)),
        lie(users=lambda answer: httpx2.Response(500)),
        lie(users=lambda answer: httpx2.Response(302, headers={"location": "https://mairie.example/"})),
        lie(users=lambda answer: {**answer, "x": "y" * 300_000}),
        lie(schools=lambda answer: httpx2.Response(404)),
        lie(schools=lambda answer: httpx2.Response(500)),
        lie(schools=lambda answer: httpx2.Response(401)),
    ],
)
def test_a_server_that_is_down_or_unusable(house: House, change: Callable[[Any], None]) -> None:
    answer = attempt(house, change)
    assert answer.status == 503
    assert house.events()[-1]["event"] == "provider down"


@pytest.mark.parametrize("stated", ["mairie", "inconnu", ["National_TUT", "National_ENS"], 7, None, "4"])
def test_profiles_that_give_nothing(house: House, stated: object) -> None:
    house.beneylu.users = lambda answer: {**answer, "profile": stated}
    assert house.signed_in(WHO, "classe").get("/fessart/").status == 403


def test_profiles_in_the_server_s_own_words(tmp_path: Any, loop: Any) -> None:
    ent = oauth2_config("classe", "https://classe.example", profiles={"parent": MembershipKind.GUARDIAN})
    house = build_house(tmp_path, loop, ents=(ent,))
    house.beneylu.users = lambda answer: {**answer, "profile": "PARENT"}
    assert house.signed_in(WHO, "classe").get("/fessart/").status == 200
    house.close()


def test_a_code_is_good_once_and_for_half_a_minute(house: House) -> None:
    browser, other = house.browser(), house.browser()
    target = house.beneylu.authorize(house.start(browser, "classe"), WHO)
    code = dict(parse_qsl(urlsplit(target).query))["code"]
    assert browser.get(target).status == 303
    again = dict(parse_qsl(urlsplit(house.start(other, "classe")).query))["state"]
    assert other.get(f"/-/connexion/classe/retour?{urlencode({'code': code, 'state': again})}").status == 400
    late = house.beneylu.authorize(house.start(other, "classe"), WHO)
    house.clock.later(seconds=31)
    assert other.get(late).status == 400


@pytest.mark.parametrize("other", ["ecoles", "academie"])
def test_mix_up_between_kinds_of_provider(house: House, other: str) -> None:
    """An answer made for one kind is never read by another, in either direction; each code stays where it was made."""
    browser = house.browser()
    target = house.beneylu.authorize(house.start(browser, "classe"), WHO)
    assert browser.get(target.replace("/classe/", f"/{other}/")).status == 400
    own = house.browser()
    state = dict(parse_qsl(urlsplit(house.start(own, "classe")).query))["state"]
    if other == "ecoles":
        foreign = house.ents["ecoles"].authorize(house.start(own, "ecoles"), WHO)
    else:
        foreign = house.cas.authorize(house.start(own, "academie"), WHO)
    assert own.get(foreign.replace(f"/{other}/", "/classe/")).status == 400
    code = dict(parse_qsl(urlsplit(foreign).query)).get("code", "ST-1")
    assert own.get(f"/-/connexion/classe/retour?{urlencode({'code': code, 'state': state})}").status == 400
    assert house.ents["mairie"].calls == []


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ({"error": "access_denied"}, "cancelled"),
        ({"error": "server_error"}, "provider refused"),
        ({}, "no code"),
        ({"code": ""}, "no code"),
        ({"code": "a b"}, "no code"),
        ({"code": "x" * 4097}, "no code"),
        ({"code": "x", "iss": "https://ecoles.example"}, "answer of another provider"),
    ],
)
def test_return_addresses(house: House, query: dict[str, str], why: str) -> None:
    browser = house.browser()
    state = dict(parse_qsl(urlsplit(house.start(browser, "classe")).query))["state"]
    assert browser.get(f"/-/connexion/classe/retour?{urlencode({'state': state, **query})}").status == 400
    assert reason(house) == why


def test_no_token_is_in_any_log(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """It travels in addresses, which clients of HTTP like to log."""
    with caplog.at_level(logging.INFO):
        house.signed_in(WHO, "classe")
        attempt(house, lie(users=lambda answer: httpx2.Response(500)))
    (token, *_) = house.beneylu.tokens
    said = house.log.getvalue() + "\n".join(record.getMessage() for record in caplog.records)
    assert token not in said
    assert "access_token" not in said
    assert "beneylu secret" not in said


def test_signing_out_ends_it_here_and_goes_where_it_is_configured(tmp_path: Any, loop: Any) -> None:
    away = "https://classe.example/logout?service=https%3A%2F%2Fcentres.example"
    house = build_house(tmp_path, loop, ents=(oauth2_config("classe", "https://classe.example", sign_out=away),))
    browser = house.signed_in(WHO, "classe")
    account = browser.get("/-/compte")
    assert "form-action 'self' https://classe.example" in str(account.header("content-security-policy"))
    token = account.text.split('name="jeton" value="')[1].split('"')[0]
    assert browser.post("/-/deconnexion", f"jeton={token}").location == away
    assert browser.get("/fessart/").status == 303
    house.close()


def test_there_is_no_single_logout(house: House) -> None:
    browser = house.signed_in(WHO, "classe")
    assert house.browser().post("/-/connexion/classe/retour", "logout_token=x").status == 400
    assert browser.get("/fessart/").status == 200


@pytest.mark.parametrize(
    "given",
    [
        {"users": "oauth/v2/users"},
        {"users": "https://user@classe.example/users"},
        {"users": "/users?x=1"},
        {"token": "/token#x"},
        {"authorize": "//evil.example/x"},
        {"schools": ""},
        {"bearer_in": "cookie"},
        {"sign_out": "/logout"},
        {"sign_out": "https://classe.example/logout\r\nx"},
        {"sign_out": "javascript:alert(1)"},
    ],
)
def test_settings_that_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        oauth2_config("classe", "https://classe.example", **given)


def test_routes_may_be_elsewhere_but_never_on_plain_http(tmp_path: Any, loop: Any) -> None:
    ent = oauth2_config("classe", "https://classe.example", users="https://api.example/users")
    assert ent.origins == ("https://classe.example", "https://api.example")
    with pytest.raises(ConfigError):
        build_house(tmp_path, loop, ents=(replace(ent, users="http://api.example/users"),))


def test_a_table_of_the_server_s_ids_counts_for_the_person_s_own_schools_alone() -> None:
    _, claims = read_user(ENT, {"id": 1, "profile": "National_TUT", "school_ids": [12, "34"]})
    table = {"12": FESSART, "34": ESCUDIER, "56": BILLANCOURT}
    assert read_schools(ENT, claims, {"id": "1", "school_uais": table}) == [FESSART, ESCUDIER]
    _, alone = read_user(ENT, {"id": 1})
    assert read_schools(ENT, alone, {"school_uais": table}) == []


def test_memberships_are_pairs(house: House) -> None:
    house.signed_in("guardian-two", "classe")
    mapped = house.loop.run(
        house.gateway.sessions.find(house.signed_in("guardian-two", "classe").cookies["__Host-preau"])
    )
    assert mapped is not None
    kind = MembershipKind.GUARDIAN
    assert mapped.person.memberships == {Membership(kind, FESSART), Membership(kind, BILLANCOURT)}
    assert mapped.person.issuer == "https://classe.example"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["id", "school_uais", "school_ids", "x"]), inner),
)


@given(JSON, JSON)
def test_total(user: object, schools: object) -> None:
    try:
        subject, claims = read_user(ENT, user)
        uais = read_schools(ENT, claims, schools)
    except SignInRefused:
        return
    assert subject == claims["sub"]
    assert all(isinstance(uai, str) for uai in uais)
