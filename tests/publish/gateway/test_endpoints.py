"""Without a session: what answers, and that nothing else does."""

from __future__ import annotations

import pytest
from starlette.routing import Route

from publish.gateway.endpoints import Private, Public
from publish.gateway.oidc import Oidc
from tests.publish.gateway.browser import NAVIGATION, Browser
from tests.publish.gateway.corpus import paths
from tests.publish.gateway.house import CENTRES, House, files

PUBLIC = {
    "/-/connexion",
    "/-/connexion/au-revoir",
    "/-/connexion/{ent}",
    "/-/connexion/{ent}/retour",
    "/-/theme/{name}",
    "/-/mentions-legales",
    "/-/accessibilite",
    "/-/donnees-personnelles",
    "/-/sante",
}

EVERYTHING = [
    *(f"/{slug}/{path}" for slug in [*CENTRES, "inconnu", "ville"] for path in ["", *files("x"), "nulle-part"]),
    *(f"/{slug}" for slug in CENTRES),
    "/",
    "/-/",
    "/-/compte",
    "/-/deconnexion",
    "/-/x",
    "/-/connexion/",
    "/-/connexion/ecoles/retour/x",
    "/-/theme/",
    "/-/theme/a/b",
    "/-/sante/",
    "/-/mentions-legales/",
    "/-/charte",
]
RAW = [*paths("paths_inside.txt", centre="fessart", other="escudier"), *paths("paths_outside.txt")]


def test_the_list_of_what_is_public(house: House) -> None:
    found = {route.path: route.endpoint for route in house.app.routes if isinstance(route, Route)}  # type: ignore[attr-defined]
    assert {path for path, endpoint in found.items() if isinstance(endpoint, Public)} == PUBLIC
    assert {type(endpoint) for endpoint in found.values()} == {Public, Private}
    assert isinstance(house.app.router.default, Private)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "path", ["/-/connexion", "/-/connexion/au-revoir", "/-/mentions-legales", "/-/accessibilite", "/-/sante"]
)
def test_what_is_public_answers(nobody: Browser, path: str) -> None:
    assert nobody.get(path).status == 200
    assert nobody.ask("HEAD", path).body == b""
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND"):
        answer = nobody.ask(method, path)
        assert (answer.status, answer.header("allow")) == (405, "GET, HEAD")


def test_nothing_else_answers(nobody: Browser) -> None:
    for path in EVERYTHING:
        opened = nobody.get(path)
        assert opened.status == 303, path
        assert opened.location.startswith("/-/connexion"), path
        assert opened.body == b"", path
        assert nobody.fetch(path).status == 401, path


def test_whatever_the_path(nobody: Browser) -> None:
    # Under /-/theme/ a name that is not on the list is a 404, whatever it is.
    raw_paths = [raw for raw in RAW if not raw.startswith(b"/-/theme/")]
    assert [raw for raw in raw_paths if nobody.get(raw).status != 303] == []
    assert [raw for raw in raw_paths if nobody.fetch(raw).status != 401] == []
    assert nobody.get(b"/-/theme/..%2fcompte").status == 404
    for raw in raw_paths:
        location = nobody.get(raw).header("location") or ""
        assert location in ("", "/-/connexion") or location.startswith("/-/connexion?retour=/"), raw
        assert "evil" not in location


def test_whatever_the_method(nobody: Browser) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "X"):
        for path in ("/fessart/", "/fessart/photos/0123456789abcdef-640.webp", "/", "/-/compte", "/inconnu/"):
            assert nobody.ask(method, path, headers=NAVIGATION).status == 401, (method, path)


