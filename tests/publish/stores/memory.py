"""A store in memory, for the tests of what stands above stores; it keeps the contract."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from publish.errors import N_, StoreError
from publish.paths import is_file_path, is_path


class MemoryStore:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.lock = threading.Lock()
        self.listed = 0

    def _check(self, key: str) -> str:
        if not is_file_path(key):
            raise StoreError(N_("“{key}” is not a name that a store may hold"), key=key)
        return key

    def get(self, key: str) -> bytes | None:
        return self.objects.get(self._check(key))

    def put(self, key: str, data: bytes) -> None:
        self.objects[self._check(key)] = data

    def create(self, key: str, data: bytes) -> bool:
        with self.lock:
            if self._check(key) in self.objects:
                return False
            self.objects[key] = data
            return True

    def exists(self, key: str) -> bool:
        return self._check(key) in self.objects

    def keys(self, prefix: str) -> Iterator[str]:
        if not is_path(prefix):
            raise StoreError(N_("“{key}” is not a name that a store may hold"), key=prefix)
        self.listed += 1
        return iter(sorted(key for key in self.objects if key.startswith(prefix)))

    def delete(self, key: str) -> None:
        self.objects.pop(self._check(key), None)
