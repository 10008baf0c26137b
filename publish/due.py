"""`publish --due`: which centres must be published again though nobody asked, and which a timer must leave to people.

The head of each publication of a centre says when its site changes by itself, and which content was published. A timer
shows what comes and takes away what is over. It publishes nothing that nobody published, and undoes nothing that
somebody did.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

from plugins.left_behind import is_left_behind
from plugins.photos.refused import FILE as REGISTER
from publish import strict_json
from publish.errors import ReleaseError
from publish.heads import Head, Mark, parse_mark, read_head
from publish.layout import next_key
from publish.paths import CITY_SLUG, is_slug
from publish.stores import Store
from publish.strict_json import Malformed


class State(Enum):
    """What `publish --due` does with a centre."""

    NEVER = "never"
    """It was never published: the first time is a person's."""
    LATER = "later"
    """Its site is what it must be now."""
    DUE = "due"
    """Its moment has come, and its content is what was published: what is over must go."""
    PUT_BACK = "put back"
    """Somebody put an earlier release in force; only a person may undo that."""
    EDITED = "edited"
    """Its moment has come, and its content is not known to be what was published: a person must look."""
    UNKNOWN = "unknown"
    """Which content was published is not known: an unfinished text can't be told from a finished one."""


@dataclass(frozen=True)
class Verdict:
    """What becomes of one centre, and why.

    Arguments:
        head: number of the head in force, 0 without one; a publication for this verdict must come right after it.
        at: when its site changes, if that is known.
        content: digest of what was published, if that is known.
        since: of the head in force.
        by: who put it in force.
    """

    slug: str
    state: State
    head: int = 0
    at: datetime | None = None
    content: str | None = None
    since: datetime | None = None
    by: str = ""


def judge(store: Store, content: Path, slugs: Iterable[str], now: datetime) -> tuple[Verdict, ...]:
    """What `publish --due` must do at `now` with each of these centres.

    A centre whose head can't be read is due: its publication fails, says why, and stops no other.

    Raises:
        StoreError: the store can't be read.
    """
    return tuple(_verdict(store, content, slug, now) for slug in slugs)


def _verdict(store: Store, content: Path, slug: str, now: datetime) -> Verdict:
    try:
        head = read_head(store, slug) if is_slug(slug) else None
    except ReleaseError:
        return Verdict(slug, State.DUE)
    if head is None:
        return Verdict(slug, State.NEVER)
    mark = read_mark(store, slug, head)
    if head.why != "publish":
        state = State.PUT_BACK
    elif mark is None:
        state = State.UNKNOWN
    elif mark.at.astimezone(UTC) > now.astimezone(UTC):
        state = State.LATER
    else:
        state = State.DUE if is_same(content, slug, mark.content) else State.EDITED
    at, published = (mark.at, mark.content) if mark else (None, None)
    return Verdict(slug, state, head.number, at, published, head.since, head.by)


def is_same(content: Path, slug: str, published: str | None) -> bool:
    """Whether the content is known to be what was published: never so where either can't be read."""
    try:
        return published is not None and content_digest(content, slug) == published
    except OSError:
        return False


def read_mark(store: Store, slug: str, head: Head) -> Mark | None:
    """What the publication of this head noted; `None` if it noted nothing that can be believed.

    Stores written before heads said it have it in `next.json`.
    """
    data = None if head.mark else store.get(next_key(slug))
    if data is None:
        return head.mark
    try:
        raw = strict_json.table(strict_json.load(data, most=10_000), ("format", "head", "content", "at"), "next")
        mark = parse_mark(raw)
    except Malformed:
        return None
    return mark if (raw["format"], raw["head"]) == (1, head.number) else None


def sha256_of(path: Path) -> str:
    """The sha256 of a file, read to its end."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def content_digest(
    content: Path, slug: str, without: Collection[str] = (), digest: Callable[[Path], str] = sha256_of
) -> str:
    """One digest of all that a centre's site is made from: its folder and the city's, names and bytes.

    Arguments:
        without: posts left out by hand (`--sans`): the digest is then never that of the whole content, so that no timer
            publishes what a person left out.
        digest: the sha256 of a file, in hexadecimal; `publish.incremental` knows those of files that did not change.

    Raises:
        OSError: a file can't be read; nor can the site be built then.
    """
    total = hashlib.sha256("\0".join(sorted(without)).encode("utf-8", "surrogateescape"))
    register = content / REGISTER  # it makes no site: withdrawing from one centre must not hold up all the others
    for folder in (slug, CITY_SLUG):
        for path in _files(content / folder):
            if path == register:
                continue
            name = path.relative_to(content).as_posix().encode("utf-8", "surrogateescape")
            total.update(hashlib.sha256(name).digest())
            total.update(bytes.fromhex(digest(path)))
    return total.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    """Regular files, in order, without what computers leave behind; links are not followed (a build refuses them)."""
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if is_left_behind(entry.name):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path))
        elif entry.is_file(follow_symlinks=False):
            yield Path(entry.path)
