"""Texts in content codings: made once, from verified bytes, kept within a bound, and no longer than they may be."""

from __future__ import annotations

import asyncio
import gzip
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import brotli  # type: ignore[import-untyped]
import pytest

from publish.gateway import codings
from publish.gateway.blobs import LARGEST_KEPT, Blobs
from publish.gateway.calls import Calls
from publish.gateway.codings import SMALLEST, CodedTexts, encode, is_coded
from publish.gateway.sites import Unavailable
from publish.layout import blob_key
from publish.manifest import FileEntry
from tests.publish.gateway.house import digest
from tests.publish.stores.memory import MemoryStore

HTML = "text/html; charset=utf-8"
DECODE: dict[str, Callable[[bytes], bytes]] = {"br": brotli.decompress, "gzip": gzip.decompress}
PAGE = b"<p>des nouvelles du centre</p>\n" * 40


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def texts(store: MemoryStore) -> CodedTexts:
    return CodedTexts(Blobs(store, Calls()))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[bytes, str]]:
    """What was compressed."""
    found: list[tuple[bytes, str]] = []

    def watched(data: bytes, coding: str) -> bytes:
        found.append((data, coding))
        return encode(data, coding)

    monkeypatch.setattr(codings, "encode", watched)
    return found


def kept(store: MemoryStore, data: bytes = PAGE, slug: str = "fessart") -> FileEntry:
    store.put(blob_key(slug, digest(data)), data)
    return FileEntry(digest(data), len(data), HTML)


