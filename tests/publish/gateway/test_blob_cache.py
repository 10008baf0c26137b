"""The disk cache of blobs: private, bounded, verified, read once, and empty of what is withdrawn."""

from __future__ import annotations

import asyncio
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from publish.errors import ServeError, StoreError
from publish.gateway import blob_files, calls
from publish.gateway.blob_cache import BlobCache
from publish.gateway.blob_files import NoRoom, StoreFiles
from publish.gateway.calls import Calls
from publish.gateway.sites import Unavailable
from publish.layout import blob_key
from publish.stores.folder import FolderStore
from tests.publish.gateway.house import digest
from tests.publish.stores.memory import MemoryStore

Make = Callable[..., BlobCache]


class Seconds:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def make(tmp_path: Path, store: MemoryStore, seconds: Seconds) -> Iterator[Make]:
    made: list[BlobCache] = []

    def cache(limit: int = 10_000, folder: str = "cache") -> BlobCache:
        made.append(BlobCache(store, Calls(), tmp_path / folder, limit, seconds))
        return made[-1]

    yield cache
    for each in made:
        try:
            each.close()
        except OSError:
            continue


def kept(store: MemoryStore, data: bytes, slug: str = "fessart") -> tuple[str, str, int]:
    store.put(blob_key(slug, digest(data)), data)
    return slug, digest(data), len(data)


def files(cache: BlobCache) -> set[str]:
    return {path.name for path in cache.root.rglob("*") if path.is_file() and path.name != "lock"}


def test_a_blob_is_read_once_and_private(loop: asyncio.Runner, make: Make, store: MemoryStore) -> None:
    cache, blob = make(), kept(store, b"a photo")
    name = loop.run(cache.place(*blob))
    assert (cache.root / name).read_bytes() == b"a photo"
    store.objects.clear()
    assert loop.run(cache.place(*blob)) == name
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [cache.root, *cache.root.rglob("*")]}
    assert modes == {"cache": 0o700, "lock": 0o600, "fessart": 0o750, blob[1][:2]: 0o750, blob[1]: 0o640}


def test_modes_do_not_hang_on_the_mask_and_the_group_is_inherited(
    loop: asyncio.Runner, make: Make, store: MemoryStore, tmp_path: Path
) -> None:
    import os

    (tmp_path / "cache").mkdir()
    (tmp_path / "cache").chmod(0o2750)
    before = os.umask(0o077)
    try:
        cache = make()
        path = cache.root / loop.run(cache.place(*kept(store, b"a photo")))
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert stat.S_IMODE(path.parent.stat().st_mode) == stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o2750


def test_simultaneous_requests_read_once(loop: asyncio.Runner, make: Make, store: MemoryStore) -> None:
    cache, blob = make(), kept(store, b"a photo")
    read: list[str] = []
    real, gate = store.get, threading.Event()

    def get(key: str) -> bytes | None:
        read.append(key)
        gate.wait(5)
        return real(key)

    store.get = get  # type: ignore[method-assign]

    async def many() -> list[str]:
        asking = [asyncio.create_task(cache.place(*blob)) for _ in range(20)]
        await asyncio.sleep(0)
        # Whoever asked first goes away: nobody else loses by it.
        asking[0].cancel()
        gate.set()
        return [item for item in await asyncio.gather(*asking, return_exceptions=True) if isinstance(item, str)]

    assert len(loop.run(many())) == 19
    assert len(read) <= 2
    assert cache._filling == {}


def test_it_is_bounded_and_nothing_goes_within_a_minute(
    loop: asyncio.Runner, make: Make, store: MemoryStore, seconds: Seconds
) -> None:
    cache = make(limit=250)
    blobs = [kept(store, bytes([number]) * 100) for number in range(4)]
    loop.run(cache.place(*blobs[0]))
    seconds.now += 30
    loop.run(cache.place(*blobs[1]))
    with pytest.raises(NoRoom):
        loop.run(cache.place(*blobs[2]))
    seconds.now += 30
    loop.run(cache.place(*blobs[2]))
    assert files(cache) == {blobs[1][1], blobs[2][1]}
    # What was handed out again stays longer than what was not.
    seconds.now += 59
    loop.run(cache.place(*blobs[1]))
    seconds.now += 1
    loop.run(cache.place(*blobs[3]))
    assert files(cache) == {blobs[1][1], blobs[3][1]}
    assert cache._size == 200
    with pytest.raises(NoRoom):
        loop.run(cache.place(*kept(store, b"x" * 251)))


@pytest.mark.parametrize("held", [b"another", b"a phot", b"", None])
def test_what_is_not_its_digest_gets_no_name(
    loop: asyncio.Runner, make: Make, store: MemoryStore, held: bytes | None
) -> None:
    cache, (slug, name, size) = make(), kept(store, b"a photo")
    store.delete(blob_key(slug, name))
    if held is not None:
        store.put(blob_key(slug, name), held)
    with pytest.raises(Unavailable):
        loop.run(cache.place(slug, name, size))
    assert files(cache) == set()