@pytest.mark.parametrize(
    "headers",
    [
        {"if-none-match": "*"},
        {"range": "bytes=0-10"},
        {"accept": "image/*", "referer": "https://centres.example/fessart/"},
        {"user-agent": "kube-probe/1.0"},
        {"user-agent": "GoogleHC/1.0"},
        {"x-forwarded-for": "127.0.0.1"},
        {"x-forwarded-uri": "/-/sante"},
        {"x-forwarded-user": "city-officer"},
        {"x-original-url": "/-/sante"},
        {"x-rewrite-url": "/-/sante"},
        {"x-http-method-override": "GET"},
        {"remote-user": "city-officer"},
        {"remote_user": "city-officer"},
        {"x_forwarded_user": "city-officer"},
        {"authorization": "Basic Y2l0eTpvZmZpY2Vy"},
        {"authorization": "Bearer access-city-officer"},
        {"cookie": "__Host-preau=" + "a" * 43},
        {"cookie": "__Host-preau=' OR 1=1 --"},
        {"cookie": "__Host-preau=" + "a" * 5000},
    ],
)
def test_no_header_is_a_session(nobody: Browser, headers: dict[str, str]) -> None:
    for path in ("/fessart/", "/fessart/photos/0123456789abcdef-640.webp", "/-/compte"):
        answer = nobody.ask("GET", path, headers=headers)
        assert answer.status == 401, headers
        assert answer.header("etag") is None


@pytest.mark.parametrize("query", ["?x=/-/sante", "?/-/connexion", "?retour=/-/sante", "?"])
def test_no_query_opens_anything(nobody: Browser, query: str) -> None:
    assert nobody.fetch(f"/fessart/{query}").status == 401


def test_a_navigation_comes_back_to_where_it_was_going(nobody: Browser) -> None:
    path = "/fessart/articles/2022-11-09-potager/"
    assert nobody.get(path).location == f"/-/connexion?retour={path}"
    assert nobody.get(f"{path}?x=1").location == f"/-/connexion?retour={path}"
    assert nobody.get("/").location == "/-/connexion"
    assert nobody.get("/-/compte").location == "/-/connexion?retour=/-/compte"
    assert nobody.get("/-/deconnexion").location == "/-/connexion"


def test_the_cookie_of_a_session_that_is_over_is_taken_back(house: House) -> None:
    browser = house.signed_in("guardian-fessart")
    house.clock.later(hours=9)
    assert "Max-Age=0" in str(browser.get("/fessart/").header("set-cookie"))
    assert "__Host-preau" not in browser.cookies
    assert browser.get("/fessart/").header("set-cookie") is None


def test_what_counts_as_a_navigation(nobody: Browser) -> None:
    assert nobody.ask("GET", "/fessart/", headers={"accept": "text/html"}).status == 303
    assert nobody.ask("HEAD", "/fessart/", headers={"accept": "text/html"}).status == 303
    assert nobody.ask("GET", "/fessart/", headers={"accept": "*/*"}).status == 401
    assert nobody.ask("GET", "/fessart/").status == 401
    assert nobody.ask("GET", "/fessart/", headers={"accept": "text/html", "sec-fetch-mode": "cors"}).status == 401


def test_a_session_that_ended_says_so_to_a_form(house: House) -> None:
    browser = house.signed_in("guardian-fessart")
    house.clock.later(hours=9)
    answer = browser.post("/-/deconnexion")
    assert answer.status == 401
    assert "You are not signed in" in answer.text


def test_with_a_session_methods_are_told(guardian: Browser) -> None:
    for path in ("/fessart/", "/escudier/", "/inconnu/", "/-/compte", "/"):
        answer = guardian.ask("DELETE", path)
        assert (answer.status, answer.header("allow")) == (405, "GET, HEAD")
    assert guardian.get("/-/deconnexion").status == 405


def test_what_the_configuration_took_back_counts_no_more(house: House) -> None:
    from dataclasses import replace

    browser = house.signed_in("guardian-fessart")
    known = house.gateway.sign_ins["ecoles"]
    assert isinstance(known, Oidc)
    before = known.ent
    known.ent = replace(known.ent, uais=frozenset())
    assert browser.get("/fessart/").status == 403
    known.ent, kept = replace(known.ent, issuer="https://new.example"), dict(browser.cookies)
    assert browser.get("/fessart/").status == 303
    known.ent, browser.cookies = before, kept
    assert browser.get("/fessart/").status == 200
    assert isinstance(house.gateway.sign_ins, dict)
    del house.gateway.sign_ins["ecoles"]
    assert browser.get("/fessart/").status == 303


def test_a_provider_that_is_down_ends_no_living_session(house: House) -> None:
    guardian = house.signed_in("guardian-fessart")
    house.ents["ecoles"].down = True
    house.forget("ecoles")
    for _ in range(15):
        house.clock.later(minutes=20)
        assert guardian.get("/fessart/").status == guardian.get("/-/compte").status == 200
