"""What a prune will remove: noted a day before, so that no publication under way loses what it counts on.

    centres/<slug>/condemned.json    since when each blob and release that nothing needs is condemned
    centres/<slug>/pruning.json      there while a prune removes

A publication that needs something which stood in the store already takes it off the list, makes sure that no prune
runs, and looks once more whether it is there. A prune creates its mark, reads the list, writes it without what it
removes, then removes that: whichever came first, nothing that is needed is missing. What a publication itself created
was not there when the prune looked, so that no prune removes it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from publish import strict_json
from publish.errors import N_, HeadTaken, NewerError, ReleaseError
from publish.layout import condemned_key, pruning_key
from publish.manifest import parse_moment
from publish.paths import is_digest, is_release_id
from publish.stores import Store
from publish.strict_json import Malformed, Newer

WAIT = timedelta(hours=24)
"""Between the run that condemns and the one that removes; no publication takes longer."""

STALE = timedelta(hours=6)
"""A prune that began before that was killed: another one may take its place."""

_FORMAT = 1
_MAX_BYTES = 64 * 1024 * 1024
_BLOB, _RELEASE = "blobs/", "releases/"

RUNNING = N_("{site}: a prune is running and may remove what this needs; run the same command again in some minutes")


def blob(digest: str) -> str:
    """The name of a blob in the list."""
    return _BLOB + digest


def release(name: str) -> str:
    """The name of a release in the list."""
    return _RELEASE + name


def read(store: Store, slug: str) -> dict[str, datetime]:
    """The list; empty if nothing is condemned.

    Raises:
        ReleaseError: it is damaged, or a later version wrote it.
    """
    data = store.get(condemned_key(slug))
    if data is None:
        return {}
    try:
        loaded = strict_json.mapping(strict_json.load(data, most=_MAX_BYTES), "condemned")
        strict_json.edition(loaded.get("format"), (_FORMAT,))
        raw = strict_json.table(loaded, ("format", "since"), "condemned")
        found = {name: parse_moment(since, name) for name, since in strict_json.mapping(raw["since"], "since").items()}
        if not all(map(_is_name, found)):
            raise Malformed("name")  # noqa: TRY301 - one place turns every fault into the error
    except Newer as error:
        raise NewerError(slug, condemned_key(slug)) from error
    except Malformed as error:
        raise ReleaseError(
            N_("{key} is damaged: remove it; `preau prune` writes it anew"), key=condemned_key(slug)
        ) from error
    return found


def write(store: Store, slug: str, since: Mapping[str, datetime]) -> None:
    """Write the list; nothing is condemned where there is none."""
    if since:
        table = {name: moment.isoformat() for name, moment in sorted(since.items())}
        store.put(condemned_key(slug), strict_json.dump({"format": _FORMAT, "since": table}))
    else:
        store.delete(condemned_key(slug))


def spare(store: Store, slug: str, names: Collection[str], now: datetime) -> frozenset[str]:
    """Take what is needed off the list; which of it was on it, and must be uploaded again.

    Raises:
        HeadTaken: a prune runs; what was published stays.
        ReleaseError: the list is damaged.
    """
    listed = read(store, slug)
    spared = frozenset(name for name in names if name in listed)
    if spared:
        write(store, slug, {name: since for name, since in listed.items() if name not in spared})
    # also for what is not on it: a prune that runs takes off the list what it is about to remove
    mark = store.get(pruning_key(slug))
    if mark is not None and now - _began(mark, now) < STALE:
        raise HeadTaken(RUNNING, site=slug)
    return spared


def begin(store: Store, slug: str, now: datetime) -> None:
    """Mark that a prune runs.

    Raises:
        HeadTaken: another one does.
    """
    mark = strict_json.dump({"since": now.isoformat()})
    if store.create(pruning_key(slug), mark):
        return
    if now - _began(store.get(pruning_key(slug)) or b"", now) < STALE:
        raise HeadTaken(RUNNING, site=slug)
    store.put(pruning_key(slug), mark)


def end(store: Store, slug: str) -> None:
    """Take the mark away."""
    store.delete(pruning_key(slug))


def _began(mark: bytes, now: datetime) -> datetime:
    """When a prune began; one whose mark is damaged was killed."""
    try:
        return parse_moment(strict_json.table(strict_json.load(mark, most=1000), ("since",), "mark")["since"], "since")
    except Malformed:
        return now - STALE


def _is_name(name: str) -> bool:
    return (name.startswith(_BLOB) and is_digest(name.removeprefix(_BLOB))) or (
        name.startswith(_RELEASE) and is_release_id(name.removeprefix(_RELEASE))
    )
