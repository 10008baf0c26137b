"""The ZIP of an article's photos, under the same decision as each of them."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace

import pytest
from starlette.requests import Request

from publish.access import Decision, Rule
from publish.album import ZipPieces
from publish.gateway import accounts_sqlite, album_routes, private_sqlite
from publish.gateway.context import Gateway, Visitor
from publish.gateway.endpoints import visitor_of
from publish.gateway.sessions_sqlite import SqliteSessions
from publish.gateway.sites import Sites
from publish.layout import WITHDRAWN, blob_key
from publish.series import append
from publish.withdrawn import withdraw
from tests.publish.gateway.attacks_on_sessions import elsewhere
from tests.publish.gateway.browser import Answer, Browser
from tests.publish.gateway.house import CENTRES, OPENS, PEOPLE, House, digest, files, policy_of
from tests.publish.gateway.test_code_routes import type_code

FOLDER = "articles/2022-11-09-potager"
ALBUM = f"/fessart/{FOLDER}/album.zip"
FIRST, SECOND = (f"photos/{letter * 24}-1600.jpg" for letter in "ab")
PHOTOS = {FIRST: b"\xff\xd8un" * 300, SECOND: b"\xff\xd8deux" * 300}


@pytest.fixture
def house(house: House) -> House:
    """Each centre allows it, with photos of its own."""
    listed = json.dumps({"date": "2022-11-09", "photos": [FIRST, SECOND]}).encode()
    for slug in CENTRES:
        own = {path: data + slug.encode() for path, data in PHOTOS.items()}
        house.publish(slug, {**files(slug), **own, f"{FOLDER}/album.json": listed})
    return house


def names(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("subject", PEOPLE)
def test_each_person_in_each_centre(house: House, subject: str) -> None:
    browser = house.signed_in(subject)
    for slug in CENTRES:
        answer = browser.get(f"/{slug}/{FOLDER}/album.zip")
        if slug not in OPENS[subject]:
            assert answer.status == 403
            assert b"PK" not in answer.body
            continue
        assert answer.status == 200
        assert names(answer.body) == {
            f"{slug}-2022-11-09-potager-01.jpg": PHOTOS[FIRST] + slug.encode(),
            f"{slug}-2022-11-09-potager-02.jpg": PHOTOS[SECOND] + slug.encode(),
        }


def test_without_a_session_there_is_none(house: House) -> None:
    answer = house.browser().fetch(ALBUM)
    assert answer.status == 401
    assert b"PK" not in answer.body


def test_headers(house: House) -> None:
    browser = house.signed_in("guardian-fessart")
    answer = browser.get(ALBUM)
    assert answer.header("content-type") == "application/zip"
    assert answer.header("content-disposition") == 'attachment; filename="fessart-2022-11-09-potager.zip"'
    assert answer.header("cache-control") == "no-store"
    assert answer.header("content-length") == str(len(answer.body))
    head = browser.ask("HEAD", ALBUM)
    assert (head.status, head.body, head.header("content-length")) == (200, b"", str(len(answer.body)))
    assert browser.get(ALBUM, range="bytes=0-3").status == 200


def test_where_it_is_not_allowed_there_is_no_such_page(house: House) -> None:
    house.publish("fessart", {**files("fessart"), **PHOTOS})
    house.clock.later(seconds=10)
    assert house.signed_in("guardian-fessart").get(ALBUM).status == 404


@pytest.mark.parametrize("data", [b"{}", json.dumps({"date": "2022-11-09", "photos": ["index.html"]}).encode()])
def test_a_list_that_names_something_else_gives_nothing(house: House, data: bytes) -> None:
    house.publish("fessart", {**files("fessart"), **PHOTOS, f"{FOLDER}/album.json": data})
    house.clock.later(seconds=10)
    assert house.signed_in("guardian-fessart").get(ALBUM).status == 404


def broken(answer: Answer) -> None:
    """It ends early, which a browser tells by the length; what is there is no ZIP."""
    assert len(answer.body) < int(answer.header("content-length") or "0")
    with pytest.raises(zipfile.BadZipFile):
        names(answer.body)


def withdrawn(house: House, *, digests: frozenset[str] = frozenset(), paths: frozenset[str] = frozenset()) -> None:
    withdraw(house.store, "fessart", digests=digests, paths=paths, since=house.clock(), by="test")
    house.clock.later(seconds=10)


def test_a_withdrawn_photo_is_left_out(house: House) -> None:
    withdrawn(house, digests=frozenset({digest(PHOTOS[FIRST] + b"fessart")}))
    found = names(house.signed_in("guardian-fessart").get(ALBUM).body)
    assert list(found.values()) == [PHOTOS[SECOND] + b"fessart"]


def test_of_a_withdrawn_article_there_is_none(house: House) -> None:
    withdrawn(house, paths=frozenset({f"{FOLDER}/index.html"}))
    assert house.signed_in("guardian-fessart").get(ALBUM).status == 404


def test_a_photo_that_is_damaged_in_the_store_breaks_the_download_off(house: House) -> None:
    key = blob_key("fessart", digest(PHOTOS[SECOND] + b"fessart"))
    house.store.objects[key] = b"changed"
    broken(house.signed_in("guardian-fessart").get(ALBUM))


def by_letter(house: House) -> Browser:
    browser = house.signed_in("nobody-known")
    type_code(browser, house.letter("fessart"))
    return browser


def ended_elsewhere(house: House, what: str) -> None:
    """By another program, and nothing of the gateway's knows."""
    if what.startswith("code"):
        elsewhere(house.config.sessions.with_name(accounts_sqlite.NAME), "DELETE FROM codes")
    else:
        elsewhere(house.config.sessions, "DELETE FROM sessions")


