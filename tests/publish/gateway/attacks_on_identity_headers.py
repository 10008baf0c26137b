"""Attacks with headers: a browser, or a program on the way, says who it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from publish.ents import folded
from publish.gateway import identity_headers
from publish.gateway.identity_headers import FrontGateway, OneRouteOnly
from tests.publish.gateway.browser import NAVIGATION, Browser
from tests.publish.gateway.front import PREFIX, SECRET_HEADER, RawHeaders
from tests.publish.gateway.house import FESSART, House, listed, policy_of
from tests.publish.gateway.protection import Protection, opens

SUBJECT = f"{PREFIX}sub".lower().encode()
SECRET = SECRET_HEADER.lower().encode()


def spoofed(house: House) -> bool:
    """Somewhere in the house, now or one day, a header might be believed: such a request is not even answered."""
    return house.browser().ask("GET", "/fessart/", headers=NAVIGATION, more=[(SUBJECT, b"x")]).status != 400


def folded_by_a_proxy(house: House) -> bool:
    """CVE-2025-64484: an underscore that one server passes and the next one folds."""
    more = [(b"x_preau_secret", b"guessed")]
    return house.browser().ask("GET", "/fessart/", headers=NAVIGATION, more=more).status != 400


def everywhere(patch: pytest.MonkeyPatch) -> None:
    async def call(self: OneRouteOnly, scope: Any, receive: Any, send: Any) -> None:
        await self._app(scope, receive, send)

    patch.setattr(OneRouteOnly, "__call__", call)


def only_as_written(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(identity_headers, "folded", str.lower)


def enter(house: House, more: RawHeaders, **scope: Any) -> Browser:
    browser = house.browser()
    target = house.start(browser, "passerelle").removeprefix(browser.origin)
    if scope:
        real = browser.app

        async def through(given: Any, receive: Any, send: Any) -> None:
            await real({**given, **scope}, receive, send)

        browser.app = through
    browser.ask("GET", target, headers=NAVIGATION, more=more)
    return browser


def without_the_secret(house: House) -> bool:
    """Past the gateway in front (another way to our port), somebody writes the headers themselves."""
    more = [pair for pair in house.front.identity("guardian-fessart") if pair[0] != SECRET]
    return opens(enter(house, more))


def any_secret(patch: pytest.MonkeyPatch) -> None:
    class Equal:
        compare_digest = staticmethod(lambda *_: True)

    patch.setattr(identity_headers, "hmac", Equal)


def from_elsewhere(house: House) -> bool:
    """The secret leaked; whoever has it speaks from another machine."""
    return opens(enter(house, house.front.identity("guardian-fessart"), client=("192.0.2.1", 1)))


def from_anywhere(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(FrontGateway, "_is_listed", lambda *_: True)


def second_header(house: House) -> bool:
    """The gateway in front passes on what a browser added to its own words, in another spelling."""
    added = (f"{PREFIX}ENTPersonStructRattachUAI".replace("_", "-").lower().encode(), FESSART.encode())
    return opens(enter(house, [*house.front.identity("guardian-outside"), added]))


def the_last_one(patch: pytest.MonkeyPatch) -> None:
    def read(ent: Any, headers: Any) -> dict[str, str]:
        spelled = {folded(name): name for name in ent.spelled}
        named = [(folded(name.decode()), value.decode()) for name, value in headers]
        return {spelled[name]: value for name, value in named if name in spelled}

    patch.setattr(identity_headers, "read_values", read)


def nobody(house: House) -> bool:
    """A variable without a value becomes a word: everybody for whom it is missing would be one person."""
    more = [(name, b"null" if name == SUBJECT else value) for name, value in house.front.identity("guardian-fessart")]
    return opens(enter(house, more))


def on_no_list(house: House) -> bool:
    """A blocked person has the gateway in front take away the header by which the list knows them (`Connection`)."""
    known_by = f"{PREFIX}name"
    front = house.gateway.sign_ins["passerelle"]
    assert isinstance(front, FrontGateway)
    front.ent = replace(front.ent, claims=replace(front.ent.claims, identifier=known_by))
    blocked = listed(front.ent.issuer, "Paul Exemple")
    house.policy("fessart", replace(policy_of("fessart", house.ents["ecoles"].issuer), blocked=blocked))
    house.clock.later(seconds=10)
    said = house.front.identity("guardian-fessart")
    assert not opens(enter(house, said)), "nobody is blocked"
    return opens(enter(house, [pair for pair in said if pair[0] != known_by.lower().encode()]))


PROTECTIONS: Mapping[str, Protection] = {
    "identity headers at one address": Protection(spoofed, everywhere),
    "every spelling of a header": Protection(folded_by_a_proxy, only_as_written),
    "secret of the gateway in front": Protection(without_the_secret, any_secret),
    "peers of the gateway in front": Protection(from_elsewhere, from_anywhere),
    "one header of a name": Protection(second_header, the_last_one),
    "identifier of the lists in the headers": Protection(
        on_no_list, lambda patch: patch.setattr(identity_headers, "is_listable", lambda *_: True)
    ),
    "nobody is no person": Protection(nobody, lambda patch: patch.setattr(identity_headers, "NOBODY", frozenset())),
}
