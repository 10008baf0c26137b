"""Each person, at two widths, through every centre: sees what is theirs, is refused elsewhere, signs out for good."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import APIRequestContext, BrowserContext, Page

from publish.access import Decision, Rule, decide
from publish.demo.people import PEOPLE, DemoPerson, person
from publish.demo.road import Road
from publish.demo.state import State
from publish.gateway import site_routes
from publish.gateway.headers import NO_STORE
from publish.gateway.sessions import token_hash
from publish.gateway.sessions_sqlite import SqliteSessions
from publish.manifest import Manifest
from tests.browser.demonstration import opened
from tests.browser.ways import ACCOUNT, SIGN_IN, file_of, path_of, samples, seen_by, sign_in, sign_out

# The issue's list, told by centre: « here » is Fessart.
ISSUE = {
    "guardian here": "responsable-fessart",
    "guardian elsewhere": "responsable-point-du-jour",
    "guardian of two": "responsable-deux-ecoles",
    "teacher and guardian": "enseignante-et-responsable",
    "child here": "enfant-fessart",
    "child elsewhere": "enfant-billancourt",
    "school staff": "ecole-fessart",
    "animator here": "animation-fessart",
    "animator elsewhere": "animation-escudier",
    "city officer": "ville",
    "guardian outside the pilot": "responsable-hors-pilote",
    "unknown profile": "profil-inconnu",
}
NAVIGATION = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}

Contexts = Callable[..., BrowserContext]
Manifests = dict[str, Manifest]


def test_nobody_of_the_demonstration_is_forgotten() -> None:
    assert sorted(ISSUE.values()) == sorted(one.key for one in PEOPLE)


def assert_refused_without_a_session(ask: APIRequestContext, road: Road, manifests: Manifests) -> None:
    """Whatever the address: a navigation is sent to sign in, anything else gets 401 and not one byte of a site."""
    for slug, manifest in manifests.items():
        for path in samples(manifest):
            address = f"{road.address}/{slug}/{path}"
            answer = ask.get(address, headers=NAVIGATION, max_redirects=0)
            assert answer.status == 303
            assert answer.headers["location"] == f"{SIGN_IN}?retour=/{slug}/{path}"
            assert answer.body() == b""
            entry = manifest.files[file_of(path)]
            for headers in ({}, {"Range": "bytes=0-9"}, {"If-None-Match": f'"{entry.sha256}"'}):
                answer = ask.get(address, headers={"Accept": "*/*", **headers}, max_redirects=0)
                assert (answer.status, answer.body()) == (401, b"401\n")
            assert ask.head(address, headers={"Accept": "*/*"}).status == 401


def assert_sees(ask: APIRequestContext, road: Road, manifests: Manifests, seen: set[str]) -> None:
    """Everything of the centres that somebody enters, byte by byte; of the others the one refusal, always the same."""
    refusals = set()
    for slug, manifest in manifests.items():
        for path in samples(manifest):
            answer = ask.get(f"{road.address}/{slug}/{path}", max_redirects=0)
            if slug in seen:
                assert answer.status == 200
                assert hashlib.sha256(answer.body()).hexdigest() == manifest.files[file_of(path)].sha256
            else:
                assert answer.status == 403
                refusals.add(answer.body())
    for nowhere in ("inconnu/", "ville/", "ville/ville.json", "-/connexion/../fessart/", "Fessart/"):
        if nowhere.startswith("-/"):
            continue
        answer = ask.get(f"{road.address}/{nowhere}", max_redirects=0)
        assert answer.status == 403
        refusals.add(answer.body())
    assert len(refusals) == 1, "a refusal that differs tells which centre exists"


def assert_window_shows(page: Page, road: Road, slug: str, allowed: bool) -> None:
    """The same with the eyes: a real page in a real window."""
    answer = page.goto(f"{road.address}/{slug}/")
    assert answer is not None
    assert answer.status == (200 if allowed else 403)
    heading = page.locator("h1")
    if allowed:
        assert road.centres[slug] in heading.inner_text()
    else:
        assert page.locator("body.door").count() == 1
        assert not names_told(page, road)


def names_told(page: Page, road: Road) -> list[str]:
    """Names of centres that a page gives away; the city's own name holds one of them."""
    text = page.locator("body").inner_text().replace("Boulogne-Billancourt", "")
    return [name for name in road.centres.values() if name in text]


