"""A store that fails or "dies" at a chosen call: a decorator over any store."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from publish.errors import StoreError
from publish.stores import Store


class Killed(BaseException):
    """Stands for a process that dies there: no code of the project catches it."""


class FaultyStore:
    """Counts the calls that write; the call number `at` fails.

    Arguments:
        at: 1-based number of the call that fails; 0 never.
        after: the call takes effect first, then fails (an answer lost on the way back).
        error: what is raised.
    """

    def __init__(self, inner: Store, at: int = 0, *, after: bool = False, error: BaseException | None = None) -> None:
        self.inner = inner
        self.at = at
        self.after = after
        self.error = error or StoreError("the disk of {folder} is full", folder="/store")
        self.calls = 0
        self.lock = threading.Lock()

    def _due(self) -> bool:
        with self.lock:
            self.calls += 1
            return self.calls == self.at

    def get(self, key: str) -> bytes | None:
        return self.inner.get(key)

    def put(self, key: str, data: bytes) -> None:
        due = self._due()
        if due and not self.after:
            raise self.error
        self.inner.put(key, data)
        if due:
            raise self.error

    def create(self, key: str, data: bytes) -> bool:
        due = self._due()
        if due and not self.after:
            raise self.error
        created = self.inner.create(key, data)
        if due:
            raise self.error
        return created

    def exists(self, key: str) -> bool:
        return self.inner.exists(key)

    def keys(self, prefix: str) -> Iterator[str]:
        return self.inner.keys(prefix)

    def names(self, prefix: str) -> Iterator[str]:
        return self.inner.names(prefix)

    def delete(self, key: str) -> None:
        self.inner.delete(key)
