"""The way out to a provider and back: whose browser, which provider, how often, and where to."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from tests.publish.gateway.browser import Browser
from tests.publish.gateway.corpus import texts
from tests.publish.gateway.house import House

SESSION, ATTEMPT = "__Host-preau", "__Host-preau-connexion"


def test_the_choice(nobody: Browser) -> None:
    answer = nobody.get("/-/connexion?retour=/fessart/plan/")
    assert answer.status == 200
    assert answer.text.count("<form") == 1
    ways = [f"/-/connexion/{ent}" for ent in ("ecoles", "mairie", "academie", "classe", "passerelle")]
    assert re.findall(r'formaction="([^"]+)"', answer.text) == ways
    assert answer.text.count('value="/fessart/plan/"') == 1
    policy = answer.header("content-security-policy")
    assert policy is not None
    origins = " ".join(f"https://{name}.example" for name in ("ecoles", "mairie", "academie", "classe", "passerelle"))
    assert policy.endswith(f"form-action 'self' {origins}")
    assert answer.header("referrer-policy") == "same-origin"
    assert answer.header("cache-control") == "no-store"
    assert answer.header("set-cookie") is None


def test_the_choice_never_redirects(house: House) -> None:
    stranger = house.signed_in("nobody-known")
    answer = stranger.get("/-/connexion?retour=/fessart/")
    assert answer.status == 200
    assert "already signed in" in answer.text


def test_no_bad_return_address_is_followed(house: House) -> None:
    for text in texts("return_addresses.txt"):
        browser = house.browser()
        page = browser.get(f"/-/connexion?retour={quote(text)}")
        assert 'name="retour" value="/"' in page.text, text
        answer = browser.post("/-/connexion/ecoles", f"retour={quote(text)}")
        back = house.finish(browser, answer.location, "guardian-two")
        assert (back.status, back.location) == (303, "/"), text


def test_a_return_address_given_twice(house: House) -> None:
    answer = house.browser().get("/-/connexion?retour=/fessart/&retour=//evil.example")
    assert 'value="/"' in answer.text
    assert "evil" not in answer.text


def test_cookies_of_a_sign_in(house: House) -> None:
    browser = house.browser()
    answer = browser.post("/-/connexion/ecoles")
    set_attempt = answer.header("set-cookie")
    assert set_attempt is not None
    assert set_attempt.startswith(f"{ATTEMPT}=")
    assert set_attempt.endswith("Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=600")
    back = house.finish(browser, answer.location, "guardian-fessart")
    set_session = back.header("set-cookie")
    assert set_session is not None
    assert set_session.startswith(f"{SESSION}=")
    assert set_session.endswith("Path=/; HttpOnly; SameSite=Lax; Secure")
    assert len(set_session) < 200


def test_a_device_of_ones_own(house: House) -> None:
    browser = house.browser()
    assert 'name="appareil"' in browser.get("/-/connexion").text
    answer = browser.post("/-/connexion/ecoles", "retour=/&appareil=1")
    cookie = house.finish(browser, answer.location, "guardian-fessart").header("set-cookie")
    assert cookie is not None
    assert cookie.endswith("Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=28800")
    house.clock.later(hours=7, minutes=59)
    assert browser.get("/fessart/").status == 200
    house.clock.later(minutes=1)
    assert browser.get("/fessart/").status == 303


def test_the_box_of_one_tab_is_not_anothers(house: House) -> None:
    browser = house.browser()
    ticked = browser.post("/-/connexion/ecoles", "retour=/&appareil=1").location
    plain = house.start(browser)
    house.finish(browser, ticked, "guardian-fessart")
    house.finish(browser, plain, "guardian-fessart")
    house.clock.later(minutes=30)
    assert browser.get("/fessart/").status == 303


def test_a_city_may_offer_no_box(tmp_path, loop) -> None:
    from tests.publish.gateway.house import build_house

    strict = build_house(tmp_path, loop, own_device=None)
    browser = strict.browser()
    assert "appareil" not in browser.get("/-/connexion").text
    answer = browser.post("/-/connexion/ecoles", "retour=/&appareil=1")
    cookie = strict.finish(browser, answer.location, "guardian-fessart").header("set-cookie")
    assert cookie is not None
    assert "Max-Age" not in cookie
    strict.clock.later(minutes=30)
    assert browser.get("/fessart/").status == 303
    strict.close()


def test_the_demonstration_has_its_own_cookies(tmp_path, loop) -> None:
    from dataclasses import replace

    from tests.publish.gateway.house import build_house, ent_config

    local = build_house(
        tmp_path,
        loop,
        address="http://127.0.0.1:8000",
        demonstration=True,
        ents=(ent_config("ecoles", "https://ecoles.example"),),
    )
    browser = local.signed_in("guardian-fessart")
    assert set(browser.cookies) == {"preau-demo", "preau-demo-connexion"}
    assert browser.get("/fessart/").header("strict-transport-security") is None
    with pytest.raises(Exception, match="https"):
        replace(local.config, demonstration=False)
    local.close()


def test_several_tabs_at_once(house: House) -> None:
    browser = house.browser()
    first, second = house.start(browser, back="/fessart/"), house.start(browser, back="/fessart/plan/")
    assert house.finish(browser, second, "guardian-fessart").location == "/fessart/plan/"
    assert house.finish(browser, first, "guardian-fessart").location == "/fessart/"
    assert browser.get("/fessart/").status == 200


def test_signing_in_renews_the_session(house: House) -> None:
    browser = house.signed_in("guardian-fessart")
    before = browser.cookies[SESSION]
    house.finish(browser, house.start(browser), "guardian-two")
    assert browser.cookies[SESSION] != before
    browser.cookies[SESSION] = before
    assert browser.get("/fessart/").status == 303, "the session before still lives"


def test_an_answer_is_good_once(house: House) -> None:
    browser = house.browser()
    target = house.ents["ecoles"].authorize(house.start(browser), "guardian-fessart")
    assert browser.get(target).status == 303
    assert browser.get(target).status == 400


def test_an_answer_for_another_browser(house: House) -> None:
    """Sign-in CSRF: somebody makes a visitor follow an answer of their own, to have them act under another name."""
    attacker, visitor = house.browser(), house.browser()
    house.start(visitor)
    target = house.ents["ecoles"].authorize(house.start(attacker), "guardian-outside")
    assert visitor.get(target, sec_fetch_site="cross-site").status == 400
    assert SESSION not in visitor.cookies
    assert attacker.get(target).status == 303, "the visitor used it up"


def test_an_answer_for_another_provider(house: House) -> None:
    browser = house.browser()
    target = house.ents["ecoles"].authorize(house.start(browser, "ecoles"), "guardian-fessart")
    assert browser.get(target.replace("/ecoles/", "/mairie/")).status == 400
    assert "/token" not in house.ents["mairie"].calls, "the code was shown to another provider"
    assert house.events()[-1]["reason"] == "answer of another provider"


def test_an_old_answer(house: House) -> None:
    browser = house.browser()
    target = house.ents["ecoles"].authorize(house.start(browser), "guardian-fessart")
    house.clock.later(minutes=10)
    assert browser.get(target).status == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example", "sec_fetch_site": "cross-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://centres.example"},
        {"origin": "https://centres.example:444"},
        {"origin": "https://centres.example.evil.example"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
        {"sec_fetch_site": "cross-site"},
    ],
)
def test_a_form_of_another_site_starts_nothing(house: House, headers: dict[str, str]) -> None:
    browser = house.browser()
    answer = browser.post("/-/connexion/ecoles", "retour=/", **headers)
    assert answer.status == 403
    assert browser.cookies == {}
    assert house.events()[-1]["event"] == "forged form"


def test_a_form_without_any_origin_starts_nothing(nobody: Browser) -> None:
    assert nobody.ask("POST", "/-/connexion/ecoles", headers={"accept": "text/html"}).status == 403


def test_one_of_both_headers_is_enough(nobody: Browser) -> None:
    assert nobody.ask("POST", "/-/connexion/ecoles", headers={"origin": "https://centres.example"}).status == 303
    assert nobody.ask("POST", "/-/connexion/ecoles", headers={"sec-fetch-site": "same-origin"}).status == 303


def test_unknown_providers(nobody: Browser) -> None:
    assert nobody.post("/-/connexion/inconnu").status == 404
    assert nobody.get("/-/connexion/inconnu/retour?code=x&state=y").status == 404


def test_methods(nobody: Browser) -> None:
    assert nobody.get("/-/connexion/ecoles").status == 405
    assert nobody.ask("HEAD", "/-/connexion/ecoles/retour").status == 405
    assert nobody.ask("PUT", "/-/connexion/ecoles/retour").status == 405
    assert nobody.post("/-/connexion").status == 405


def test_dropped_schools_are_logged(house: House) -> None:
    house.ents["ecoles"].people["x"] = {
        "ENTPersonProfils": "National_TUT",
        "ENTPersonStructRattachUAI": ["0690078K", "canary"],
    }
    house.signed_in("x")
    dropped = [event["uai"] for event in house.events() if event["event"] == "dropped uai"]
    assert dropped == ["0690078K", "malformed"]
    assert "canary" not in house.log.getvalue()


def test_signed_out_page(nobody: Browser) -> None:
    assert "signed out" in nobody.get("/-/connexion/au-revoir").text


def test_a_notice_that_proves_nothing_ends_nothing(house: House) -> None:
    browser = house.signed_in("guardian-fessart")
    for body in ("", "logout_token=x", "logoutRequest=x"):
        answer = house.browser().post("/-/connexion/ecoles/retour", body)
        assert (answer.status, answer.body) == (400, b"")
        assert house.events()[-1]["event"] == "provider sign-out refused"
    assert house.browser().post("/-/connexion/inconnu/retour").status == 404
    assert browser.get("/fessart/").status == 200