@pytest.mark.parametrize("who", ISSUE)
def test_a_person_from_sign_in_to_sign_out(
    who: str, width: int, road: Road, manifests: Manifests, new_context: Contexts
) -> None:
    one = person(ISSUE[who])
    seen = seen_by(one, road)
    context = new_context(width)
    page = context.new_page()

    sign_in(page, road, one.key)
    assert_arrival(page, road, one, seen)
    assert_sees(context.request, road, manifests, seen)
    for slug in road.centres:
        assert_window_shows(page, road, slug, slug in seen)
    cookies = context.cookies(road.address)
    assert [cookie["name"] for cookie in cookies if cookie["httpOnly"] and cookie["sameSite"] == "Lax"]

    page.goto(f"{road.address}/{min(seen)}/" if seen else f"{road.address}/")
    sign_out(page, road)
    assert_gone(page, road, one)
    assert_refused_without_a_session(context.request, road, manifests)

    thief = new_context(width)
    thief.add_cookies([{"name": one["name"], "value": one["value"], "url": road.address} for one in cookies])
    assert_refused_without_a_session(thief.request, road, manifests)


def assert_arrival(page: Page, road: Road, one: DemoPerson, seen: set[str]) -> None:
    """Straight in where there is one centre; else the portal, with the centres that may be entered and no other."""
    if len(seen) == 1:
        assert path_of(page) == f"/{min(seen)}/"
        return
    assert path_of(page) == "/"
    links = [link.get_attribute("href") for link in page.locator("main ul.centres a").all()]
    assert sorted(filter(None, links)) == sorted(f"/{slug}/" for slug in seen)
    if seen:
        page.locator("main ul.centres a").first.click()
        page.wait_for_url(f"{road.address}/*/")
        assert path_of(page).strip("/") in seen


def assert_gone(page: Page, road: Road, one: DemoPerson) -> None:
    """Neither the Back button nor the address shows anything of before."""
    for _ in range(3):
        page.go_back(wait_until="commit")  # a page out of the cache never loads
        if not page.url.startswith(road.address):
            break  # the ENT's own page, before everything
        assert path_of(page) == SIGN_IN or path_of(page).startswith(f"{SIGN_IN}/"), page.url
        text = page.locator("body").inner_text()
        assert one.name not in text
        assert page.locator("a.account").count() == 0
    page.goto(f"{road.address}{ACCOUNT}")
    assert path_of(page) == SIGN_IN


def test_nobody(width: int, road: Road, manifests: Manifests, new_context: Contexts) -> None:
    context = new_context(width)
    page = context.new_page()
    assert_refused_without_a_session(context.request, road, manifests)
    for slug in road.centres:
        page.goto(f"{road.address}/{slug}/")
        assert path_of(page) == SIGN_IN
        assert not names_told(page, road)
    for path in ("/", ACCOUNT, "/-/deconnexion", "/-/autre", "/inconnu/", "/ville/ville.json"):
        assert context.request.get(f"{road.address}{path}", headers=NAVIGATION, max_redirects=0).status == 303
        assert context.request.get(f"{road.address}{path}", headers={"Accept": "*/*"}, max_redirects=0).status == 401
    for path in (SIGN_IN, "/-/mentions-legales", "/-/accessibilite", "/-/donnees-personnelles", "/-/sante"):
        assert context.request.get(f"{road.address}{path}").status == 200


def test_signing_in_leads_back_to_where_one_was_going(
    width: int, road: Road, manifests: Manifests, new_context: Contexts
) -> None:
    page = new_context(width).new_page()
    inner = f"/fessart/{samples(manifests['fessart']).inner}"
    sign_in(page, road, "responsable-fessart", inner)
    assert path_of(page) == inner


