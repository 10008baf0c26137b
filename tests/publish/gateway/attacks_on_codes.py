"""Attacks on the codes of letters, and on the charter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from publish import access
from publish.access import Grant, LetterCode, Person, Policy
from publish.gateway import accounts_sqlite, charter_routes, code_routes
from publish.gateway.accounts import MOST_GUESSES, MOST_WRONG, MOST_WRONG_IN_ALL, Outcome
from publish.gateway.accounts_sqlite import SqliteAccounts
from publish.gateway.city import CityPages
from publish.heads import read_head
from publish.layout import HEADS
from publish.letter_codes import reference, shown, typed
from publish.policies import Signature, add_codes, read_policy
from publish.series import append
from tests.publish.gateway import house as house_module
from tests.publish.gateway.attacks_on_sessions import any_form, any_token, ask_once, elsewhere
from tests.publish.gateway.house import House
from tests.publish.gateway.protection import Protection, opens
from tests.publish.gateway.test_charter_routes import ASKED, TEXTS, accept
from tests.publish.gateway.test_city import publish_city
from tests.publish.gateway.test_code_routes import revoke, token_of, type_code, wrong_like

STRANGER = "guardian-outside"


def used_again(house: House) -> bool:
    """Somebody finds the letter in a bin, after the family used it."""
    code = house.letter("fessart")
    type_code(house.signed_in("nobody-known"), code)
    thief = house.signed_in(STRANGER)
    type_code(thief, code)
    return opens(thief)


def for_everybody(patch: pytest.MonkeyPatch) -> None:
    """Whoever types it has it."""
    real = SqliteAccounts.redeem

    async def redeem(self: SqliteAccounts, account: str, code: str | None, *, right: bool, also: object) -> Outcome:
        if right:
            self._db.execute("DELETE FROM codes WHERE code = ?", (code,))
        return await real(self, account, code, right=right)

    patch.setattr(SqliteAccounts, "redeem", redeem)


def guessing_on_and_on(house: House) -> bool:
    """One account tries codes until one is right; here the right one comes after the last try."""
    code, others = house.letter("fessart"), [house.letter("fessart") for _ in range(MOST_WRONG)]
    guesser = house.signed_in(STRANGER)
    for other in others:
        type_code(guesser, wrong_like(other))
    type_code(guesser, code)
    return opens(guesser)


def guessing_one_letter(house: House) -> bool:
    """Several accounts try the codes of one letter, whose reference somebody saw."""
    code = house.letter("fessart")
    for number in range(MOST_GUESSES):
        house.ents["ecoles"].people[f"x{number}"] = {}
        type_code(house.signed_in(f"x{number}"), wrong_like(code))
    last = house.signed_in(STRANGER)
    type_code(last, code)
    return opens(last)


def guessing_one_reference(house: House) -> bool:
    """The same, where a letter of another centre has the same reference by chance."""
    code = house.letter("billancourt")
    plain = typed(code)
    assert plain
    twin = LetterCode(reference(plain), "f" * 64, Grant.STAFF, "", date(2023, 8, 31))
    add_codes(house.store, "fessart", [twin], Signature(house.clock(), "test"))
    house.clock.later(seconds=10)
    for number in range(MOST_GUESSES):
        house.ents["ecoles"].people[f"x{number}"] = {}
        type_code(house.signed_in(f"x{number}"), wrong_like(code))
    last = house.signed_in(STRANGER)
    type_code(last, code)
    return opens(last, "/billancourt/")


def against_one_letter(patch: pytest.MonkeyPatch) -> None:
    real = SqliteAccounts.redeem

    async def redeem(self: SqliteAccounts, account: str, code: str | None, *, right: bool, also: object) -> Outcome:
        return await real(self, account, code, right=right)

    patch.setattr(SqliteAccounts, "redeem", redeem)


def guessing_in_a_crowd(house: House) -> bool:
    """Many accounts try many letters."""
    code = house.letter("fessart")
    for number in range(MOST_WRONG_IN_ALL):
        house.loop.run(house.gateway.accounts.redeem(f"{number:064}", None, right=False))
    last = house.signed_in(STRANGER)
    type_code(last, code)
    return opens(last)


def after_it_was_taken_back(house: House) -> bool:
    code = house.letter("fessart", Grant.STAFF)
    browser = house.signed_in("nobody-known")
    type_code(browser, code)
    revoke(house, "fessart", code)
    return opens(browser)


def once_and_for_all(patch: pytest.MonkeyPatch) -> None:
    """What was bound counts, whatever the policy holds."""

    def held(policy: Policy, person: Person) -> tuple[LetterCode, ...]:
        return tuple(LetterCode("2222", code, Grant.STAFF, "", date.max) for code in person.codes)

    patch.setattr(access, "codes_held", held)


def lost_elsewhere(house: House) -> bool:
    """Another program takes an account's codes away."""
    browser = house.signed_in("nobody-known")
    type_code(browser, house.letter("fessart"))
    assert opens(browser)
    elsewhere(house.config.sessions.with_name(accounts_sqlite.NAME), "DELETE FROM codes")
    return opens(browser)


