"""A store that tells what would change and changes nothing: a decorator, so that no publishing code knows of it."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock

from publish.stores import Store
from publish.stores.naming import names_below


class DryRunStore:
    """Reads from a store, keeps writes in memory; what it "wrote" can be read back.

    Arguments:
        inner: the store that is read, never written.
    """

    def __init__(self, inner: Store) -> None:
        self._inner = inner
        self._written: dict[str, bytes | None] = {}
        self._lock = Lock()

    def get(self, key: str) -> bytes | None:
        """The bytes as they would be."""
        with self._lock:
            if key in self._written:
                return self._written[key]
        return self._inner.get(key)

    def put(self, key: str, data: bytes) -> None:
        """Pretend to write."""
        self._inner.exists(key)
        with self._lock:
            self._written[key] = data

    def create(self, key: str, data: bytes) -> bool:
        """Pretend to create."""
        there = self._inner.exists(key)
        with self._lock:
            if self._written[key] is not None if key in self._written else there:
                return False
            self._written[key] = data
            return True

    def exists(self, key: str) -> bool:
        """Whether the object would exist."""
        there = self._inner.exists(key)
        with self._lock:
            return self._written[key] is not None if key in self._written else there

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys as they would be."""
        found = set(self._inner.keys(prefix))
        with self._lock:
            for key, data in self._written.items():
                if key.startswith(prefix):
                    (found.discard if data is None else found.add)(key)
        return iter(sorted(found))

    def names(self, prefix: str) -> Iterator[str]:
        """The names as they would be."""
        with self._lock:
            changed = bool(self._written)
        return names_below(prefix, self.keys(prefix)) if changed else self._inner.names(prefix)

    def delete(self, key: str) -> None:
        """Pretend to delete."""
        self._inner.exists(key)
        with self._lock:
            self._written[key] = None
