"""Attacks on sessions and on our own forms."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from publish.gateway import (
    context,
    endpoints,
    private_sqlite,
    sessions_sqlite,
    sign_in_routes,
)
from publish.gateway.cookies import Cookie
from publish.gateway.private_sqlite import Unchanged
from publish.gateway.sessions import NewSession
from publish.gateway.sessions_sqlite import SqliteSessions
from tests.publish.gateway.browser import Browser
from tests.publish.gateway.house import FESSART, House
from tests.publish.gateway.protection import PHOTO, SESSION, Protection, opens


def without_session(house: House) -> bool:
    return house.browser().fetch(PHOTO).status == 200


def anybody_is_a_visitor(patch: pytest.MonkeyPatch) -> None:
    from publish.access import Membership, MembershipKind, Person
    from publish.gateway.accounts import NOBODY
    from publish.gateway.context import Gateway, Visitor
    from publish.gateway.sessions import Session
    from tests.publish.gateway.house import START

    async def visitor(gateway: Gateway, request: object) -> Visitor:
        person = Person("x", "x", frozenset({Membership(MembershipKind.CHILD, FESSART)}))
        return Visitor("x", Session(person, "ecoles", started=START), "x", NOBODY)

    patch.setattr(endpoints, "visitor_of", visitor)


def fixation(house: House) -> bool:
    """Somebody plants a value in a visitor's browser, waits until they sign in, then uses it."""
    attacker, victim = house.signed_in("nobody-known"), house.browser()
    victim.cookies[SESSION] = attacker.cookies[SESSION]
    house.finish(victim, house.start(victim), "guardian-fessart")
    return opens(attacker)


def keep_the_value(patch: pytest.MonkeyPatch) -> None:
    real = SqliteSessions.open

    async def opened(self: SqliteSessions, new: NewSession, replaced: str | None) -> str:
        if replaced:
            patch.setattr(sessions_sqlite, "new_token", lambda: replaced)
        return await real(self, new, replaced)

    patch.setattr(SqliteSessions, "open", opened)


def after_sign_out(house: House) -> bool:
    browser = house.signed_in("guardian-fessart")
    kept = dict(browser.cookies)
    sign_out(browser)
    browser.cookies = kept
    return opens(browser)


def sign_out(browser: Browser, **headers: str) -> None:
    token = browser.get("/-/compte").text.split('name="jeton" value="')[1].split('"')[0]
    browser.post("/-/deconnexion", f"jeton={token}", **headers)


def never_end(patch: pytest.MonkeyPatch) -> None:
    async def end(self: SqliteSessions, token: str) -> str:
        return ""

    patch.setattr(SqliteSessions, "end", end)


def ended_elsewhere(house: House) -> bool:
    """Another program ends it: a second gateway that shares the file, or whoever looks after the machine."""
    browser = house.signed_in("guardian-fessart")
    assert opens(browser)
    elsewhere(house.config.sessions, "DELETE FROM sessions")
    return opens(browser)


def elsewhere(file: Path, statement: str) -> None:
    """A statement of another program."""
    program = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute(sys.argv[2]); db.commit()"
    subprocess.run([sys.executable, "-c", program, str(file), statement], check=True)


def ask_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Unchanged, "_ask_again", lambda self: None)
    patch.setattr(private_sqlite, "MOST_SHARED", float("inf"))


def writes_of_others_alone(patch: pytest.MonkeyPatch) -> None:
    real = Unchanged._now
    patch.setattr(Unchanged, "_now", lambda self: (real(self)[0], 0))


def idle(house: House) -> bool:
    browser = house.signed_in("guardian-fessart")
    house.clock.later(minutes=30)
    return opens(browser)


def absolute(house: House) -> bool:
    browser = house.signed_in("guardian-fessart")
    for _ in range(25):
        house.clock.later(minutes=20)
        browser.get("/fessart/")
    return opens(browser)


