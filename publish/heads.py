"""Which release of a centre is in force: `heads/NNNNNN.json`, `{release, since, by, why}`; the highest number wins.

A head of a centre that `preau publish` wrote also says `{content, at}`: what was published, and when the site changes
by itself. Both come into force with the release, in the one step that a reader can see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from publish import gone, series, strict_json
from publish.errors import N_, HeadTaken, NewerError, ReleaseError
from publish.layout import HEADS, release_key, series_key
from publish.manifest import Manifest, parse_manifest, parse_moment
from publish.paths import is_digest, is_release_id
from publish.stores import Store
from publish.strict_json import Malformed, Newer

WHY = ("publish", "rollback")
"""Reasons for a head."""

_KEYS = ("release", "since", "by", "why")
_MARK = ("content", "at")


@dataclass(frozen=True)
class Mark:
    """What a timer must know of a site in force; see `publish.due`.

    Arguments:
        content: `publish.due.content_digest` of what was published.
        at: moment at which the site changes by itself.
    """

    content: str
    at: datetime


@dataclass(frozen=True)
class Head:
    """One entry of a centre's history.

    Arguments:
        number: from 1, without holes while nothing was pruned.
        release: id of the release in force from `since` on.
        by: who did it, as the operating system or `--by` names them.
        why: `publish` or `rollback`.
        mark: `None` where nobody noted it: a rollback, the city's own tree.
    """

    number: int
    release: str
    since: datetime
    by: str
    why: str
    mark: Mark | None = None


def read_head(store: Store, slug: str, known: int | None = None) -> Head | None:
    """The head in force, `None` if the centre was never published.

    Arguments:
        known: number of a head seen before (0: there was none): the next ones are probed, without a listing.

    Raises:
        ReleaseError: the newest head is damaged; an older one is never taken instead.
        NewerError: a later version wrote it.
    """
    number = series.latest_number(store, slug, HEADS, known)
    return read_head_number(store, slug, number) if number else None


def read_head_number(store: Store, slug: str, number: int) -> Head:
    """One head of the history."""
    try:
        return _parse(series.read(store, slug, HEADS, number), number)
    except Newer as error:
        raise NewerError(slug, series_key(slug, HEADS, number)) from error
    except Malformed as error:
        raise ReleaseError(
            N_("head {number} of {site} is damaged; `preau rollback {site}` writes a new one"),
            site=slug,
            number=number,
        ) from error


def write_head(store: Store, slug: str, head: Head) -> None:
    """Create a head: the one visible step of a publication.

    Raises:
        HeadTaken: its number is taken: another publisher was first.
    """
    table = {"release": head.release, "since": head.since.isoformat(), "by": head.by, "why": head.why}
    if head.mark is not None:
        table |= {"content": head.mark.content, "at": head.mark.at.isoformat()}
    data = strict_json.dump(table)
    try:
        _parse(data, head.number)
    except Malformed as error:  # never a head that no reader takes: the site would be gone
        raise ReleaseError(
            N_("“{by}” can't be noted as who did it: it is too long, or holds characters that can't be shown"),
            by=repr(head.by)[:60],
        ) from error
    if not series.append(store, slug, HEADS, head.number, data):
        raise taken(slug)


def taken(slug: str) -> HeadTaken:
    """Somebody else was first."""
    return HeadTaken(
        N_("{site}: somebody else published at the same moment; nothing was lost, run the same command again"),
        site=slug,
    )


def read_release(store: Store, slug: str, release: str) -> Manifest | None:
    """The manifest of a release, `None` if it is not (or no longer) there.

    Raises:
        ReleaseError: it is damaged.
    """
    data = store.get(release_key(slug, release))
    return None if data is None else parse_manifest(data, site=slug, release=release)


def current(store: Store, slug: str, known: int | None = None) -> tuple[Head, Manifest] | None:
    """The head in force with its manifest; `None` if the centre was never published."""
    head = read_head(store, slug, known)
    if head is None:
        return None
    manifest = read_release(store, slug, head.release)
    if manifest is None:
        raise gone.missing(store, slug, head.release)
    return head, manifest


def _parse(data: bytes, number: int) -> Head:
    loaded = strict_json.mapping(strict_json.load(data, most=10_000), "head")
    if unknown := loaded.keys() - {*_KEYS, *_MARK}:  # each version may say more, and none says less
        kind = Newer if loaded.keys() > set(_KEYS) else Malformed
        raise kind(f"head has the keys {sorted(unknown)!r:.80}")
    marked = _MARK if "content" in loaded else ()
    raw = strict_json.table(loaded, (*_KEYS, *marked), "head")
    release, why = strict_json.text(raw["release"], "release"), strict_json.text(raw["why"], "why")
    if not is_release_id(release):
        raise Malformed("release is not an id")
    since, by = parse_moment(raw["since"], "since"), strict_json.text(raw["by"], "by")
    mark = parse_mark(raw) if marked else None
    if why not in WHY:
        raise Newer("why is unknown")
    return Head(number, release, since, by, why, mark)


def parse_mark(raw: Mapping[str, object]) -> Mark:
    """`content` and `at` of a table.

    Raises:
        Malformed: they are not what they must be.
    """
    content = strict_json.text(raw["content"], "content")
    if not is_digest(content):
        raise Malformed("content is not a digest")
    return Mark(content, parse_moment(raw["at"], "at"))
