"""Gateways that share a real Redis or Valkey: a session, a code and a charter of one count at the other; away, nobody
enters, and the page that says so is calm."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from publish.access import Grant
from publish.gateway.sessions import MOST_PER_BROWSER
from publish.sessions_server import SessionsServer
from tests.publish.gateway.browser import Browser
from tests.publish.gateway.house import House, build_house
from tests.publish.gateway.redis_peer import PASSWORD, RedisPeer
from tests.publish.gateway.test_charter_routes import ASKED, TEXTS, accept
from tests.publish.gateway.test_city import publish_city
from tests.publish.gateway.test_code_routes import token_of, type_code


@dataclass
class Pair:
    one: House
    other: House

    def at_the_other(self, browser: Browser) -> Browser:
        """The same browser, which a balancer sends to the other gateway."""
        return Browser(self.other.app, self.one.loop, browser.origin, browser.cookies)  # type: ignore[arg-type]


@pytest.fixture
def pair(tmp_path: Path, redis_peer: RedisPeer, loop: asyncio.Runner) -> Iterator[Pair]:
    houses = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        houses.append(build_house(tmp_path / name, loop, sessions_server=redis_peer.settings))
    yield Pair(*houses)
    for house in houses:
        house.close()


def test_a_session_of_one_is_one_of_the_other(pair: Pair) -> None:
    browser = pair.one.signed_in("guardian-fessart")
    there = pair.at_the_other(browser)
    assert there.get("/fessart/").status == 200
    assert there.get("/escudier/").status == 403
    there.post("/-/deconnexion", f"jeton={token_of(there)}")
    assert browser.get("/fessart/").status == 303


def test_a_sign_in_may_end_at_the_other(pair: Pair) -> None:
    browser = pair.one.browser()
    url = pair.one.start(browser, back="/fessart/plan/")
    pair.other.ents["ecoles"].codes.update(pair.one.ents["ecoles"].codes)
    there = pair.at_the_other(browser)
    assert pair.other.finish(there, url, "guardian-fessart").location == "/fessart/plan/"
    assert browser.get("/fessart/").status == 200


def test_a_code_and_a_charter_of_one_count_at_the_other(pair: Pair) -> None:
    for house in (pair.one, pair.other):
        publish_city(house, ASKED, **TEXTS)
    code = pair.one.letter("fessart", Grant.STAFF)
    held = pair.one.loop.run(pair.one.gateway.sites.in_force("fessart")).policy
    assert held
    pair.other.policy("fessart", held)
    pair.other.clock.later(seconds=20)
    browser = pair.one.signed_in("nobody-known")
    assert type_code(browser, code).status == 303
    assert accept(browser).status == 303
    there = pair.at_the_other(browser)
    assert there.get("/fessart/").status == 200
    again = pair.other.signed_in("guardian-outside")
    assert "used already" in type_code(again, code).text


def test_tabs_that_sign_in_at_once(pair: Pair) -> None:
    browser = pair.one.browser()
    there = pair.at_the_other(browser)
    urls = [pair.one.start(browser, back="/fessart/") for _ in range(MOST_PER_BROWSER)]
    answers = [pair.one.finish(browser, url, "guardian-fessart").status for url in urls]
    assert answers == [303] * MOST_PER_BROWSER
    assert there.get("/fessart/").status == 200


def test_away_nobody_enters_and_the_page_says_so(tmp_path: Path, loop: asyncio.Runner) -> None:
    house = build_house(tmp_path, loop, sessions_server=SessionsServer(socket=tmp_path / "nothing", password=PASSWORD))
    browser = house.browser()
    browser.cookies["__Host-preau"] = "x" * 43
    browser.cookies["__Host-preau-connexion"] = "x" * 43
    for answer in (
        browser.get("/fessart/"),
        browser.fetch("/fessart/photos/0123456789abcdef-640.webp"),
        browser.get("/inconnu/"),
        browser.get("/-/connexion"),
        browser.post("/-/connexion/ecoles", "retour=/"),
        browser.get("/-/connexion/ecoles/retour?state=x&code=y"),
    ):
        assert answer.status == 503
        assert "Back in a moment" in answer.text
        assert answer.header("retry-after") == "60"
    assert browser.get("/-/mentions-legales").status == 200
    assert browser.get("/-/sante").status == 200
    house.close()
