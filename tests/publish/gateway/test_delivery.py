"""How bytes leave: named to nginx, in pieces, in parts, and never more than was asked for."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from publish.errors import ServeError
from publish.front import Front
from publish.gateway import delivery
from publish.gateway.blob_cache import BlobCache
from publish.gateway.blob_files import NoRoom
from publish.withdrawn import withdraw
from tests.publish.gateway.house import House, build_house, digest, files
from tests.publish.gateway.protection import PHOTO

LARGE = b"%PDF" + bytes(range(256)) * 9_000


@pytest.fixture
def behind(tmp_path: Path, loop: asyncio.Runner) -> House:
    return build_house(tmp_path, loop, front=Front(behind_nginx=True, cache=tmp_path / "blobs"))


def cache_of(house: House) -> BlobCache:
    found = house.gateway.blobs._cache
    assert isinstance(found, BlobCache)
    return found


def test_nginx_is_told_which_file_to_send(behind: House) -> None:
    browser = behind.signed_in("guardian-fessart")
    answer = browser.fetch(PHOTO)
    data = files("fessart")[PHOTO.removeprefix("/fessart/")]
    assert (answer.status, answer.body, answer.header("content-length")) == (200, b"", "0")
    assert answer.header("x-accel-redirect") == "@octets"
    assert answer.header("etag") == f'"{digest(data)}"'
    assert (cache_of(behind).root / str(answer.header("x-preau-file"))).read_bytes() == data
    assert browser.fetch(PHOTO, if_none_match=str(answer.header("etag"))).header("x-accel-redirect") is None
    assert browser.get("/fessart/x").body == files("fessart")["404.html"]
    assert browser.fetch(PHOTO, range="bytes=0-3").body == data[:4]


def test_who_may_not_enter_is_told_no_file(behind: House) -> None:
    for browser in (behind.browser(), behind.signed_in("guardian-outside")):
        for headers in ({}, {"range": "bytes=0-3"}, {"if_none_match": "*"}, {"x_accel_redirect": "@octets"}):
            answer = browser.fetch(PHOTO, **headers)
            assert answer.status in (401, 403)
            assert answer.header("x-preau-file") is answer.header("x-accel-redirect") is None


def test_a_withdrawn_photo_leaves_the_cache(behind: House) -> None:
    browser = behind.signed_in("guardian-fessart")
    path = cache_of(behind).root / str(browser.fetch(PHOTO).header("x-preau-file"))
    assert path.exists()
    withdraw(behind.store, "fessart", digests=[path.name], paths=[], since=behind.clock(), by="test")
    behind.clock.later(seconds=10)
    assert browser.fetch(PHOTO).status == 410
    assert not path.exists()


def test_what_finds_no_room_is_sent_from_here(behind: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> str:
        raise NoRoom

    monkeypatch.setattr(cache_of(behind), "place", full)
    answer = behind.signed_in("guardian-fessart").get("/fessart/")
    assert (answer.status, answer.body) == (200, files("fessart")["index.html"])


def test_large_files_are_read_piece_by_piece(tmp_path: Path, loop: asyncio.Runner) -> None:
    house = build_house(tmp_path, loop, front=Front(cache=tmp_path / "blobs"))
    path = "documents/0123456789abcdef01234567-menu.pdf"
    house.publish("fessart", {"index.html": b"x", path: LARGE})
    browser = house.signed_in("guardian-fessart")
    answer = browser.fetch(f"/fessart/{path}")
    assert (answer.status, answer.header("content-length")) == (200, str(len(LARGE)))
    assert answer.body == LARGE
    part = browser.fetch(f"/fessart/{path}", range="bytes=100000-299999")
    assert (part.status, part.body) == (206, LARGE[100_000:300_000])
    assert (browser.ask("HEAD", f"/fessart/{path}").body, house.gateway.blobs._size) == (b"", 0)


def test_a_body_is_handed_over_in_pieces(loop: asyncio.Runner) -> None:
    sent: list[int] = []

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.body":
            sent.append(len(message["body"]))  # type: ignore[arg-type]

    for size in (0, 1, delivery.CHUNK, delivery.CHUNK + 1):
        loop.run(delivery.InPieces(b"x" * size, 200, {})({}, None, send))  # type: ignore[arg-type]
    assert sent == [0, 1, delivery.CHUNK, delivery.CHUNK, 1]


def test_behind_nginx_there_must_be_files(tmp_path: Path, loop: asyncio.Runner) -> None:
    with pytest.raises(ServeError, match="behind nginx"):
        build_house(tmp_path, loop, front=Front(behind_nginx=True))
