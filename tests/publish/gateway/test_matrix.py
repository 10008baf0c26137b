"""Everybody at every door: 31 centres × people × page, photo, calendar, missing path; accounts and answers crossed.

What opens is written down here, centre by centre, from who somebody is; none of it is computed by the gateway's code.
"""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from publish.access import MembershipKind, Policy
from tests.publish.gateway.browser import NAVIGATION, Browser
from tests.publish.gateway.house import (
    PEOPLE,
    PHOTO,
    House,
    build_house,
    cas_config,
    ent_config,
    headers_config,
    listed,
    oauth2_config,
    person,
)
from tests.publish.gateway.protection import SESSION, opens

with (Path(__file__).parent / "corpus" / "centres.csv").open(encoding="utf-8") as stream:
    CENTRES = {row["slug"]: row["uai"] for row in csv.DictReader(stream)}

ISSUER = "https://ecoles.example"
KINDS = {"child": "National_ELV", "guardian": "National_TUT", "teacher": "National_ENS", "director": "National_DIR"}
ADMITTED = ("child", "guardian")
PATHS = {"page": "", "photo": "photos/0123456789abcdef-640.webp", "calendar": "calendrier.ics", "missing": "rien/"}
SERVED = {"page": 200, "photo": 200, "calendar": 200, "missing": 404}
PROVIDERS = ("ecoles", "academie", "classe", "passerelle", "mairie")


@dataclass(frozen=True)
class Known:
    """Somebody, and the centres that they may enter, written down by hand."""

    claims: dict[str, object]
    opens: frozenset[str]


def known(**more: object) -> Iterator[tuple[str, Known]]:
    """One of each kind at each school, in turn; and those who are more than one thing."""
    slugs = list(CENTRES)
    for rank, slug in enumerate(slugs):
        kind = list(KINDS)[rank % len(KINDS)]
        entered = frozenset({slug}) if kind in ADMITTED else frozenset()
        yield f"{kind}-{slug}", Known(person(KINDS[kind], CENTRES[slug]), entered)
    first, second, third = slugs[0], slugs[11], slugs[30]
    three = [CENTRES[slug].lower() for slug in (first, second, third)]
    yield "guardian-of-three", Known(person("National_TUT", three), frozenset({first, second, third}))
    pairs = f"ENS:{CENTRES[first]};TUT:{CENTRES[second]};ELV:{CENTRES[third]};COL:{CENTRES[slugs[4]]}"
    yield "teacher-guardian-pupil", Known(person(paired=pairs), frozenset({second, third}))
    both = person(["National_ENS", "National_TUT"], [CENTRES[first], CENTRES[second]])
    yield "unpaired", Known(both, frozenset())
    yield "city", Known(person(), frozenset(slugs))
    yield "animator", Known(person("National_ENS", CENTRES[first]), frozenset({second}))
    yield "blocked", Known(person("National_TUT", list(CENTRES.values())), frozenset())
    yield "local-authority", Known(person("National_COL", list(CENTRES.values())), frozenset())
    yield "elsewhere", Known(person("National_TUT", "0690078K"), frozenset())
    yield "nobody", Known(person(), frozenset())


PERSONS = dict(known())


@pytest.fixture
def city(tmp_path: Path, loop: asyncio.Runner) -> Iterator[House]:
    """All centres of the city, and an ENT that may vouch for every one of their schools."""
    house = build_house(tmp_path, loop, ents=(ent_config("ecoles", ISSUER, uais=frozenset(CENTRES.values())),))
    house.ents["ecoles"].people = {key: one.claims for key, one in PERSONS.items()}
    for slug, uai in CENTRES.items():
        page = f"<!doctype html><title>{slug}</title>".encode()
        house.publish(slug, {"index.html": page, "404.html": page, PATHS["photo"]: PHOTO, "calendrier.ics": b"BEGIN:"})
        policy = Policy(
            frozenset({uai}),
            blocked=listed(ISSUER, "blocked"),
            city=listed(ISSUER, "city"),
            staff=listed(ISSUER, "animator") if slug == list(CENTRES)[11] else frozenset(),
        )
        house.policy(slug, policy)
    house.clock.later(minutes=10)
    yield house
    house.close()


def test_all_centres_and_all_people(city: House) -> None:
    assert len(CENTRES) == 31
    refusals = set()
    for key, one in PERSONS.items():
        browser = city.signed_in(key)
        for slug in CENTRES:
            for kind, path in PATHS.items():
                answer = browser.get(f"/{slug}/{path}")
                if slug in one.opens:
                    assert answer.status == SERVED[kind], (key, slug, kind)
                    assert path or slug in answer.text
                else:
                    assert answer.status == 403, (key, slug, kind)
                    refusals.add(answer.body)
    assert len(refusals) == 1, "a refusal that differs tells which centre or path exists"
    nobody = city.browser()
    for slug in CENTRES:
        for path in PATHS.values():
            answer = nobody.fetch(f"/{slug}/{path}")
            assert (answer.status, answer.body) == (401, b"401\n")


def test_every_kind_is_among_the_people() -> None:
    """Else the matrix would prove less than it says."""
    assert {key.partition("-")[0] for key in PERSONS} >= {*KINDS, "city", "animator", "blocked", "unpaired"}
    assert {slug for one in PERSONS.values() for slug in one.opens} == set(CENTRES)
    assert sum(one.opens == frozenset() for one in PERSONS.values()) > 15


def opened(browser: Browser) -> set[str]:
    return {slug for slug in ("billancourt", "escudier", "fessart") if browser.get(f"/{slug}/").status == 200}


