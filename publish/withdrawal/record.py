"""The register of withdrawals, in its two places: the store, for gateways and backups, and the content, for builds.

    centres/<slug>/withdrawn/000001.json            digests and paths: what gateways read
    centres/<slug>/refused/20221112-3f2a91bc.json   the whole entry, so that a lost content file can be written again
    content/ville/retraits.json                     every entry: what builds read

The store comes first: gateways hide the photo within seconds, whatever fails afterwards. Writing an entry again changes
nothing.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from plugins.errors import SettingsError
from plugins.photos.refused import FILE, Register, Withdrawal, read_register, withdrawal
from publish.errors import N_, BuildError, NewerError, ReleaseError, cause_of
from publish.layout import refused_key, refused_prefix
from publish.stores import Store
from publish.withdrawn import Withdrawn, read_withdrawn, withdraw

DAMAGED = N_("{key} is damaged: restore it from a backup")


def of_content(content: Path) -> Register:
    """The register that builds read.

    Raises:
        BuildError: it is damaged.
    """
    try:
        return read_register(content)
    except SettingsError as error:
        raise BuildError(N_("nothing was done:"), reasons=error.problems) from error


def expected(register: Register, slug: str) -> Withdrawn:
    """What the store's register of a centre must hold, by the content's."""
    entries = register.of(slug)
    digests = frozenset(digest for entry in entries for digest in (*entry.digests, *entry.sources))
    return Withdrawn(0, digests, frozenset(path for entry in entries for path in entry.paths))


def settle(store: Store, content: Path, register: Register, slugs: Iterable[str], now: datetime, by: str) -> Register:
    """Make both places say all of this, the store first; what they say already is not written again. The content's
    register, as it is now: what somebody else wrote into it since it was read stays there.

    Arguments:
        slugs: centres whose part of the store's register is settled.

    Raises:
        HeadTaken: somebody else withdrew at the same moment; run it again.
        StoreError, BuildError: a place can't be written; run it again.
    """
    for slug in slugs:
        known, wanted = _known(store, slug), expected(register, slug)
        digests, paths = wanted.digests - known.digests, wanted.paths - known.paths
        if digests or paths:
            withdraw(store, slug, digests=digests, paths=paths, since=now, by=by)
        there = set(store.keys(refused_prefix(slug)))
        for entry in register.of(slug):
            if (key := refused_key(slug, entry.name)) not in there:
                store.create(key, entry.to_json())
    with _one_at_a_time(content):
        there_now = of_content(content)
        whole = Register({**there_now.entries, **register.entries})
        if there_now != whole:
            write(content, whole)
    return whole


@contextmanager
def _one_at_a_time(content: Path) -> Iterator[None]:
    """Inside the block no other withdrawal writes the content's register, where its disk can lock a folder."""
    folder = None
    with suppress(OSError):
        folder = os.open((content / FILE).parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if folder is not None:
            os.close(folder)


def _known(store: Store, slug: str) -> Withdrawn:
    """What the store's register says; nothing where a later version wrote it: all is said once more, and hidden."""
    try:
        return read_withdrawn(store, slug)
    except NewerError:
        return Withdrawn()


def of_store(store: Store, slugs: Iterable[str]) -> Register:
    """The register as the store keeps it.

    Raises:
        ReleaseError: an entry is damaged.
    """
    entries: dict[str, Withdrawal] = {}
    for slug in slugs:
        for key in store.keys(refused_prefix(slug)):
            entry = _entry(store, key)
            entries[entry.name] = entry
    return Register(entries)


def write(content: Path, register: Register) -> None:
    """Write the content's register, whole.

    Raises:
        BuildError: it can't be written.
    """
    path = content / FILE
    part = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        try:
            with part.open("xb") as stream:
                stream.write(register.to_json())
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        message = N_("{path} can't be written: {cause}; what was withdrawn stays hidden, but builds don't know it yet")
        raise BuildError(message, path=path, cause=cause_of(error)) from error


def moment(now: datetime) -> datetime:
    """Of an entry: whole seconds, as it is written down."""
    return now.replace(microsecond=0)


def _entry(store: Store, key: str) -> Withdrawal:
    try:
        entry = withdrawal(json.loads(store.get(key) or b""))
    except (ValueError, TypeError, KeyError) as error:
        raise ReleaseError(DAMAGED, key=key) from error
    if not key.endswith(f"/{entry.name}.json"):
        raise ReleaseError(DAMAGED, key=key)
    return entry