def own_device(house: House) -> bool:
    """The box « this device is mine » does not outlive the city's limit."""
    browser = house.browser()
    answer = browser.post("/-/connexion/ecoles", "retour=/&appareil=1")
    house.finish(browser, answer.location, "guardian-fessart")
    house.clock.later(hours=7)
    assert opens(browser)
    house.clock.later(hours=1)
    return opens(browser)


def no_limits(patch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    from publish.gateway import kept
    from publish.gateway.sessions import Limits

    patch.setattr(kept, "Limits", lambda *_: Limits(timedelta(days=9), timedelta(days=9)))


def planted_cookie(house: House) -> bool:
    """Cookie tossing: a second cookie of the same name makes a visitor act in somebody else's session."""
    attacker, victim = house.signed_in("city-officer"), house.signed_in("guardian-fessart")
    both = f"{SESSION}={victim.cookies[SESSION]}; {SESSION}={attacker.cookies[SESSION]}"
    victim.cookies = {}
    return victim.get("/escudier/", cookie=both).status == 200


def read_the_last(patch: pytest.MonkeyPatch) -> None:
    def read(self: Cookie, headers: Any) -> str | None:
        pairs = [
            pair.strip().split("=")
            for name, value in headers
            if name == b"cookie"
            for pair in value.decode().split(";")
        ]
        return dict(pairs).get(self.name)

    patch.setattr(Cookie, "read", read)


def stolen_file(house: House) -> bool:
    """Somebody reads the sessions' file and uses what it holds."""
    house.signed_in("guardian-fessart")
    with sqlite3.connect(house.config.sessions) as db:
        ((stored,),) = db.execute("SELECT token FROM sessions").fetchall()
    db.close()
    thief = house.browser()
    thief.cookies[SESSION] = stored.decode("latin-1").replace("\n", "").replace(";", "")
    return opens(thief)


def store_as_it_is(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sessions_sqlite, "token_hash", str.encode)


def forged_sign_out(house: House) -> bool:
    """Even with the session's token (leaked, say), a form of another site signs nobody out."""
    browser = house.signed_in("guardian-fessart")
    sign_out(browser, origin="https://evil.example", sec_fetch_site="cross-site")
    return not opens(browser)


def forged_token(house: House) -> bool:
    browser = house.signed_in("guardian-fessart")
    browser.post("/-/deconnexion", "jeton=x")
    return not opens(browser)


def any_token(patch: pytest.MonkeyPatch) -> None:
    class Equal:
        compare_digest = staticmethod(lambda *_: True)

    patch.setattr(context, "hmac", Equal)


def forged_sign_in(house: House) -> bool:
    browser = house.browser()
    return browser.post("/-/connexion/ecoles", origin="https://evil.example", sec_fetch_site="cross-site").status == 303


def any_form(patch: pytest.MonkeyPatch) -> None:
    for module in (context, sign_in_routes):
        patch.setattr(module, "is_own_form", lambda *_: True)


PROTECTIONS: Mapping[str, Protection] = {
    "session required": Protection(without_session, anybody_is_a_visitor),
    "new session value at sign-in": Protection(fixation, keep_the_value),
    "sign-out ends the session": Protection(after_sign_out, never_end),
    "ended sessions are read again": Protection(after_sign_out, writes_of_others_alone),
    "sessions that another program ends": Protection(ended_elsewhere, ask_once),
    "idle limit": Protection(idle, no_limits),
    "absolute limit": Protection(absolute, no_limits),
    "absolute limit on one's own device": Protection(own_device, no_limits),
    "one cookie only": Protection(planted_cookie, read_the_last),
    "hashed session values": Protection(stolen_file, store_as_it_is),
    "sign-out form of ours": Protection(forged_sign_out, any_form),
    "token of the sign-out form": Protection(forged_token, any_token),
    "sign-in form of ours": Protection(forged_sign_in, any_form),
}