@pytest.mark.parametrize("coding", DECODE)
@pytest.mark.parametrize("size", [0, 1, SMALLEST, 1008, 1009, 9_000, 65_520, 65_521, 200_000, LARGEST_KEPT])
def test_every_size_comes_back(coding: str, size: int) -> None:
    data = (b"".join(b"ligne %d\n" % number for number in range(size // 7 + 1)))[:size]
    assert DECODE[coding](encode(data, coding)) == data


@pytest.mark.parametrize("coding", DECODE)
def test_a_text_becomes_smaller(coding: str) -> None:
    assert len(encode(PAGE, coding)) < len(PAGE) // 5


def test_no_text_holds_up_all_others() -> None:
    """Two letters at random are the worst for gzip's search: at level 9 it takes fifty times as long as brotli."""
    text = bytes(random.Random(1).choices(b"ab", k=300_000))
    took = {}
    for coding in DECODE:
        before = time.thread_time()
        encode(text, coding)
        took[coding] = time.thread_time() - before
    assert took["gzip"] < 8 * took["br"]


@pytest.mark.parametrize(
    ("size", "kind", "expected"),
    [
        (SMALLEST - 1, HTML, False),
        (SMALLEST, HTML, True),
        (LARGEST_KEPT, HTML, True),
        (LARGEST_KEPT + 1, HTML, False),
        (1_000, "text/css; charset=utf-8", True),
        (1_000, "text/calendar; charset=utf-8", True),
        (1_000, "application/json", True),
        (1_000, "image/svg+xml", True),
        (1_000, "image/webp", False),
        (1_000, "application/pdf", False),
    ],
)
def test_what_is_coded(size: int, kind: str, expected: bool) -> None:
    assert is_coded(FileEntry("0" * 64, size, kind)) is expected


def test_it_is_made_once_for_each_coding(
    loop: asyncio.Runner, store: MemoryStore, texts: CodedTexts, made: list[tuple[bytes, str]]
) -> None:
    page = kept(store)
    first = {coding: loop.run(texts.read("fessart", page, coding)) for coding in DECODE}
    store.objects.clear()
    for coding, data in first.items():
        assert DECODE[coding](data) == PAGE
        assert loop.run(texts.read("fessart", page, coding)) is data
    assert made == [(PAGE, "br"), (PAGE, "gzip")]
    assert texts._blobs._kept == {}, "the plain bytes of a page would be held beside its coded ones"


def test_one_centre_s_are_not_another_s(loop: asyncio.Runner, store: MemoryStore, texts: CodedTexts) -> None:
    page = kept(store)
    loop.run(texts.read("fessart", page, "br"))
    with pytest.raises(Unavailable):
        loop.run(texts.read("escudier", page, "br"))


def test_bytes_that_are_not_those_of_the_release_are_not_coded(
    loop: asyncio.Runner, store: MemoryStore, texts: CodedTexts, made: list[tuple[bytes, str]]
) -> None:
    page = kept(store)
    store.put(blob_key("fessart", page.sha256), PAGE[:-1] + b"!")
    with pytest.raises(Unavailable):
        loop.run(texts.read("fessart", page, "br"))
    assert made == []
    assert texts._making == {}


async def many(texts: CodedTexts, page: FileEntry, gate: threading.Event, leaves: int = 0) -> list[bytes]:
    """What those of 300 get who ask at once, of whom some leave."""
    asking = [asyncio.create_task(texts.read("fessart", page, "br")) for _ in range(300)]
    await asyncio.sleep(0)
    for task in asking[:leaves]:
        task.cancel()
    gate.set()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    return [answer for answer in answers if isinstance(answer, bytes)]


def test_three_hundred_families_who_ask_at_once(
    loop: asyncio.Runner, store: MemoryStore, texts: CodedTexts, made: list[tuple[bytes, str]]
) -> None:
    page, gate, reads = kept(store), threading.Event(), []
    real = store.get

    def get(key: str) -> bytes | None:
        reads.append(key)
        gate.wait(5)
        return real(key)

    store.get = get  # type: ignore[method-assign]
    assert len(loop.run(many(texts, page, gate))) == 300
    assert (len(reads), len(made)) == (1, 1)
    # Whoever asked first goes away: nobody else loses by it.
    texts.forget("fessart", {page.sha256})
    gate.clear()
    assert len(loop.run(many(texts, page, gate, leaves=2))) == 298
    assert len(made) == 2
    assert texts._making == {}


def test_a_store_that_fails_is_asked_once_for_all_who_wait(
    loop: asyncio.Runner, store: MemoryStore, texts: CodedTexts
) -> None:
    gate, reads = threading.Event(), []

    def get(key: str) -> bytes | None:
        reads.append(key)
        gate.wait(5)
        return None

    store.get = get  # type: ignore[method-assign]
    assert loop.run(many(texts, kept(store), gate)) == []
    assert len(reads) == 1


def test_compressing_takes_one_thread(
    loop: asyncio.Runner, store: MemoryStore, texts: CodedTexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once, most, held = 0, 0, threading.Lock()
    together = threading.Barrier(2)

    def slow(data: bytes, coding: str) -> bytes:
        nonlocal at_once, most
        with held:
            at_once += 1
            most = max(most, at_once)
        with suppress(threading.BrokenBarrierError):
            together.wait(0.02)  # nobody comes while another one is here
        with held:
            at_once -= 1
        return encode(data, coding)

    monkeypatch.setattr(codings, "encode", slow)
    pages = [kept(store, PAGE + bytes([number])) for number in range(4)]

    async def all_of_them() -> None:
        await asyncio.gather(*(texts.read("fessart", page, "br") for page in pages))

    loop.run(all_of_them())
    assert most == 1


def test_what_waits_to_be_compressed_is_not_in_memory_yet(
    loop: asyncio.Runner, store: MemoryStore, texts: CodedTexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a thousand connections each may ask for another text."""
    read, most, held = 0, 0, threading.Lock()
    too_many = threading.Event()
    real = store.get

    def get(key: str) -> bytes | None:
        nonlocal read, most
        with held:
            read += 1
            most = max(most, read)
            if read > codings.TOGETHER:
                too_many.set()
        return real(key)

    def slow(data: bytes, coding: str) -> bytes:
        nonlocal read
        too_many.wait(0.02)
        with held:
            read -= 1
        return encode(data, coding)

    store.get = get  # type: ignore[method-assign]
    monkeypatch.setattr(codings, "encode", slow)
    pages = [kept(store, PAGE + bytes([number])) for number in range(2 * codings.TOGETHER)]

    async def all_of_them() -> None:
        await asyncio.gather(*(texts.read("fessart", page, "br") for page in pages))

    loop.run(all_of_them())
    assert len(texts._kept) == len(pages)
    assert 1 < most <= codings.TOGETHER


def test_memory_is_bounded(
    loop: asyncio.Runner, store: MemoryStore, texts: CodedTexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codings, "encode", lambda data, coding: bytes(100))
    monkeypatch.setattr(codings, "MOST_BYTES", 2 * (100 + codings.BESIDE))
    pages = [kept(store, PAGE + bytes([number])) for number in range(3)]
    for page in (pages[0], pages[1], pages[0], pages[2]):
        loop.run(texts.read("fessart", page, "br"))
    assert [key[1] for key in texts._kept] == [pages[0].sha256, pages[2].sha256]
    assert texts._size == 2 * (100 + codings.BESIDE)


def test_what_is_withdrawn_is_kept_no_longer(loop: asyncio.Runner, store: MemoryStore, texts: CodedTexts) -> None:
    page, other = kept(store), kept(store, PAGE * 2)
    kept(store, PAGE, "escudier")
    for slug, entry, coding in (
        ("fessart", page, "br"),
        ("fessart", page, "gzip"),
        ("fessart", other, "br"),
        ("escudier", page, "br"),
    ):
        loop.run(texts.read(slug, entry, coding))
    texts.forget("fessart", frozenset({page.sha256, "0" * 64}))
    assert list(texts._kept) == [("fessart", other.sha256, "br"), ("escudier", page.sha256, "br")]
    assert texts._size == sum(len(data) + codings.BESIDE for data in texts._kept.values())
    assert texts.slugs() == ("fessart", "escudier")


@pytest.mark.parametrize("when", ["while it is read", "while it is compressed"])
def test_what_is_withdrawn_while_it_is_made_is_neither_given_nor_kept(
    loop: asyncio.Runner, store: MemoryStore, texts: CodedTexts, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    page, gate = kept(store), threading.Event()
    gate.set()

    def withdraw() -> None:
        texts.forget("fessart", {page.sha256})

    if when == "while it is read":
        real = store.get
        store.get = lambda key: (withdraw(), real(key))[1]  # type: ignore[method-assign]
    else:
        monkeypatch.setattr(codings, "encode", lambda *given: (withdraw(), encode(*given))[1])
    assert loop.run(many(texts, page, gate)) == []
    assert texts._kept == {}
    assert texts._size == 0
