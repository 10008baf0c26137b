"""Whether a store can be trusted with photos of children: who reads it, who writes it, what it keeps, its clock."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from publish.errors import N_, StoreError
from publish.findings import Finding, Level
from publish.stores import Store
from publish.stores.folder import FolderStore

if TYPE_CHECKING:
    from publish.stores.s3 import S3Store

LEAST_FREE = 2 * 1000**3
"""Bytes free on the disk of a folder, below which it is told: some ten publications of all the centres."""

MOST_SKEW = 60
"""Seconds between this machine's clock and the service's; at 15 minutes, S3 refuses every request."""


def examine(store: Store, clock: Callable[[], datetime], *, reader: bool) -> Iterator[Finding]:
    """Look at a store, with the rights of whoever runs this. A small object may be written, and is removed.

    Arguments:
        clock: this machine's.
        reader: these are the rights of the gateway, which must not be able to write.
    """
    if isinstance(store, FolderStore):
        yield from _folder(store, reader=reader)
        return
    from publish.stores.s3 import S3Store

    if isinstance(store, S3Store):
        yield from _bucket(store, clock, reader=reader)


def place(store: Store) -> str:
    """A store as people know it, for messages; holds no secret."""
    named: str = getattr(store, "name", repr(store))
    return named


def _folder(store: FolderStore, *, reader: bool) -> Iterator[Finding]:
    try:
        found = store.root.stat()
    except FileNotFoundError:
        yield Finding(Level.BAD, N_("{folder} does not exist yet: publish once, or correct [store] folder"),
                      {"folder": store.root})  # fmt: skip
        return
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o077:
        yield Finding(Level.BAD, N_("others on this machine can enter {folder} (mode {mode}): run chmod 700 {folder}"),
                      {"folder": store.root, "mode": f"{mode:03o}"})  # fmt: skip
    else:
        yield Finding(Level.GOOD, N_("only its owner can enter {folder}"), {"folder": store.root})
    free = shutil.disk_usage(store.root).free
    values = {"free": f"{free / 1000**3:.0f}"}
    if free < LEAST_FREE:
        yield Finding(Level.BAD, N_("only {free} GB are free on its disk: make room"), values)
    else:
        yield Finding(Level.GOOD, N_("{free} GB are free on its disk"), values)
    if not reader:
        yield from _writes(store)
    elif os.access(store.root, os.W_OK):
        yield Finding(Level.BAD, N_("this account can write in {folder}: the gateway must only read it"),
                      {"folder": store.root})  # fmt: skip
    else:
        yield Finding(Level.GOOD, N_("this account can't write there"))


def _bucket(store: S3Store, clock: Callable[[], datetime], *, reader: bool) -> Iterator[Finding]:
    try:
        skew = _skew(store, clock)
    except StoreError as error:
        yield Finding(Level.BAD, "{error}", {"error": error})
        return
    values = {"seconds": round(abs(skew))}
    if abs(skew) > MOST_SKEW:
        yield Finding(
            Level.BAD, N_("this machine's clock and the service's are {seconds} s apart: set the clock"), values
        )
    else:
        yield Finding(Level.GOOD, N_("this machine's clock and the service's agree ({seconds} s apart)"), values)
    try:
        keeps = store.keeps_versions()
    except StoreError as error:
        yield Finding(Level.TOLD if reader else Level.BAD, "{error}", {"error": error})
    else:
        yield Finding(
            Level.TOLD,
            N_("the bucket keeps old versions: what is withdrawn is removed in all of them")
            if keeps
            else N_("the bucket keeps no old versions: nobody can bring back what was overwritten or removed"),
        )
    if reader:
        yield from _refuses(store)
    else:
        yield from _writes(store)
    yield from _closed(store)


def _writes(store: Store) -> Iterator[Finding]:
    """Whether a publisher can do all that it must, and whether the store tells who was first."""
    key = _probe()
    try:
        first, second = store.create(key, b"preau"), store.create(key, b"other")
        read = store.get(key)
        store.delete(key)
        left = store.exists(key)
    except StoreError as error:
        yield Finding(Level.BAD, N_("publishing would fail: {error}"), {"error": error})
        return
    if (first, second, read, left) != (True, False, b"preau", False):
        yield Finding(
            Level.BAD, N_("this store does not keep its promises (who is first, what was written): use another")
        )
    else:
        yield Finding(Level.GOOD, N_("publishing can write, read and remove, and the store tells who is first"))


def _refuses(store: Store) -> Iterator[Finding]:
    """Whether a gateway's key is refused when it writes."""
    key = _probe()
    try:
        store.put(key, b"preau")
    except StoreError:
        yield Finding(Level.GOOD, N_("this key can't write"))
        return
    try:
        store.delete(key)
    except StoreError as error:
        yield Finding(
            Level.BAD, N_("this key can write, and {key} is left there: {error}"), {"key": key, "error": error}
        )
    yield Finding(Level.BAD, N_("this key can write: the gateway must have one that only reads"))


def _closed(store: S3Store) -> Iterator[Finding]:
    """Whether somebody without a key can read or list."""
    try:
        opened = store.open_to_everybody()
    except StoreError as error:
        yield Finding(Level.BAD, "{error}", {"error": error})
        return
    if opened:
        yield Finding(
            Level.BAD,
            N_("anybody can read this bucket without a key: close it now, and treat what it held as seen by others"),
        )
    else:
        yield Finding(Level.GOOD, N_("nobody can read or list without a key"))


def _skew(store: S3Store, clock: Callable[[], datetime]) -> float:
    """Seconds by which this machine is ahead of the service."""
    return (clock() - parsedate_to_datetime(store.service_date())).total_seconds()


def _probe() -> str:
    return f"doctor/{secrets.token_hex(8)}"