def test_going_back_from_the_ent_signs_nobody_in(
    width: int, road: Road, manifests: Manifests, new_context: Contexts
) -> None:
    context = new_context(width)
    page = context.new_page()
    page.goto(f"{road.address}/fessart/")
    page.locator(f"button[formaction='{SIGN_IN}/demo']").click()
    page.wait_for_url(f"{road.issuer}/**")
    page.locator("button[value='']").click()
    page.wait_for_url(f"{road.address}/**")
    assert page.locator("body.door").count() == 1
    assert_refused_without_a_session(context.request, road, manifests)


@pytest.fixture
def later(published: State, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Road, list[timedelta]]]:
    """A demonstration whose gateway's clock can be moved on."""
    passed = [timedelta()]
    with opened(published, tmp_path_factory.mktemp("later"), lambda: datetime.now(UTC) + passed[0]) as road:
        yield road, passed


def test_an_expired_session_sees_nothing_and_can_begin_again(
    width: int, later: tuple[Road, list[timedelta]], manifests: Manifests, new_context: Contexts
) -> None:
    road, passed = later
    context = new_context(width)
    page = context.new_page()
    sign_in(page, road, "responsable-fessart")
    assert_sees(context.request, road, manifests, {"fessart"})
    passed[0] += timedelta(minutes=31)
    assert_refused_without_a_session(context.request, road, manifests)
    inner = f"/fessart/{samples(manifests['fessart']).inner}"
    page.goto(f"{road.address}{inner}")
    assert path_of(page) == SIGN_IN
    page.locator(f"button[formaction='{SIGN_IN}/demo']").click()
    page.wait_for_url(f"{road.issuer}/connexion?**")
    page.locator("button[value='responsable-fessart']").first.click()
    page.wait_for_url(f"{road.address}{inner}")


# Each protection taken away: the tests above must then see the difference.


def test_the_decision_is_alive(
    monkeypatch: pytest.MonkeyPatch, road: Road, manifests: Manifests, signed_in: Contexts
) -> None:
    context = signed_in("responsable-fessart")
    assert_sees(context.request, road, manifests, {"fessart"})
    monkeypatch.setattr(site_routes, "decide", lambda policy, person: Decision(policy is not None, Rule.CITY))
    with pytest.raises(AssertionError):
        assert_sees(context.request, road, manifests, {"fessart"})


def test_the_end_of_the_session_is_alive(
    monkeypatch: pytest.MonkeyPatch, road: Road, manifests: Manifests, new_context: Contexts
) -> None:
    async def keep(self: SqliteSessions, token: str) -> str:
        """Sign out in the browser and at the ENT alone, as a signed cookie would."""
        wanted = "SELECT id_token FROM sessions WHERE token = ?"
        return str(self._db.execute(wanted, (token_hash(token),)).fetchone()[0])

    context = new_context()
    page = context.new_page()
    sign_in(page, road, "responsable-fessart")
    cookies = context.cookies(road.address)
    monkeypatch.setattr(SqliteSessions, "end", keep)
    sign_out(page, road)
    thief = new_context()
    thief.add_cookies([{"name": one["name"], "value": one["value"], "url": road.address} for one in cookies])
    with pytest.raises(AssertionError):
        assert_refused_without_a_session(thief.request, road, manifests)


@pytest.mark.parametrize("kept", [False, True], ids=["no-store", "kept"])
def test_what_the_back_button_must_not_find_is_there_without_no_store(
    kept: bool, monkeypatch: pytest.MonkeyPatch, road: Road, new_context: Contexts
) -> None:
    """A session that ends elsewhere (another tab) sends no Clear-Site-Data: `no-store` alone keeps the page away."""
    if kept:
        monkeypatch.setattr(site_routes, "NO_STORE", "private, max-age=600")
    context = new_context()
    page = context.new_page()
    sign_in(page, road, "responsable-fessart")
    page.goto(f"{road.address}/fessart/programmes/")
    context.clear_cookies()
    page.goto(f"{road.address}/-/accessibilite")
    page.go_back(wait_until="commit")  # a page out of the cache never loads
    assert path_of(page) == ("/fessart/programmes/" if kept else SIGN_IN)


def test_what_is_patched_here_is_what_the_gateway_uses() -> None:
    """The negative tests patch names where they are used; a rename must not make them pass for nothing."""
    assert vars(site_routes)["decide"] is decide
    assert vars(site_routes)["NO_STORE"] is NO_STORE