def test_unverified_bytes_would_be_handed_out(
    loop: asyncio.Runner, make: Make, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blob_files, "is_promised", lambda *_: True)
    cache, (slug, name, size) = make(), kept(store, b"a photo")
    store.put(blob_key(slug, name), b"another")
    assert (cache.root / loop.run(cache.place(slug, name, size))).read_bytes() == b"another"


@pytest.mark.parametrize("change", ["bytes", "gone", "link"])
def test_what_was_changed_on_the_disk_is_read_again(
    loop: asyncio.Runner, make: Make, store: MemoryStore, tmp_path: Path, change: str
) -> None:
    cache, blob = make(), kept(store, b"a photo")
    path = cache.root / loop.run(cache.place(*blob))
    if change == "bytes":
        path.write_bytes(b"A PHOTO")
    else:
        path.unlink()
        if change == "link":
            (tmp_path / "other").write_bytes(b"a photo")
            path.symlink_to(tmp_path / "other")
    assert (cache.root / loop.run(cache.place(*blob))).read_bytes() == b"a photo"
    assert not path.is_symlink()


def test_what_an_earlier_run_kept_is_verified_first(loop: asyncio.Runner, make: Make, store: MemoryStore) -> None:
    first = make()
    good, bad = kept(store, b"a photo"), kept(store, b"another photo")
    for blob in (good, bad):
        loop.run(first.place(*blob))
    first.close()
    (first.root / f".{'0' * 16}.part").write_bytes(b"cut off")
    (first.root / "fessart" / bad[1][:2] / bad[1]).write_bytes(b"another PHOTO")
    (first.root / "notes.txt").write_text("somebody's")
    again = make()
    assert again._size == len(b"a photo") + len(b"another photo")
    store.delete(blob_key("fessart", good[1]))
    assert (again.root / loop.run(again.place(*good))).read_bytes() == b"a photo"
    assert (again.root / loop.run(again.place(*bad))).read_bytes() == b"another photo"
    assert files(again) == {good[1], bad[1], "notes.txt"}


def test_what_is_withdrawn_goes_at_once_though_it_was_just_handed_out(
    loop: asyncio.Runner, make: Make, store: MemoryStore
) -> None:
    cache, gone, stays = make(), kept(store, b"a photo"), kept(store, b"a photo", "escudier")
    for blob in (gone, stays):
        loop.run(cache.place(*blob))
    assert set(cache.slugs()) == {"fessart", "escudier"}
    cache.forget("fessart", frozenset({gone[1], "0" * 64}))
    assert [path.parts[-3] for path in cache.root.rglob(gone[1])] == ["escudier"]
    assert cache.slugs() == ("escudier",)


def test_what_is_withdrawn_while_it_is_read_gets_no_name(loop: asyncio.Runner, make: Make, store: MemoryStore) -> None:
    cache, blob = make(), kept(store, b"a photo")
    real = store.get

    def get(key: str) -> bytes | None:
        cache.forget("fessart", {blob[1]})
        return real(key)

    store.get = get  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        loop.run(cache.place(*blob))
    assert files(cache) == set()


def test_a_full_disk_is_no_error_for_families(
    loop: asyncio.Runner, make: Make, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = make()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache, "_write", full)
    with pytest.raises(NoRoom):
        loop.run(cache.place(*kept(store, b"a photo")))


def test_a_folder_that_it_must_not_use(make: Make, tmp_path: Path) -> None:
    make()
    with pytest.raises(ServeError, match="another gateway"):
        make()
    (tmp_path / "photos").mkdir(mode=0o700)
    (tmp_path / "photos" / "vacances.jpg").write_bytes(b"mine")
    with pytest.raises(ServeError, match="something else"):
        make(folder="photos")
    assert (tmp_path / "photos" / "vacances.jpg").read_bytes() == b"mine"
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o755)
    with pytest.raises(ServeError, match="chmod o="):
        make(folder="open")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ServeError):
        make(folder="file")


def test_a_store_that_does_not_answer_holds_nobody_for_long(
    loop: asyncio.Runner, make: Make, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "SECONDS", 0.05)
    gate = threading.Event()

    def get(key: str) -> bytes | None:
        gate.wait(5)
        return None

    store.get = get  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        loop.run(make().place("fessart", "0" * 64, 1))
    with pytest.raises(StoreError):
        loop.run(Calls().ask(gate.wait, 5))
    gate.set()


def test_files_of_a_folder_store_are_verified_when_they_changed(loop: asyncio.Runner, tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    data = b"a photo"
    key = blob_key("fessart", digest(data))
    store.put(key, data)
    place = StoreFiles(store, Calls())
    reads: list[str] = []
    real = store.get

    def get(key: str) -> bytes | None:
        reads.append(key)
        return real(key)

    store.get = get  # type: ignore[method-assign]
    for _ in range(3):
        assert loop.run(place.place("fessart", digest(data), len(data))) == key
    assert len(reads) == 1
    path = place.root / key
    path.write_bytes(b"A PHOTO")
    with pytest.raises(Unavailable):
        loop.run(place.place("fessart", digest(data), len(data)))
    path.write_bytes(data)
    assert loop.run(place.place("fessart", digest(data), len(data))) == key
    path.unlink()
    path.symlink_to(tmp_path)
    with pytest.raises(Unavailable):
        loop.run(place.place("fessart", digest(data), len(data)))
