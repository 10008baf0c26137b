"""The folder of a demonstration: store, photos made ready, key of the lists. One demonstration at a time."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from publish.config import MIN_KEY_BYTES
from publish.demo.people import city_list, staff_list
from publish.errors import N_, ServeError, cause_of
from publish.heads import current
from publish.layout import HEADS
from publish.paths import CITY_SLUG, is_slug
from publish.policies import Signature, list_identifier, read_policy, set_lists
from publish.stores import Store
from publish.stores.folder import FolderStore


@dataclass(frozen=True)
class State:
    """Where things stand.

    Arguments:
        folder: kept from one run to the next.
        run: of this run alone; gone at its end.
    """

    folder: Path
    run: Path

    @property
    def store(self) -> Path:
        """Releases and policies."""
        return self.folder / "store"

    @property
    def sites(self) -> Path:
        """Built sites."""
        return self.folder / "sites"

    @property
    def cache(self) -> Path:
        """Photos made ready."""
        return self.folder / "cache"

    @property
    def sessions(self) -> Path:
        """Sessions end with the demonstration, as the ENT's do."""
        return self.run / "sessions.sqlite3"

    @property
    def security_log(self) -> Path:
        """What the gateway notes of this run."""
        return self.run / "security.log"

    def access_key(self) -> bytes:
        """The key of the lists' hashes: made once, at random, readable by its owner alone."""
        path = self.folder / "access.key"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        except FileExistsError:
            key = path.read_bytes()
            path.chmod(0o600)
        else:
            key = secrets.token_bytes(MIN_KEY_BYTES)
            with os.fdopen(descriptor, "wb") as file:
                file.write(key)
        if len(key) < MIN_KEY_BYTES:
            raise ServeError(N_("{path} is damaged: remove it, a new one will be made"), path=path)
        return key


@contextmanager
def open_state(folder: Path) -> Iterator[State]:
    """Take a folder for one demonstration, until the block ends.

    Raises:
        ServeError: another demonstration has it, or it can't be used.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise ServeError(
            N_("the folder {folder} can’t be used ({reason}): choose another with --state"),
            folder=folder,
            reason=cause_of(error),
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ServeError(
                N_("a demonstration already runs in {folder}: stop it, or choose another folder with --state"),
                folder=folder,
            ) from error
        with TemporaryDirectory(prefix="run-", dir=folder) as run:
            yield State(folder.resolve(), Path(run).resolve())


def published_centres(store: FolderStore) -> Mapping[str, str]:
    """Slug → name of the centres that have a site in force."""
    slugs = {key.split("/")[1] for key in store.keys("centres/") if key.split("/")[2] == HEADS}
    found = {slug: current(store, slug) for slug in sorted(slugs) if is_slug(slug) and slug != CITY_SLUG}
    return {slug: held[1].name for slug, held in found.items() if held is not None}


def schools_of(store: Store, centres: Mapping[str, str]) -> frozenset[str]:
    """The schools of these centres, as their policies in force say."""
    held = [read_policy(store, slug) for slug in centres]
    return frozenset().union(*(one.policy.schools for one in held if one is not None))


def write_lists(store: Store, centres: Mapping[str, str], issuer: str, key: bytes, now: datetime) -> None:
    """Put the demonstration's city officer and activity leaders on the lists, where they are not yet.

    Arguments:
        issuer: the ENT's, which is part of each hash.
        key: of the hashes.
        now: moment noted in the rules.
    """
    signed = Signature(now, "preau demo")
    identify = partial(list_identifier, key, issuer)
    for slug in centres:
        set_lists(store, slug, signed, city=city_list(identify), staff=staff_list(slug, identify))
