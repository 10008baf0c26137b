"""The charter: asked once, of whoever may enter, before entering; what is public or says farewell stays open."""

from __future__ import annotations

import re

import pytest

from publish.access import Grant
from tests.publish.gateway.browser import Browser
from tests.publish.gateway.house import House
from tests.publish.gateway.test_city import FACTS, publish_city
from tests.publish.gateway.test_code_routes import type_code

ASKED = {**FACTS, "charter_to_accept": "2022-09-01", "titles": {"charte": "La charte", "charte-enfants": "Pour toi"}}
TEXTS = {"charte": "<p>Les photos restent ici.</p>", "charte_enfants": "<p>Sois gentil.</p>"}
PHOTO = "/fessart/photos/0123456789abcdef-640.webp"


@pytest.fixture
def asking(house: House) -> House:
    publish_city(house, ASKED, **TEXTS)
    return house


def field(browser: Browser, name: str, path: str = "/-/charte") -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', browser.get(path).text)
    assert found
    return found.group(1)


def accept(browser: Browser, back: str = "/fessart/", version: str = "2022-09-01", **headers: str):
    return browser.post("/-/charte", f"jeton={field(browser, 'jeton')}&version={version}&retour={back}", **headers)


def test_it_is_asked_once_before_entering(asking: House) -> None:
    browser = asking.signed_in("guardian-fessart")
    answer = browser.get("/fessart/plan/")
    assert (answer.status, answer.location) == (303, "/-/charte?retour=/fessart/plan/")
    assert browser.fetch(PHOTO).status == 403
    page = browser.get("/-/charte?retour=/fessart/plan/")
    assert "Les photos restent ici." in page.text
    assert "<h1>La charte</h1>" in page.text
    answer = accept(browser, field(browser, "retour", "/-/charte?retour=/fessart/plan/"))
    assert (answer.status, answer.location) == (303, "/fessart/plan/")
    assert browser.get("/fessart/plan/").status == 200
    assert browser.fetch(PHOTO).status == 200
    assert asking.events()[-1]["event"] == "charter accepted"
    assert asking.events()[-1]["version"] == "2022-09-01"
    asking.clock.later(days=60)
    assert asking.signed_in("guardian-fessart").get("/fessart/").status == 200, "it is asked again"
    assert asking.signed_in("child-fessart").get("/fessart/").status == 303, "somebody else accepted for them"


def test_a_new_version_asks_again(asking: House) -> None:
    browser = asking.signed_in("guardian-fessart")
    accept(browser)
    assert browser.get("/fessart/").status == 200
    publish_city(asking, {**ASKED, "charter_to_accept": "2022-12-01"}, **TEXTS)
    assert browser.get("/fessart/").location == "/-/charte?retour=/fessart/"
    assert accept(browser).status == 200, "the old version was accepted in its place"
    assert browser.get("/fessart/").status == 303
    assert accept(browser, version="2022-12-01").status == 303
    assert browser.get("/fessart/").status == 200


def test_nobody_is_asked_unless_the_city_says_so(house: House) -> None:
    publish_city(house, **TEXTS)
    browser = house.signed_in("guardian-fessart")
    assert browser.get("/fessart/").status == 200
    page = browser.get("/-/charte")
    assert "Les photos restent ici." in page.text
    assert "<form" not in page.text


@pytest.mark.parametrize("path", ["/-/compte", "/-/charte", "/-/code", "/-/connexion"])
def test_everything_of_the_gateway_stays_open(asking: House, path: str) -> None:
    assert asking.signed_in("guardian-fessart").get(path).status == 200


def test_legal_pages_and_sign_out_stay_open(asking: House) -> None:
    browser = asking.signed_in("guardian-fessart")
    for path in ("/-/mentions-legales", "/-/accessibilite", "/-/donnees-personnelles"):
        assert browser.get(path).status == 200
    assert browser.post("/-/deconnexion", f"jeton={field(browser, 'jeton', '/-/compte')}").status == 303
    assert browser.get("/fessart/").location == "/-/connexion?retour=/fessart/"


def test_whoever_is_not_admitted_is_not_asked(asking: House) -> None:
    browser = asking.signed_in("guardian-fessart")
    assert browser.get("/escudier/").status == 403
    assert browser.get("/inconnu/").status == 403


def test_children_read_their_own_text(asking: House) -> None:
    for subject in ("child-fessart", "child-escudier"):
        page = asking.signed_in(subject).get("/-/charte").text
        assert "Sois gentil." in page
        assert "<h1>Pour toi</h1>" in page
        assert "I understand, and I agree" in page
    for subject in ("guardian-fessart", "teacher-and-guardian", "city-officer", "animator-fessart"):
        assert "Les photos restent ici." in asking.signed_in(subject).get("/-/charte").text
    pupil = asking.signed_in("nobody-known")
    type_code(pupil, asking.letter("fessart", Grant.CHILD))
    assert "Sois gentil." in pupil.get("/-/charte").text


def test_children_read_the_charter_where_there_is_no_other(house: House) -> None:
    publish_city(house, ASKED, charte=TEXTS["charte"])
    assert "Les photos restent ici." in house.signed_in("child-fessart").get("/-/charte").text


def test_what_nobody_can_read_nobody_accepts(house: House) -> None:
    publish_city(house, ASKED)
    browser = house.signed_in("guardian-fessart")
    assert browser.get("/-/charte").status == 503
    assert browser.get("/fessart/").status == 303


def test_a_damaged_city_lets_nobody_in_unasked(house: House) -> None:
    publish_city(house, b"{")
    browser = house.signed_in("guardian-fessart")
    assert browser.get("/fessart/").status == 503
    assert browser.get("/escudier/").status == 403


@pytest.mark.parametrize("fields", ["", "jeton=x", "version=2022-09-01", "jeton={other}&version=2022-09-01"])
def test_accepting_needs_the_sessions_own_token(asking: House, fields: str) -> None:
    browser, other = asking.signed_in("guardian-fessart"), asking.signed_in("guardian-two")
    assert browser.post("/-/charte", fields.format(other=field(other, "jeton"))).status == 403
    assert browser.get("/fessart/").status == 303


@pytest.mark.parametrize("version", ["", "2022-08-31", "2022-09-01%20", "x"])
def test_only_the_current_version_is_accepted(asking: House, version: str) -> None:
    browser = asking.signed_in("guardian-fessart")
    assert accept(browser, version=version).status == 200
    assert browser.get("/fessart/").status == 303


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example/", "/-/deconnexion", "/ville/"])
def test_no_bad_return_address_is_followed(asking: House, back: str) -> None:
    browser = asking.signed_in("guardian-fessart")
    assert field(browser, "retour", f"/-/charte?retour={back}") == "/"
    assert accept(browser, back).location == "/"


def test_what_is_kept_names_nobody(asking: House) -> None:
    browser = asking.signed_in("guardian-fessart")
    accept(browser)
    held = asking.config.sessions.with_name("accounts.sqlite3")
    written = b"".join(path.read_bytes() for path in held.parent.glob(f"{held.name}*"))
    assert b"2022-09-01" in written
    for secret in (b"guardian-fessart", b"Paul", b"ecoles.example"):
        assert secret not in written
