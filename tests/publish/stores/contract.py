"""What every store promises, as one suite: subclass `StoreContract` and give it a fixture `store`."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from publish.errors import StoreError
from publish.stores import Store

KEY = "centres/fessart/heads/000001.json"

BAD_KEYS = [
    "",
    "/",
    "/etc/passwd",
    "..",
    ".",
    "a/..",
    "../a",
    "a/../../b",
    "a/./b",
    "a//b",
    "a/",
    "A",
    "é",
    "a\\b",
    "a b",
    "a\0b",
    "a\n",
    "%2e%2e/a",
    ".aside/x",
    "a/.hidden",
    "x" * 201,
    "/".join(["ab"] * 200),
]


class StoreContract:
    RACES = 20

    def test_an_object_is_read_back(self, store: Store) -> None:
        assert store.get(KEY) is None
        assert not store.exists(KEY)
        store.put(KEY, b"one")
        assert store.get(KEY) == b"one"
        assert store.exists(KEY)

    @pytest.mark.parametrize("data", [b"", b"\0\xff", bytes(range(256)) * 20_000], ids=["empty", "binary", "5 MB"])
    def test_bytes_are_kept_as_they_are(self, store: Store, data: bytes) -> None:
        store.put(KEY, data)
        assert store.get(KEY) == data

    def test_put_replaces(self, store: Store) -> None:
        store.put(KEY, b"a long first text")
        store.put(KEY, b"second")
        assert store.get(KEY) == b"second"

    def test_create_never_replaces(self, store: Store) -> None:
        assert store.create(KEY, b"one") is True
        assert store.create(KEY, b"two") is False
        assert store.get(KEY) == b"one"

    def test_create_after_put_and_after_delete(self, store: Store) -> None:
        store.put(KEY, b"one")
        assert store.create(KEY, b"two") is False
        store.delete(KEY)
        assert store.create(KEY, b"three") is True
        assert store.get(KEY) == b"three"

    def test_delete(self, store: Store) -> None:
        store.put(KEY, b"one")
        store.delete(KEY)
        assert store.get(KEY) is None
        assert not store.exists(KEY)
        store.delete(KEY)
        store.delete("never/there")

    def test_keys_are_in_order_and_below_the_prefix(self, store: Store) -> None:
        keys = ["a/b/1", "a/b/2", "a/b-c/1", "a/b.json", "a/c", "ab", "b/a"]
        for key in keys:
            store.put(key, b"")
        assert list(store.keys("")) == sorted(keys)
        assert list(store.keys("a/")) == sorted(key for key in keys if key.startswith("a/"))
        assert list(store.keys("a/b")) == sorted(key for key in keys if key.startswith("a/b"))
        assert list(store.keys("a/b/")) == ["a/b/1", "a/b/2"]
        assert list(store.keys("a")) == sorted(key for key in keys if key.startswith("a"))
        assert list(store.keys("z/")) == []
        store.delete("a/b/1")
        assert list(store.keys("a/b/")) == ["a/b/2"]

    def test_names_right_below_a_prefix(self, store: Store) -> None:
        for key in ["a/b/1", "a/b/2", "a/b-c/1", "a/b.json", "a/c", "b/a/x", "c"]:
            store.put(key, b"")
        assert list(store.names("")) == ["a/", "b/", "c"]
        assert list(store.names("a/")) == ["b-c/", "b.json", "b/", "c"]
        assert list(store.names("b/")) == ["a/"]
        assert list(store.names("z/")) == []
        store.delete("c")
        assert list(store.names("")) == ["a/", "b/"]
        for prefix in ("a", "a/b", "..", "/", "A/"):
            with pytest.raises(StoreError):
                list(store.names(prefix))

    def test_a_folder_is_no_object(self, store: Store) -> None:
        store.put("a/b/c", b"")
        assert list(store.keys("")) == ["a/b/c"]

    @pytest.mark.parametrize("key", BAD_KEYS)
    def test_a_key_outside_the_grammar_is_refused(self, store: Store, key: str) -> None:
        for attempt in (
            lambda: store.put(key, b"x"),
            lambda: store.create(key, b"x"),
            lambda: store.get(key),
            lambda: store.exists(key),
            lambda: store.delete(key),
        ):
            with pytest.raises(StoreError):
                attempt()

    @pytest.mark.parametrize("prefix", ["..", "../", "/", "a/../", "A", "a\0", ".aside/"])
    def test_a_prefix_outside_the_grammar_is_refused(self, store: Store, prefix: str) -> None:
        with pytest.raises(StoreError):
            list(store.keys(prefix))

    def test_one_of_eight_creators_wins(self, store: Store) -> None:
        for round_ in range(self.RACES):
            barrier = threading.Barrier(8)
            key = f"race/{round_}"

            def create(name: int, key: str = key, barrier: threading.Barrier = barrier) -> bool:
                barrier.wait()
                return store.create(key, str(name).encode() * 1000)

            with ThreadPoolExecutor(8) as pool:
                won = list(pool.map(create, range(8)))
            assert won.count(True) == 1
            assert store.get(key) == str(won.index(True)).encode() * 1000

    def test_a_reader_never_sees_a_part(self, store: Store) -> None:
        wholes = {bytes([value]) * 300_000 for value in range(4)}
        store.put(KEY, next(iter(wholes)))
        stop = threading.Event()

        def write() -> None:
            while not stop.is_set():
                for whole in wholes:
                    store.put(KEY, whole)

        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(write)
            seen = {store.get(KEY) for _ in range(60)}
            stop.set()
            writing.result()
        assert seen <= wholes