@pytest.mark.parametrize("ent", PROVIDERS)
def test_the_same_words_of_every_kind_of_provider(house: House, ent: str) -> None:
    """A provider of any kind gives what it may vouch for; one that may vouch for no school gives nothing."""
    assert opened(house.signed_in("guardian-two", ent)) == (set() if ent == "mairie" else {"billancourt", "fessart"})


@pytest.mark.parametrize("first", PROVIDERS)
def test_accounts_of_two_providers_never_add_up(house: House, first: str) -> None:
    """A guardian here by one ENT who is a pupil there by another is one or the other, never both in one session."""
    for second in (ent for ent in PROVIDERS if ent != first):
        browser = house.signed_in("guardian-fessart", first)
        kept = dict(browser.cookies)
        house.finish(browser, house.start(browser, second), "child-escudier", second)
        assert opened(browser) == (set() if second == "mairie" else {"escudier"})
        browser.cookies = kept
        assert opened(browser) == set(), "the session before lives on"


def test_one_subject_is_another_person_at_every_provider(house: House) -> None:
    seen = []
    for ent in PROVIDERS:
        house.signed_in("city-officer", ent)
        seen.append(next(event["person"] for event in reversed(house.events()) if event["event"] == "sign-in"))
    assert len(set(seen)) == len(PROVIDERS)
    opening = {ent for ent in PROVIDERS if opened(house.signed_in("city-officer", ent))}
    assert opening == {"ecoles"}, "a list names people of one issuer"


def test_a_school_that_another_provider_vouches_for(tmp_path: Path, loop: asyncio.Runner) -> None:
    """Each kind of provider is believed about its own schools alone."""
    uais = {name: frozenset({"0929029P"}) for name in PROVIDERS}
    house = build_house(
        tmp_path,
        loop,
        ents=(
            ent_config("ecoles", ISSUER, uais=uais["ecoles"]),
            cas_config("academie", "https://academie.example/cas", uais=uais["academie"]),
            oauth2_config("classe", "https://classe.example", uais=uais["classe"]),
            headers_config("passerelle", "https://passerelle.example", uais=uais["passerelle"]),
        ),
    )
    for ent in PROVIDERS[:-1]:
        assert not opens(house.signed_in("guardian-fessart", ent)), ent
        dropped = [event for event in house.events() if event["event"] == "dropped uai" and event["ent"] == ent]
        assert dropped, "nobody would learn of it"
    house.close()


def answered(house: House, browser: Browser, ent: str) -> tuple[str, list[tuple[bytes, bytes]]]:
    """Begin at a provider and sign in there: the return address, and the headers that would come with it."""
    url = house.start(browser, ent)
    if ent == "passerelle":
        return url.removeprefix(browser.origin), house.front.identity("guardian-fessart")
    provider = {**house.ents, "academie": house.cas, "classe": house.beneylu}[ent]
    return provider.authorize(url, "guardian-fessart"), []  # type: ignore[attr-defined]


def state_of(url: str) -> str:
    """The state in an address of a provider; within the service URL for CAS."""
    query = dict(parse_qsl(urlsplit(url).query))
    return query["state"] if "state" in query else state_of(query["service"])


@pytest.mark.parametrize("honest", PROVIDERS)
def test_mix_up(house: House, honest: str) -> None:
    """An answer of one provider, brought to another's address: with its own state, and with one of that other."""
    for other in (ent for ent in PROVIDERS if ent != honest):
        browser = house.browser()
        target, more = answered(house, browser, honest)
        query = dict(parse_qsl(urlsplit(target).query))
        foreign = f"/-/connexion/{other}/retour"
        for brought in (query, {**query, "state": state_of(house.start(browser, other))}):
            answer = browser.ask("GET", f"{foreign}?{urlencode(brought)}", headers=NAVIGATION, more=more)
            assert answer.status == 400, (honest, other)
            assert SESSION not in browser.cookies
        assert not opens(browser)


def test_whoever_is_signed_in_but_not_admitted_goes_round_in_no_circle(house: House) -> None:
    """oauth2-proxy#2606, authelia#2316: the refusal is a page; nothing sends them to sign in again."""
    browser = house.browser()
    answer = house.finish(browser, house.start(browser, back="/fessart/"), "guardian-outside")
    assert (answer.status, answer.location) == (303, "/fessart/")
    refused = browser.get(answer.location)
    assert (refused.status, refused.header("location")) == (403, None)
    assert browser.get("/").status == 200
    assert browser.get("/-/connexion").status == 200


def test_cookies_stay_small_whatever_an_ent_sends(house: House) -> None:
    """oauth2-proxy#644, #1940: a session is on the server, its cookie a name for it."""
    crowd = {f"claim-{number}": "x" * 1000 for number in range(100)}
    house.ents["ecoles"].people["talkative"] = {**PEOPLE["guardian-fessart"], **crowd}
    browser = house.browser()
    answer = house.finish(browser, house.start(browser), "talkative")
    given = [value for name, value in answer.raw_headers if name == b"set-cookie"]
    assert given
    assert all(len(value) < 200 for value in given)
    assert opens(browser)


def test_the_matrix_notices_a_door_that_stands_open(city: House) -> None:
    """Its own negative test: one policy too wide, and it fails."""
    slug = list(CENTRES)[7]
    wider = Policy(frozenset(CENTRES.values()), admitted=frozenset(MembershipKind), city=listed(ISSUER, "city"))
    city.policy(slug, replace(wider, blocked=listed(ISSUER, "blocked")))
    city.clock.later(seconds=11)
    with pytest.raises(AssertionError):
        test_all_centres_and_all_people(city)
