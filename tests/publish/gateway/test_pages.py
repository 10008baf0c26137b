"""The gateway's pages: French, escaped, nothing inline or from elsewhere, in order for whoever can't see them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError

from publish.gateway.accounts import Outcome
from publish.gateway.pages import TEMPLATES
from tests.publish.gateway.browser import Answer, Browser
from tests.publish.gateway.house import House, build_house
from tests.publish.gateway.test_charter_routes import ASKED, TEXTS, accept
from tests.publish.gateway.test_city import publish_city
from tests.publish.gateway.test_code_routes import type_code, wrong_like


@pytest.fixture
def french_house(tmp_path: Path, loop: asyncio.Runner) -> Iterator[House]:
    house = build_house(tmp_path, loop, language="fr")
    publish_city(house, mentions_legales="<h2>Éditeur</h2><p>La ville</p>")
    yield house
    house.close()


def down(house: House) -> Answer:
    house.ents["mairie"].down = True
    return house.browser().post("/-/connexion/mairie")


PAGES: dict[str, Callable[[House], Answer]] = {
    "sign_in": lambda house: house.browser().get("/-/connexion?retour=/fessart/"),
    "sign_in signed in": lambda house: house.signed_in("guardian-two").get("/-/connexion"),
    "failed": lambda house: house.browser().get("/-/connexion/ecoles/retour?state=x"),
    "failed down": down,
    "needed": lambda house: house.browser().post("/-/deconnexion"),
    "portal": lambda house: house.signed_in("city-officer").get("/"),
    "portal empty": lambda house: house.signed_in("nobody-known").get("/"),
    "account": lambda house: house.signed_in("guardian-fessart").get("/-/compte"),
    "account teacher": lambda house: house.signed_in("teacher-and-guardian").get("/-/compte"),
    "account child": lambda house: house.signed_in("child-fessart").get("/-/compte"),
    "account city": lambda house: house.signed_in("city-officer").get("/-/compte"),
    "account staff": lambda house: house.signed_in("animator-fessart").get("/-/compte"),
    "account empty": lambda house: house.signed_in("nobody-known").get("/-/compte"),
    "account letter": lambda house: _with_code(house).get("/-/compte"),
    "code": lambda house: house.signed_in("nobody-known").get("/-/code"),
    "code mistyped": lambda house: type_code(house.signed_in("nobody-known"), "x"),
    "code wrong": lambda house: type_code(house.signed_in("nobody-known"), wrong_like(house.letter("fessart"))),
    "code used": lambda house: type_code(house.signed_in("guardian-outside"), _used(house)),
    "code late": lambda house: type_code(
        house.signed_in("nobody-known"), house.letter("fessart", until=date(2022, 11, 8))
    ),
    "code dead": lambda house: house.loop.run(_page(house, "code", wrong=Outcome.DEAD, csrf_name="x", csrf="x")),
    "code too many": lambda house: house.loop.run(
        _page(house, "code", wrong=Outcome.TOO_MANY, csrf_name="x", csrf="x")
    ),
    "charter": lambda house: _asking(house).signed_in("guardian-fessart").get("/-/charte"),
    "charter of children": lambda house: _asking(house).signed_in("child-fessart").get("/-/charte"),
    "charter accepted": lambda house: _accepted(house).get("/-/charte"),
    "account charter": lambda house: _accepted(house).get("/-/compte"),
    "refused": lambda house: house.signed_in("guardian-fessart").get("/escudier/"),
    "goodbye": lambda house: house.browser().get("/-/connexion/au-revoir"),
    "missing": lambda house: house.signed_in("guardian-fessart").get("/-/x"),
    "legal": lambda house: house.browser().get("/-/mentions-legales"),
    "legal missing": lambda house: house.browser().get("/-/accessibilite"),
    "gone": lambda house: house.loop.run(_page(house, "gone")),
    "unavailable": lambda house: house.loop.run(_page(house, "unavailable")),
    "error": lambda house: house.loop.run(_page(house, "error", number="12345678")),
}


def _with_code(house: House) -> Browser:
    browser = house.signed_in("nobody-known")
    type_code(browser, house.letter("fessart"))
    return browser


def _used(house: House) -> str:
    code = house.letter("fessart")
    type_code(house.signed_in("nobody-known"), code)
    return code


def _asking(house: House) -> House:
    publish_city(house, ASKED, **TEXTS)
    return house


def _accepted(house: House) -> Browser:
    browser = _asking(house).signed_in("guardian-two")
    if 'name="jeton"' in browser.get("/-/charte").text:
        accept(browser)
    return browser


async def _page(house: House, template: str, **values: Any) -> Answer:
    answer = await house.gateway.pages.page(template, **values)
    return Answer(answer.status_code, answer.raw_headers, bytes(answer.body))


class Outline(HTMLParser):
    """What a page holds, as far as the tests look."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.mark.parametrize("name", PAGES)
def test_each_page(french_house: House, name: str) -> None:
    answer = PAGES[name](french_house)
    assert answer.body, "no page"
    text, page = answer.text, Outline(answer.text)
    assert page.all("html") == [{"lang": "fr"}]
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    assert [tag for tag, _ in page.tags].count("main") == 1
    assert page.all("main")[0]["id"] == "contenu"
    assert page.all("a")[0] == {"class": "skip", "href": "#contenu"}
    assert not page.all("script")
    assert not page.all("style")
    assert not [
        tag for tag, attributes in page.tags if "style" in attributes or any(key.startswith("on") for key in attributes)
    ]
    for attributes in page.all("img"):
        assert attributes.get("alt") is not None
        assert attributes["width"]
        assert attributes["height"]
    links = [
        value for _, attributes in page.tags for key in ("href", "src", "action") if (value := attributes.get(key))
    ]
    assert all(re.match(r"/(?!/)|#|tel:|mailto:", link) for link in links), links
    for legal in ("/-/mentions-legales", "/-/accessibilite", "/-/donnees-personnelles"):
        assert legal in links
    assert (
        "Accessibilité\N{NO-BREAK SPACE}: non conforme" in text
        or "Accessibilité\N{NARROW NO-BREAK SPACE}: non conforme" in text
    )
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(set(ids)) == len(ids)


def test_no_english_is_left(french_house: House) -> None:
    for name, page in PAGES.items():
        words = set(re.findall(r"[a-z]+", re.sub(r"<[^>]*>", " ", page(french_house).text).lower()))
        assert not words & {"the", "your", "you", "sign", "with", "of", "is"}, name


def test_every_template_is_shown_by_a_test() -> None:
    templates = {path.stem for path in TEMPLATES.glob("[a-z]*.html")}
    assert templates == {name.split()[0] for name in PAGES}


def test_a_template_refuses_what_it_was_not_given(house: House) -> None:
    with pytest.raises(UndefinedError):
        house.loop.run(house.gateway.pages.page("account"))
