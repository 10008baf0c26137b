"""Codes of letters: what they give, to whom, how often; and that they give nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from publish.access import Grant
from publish.gateway.accounts import MOST_GUESSES, MOST_WRONG, Outcome
from publish.letter_codes import ALPHABET, reference, shown, typed
from publish.policies import Signature, remove_codes
from tests.publish.gateway.browser import Answer, Browser
from tests.publish.gateway.house import ESCUDIER, House, policy_of


def token_of(browser: Browser) -> str:
    found = re.search(r'name="jeton" value="([^"]+)"', browser.get("/-/code").text)
    assert found
    return found.group(1)


def type_code(browser: Browser, code: str, **headers: str) -> Answer:
    return browser.post("/-/code", f"jeton={token_of(browser)}&code={code}", **headers)


def wrong_like(code: str) -> str:
    """Another code of the same letter that could be right."""
    plain = typed(code)
    assert plain
    for sign in ALPHABET:
        for check in ALPHABET:
            other = plain[:6] + sign + plain[7:11] + check
            if other != plain and typed(other):
                return shown(other)
    raise AssertionError


def revoke(house: House, slug: str, code: str) -> None:
    remove_codes(house.store, slug, [reference(code)], Signature(house.clock(), "test"))
    house.clock.later(seconds=10)


@pytest.mark.parametrize("grant", Grant)
def test_a_code_opens_its_centre_and_no_other(house: House, grant: Grant) -> None:
    code = house.letter("fessart", grant)
    browser = house.signed_in("nobody-known")
    assert browser.get("/fessart/").status == 403
    answer = type_code(browser, code)
    assert (answer.status, answer.location) == (303, "/")
    assert browser.get("/").location == "/fessart/"
    assert browser.get("/fessart/").status == 200
    assert browser.get("/escudier/").status == 403
    assert house.events()[-2]["event"] == "refused" or house.events()[-1]["event"] == "refused"
    bound = next(event for event in house.events() if event["event"] == "code bound")
    assert (bound["centre"], bound["letter"]) == ("fessart", reference(code))
    assert code.replace("-", "") not in house.log.getvalue().replace("-", "")


def test_it_lasts_longer_than_the_session(house: House) -> None:
    code = house.letter("fessart")
    type_code(house.signed_in("nobody-known"), code)
    house.clock.later(days=200)
    assert house.signed_in("nobody-known").get("/fessart/").status == 200
    assert house.signed_in("guardian-outside").get("/fessart/").status == 403
    assert house.signed_in("nobody-known", ent="mairie").get("/fessart/").status == 403, "the subject of another ENT"


@pytest.mark.parametrize("spelled", ["{code}", "{lower}", "{plain}", "{spaced}", "%20{lower}%20"])
def test_it_is_read_however_it_is_spelled(house: House, spelled: str) -> None:
    code = house.letter("fessart")
    browser = house.signed_in("nobody-known")
    given = spelled.format(code=code, lower=code.lower(), plain=code.replace("-", ""), spaced=code.replace("-", "+"))
    assert type_code(browser, given).status == 303


def test_taking_it_back_ends_the_right_at_once(house: House) -> None:
    code, other = house.letter("fessart", Grant.STAFF), house.letter("fessart")
    browser, family = house.signed_in("nobody-known"), house.signed_in("guardian-outside")
    type_code(browser, code)
    type_code(family, other)
    assert browser.get("/fessart/").status == family.get("/fessart/").status == 200
    revoke(house, "fessart", code)
    assert browser.get("/fessart/").status == 403
    assert family.get("/fessart/").status == 200
    assert type_code(browser, code).status == 400


def test_a_blocked_person_stays_out(house: House) -> None:
    issuer = house.ents["ecoles"].issuer
    from tests.publish.gateway.house import listed

    house.policy("fessart", replace(policy_of("fessart", issuer), blocked=listed(issuer, "nobody-known")))
    code = house.letter("fessart", Grant.STAFF)
    browser = house.signed_in("nobody-known")
    assert type_code(browser, code).status == 303
    assert browser.get("/fessart/").status == 403


def test_a_family_code_gives_what_the_centre_admits_and_no_more(house: House) -> None:
    issuer = house.ents["ecoles"].issuer
    code = house.letter("fessart", Grant.CHILD)
    browser = house.signed_in("nobody-known")
    type_code(browser, code)
    held = house.loop.run(house.gateway.sites.in_force("fessart")).policy
    assert held
    house.policy("fessart", replace(held, admission="inscrits"))
    house.clock.later(seconds=10)
    assert browser.get("/fessart/").status == 200, "a letter goes to somebody enrolled"
    house.policy("fessart", replace(held, schools=frozenset({ESCUDIER})))
    house.clock.later(seconds=10)
    assert browser.get("/fessart/").status == 403, "the school is no longer the centre's"
    house.policy("fessart", replace(policy_of("fessart", issuer), codes=held.codes, admitted=frozenset()))
    house.clock.later(seconds=10)
    assert browser.get("/fessart/").status == 403, "pupils are no longer admitted"


def test_a_code_works_once(house: House) -> None:
    code = house.letter("fessart")
    first, second = house.signed_in("nobody-known"), house.signed_in("guardian-outside")
    assert type_code(first, code).status == 303
    answer = type_code(second, code)
    assert answer.status == 400
    assert "has been used already" in answer.text
    assert second.get("/fessart/").status == 403
    assert type_code(first, code).status == 303, "typing it again takes nothing away"
    assert first.get("/fessart/").status == 200
    refused = [event for event in house.events() if event["event"] == "code refused"]
    assert [(event["reason"], event["letter"]) for event in refused] == [(Outcome.USED, reference(code))]


def test_a_code_is_typed_until_its_last_day(house: House) -> None:
    code, late = house.letter("fessart", until=date(2022, 11, 9)), house.letter("escudier", until=date(2022, 11, 9))
    browser = house.signed_in("nobody-known")
    house.clock.later(hours=14, minutes=59)
    browser = house.signed_in("nobody-known")
    assert type_code(browser, code).status == 303
    house.clock.later(minutes=2)
    answer = type_code(browser, late)
    assert answer.status == 400
    assert "out of date" in answer.text
    assert browser.get("/escudier/").status == 403
    assert browser.get("/fessart/").status == 200, "what it gave does not end with that day"


def test_a_typing_mistake_costs_nothing(house: House) -> None:
    code = house.letter("fessart")
    browser = house.signed_in("nobody-known")
    plain = code.replace("-", "")
    for slip in ("", "x", plain[1] + plain[0] + plain[2:], "2" + plain[1:] if plain[0] != "2" else "3" + plain[1:],
                 plain + plain, "0OI1" + plain[4:]):  # fmt: skip
        if typed(slip) == plain:
            continue
        answer = type_code(browser, slip)
        assert answer.status == 400
        assert "One sign at least is not right" in answer.text, slip
    assert type_code(browser, code).status == 303


def test_an_account_guesses_a_few_times(house: House) -> None:
    code = house.letter("fessart")
    guesser = house.signed_in("nobody-known")
    for _ in range(MOST_WRONG):
        assert "No letter has this code" in type_code(guesser, wrong_like(code)).text
    again = house.signed_in("nobody-known")
    answer = type_code(again, code)
    assert answer.status == 429
    assert "Too many wrong codes" in answer.text


def test_a_letter_that_was_guessed_at_is_dead(house: House) -> None:
    code, other = house.letter("fessart"), house.letter("fessart")
    for number in range(MOST_GUESSES):
        house.ents["ecoles"].people[f"x{number}"] = {}
        assert type_code(house.signed_in(f"x{number}"), wrong_like(code)).status == 400
    browser = house.signed_in("nobody-known")
    answer = type_code(browser, code)
    assert answer.status == 400
    assert "no longer works" in answer.text
    assert browser.get("/fessart/").status == 403
    assert type_code(browser, other).status == 303


def test_what_is_wrong_says_nothing_of_what_exists(house: House) -> None:
    code = house.letter("fessart")
    nowhere = next(
        text
        for ref in ("2222", "3333", "4444")
        if ref != reference(code)
        for check in ALPHABET
        if typed(text := ref + "2222222" + check)
    )
    pages = [type_code(house.signed_in("nobody-known"), text).text for text in (wrong_like(code), nowhere)]
    known, unknown = (re.sub(r'name="jeton" value="[^"]+"', "", page) for page in pages)
    assert known == unknown


@pytest.mark.parametrize("fields", ["code={code}", "jeton=x&code={code}", "jeton={other}&code={code}",
                                    "jeton={own}&code={code}&code={code}"])  # fmt: skip
def test_the_form_needs_the_sessions_own_token(house: House, fields: str) -> None:
    code = house.letter("fessart")
    browser, other = house.signed_in("nobody-known"), house.signed_in("guardian-two")
    given = fields.format(code=code, own=token_of(browser), other=token_of(other))
    assert browser.post("/-/code", given).status in (400, 403)
    assert browser.get("/fessart/").status == 403


def test_a_form_of_another_site_binds_nothing(house: House) -> None:
    code = house.letter("fessart")
    browser = house.signed_in("nobody-known")
    for headers in (
        {"origin": "https://evil.example"},
        {"sec_fetch_site": "cross-site"},
        {"content_type": "text/plain"},
    ):
        assert type_code(browser, code, **headers).status == 403
    assert browser.get("/fessart/").status == 403


def test_without_a_session_there_is_no_form(house: House, nobody: Browser) -> None:
    assert nobody.get("/-/code").status == 303
    assert nobody.post("/-/code", f"code={house.letter('fessart')}").status == 401


def test_the_account_says_what_a_letter_gave(house: House) -> None:
    browser = house.signed_in("nobody-known")
    type_code(browser, house.letter("fessart"))
    assert "Family of Fessart, by a letter" in browser.get("/-/compte").text
    assert "No school that this site knows" not in browser.get("/-/compte").text
    type_code(browser, house.letter("escudier", Grant.STAFF))
    assert "Team of Escudier" in browser.get("/-/compte").text


def test_the_form_holds_what_was_typed_nowhere(house: House) -> None:
    browser = house.signed_in("nobody-known")
    answer = type_code(browser, "canary")
    assert "canary" not in answer.text
    policy = answer.header("content-security-policy")
    assert policy
    assert policy.endswith("form-action 'self'")
