"""The city's release: name, contact and legal pages; missing or damaged, the pages say so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from publish.withdrawn import withdraw
from tests.publish.gateway.house import House, digest

FACTS: dict[str, Any] = {
    "format": 1,
    "name": "Boulogne-Billancourt",
    "department": "Direction de l’éducation",
    "address": ["26 avenue Fictive", "92100 Boulogne-Billancourt"],
    "phone": "01 99 00 00 00",
    "email": "centres@ville.example",
    "accessibility": "non conforme",
    "charter": "2022-09-01",
    "dpo": {"name": "x", "email": "x@ville.example"},
    "titles": {"mentions-legales": "Mentions légales de la ville"},
}


def publish_city(house: House, facts: object = FACTS, **fragments: str) -> None:
    tree = {f"{name.replace('_', '-')}.html": text.encode() for name, text in fragments.items()}
    data = facts if isinstance(facts, bytes) else json.dumps(facts).encode()
    house.publish("ville", {"ville.json": data, **tree}, name="Ville")
    house.clock.later(seconds=10)


def test_legal_pages_without_signing_in(house: House) -> None:
    publish_city(house, mentions_legales="<h2>Éditeur</h2><p>La ville</p>")
    answer = house.browser().get("/-/mentions-legales")
    assert answer.status == 200
    assert "<h2>Éditeur</h2><p>La ville</p>" in answer.text
    assert "<h1>Mentions légales de la ville</h1>" in answer.text
    assert "Accessibility: non conforme" in answer.text
    assert "Boulogne-Billancourt" in answer.text


def test_a_missing_page_says_so_and_whom_to_ask(house: House) -> None:
    publish_city(house)
    answer = house.browser().get("/-/donnees-personnelles")
    assert answer.status == 200
    assert "has not published this page yet" in answer.text
    assert 'href="tel:0199000000"' in answer.text
    assert 'href="mailto:centres@ville.example"' in answer.text


def test_whom_to_ask_is_on_the_refused_page(house: House) -> None:
    publish_city(house)
    text = house.signed_in("guardian-fessart").get("/escudier/").text
    assert "Direction de l’éducation" in text


@pytest.mark.parametrize(
    "facts",
    [b"", b"{", b"[]", {}, {**FACTS, "name": 7}, {**FACTS, "address": "x"}, {**FACTS, "titles": 7}, b"x" * 70_000],
)
def test_damaged_facts_are_none(house: House, facts: object) -> None:
    publish_city(house, facts)
    answer = house.browser().get("/-/mentions-legales")
    assert answer.status == 200
    assert "team will tell you whom to ask" in answer.text


def test_facts_are_escaped(house: House) -> None:
    publish_city(house, {**FACTS, "department": "<script>", "email": '"><script>@x', "phone": "javascript:1"})
    text = house.browser().get("/-/mentions-legales").text
    assert "<script>" not in text
    assert 'href="javascript' not in text


def test_the_city_is_no_centre(house: House) -> None:
    publish_city(house, charte="<p>x</p>")
    house.policy("ville", house.loop.run(house.gateway.sites.in_force("fessart")).policy)  # type: ignore[arg-type]
    house.clock.later(seconds=30)
    officer = house.signed_in("city-officer")
    for path in ("/ville/", "/ville/ville.json", "/ville/charte.html"):
        assert officer.get(path).status == 403
    assert "/ville/" not in officer.get("/").text


@pytest.mark.parametrize("by", ["path", "digest"])
def test_a_withdrawn_page_is_not_shown(house: House, by: str) -> None:
    publish_city(house, accessibilite="<p>canary</p>")
    assert "canary" in house.browser().get("/-/accessibilite").text
    paths, digests = ([], [digest(b"<p>canary</p>")]) if by == "digest" else (["accessibilite.html"], [])
    withdraw(house.store, "ville", digests=digests, paths=paths, since=house.clock(), by="test")
    house.clock.later(seconds=10)
    assert "canary" not in house.browser().get("/-/accessibilite").text


def test_new_facts_are_shown(house: House) -> None:
    publish_city(house)
    assert "Direction" in house.browser().get("/-/mentions-legales").text
    publish_city(house, {**FACTS, "department": "Service jeunesse"})
    assert "Service jeunesse" in house.browser().get("/-/mentions-legales").text
