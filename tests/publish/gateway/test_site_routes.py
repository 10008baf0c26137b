"""A centre's site: every person, every centre, every kind of file; and the headers with which files leave."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publish.access import MembershipKind
from publish.layout import WITHDRAWN, series_key
from publish.manifest import Encoding
from publish.withdrawn import withdraw
from tests.publish.gateway.browser import Answer, Browser
from tests.publish.gateway.corpus import paths
from tests.publish.gateway.house import CENTRES, OPENS, PEOPLE, House, digest, files, listed, policy_of

PHOTO = "photos/0123456789abcdef-640.webp"
PACKED = b"what an older version compressed"
OLDER = {"br": Encoding(digest(PACKED), len(PACKED))}
"""What the manifest of an older version says of a text."""

KINDS = [
    "",
    "index.html",
    "plan/",
    "programmes/2022-11-automne/",
    "programmes/2022-11-automne.ics",
    PHOTO,
    "calendrier.ics",
]


def same(answer: Answer) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    return answer.status, answer.raw_headers, answer.body


@pytest.mark.parametrize("subject", PEOPLE)
def test_each_person_in_each_centre(house: House, subject: str) -> None:
    browser = house.signed_in(subject)
    for slug in CENTRES:
        expected = 200 if slug in OPENS[subject] else 403
        for path in KINDS:
            assert browser.get(f"/{slug}/{path}").status == expected, (slug, path)
            assert browser.fetch(f"/{slug}/{path}").status == expected, (slug, path)
            assert browser.ask("HEAD", f"/{slug}/{path}").status == expected, (slug, path)
        assert browser.get(f"/{slug}/nulle-part").status == (404 if expected == 200 else 403)
        assert browser.get(f"/{slug}").status == (308 if expected == 200 else 403)


@pytest.mark.parametrize("subject", PEOPLE)
def test_a_provider_that_may_vouch_for_no_school_opens_nothing(house: House, subject: str) -> None:
    """Same subject, same claims, another issuer: neither its schools nor the lists of the first one count."""
    browser = house.signed_in(subject, ent="mairie")
    assert {slug for slug in CENTRES if browser.get(f"/{slug}/").status == 200} == set()


def test_bytes_are_those_that_were_published(guardian: Browser) -> None:
    for path, data in files("fessart").items():
        if path != "404.html":
            assert guardian.get(f"/fessart/{path}").body == data, path


def test_a_refusal_tells_nothing(house: House) -> None:
    """Known, unknown, forbidden, malformed; page, photo, conditional, with a query: the same bytes and headers."""
    guardian, stranger = house.signed_in("guardian-fessart"), house.signed_in("nobody-known")
    reference = same(guardian.get("/escudier/"))
    assert reference[0] == 403
    raw = paths("paths_inside.txt", centre="escudier", other="fessart") + paths("paths_outside.txt")
    targets = [f"/{slug}/{path}".encode() for slug in ("escudier", "inconnu", "ville") for path in [*KINDS, "x/y", "X"]]
    targets += [b"/escudier", b"/inconnu", b"/ville", b"/escudier/?x=1"]
    for browser in (guardian, stranger):
        for target in [*targets, *(item for item in raw if not item.startswith((b"/-/", b"/fessart/")))]:
            assert same(browser.get(target)) == reference, target
            assert same(browser.fetch(target)) == reference, target
    etag = f'"{digest(files("escudier")[PHOTO])}"'
    assert same(guardian.get(f"/escudier/{PHOTO}", if_none_match=etag)) == reference
    assert same(guardian.get(f"/escudier/{PHOTO}", if_none_match="*", range="bytes=0-1")) == reference


def test_no_raw_path_reaches_another_file(guardian: Browser) -> None:
    for raw in paths("paths_inside.txt", centre="fessart", other="escudier"):
        answer = guardian.get(raw)
        assert answer.status in (403, 404), raw
        assert b"escudier" not in answer.body, raw
    for raw in paths("paths_outside.txt"):
        if not raw.startswith(b"/-/"):
            assert guardian.get(raw).status == 403, raw
        else:
            assert guardian.get(raw).status == 404, raw


def test_missing_pages_show_the_sites_own_page(guardian: Browser) -> None:
    answer = guardian.get("/fessart/articles/nulle-part/")
    assert answer.status == 404
    assert answer.body == files("fessart")["404.html"]
    assert answer.header("cache-control") == "no-store"
    assert guardian.get("/fessart/404.html").status == 404


def test_a_site_without_its_own_404(house: House) -> None:
    house.publish("fessart", {"index.html": b"x"})
    answer = house.signed_in("guardian-fessart").get("/fessart/x")
    assert answer.status == 404
    assert "Page not found" in answer.text


@pytest.mark.parametrize(
    ("asked", "location"),
    [
        ("/fessart", "/fessart/"),
        ("/fessart/plan", "/fessart/plan/"),
        ("/fessart/rappels/gourde", "/fessart/rappels/gourde/"),
    ],
)
def test_the_closing_slash(guardian: Browser, asked: str, location: str) -> None:
    answer = guardian.get(asked)
    assert (answer.status, answer.location, answer.header("cache-control")) == (308, location, "no-store")


@pytest.mark.parametrize(
    ("path", "kept", "kind"),
    [
        ("", "no-store", "text/html; charset=utf-8"),
        ("calendrier.ics", "no-store", "text/calendar; charset=utf-8"),
        (PHOTO, "private, no-cache", "image/webp"),
        ("centre.1a2b3c4d.css", "private, no-cache", "text/css; charset=utf-8"),
        ("embleme.svg", "private, no-cache", "image/svg+xml"),
        ("theme/preau.1a2b3c4d.css", "private, max-age=31536000, immutable", "text/css; charset=utf-8"),
    ],
)
def test_headers_of_each_kind(guardian: Browser, path: str, kept: str, kind: str) -> None:
    answer = guardian.get(f"/fessart/{path}")
    assert answer.header("cache-control") == kept
    assert answer.header("content-type") == kind
    assert (answer.header("etag") is None) == (kept == "no-store")
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("content-length") == str(len(answer.body))
    head = guardian.ask("HEAD", f"/fessart/{path}", headers={"sec-fetch-mode": "navigate"})
    assert (head.status, head.raw_headers, head.body) == (200, answer.raw_headers, b"")


def test_entity_tags(guardian: Browser) -> None:
    first = guardian.get(f"/fessart/{PHOTO}")
    tag = first.header("etag")
    assert tag == f'"{digest(first.body)}"'
    again = guardian.get(f"/fessart/{PHOTO}", if_none_match=tag)
    assert (again.status, again.body) == (304, b"")
    kept = ("etag", "cache-control", "vary", "content-security-policy", "cross-origin-resource-policy")
    assert [again.header(name) for name in kept] == [first.header(name) for name in kept]
    assert again.header("content-type") is None
    assert guardian.get(f"/fessart/{PHOTO}", if_none_match='"x"').status == 200
    css = "/fessart/centre.1a2b3c4d.css"
    plain, packed = guardian.get(css), guardian.get(css, accept_encoding="br")
    assert plain.header("etag") == f'"{digest(plain.body)}"'
    assert packed.header("etag") == f'W/"{digest(plain.body)}-br"'
    assert guardian.get(css, accept_encoding="br", if_none_match=str(plain.header("etag"))).status == 200
    assert guardian.get(css, if_none_match=str(packed.header("etag"))).status == 200
    again = guardian.get(css, accept_encoding="br", if_none_match=str(packed.header("etag")))
    assert (again.status, again.body, again.header("content-encoding")) == (304, b"", None)
    assert [again.header(name) for name in kept] == [packed.header(name) for name in kept]


def test_a_photo_opened_by_itself_is_kept_by_nobody(guardian: Browser) -> None:
    """As a page of its own it would be shown by Back; within a page it is asked for again."""
    assert guardian.get(f"/fessart/{PHOTO}", sec_fetch_dest="document").header("cache-control") == "no-store"
    assert guardian.get(f"/fessart/{PHOTO}", sec_fetch_dest="document").header("etag") is None
    assert guardian.fetch(f"/fessart/{PHOTO}", sec_fetch_dest="image").header("cache-control") == "private, no-cache"


def test_pages_are_never_told_to_be_fresh(guardian: Browser) -> None:
    assert guardian.get("/fessart/", if_none_match="*").status == 200
    assert guardian.get("/fessart/", if_modified_since="Wed, 09 Nov 2022 08:00:00 GMT").status == 200


def test_a_range_gets_the_whole(guardian: Browser) -> None:
    answer = guardian.get(f"/fessart/{PHOTO}", range="bytes=0-3," * 100 + "0-1")
    assert (answer.status, answer.body) == (200, files("fessart")[PHOTO])


def test_a_right_that_ends_ends_within_ten_seconds(house: House) -> None:
    issuer = house.ents["ecoles"].issuer
    browser = house.signed_in("guardian-fessart")
    assert browser.get("/fessart/").status == 200
    house.policy("fessart", replace(policy_of("fessart", issuer), schools=frozenset()))
    house.clock.later(seconds=10)
    assert browser.get("/fessart/").status == 403
    assert browser.fetch(f"/fessart/{PHOTO}").status == 403
    assert browser.get("/-/compte").status == 200
    house.policy("fessart", policy_of("fessart", issuer))
    house.clock.later(seconds=10)
    assert browser.get("/fessart/").status == 200


def test_a_blocked_person(house: House) -> None:
    issuer = house.ents["ecoles"].issuer
    browser = house.signed_in("guardian-fessart")
    house.policy("fessart", replace(policy_of("fessart", issuer), blocked=listed(issuer, "guardian-fessart")))
    house.clock.later(seconds=10)
    assert browser.get("/fessart/").status == 403
    assert house.signed_in("child-fessart").get("/fessart/").status == 200


def test_enrolment(house: House) -> None:
    issuer = house.ents["ecoles"].issuer
    enrolled = listed(issuer, "guardian-two")
    house.policy("fessart", replace(policy_of("fessart", issuer), admission="inscrits", enrolled=enrolled))
    opened = {name for name in PEOPLE if house.signed_in(name).get("/fessart/").status == 200}
    assert opened == {"guardian-two", "animator-fessart", "city-officer"}


def test_kinds_that_a_centre_admits(house: House) -> None:
    issuer = house.ents["ecoles"].issuer
    admitted = frozenset({MembershipKind.GUARDIAN, MembershipKind.SCHOOL_STAFF})
    house.policy("fessart", replace(policy_of("fessart", issuer), admitted=admitted))
    opened = {name for name in PEOPLE if house.signed_in(name).get("/fessart/").status == 200}
    assert opened == {
        "guardian-fessart",
        "guardian-two",
        "teacher-and-guardian",
        "teacher-fessart",
        "animator-fessart",
        "city-officer",
    }


def test_a_new_release_is_served_within_ten_seconds_and_whole(house: House) -> None:
    browser = house.signed_in("guardian-fessart")
    assert browser.get("/fessart/").body == files("fessart")["index.html"]
    house.clock.later(seconds=1)
    house.publish("fessart", {**files("fessart"), "index.html": b"new", "nouveau/index.html": b"new too"})
    house.clock.later(seconds=10)
    assert browser.get("/fessart/").body == b"new"
    assert browser.get("/fessart/nouveau/").body == b"new too"


@pytest.mark.parametrize("by", ["path", "digest", "digest of what an older version compressed"])
def test_what_is_withdrawn_is_gone_within_ten_seconds(house: House, by: str) -> None:
    browser = house.signed_in("guardian-fessart")
    path = "articles/2022-11-09-potager/index.html"
    if by not in ("path", "digest"):
        house.publish("fessart", files("fessart"), encodings={path: OLDER})
        house.clock.later(seconds=10)
    for headers in ({}, {"accept_encoding": "br"}):
        assert browser.get(f"/fessart/{path}", **headers).status == 200
    digests = {"path": [], "digest": [digest(files("fessart")[path])]}.get(by, [digest(PACKED)])
    withdraw(
        house.store, "fessart", digests=digests, paths=[path] if by == "path" else [], since=house.clock(), by="test"
    )
    house.clock.later(seconds=10)
    for headers in ({}, {"accept_encoding": "br"}, {"if_none_match": "*"}):
        answer = browser.get(f"/fessart/{path}", **headers)
        assert answer.status == 410
        assert answer.header("cache-control") == "no-store"
    assert browser.get("/fessart/articles/2022-11-09-potager/").status == 410
    assert house.signed_in("guardian-outside").get(f"/fessart/{path}").status == 403


def test_a_damaged_register_of_withdrawals_serves_nothing(house: House) -> None:
    browser = house.signed_in("guardian-fessart")
    assert browser.get("/fessart/").status == 200
    house.store.put(series_key("fessart", WITHDRAWN, 1), b"{}")
    house.clock.later(seconds=10)
    assert browser.get("/fessart/").status == 503
    assert browser.get("/escudier/").status == 403


def test_the_log_tells_a_refusal_without_naming_anybody(house: House) -> None:
    browser = house.signed_in("guardian-fessart")
    browser.get("/escudier/articles/canary/?canary")
    browser.get("/inconnu-canary/")
    one, other = house.events()[-2:]
    assert (one["event"], one["centre"], one["reason"]) == ("refused", "escudier", "no membership")
    assert (other["centre"], other["person"]) == ("unknown", one["person"])
    assert "canary" not in house.log.getvalue()
    assert "guardian-fessart" not in house.log.getvalue()


def test_a_withdrawn_404_page_is_not_shown_in_answer_to_another_address(house: House) -> None:
    browser = house.signed_in("guardian-fessart")
    assert "Introuvable" in browser.get("/fessart/nulle-part").text
    gone = digest(files("fessart")["404.html"])
    withdraw(house.store, "fessart", digests=[gone], paths=[], since=house.clock(), by="test")
    house.clock.later(seconds=10)
    answer = browser.get("/fessart/nulle-part")
    assert answer.status == 404
    assert "Introuvable" not in answer.text
