"""A site's texts in the codings that browsers ask for: after the decision, and nothing else than a site's texts."""

from __future__ import annotations

import gzip

import anyio
import brotli  # type: ignore[import-untyped]
import pytest

from publish.gateway import app, charter_routes, codings
from publish.gateway.codings import encode
from publish.gateway.context import Gateway, Visitor
from publish.layout import blob_key
from publish.withdrawn import withdraw
from tests.publish.gateway.browser import Browser
from tests.publish.gateway.house import House, digest, files
from tests.publish.gateway.test_site_routes import OLDER, PACKED, PHOTO


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """In which coding something was compressed, each time that it was."""
    found: list[str] = []

    def watched(data: bytes, coding: str) -> bytes:
        found.append(coding)
        return encode(data, coding)

    monkeypatch.setattr(codings, "encode", watched)
    return found


def test_encodings(guardian: Browser, made: list[str]) -> None:
    plain = guardian.get("/fessart/")
    packed = guardian.get("/fessart/", accept_encoding="gzip")
    assert packed.header("content-encoding") == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    smallest = guardian.get("/fessart/", accept_encoding="gzip, br")
    assert smallest.header("content-encoding") == "br"
    assert brotli.decompress(smallest.body) == plain.body
    assert plain.header("vary") == packed.header("vary") == "Accept-Encoding"
    for path in (PHOTO, "embleme.svg"):
        answer = guardian.get(f"/fessart/{path}", accept_encoding="br, gzip")
        assert answer.header("content-encoding") is None
        assert answer.header("vary") is None
    missing = guardian.get("/fessart/nulle-part", accept_encoding="br")
    assert (missing.status, missing.header("content-encoding")) == (404, "br")
    assert brotli.decompress(missing.body) == files("fessart")["404.html"]
    for _ in range(3):
        assert guardian.get("/fessart/", accept_encoding="br").body == smallest.body
    assert made == ["gzip", "br", "br"]


def test_head_tells_what_get_would(guardian: Browser) -> None:
    for path in ("", "centre.1a2b3c4d.css", "nulle-part"):
        for coding in ("br", "gzip"):
            headers = {"sec-fetch-mode": "navigate", "accept-encoding": coding}
            told = guardian.ask("HEAD", f"/fessart/{path}", headers=headers)
            answer = guardian.ask("GET", f"/fessart/{path}", headers=headers)
            assert (told.status, told.raw_headers, told.body) == (answer.status, answer.raw_headers, b"")
            assert answer.header("content-length") == str(len(answer.body))


def test_a_coded_text_is_sent_whole(guardian: Browser) -> None:
    css = "/fessart/centre.1a2b3c4d.css"
    whole = guardian.get(css, accept_encoding="br")
    assert whole.header("accept-ranges") is None
    for headers in ({"range": "bytes=0-3"}, {"range": "bytes=9999-"}):
        part = guardian.get(css, accept_encoding="br", **headers)
        assert (part.status, part.raw_headers, part.body) == (200, whole.raw_headers, whole.body)
    assert guardian.get(css, range="bytes=0-3").status == 206


def test_nothing_is_compressed_for_who_may_not_enter(house: House, made: list[str]) -> None:
    for browser in (house.browser(), house.signed_in("guardian-outside"), house.signed_in("child-escudier")):
        for path in ("", "plan/", "centre.1a2b3c4d.css", "nulle-part"):
            for coding in ("br", "gzip"):
                for method in ("GET", "HEAD"):
                    answer = browser.ask(method, f"/fessart/{path}", headers={"accept-encoding": coding})
                    assert answer.status in (401, 403)
                    assert answer.header("content-encoding") is None
    assert made == []


