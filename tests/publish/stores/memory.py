"""A store in memory, for the tests of what stands above stores; it keeps the contract."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from publish.stores.naming import check_folder, check_key, check_prefix, names_below


class MemoryStore:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.lock = threading.Lock()
        self.listed = 0

    def get(self, key: str) -> bytes | None:
        return self.objects.get(check_key(key))

    def put(self, key: str, data: bytes) -> None:
        self.objects[check_key(key)] = data

    def create(self, key: str, data: bytes) -> bool:
        with self.lock:
            if check_key(key) in self.objects:
                return False
            self.objects[key] = data
            return True

    def exists(self, key: str) -> bool:
        return check_key(key) in self.objects

    def keys(self, prefix: str) -> Iterator[str]:
        check_prefix(prefix)
        self.listed += 1
        return iter(sorted(key for key in self.objects if key.startswith(prefix)))

    def names(self, prefix: str) -> Iterator[str]:
        check_folder(prefix)
        self.listed += 1
        return names_below(prefix, sorted(key for key in self.objects if key.startswith(prefix)))

    def delete(self, key: str) -> None:
        self.objects.pop(check_key(key), None)