def in_another_centre(house: House) -> bool:
    browser = house.signed_in("nobody-known")
    type_code(browser, house.letter("fessart", Grant.STAFF))
    return opens(browser, "/escudier/")


def after_its_last_day(house: House) -> bool:
    code = house.letter("fessart", until=date(2022, 11, 8))
    browser = house.signed_in("nobody-known")
    type_code(browser, code)
    return opens(browser)


def out_of_the_store(house: House) -> bool:
    """Somebody reads the policy, and types what it holds."""
    house.letter("fessart")
    held = read_policy(house.store, "fessart")
    assert held
    thief = house.signed_in(STRANGER)
    for entry in held.policy.codes:
        code = typed(bytes.fromhex(entry.hash).decode("latin-1").strip("\0"))
        if code:
            type_code(thief, shown(code))
    return opens(thief)


def codes_as_they_are(patch: pytest.MonkeyPatch) -> None:
    for module in (house_module, code_routes):
        patch.setattr(module, "code_hash", lambda _key, code: code.encode().hex().ljust(64, "0"))


def forged_code(house: House) -> bool:
    """Another site makes a visitor's browser type a code: the attacker's letter is then used up, or worse, theirs."""
    browser, code = house.signed_in("nobody-known"), house.letter("fessart")
    fields = f"jeton={token_of(browser)}&code={code}"
    browser.post("/-/code", fields, origin="https://evil.example", sec_fetch_site="cross-site")
    return opens(browser)


def forged_code_token(house: House) -> bool:
    browser, code = house.signed_in("nobody-known"), house.letter("fessart")
    browser.post("/-/code", f"jeton=x&code={code}")
    return opens(browser)


def unread_charter(house: House) -> bool:
    publish_city(house, ASKED, **TEXTS)
    return opens(house.signed_in("guardian-fessart"))


def damaged_charter(house: House) -> bool:
    """What the city published last can't be read: nobody knows any more that there is a charter."""
    publish_city(house, ASKED, **TEXTS)
    held = read_head(house.store, "ville")
    assert held
    assert append(house.store, "ville", HEADS, held.number + 1, b"{}")
    house.clock.later(seconds=10)
    return opens(house.signed_in("guardian-fessart"))


def damaged_as_if_absent(patch: pytest.MonkeyPatch) -> None:
    async def charter(city: CityPages) -> str:
        facts = await city.facts()
        return facts.charter if facts else ""

    patch.setattr(CityPages, "charter", charter)


def never_asked(patch: pytest.MonkeyPatch) -> None:
    async def must_accept(*_: object) -> bool:
        return False

    patch.setattr(charter_routes, "must_accept", must_accept)


def forged_charter(house: House) -> bool:
    """Another site accepts the charter in somebody's name."""
    publish_city(house, ASKED, **TEXTS)
    browser = house.signed_in("guardian-fessart")
    accept(browser, origin="https://evil.example", sec_fetch_site="cross-site")
    return opens(browser)


def forged_charter_token(house: House) -> bool:
    publish_city(house, ASKED, **TEXTS)
    browser = house.signed_in("guardian-fessart")
    browser.post("/-/charte", "jeton=x&version=2022-09-01")
    return opens(browser)


PROTECTIONS: Mapping[str, Protection] = {
    "a letter's code for one account": Protection(used_again, for_everybody),
    "wrong codes of one account": Protection(
        guessing_on_and_on, lambda patch: patch.setattr(accounts_sqlite, "MOST_WRONG", 9**9)
    ),
    "wrong codes of one letter": Protection(
        guessing_one_letter, lambda patch: patch.setattr(accounts_sqlite, "MOST_GUESSES", 9**9)
    ),
    "wrong codes of one reference": Protection(guessing_one_reference, against_one_letter),
    "wrong codes in all": Protection(
        guessing_in_a_crowd, lambda patch: patch.setattr(accounts_sqlite, "MOST_WRONG_IN_ALL", 9**9)
    ),
    "codes of the policy in force": Protection(after_it_was_taken_back, once_and_for_all),
    "codes of one centre": Protection(in_another_centre, once_and_for_all),
    "codes that another program takes away": Protection(lost_elsewhere, ask_once),
    "last day of a code": Protection(
        after_its_last_day, lambda patch: patch.setattr(code_routes, "_is_late", lambda *_: False)
    ),
    "hashed codes": Protection(out_of_the_store, codes_as_they_are),
    "code form of ours": Protection(forged_code, any_form),
    "token of the code form": Protection(forged_code_token, any_token),
    "charter before entering": Protection(unread_charter, never_asked),
    "damaged charter lets nobody in": Protection(damaged_charter, damaged_as_if_absent),
    "charter form of ours": Protection(forged_charter, any_form),
    "token of the charter form": Protection(forged_charter_token, any_token),
}