def test_pages_of_the_gateway_are_never_compressed(house: House, made: list[str]) -> None:
    """Their forms hold a value of the session, which the length of a compressed page would tell about (BREACH)."""
    nobody, guardian = house.browser(), house.signed_in("guardian-fessart")
    withdraw(house.store, "fessart", digests=[], paths=["plan/index.html"], since=house.clock(), by="test")
    house.clock.later(seconds=10)
    asked = ["/", "/-/compte", "/-/connexion", "/-/code", "/-/charte", "/-/mentions-legales", "/-/rien", "/-/sante"]
    asked += ["/escudier/", "/fessart", "/fessart/plan/", *house.gateway.theme.urls.values()]
    for browser in (nobody, guardian):
        for target in asked:
            answer = browser.get(target, accept_encoding="gzip, br")
            assert answer.header("content-encoding") is None, target
            assert browser.get(target).header("content-length") == answer.header("content-length"), target
    assert "jeton" in guardian.get("/-/compte", accept_encoding="gzip, br").text
    assert made == []


def test_not_modified_is_said_without_compressing(guardian: Browser, made: list[str]) -> None:
    css = "/fessart/centre.1a2b3c4d.css"
    tag = f'W/"{digest(files("fessart")["centre.1a2b3c4d.css"])}-br"'
    for asked in (tag, tag.removeprefix("W/"), "*"):
        assert guardian.get(css, accept_encoding="br", if_none_match=asked).status == 304
    assert made == []


@pytest.mark.parametrize("there", [True, False])
def test_a_release_of_an_older_version_with_coded_forms_of_its_own(house: House, there: bool) -> None:
    """Nobody is sent those: they need not be there any more."""
    if there:
        house.store.put(blob_key("fessart", digest(PACKED)), PACKED)
    manifest = house.publish("fessart", files("fessart"), encodings={"index.html": OLDER})
    assert digest(PACKED) in manifest.digests()
    house.clock.later(seconds=10)
    browser = house.signed_in("guardian-fessart")
    for coding, decode in ((None, bytes), ("br", brotli.decompress), ("gzip", gzip.decompress)):
        answer = browser.get("/fessart/", **({"accept_encoding": coding} if coding else {}))
        assert (answer.status, answer.header("content-encoding")) == (200, coding)
        assert decode(answer.body) == files("fessart")["index.html"]


@pytest.mark.parametrize("path", ["plan/", PHOTO])
def test_what_is_withdrawn_while_a_request_waits_is_neither_given_nor_kept(
    house: House, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """The gateway forgets bytes when it learns of a withdrawal: a request that was let in before reads them after."""
    gone = digest(files("fessart")[path + "index.html" if path.endswith("/") else path])
    real = charter_routes.must_accept

    async def while_others_ask(gateway: Gateway, visitor: Visitor) -> bool:
        withdraw(house.store, "fessart", digests=[gone], paths=[], since=house.clock(), by="test")
        house.clock.later(seconds=10)
        await gateway.sites.in_force("fessart")
        return await real(gateway, visitor)

    guardian = house.signed_in("guardian-fessart")
    monkeypatch.setattr(charter_routes, "must_accept", while_others_ask)
    assert guardian.get(f"/fessart/{path}", accept_encoding="br").status == 410
    assert not house.gateway.coded._kept
    assert ("fessart", gone) not in house.gateway.blobs._kept


def test_a_withdrawn_text_leaves_memory_though_nobody_asks(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.signed_in("guardian-fessart").get("/fessart/calendrier.ics", accept_encoding="br")
    kept = house.gateway.coded._kept
    assert len(kept) == 1
    gone = digest(files("fessart")["calendrier.ics"])
    withdraw(house.store, "fessart", digests=[gone], paths=[], since=house.clock(), by="test")
    house.clock.later(seconds=10)
    monkeypatch.setattr(app, "SWEEP_SECONDS", 0.01)

    async def live_on() -> None:
        async with house.app.router.lifespan_context(house.app):  # type: ignore[attr-defined]
            for _ in range(1_000):
                if kept:
                    await anyio.sleep(0.01)

    house.loop.run(live_on())
    assert not kept
