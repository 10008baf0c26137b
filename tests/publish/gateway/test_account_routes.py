"""The portal, the account and signing out."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.publish.gateway.browser import Browser
from tests.publish.gateway.house import OPENS, PEOPLE, House, files, policy_of

SESSION = "__Host-preau"


def token_of(browser: Browser) -> str:
    found = re.search(r'name="jeton" value="([^"]+)"', browser.get("/-/compte").text)
    assert found
    return found.group(1)


@pytest.mark.parametrize("subject", PEOPLE)
def test_the_portal_shows_what_opens_and_nothing_else(house: House, subject: str) -> None:
    browser = house.signed_in(subject)
    answer = browser.get("/")
    opened = OPENS[subject]
    if len(opened) == 1:
        (slug,) = opened
        assert (answer.status, answer.location) == (303, f"/{slug}/")
        return
    assert answer.status == 200
    assert set(re.findall(r'href="/([a-z-]+)/"', answer.text)) == opened
    assert ("No centre for this account yet" in answer.text) == (not opened)
    assert answer.header("cache-control") == "no-store"


def test_centres_are_listed_by_name(house: House) -> None:
    house.publish("billancourt", {**files("billancourt"), "x.txt": b"x"}, name="Zola")
    text = house.signed_in("city-officer").get("/").text
    assert re.findall(r'centres__name">([^<]+)<', text) == ["Escudier", "Fessart", "Zola"]


def test_a_centre_without_release_or_policy_is_not_listed(house: House) -> None:
    issuer = house.ents["ecoles"].issuer
    house.policy("billancourt", replace(policy_of("billancourt", issuer), city=frozenset()))
    house.store.put("centres/neuf/policies/000001.json", house.store.objects["centres/fessart/policies/000001.json"])
    house.publish("autre", files("autre"))
    officer = house.signed_in("city-officer")
    assert set(re.findall(r'href="/([a-z-]+)/"', officer.get("/").text)) == {"escudier", "fessart"}
    assert officer.get("/neuf/").status == 404
    assert officer.get("/autre/").status == 403


def test_the_account_says_who_and_what(house: House) -> None:
    text = house.signed_in("guardian-fessart").get("/-/compte").text
    assert "Paul Exemple" in text
    assert "Parent or guardian of a pupil – school of the centre Fessart" in text
    assert set(re.findall(r'href="/([a-z-]+)/"', text)) == {"fessart"}
    text = house.signed_in("teacher-and-guardian").get("/-/compte").text
    assert "Staff of the school – school whose code is 0929010U" in text
    assert "Pupil – school of the centre Escudier" in house.signed_in("child-escudier").get("/-/compte").text
    assert "Team of Fessart" in house.signed_in("animator-fessart").get("/-/compte").text
    assert house.signed_in("city-officer").get("/-/compte").text.count("City staff") == 1
    text = house.signed_in("nobody-known").get("/-/compte").text
    assert "No school that this site knows" in text
    assert "opens no centre" in text


def test_names_are_escaped(house: House) -> None:
    house.ents["ecoles"].people["x"] = {"name": "<script>alert(1)</script>"}
    text = house.signed_in("x").get("/-/compte").text
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_the_account_may_lead_to_its_own_provider_only(guardian: Browser) -> None:
    policy = guardian.get("/-/compte").header("content-security-policy")
    assert policy is not None
    assert policy.endswith("form-action 'self' https://ecoles.example")


def test_signing_out(house: House) -> None:
    browser = house.signed_in("guardian-fessart")
    kept = browser.cookies[SESSION]
    answer = browser.post("/-/deconnexion", f"jeton={token_of(browser)}")
    assert answer.status == 303
    assert answer.header("set-cookie") == f"{SESSION}=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0"
    assert answer.header("clear-site-data") == '"cache", "storage"'
    away = urlsplit(answer.location)
    assert f"{away.scheme}://{away.netloc}{away.path}" == "https://ecoles.example/end"
    asked = parse_qs(away.query)
    assert asked["post_logout_redirect_uri"] == ["https://centres.example/-/connexion/au-revoir"]
    assert asked["client_id"] == ["preau"]
    assert asked["id_token_hint"][0].count(".") == 2
    assert SESSION not in browser.cookies
    browser.cookies[SESSION] = kept
    assert browser.get("/fessart/").status == 303
    assert browser.fetch("/fessart/photos/0123456789abcdef-640.webp", if_none_match="*").status == 401
    assert house.events()[-1]["event"] == "sign-out"


def test_signing_out_where_the_provider_offers_nothing_or_is_down(house: House) -> None:
    ent = house.ents["ecoles"]
    ent.metadata = lambda answer: {name: value for name, value in answer.items() if name != "end_session_endpoint"}
    browser = house.signed_in("guardian-fessart")
    assert browser.post("/-/deconnexion", f"jeton={token_of(browser)}").location == "/-/connexion/au-revoir"
    browser = house.signed_in("guardian-fessart")
    token = token_of(browser)
    house.forget("ecoles")
    ent.down = True
    assert browser.post("/-/deconnexion", f"jeton={token}").location == "/-/connexion/au-revoir"
    assert browser.get("/fessart/").status == 303


@pytest.mark.parametrize(
    "fields", ["", "jeton=", "jeton=x", "jeton=%ff", "jeton={other}", "jeton={own}&jeton={own}", "x={own}"]
)
def test_signing_out_needs_the_sessions_own_token(house: House, fields: str) -> None:
    browser, other = house.signed_in("guardian-fessart"), house.signed_in("guardian-two")
    filled = fields.format(own=token_of(browser), other=token_of(other))
    assert browser.post("/-/deconnexion", filled).status == 403
    assert browser.get("/fessart/").status == 200
    assert house.events()[-1]["event"] == "forged form"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"sec_fetch_site": "cross-site"},
        {"content_type": "text/plain"},
        {"content_type": "multipart/form-data; boundary=x"},
        {"content_type": "application/json"},
    ],
)
def test_signing_out_needs_a_form_of_ours(house: House, headers: dict[str, str]) -> None:
    browser = house.signed_in("guardian-fessart")
    assert browser.post("/-/deconnexion", f"jeton={token_of(browser)}", **headers).status == 403
    assert browser.get("/fessart/").status == 200
