"""What a key, a prefix and a folder of a store may be called; one grammar for every store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from publish.errors import N_, StoreError
from publish.paths import is_file_path, is_path


def check_key(key: str) -> str:
    """The key, if a store may hold it.

    Raises:
        StoreError: it may not: nothing outside the store can be named.
    """
    if not is_file_path(key):
        raise _refused(key)
    return key


def check_prefix(prefix: str) -> str:
    """The beginning of keys, if there can be such keys.

    Raises:
        StoreError: there can't.
    """
    if not is_path(prefix):
        raise _refused(prefix)
    return prefix


def check_folder(prefix: str) -> str:
    """A prefix that is empty or ends with `/`.

    Raises:
        StoreError: it is another.
    """
    if prefix and not prefix.endswith("/"):
        raise _refused(prefix)
    return check_prefix(prefix)


def names_below(prefix: str, keys: Iterable[str]) -> Iterator[str]:
    """The names right below `prefix` of `keys` that all start with it, in order; a folder's name ends with `/`."""
    check_folder(prefix)
    found = set()
    for key in keys:
        name, slash, _ = key[len(prefix) :].partition("/")
        found.add(name + slash)
    return iter(sorted(found))


def _refused(key: str) -> StoreError:
    return StoreError(N_("“{key}” is not a name that a store may hold"), key=key)
