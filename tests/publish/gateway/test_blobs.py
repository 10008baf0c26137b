"""Bytes by digest: verified, kept within a bound."""

from __future__ import annotations

import asyncio

import pytest

from publish.gateway import blobs as blobs_module
from publish.gateway.blobs import Blobs
from publish.gateway.calls import Calls
from publish.gateway.sites import Unavailable
from publish.layout import blob_key
from tests.publish.gateway.house import digest
from tests.publish.stores.memory import MemoryStore


def test_read_once_then_kept_within_a_bound(loop: asyncio.Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs_module, "MOST_BYTES", 250)
    monkeypatch.setattr(blobs_module, "LARGEST_KEPT", 100)
    store = MemoryStore()
    contents = [bytes([number]) * 100 for number in range(4)] + [b"x" * 101]
    for data in contents:
        store.put(blob_key("fessart", digest(data)), data)
    blobs = Blobs(store, Calls())
    for data in contents:
        assert loop.run(blobs.read("fessart", digest(data), len(data))) == data
    store.objects.clear()
    assert loop.run(blobs.read("fessart", digest(contents[3]), 100)) == contents[3]
    for data in (contents[0], contents[4]):
        with pytest.raises(Unavailable):
            loop.run(blobs.read("fessart", digest(data), len(data)))


def test_what_is_read_for_another_form_is_not_held_too(loop: asyncio.Runner) -> None:
    store, data = MemoryStore(), b"private"
    store.put(blob_key("fessart", digest(data)), data)
    blobs = Blobs(store, Calls())
    assert loop.run(blobs.read("fessart", digest(data), len(data), keep=False)) == data
    assert (blobs._kept, blobs._size) == ({}, 0)


def test_what_is_withdrawn_while_it_is_read_is_not_kept(loop: asyncio.Runner) -> None:
    store, data = MemoryStore(), b"private"
    store.put(blob_key("fessart", digest(data)), data)
    blobs, real = Blobs(store, Calls()), store.get

    def get(key: str) -> bytes | None:
        blobs.forget("fessart", {digest(data)})
        return real(key)

    store.get = get  # type: ignore[method-assign]
    loop.run(blobs.read("fessart", digest(data), len(data)))
    assert (blobs._kept, blobs._size) == ({}, 0)


def test_kept_bytes_of_one_centre_are_not_anothers(loop: asyncio.Runner) -> None:
    store, data = MemoryStore(), b"private"
    store.put(blob_key("fessart", digest(data)), data)
    blobs = Blobs(store, Calls())
    loop.run(blobs.read("fessart", digest(data), len(data)))
    with pytest.raises(Unavailable):
        loop.run(blobs.read("escudier", digest(data), len(data)))


def test_a_wrong_size_is_refused(loop: asyncio.Runner) -> None:
    store, data = MemoryStore(), b"private"
    store.put(blob_key("fessart", digest(data)), data)
    with pytest.raises(Unavailable):
        loop.run(Blobs(store, Calls()).read("fessart", digest(data), len(data) + 1))
