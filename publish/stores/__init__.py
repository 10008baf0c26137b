"""Where releases live: one small Protocol, one contract suite, several stores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class Store(Protocol):
    """Objects by key (`centres/fessart/heads/000042.json`); keys are relative POSIX paths, values are whole bytes.

    Every error is a `publish.errors.StoreError`. Nothing is ever half visible: a reader sees all of an object or none.
    """

    def get(self, key: str) -> bytes | None:
        """The bytes of an object, or `None` if it does not exist."""

    def put(self, key: str, data: bytes) -> None:
        """Write an object whole, durably; an existing one is replaced whole."""

    def create(self, key: str, data: bytes) -> bool:
        """Write an object only if the key is free; `False` (and nothing changed) if another was first. Atomic."""

    def exists(self, key: str) -> bool:
        """Whether an object exists."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Every key that starts with `prefix`, in order."""

    def names(self, prefix: str) -> Iterator[str]:
        """What stands right below `prefix` (empty, or ending with `/`), in order; a folder's name ends with `/`."""

    def delete(self, key: str) -> None:
        """Remove an object, in all its versions if the store keeps some; removing what is not there is no error."""