@pytest.mark.parametrize("what", ["right", "photo", "session", "session elsewhere", "code elsewhere", "register"])
@pytest.mark.parametrize("protected", [True, False])
def test_what_ends_during_a_download_ends_it(
    house: House, monkeypatch: pytest.MonkeyPatch, what: str, protected: bool
) -> None:
    browser = by_letter(house) if what.startswith("code") else house.signed_in("guardian-fessart")
    # Bytes that memory holds: nothing of a download waits for the store.
    assert len(names(browser.get(ALBUM).body)) == 2
    real, seen = ZipPieces.photo, list[Visitor | None]()

    def meanwhile(pieces: ZipPieces, data: bytes) -> bytes:
        if what == "photo":
            withdrawn(house, digests=frozenset({digest(PHOTOS[SECOND] + b"fessart")}))
        elif what.endswith("elsewhere"):
            ended_elsewhere(house, what)
        elif what == "session":
            # As signing out in another tab does.
            sessions = house.gateway.sessions
            assert isinstance(sessions, SqliteSessions)
            sessions._db.execute("DELETE FROM sessions")
        elif what == "register":
            append(house.store, "fessart", WITHDRAWN, 1, b"{}")
            house.clock.later(seconds=10)
        else:
            policy = policy_of("fessart", house.ents["ecoles"].issuer)
            house.policy("fessart", replace(policy, schools=frozenset()))
            house.clock.later(seconds=10)
        return real(pieces, data)

    monkeypatch.setattr(ZipPieces, "photo", meanwhile)
    if protected:
        broken(browser.get(ALBUM))
        return
    monkeypatch.setattr(album_routes, "decide", lambda *_: Decision(True, Rule.MEMBERSHIP))
    monkeypatch.setattr("publish.withdrawn.Withdrawn.covers", lambda *_: False)
    monkeypatch.setattr(Sites, "_read_withdrawn", lambda _sites, known, _seen: known)

    async def once(gateway: Gateway, request: Request) -> Visitor | None:
        seen.append(seen[0] if seen else await visitor_of(gateway, request))
        return seen[0]

    monkeypatch.setattr(album_routes, "visitor_of", once)
    assert len(names(browser.get(ALBUM).body)) == 2, "without the second look, it goes on"


async def no_turn() -> None:
    """Of the loop."""


@pytest.mark.parametrize("what", ["session elsewhere", "code elsewhere"])
@pytest.mark.parametrize("line", ["a turn of the loop", "time", None])
def test_no_photo_leaves_by_the_answer_for_the_one_before(
    house: House, monkeypatch: pytest.MonkeyPatch, what: str, line: str | None
) -> None:
    """Each of two lines holds alone; without both, a small album is given out by one answer of SQLite."""
    browser = by_letter(house) if what.startswith("code") else house.signed_in("guardian-fessart")
    assert len(names(browser.get(ALBUM).body)) == 2
    real = ZipPieces.photo

    def meanwhile(pieces: ZipPieces, data: bytes) -> bytes:
        ended_elsewhere(house, what)
        return real(pieces, data)

    monkeypatch.setattr(ZipPieces, "photo", meanwhile)
    if line != "a turn of the loop":
        monkeypatch.setattr(album_routes, "checkpoint", no_turn)
    if line != "time":
        monkeypatch.setattr(private_sqlite, "MOST_SHARED", float("inf"))
    answer = browser.get(ALBUM)
    if line is None:
        assert len(names(answer.body)) == 2, "something else stops it"
    else:
        broken(answer)
