"""Why a release is no more: `gone/<id>.json`, `{format, since, why}`, written before its manifest is removed.

It counts only where the manifest is not there: the same site, published again, has the same id.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from publish import strict_json
from publish.dates import day_words
from publish.errors import N_, ReleaseError
from publish.layout import gone_key
from publish.manifest import parse_moment
from publish.stores import Store
from publish.strict_json import Malformed

_FORMAT = 1


class Why(StrEnum):
    """Who removed a release."""

    WITHDRAWN = "withdrawn"
    """It held something that was withdrawn."""
    PRUNED = "pruned"
    """Newer ones were kept."""


@dataclass(frozen=True)
class Gone:
    """What is known of a release that is no more."""

    since: datetime
    why: Why


MESSAGES = {
    Why.WITHDRAWN: N_("release {release} of {site} held something that was withdrawn: it was removed on {day}"),
    Why.PRUNED: N_("release {release} of {site} was removed on {day}, since newer ones are kept (`preau prune`)"),
}


def note(store: Store, slug: str, releases: Iterable[str], why: Why, now: datetime) -> None:
    """Say why these releases are about to be removed."""
    data = strict_json.dump({"format": _FORMAT, "since": now.isoformat(), "why": why})
    for release in releases:
        store.put(gone_key(slug, release), data)


def read(store: Store, slug: str, release: str) -> Gone | None:
    """Why a release is no more; `None` if nobody said, or it can't be read."""
    try:
        raw = strict_json.load(store.get(gone_key(slug, release)) or b"", most=1000)
        table = strict_json.table(raw, ("format", "since", "why"), "gone")
        if table["format"] != _FORMAT:
            return None
        return Gone(parse_moment(table["since"], "since"), Why(strict_json.text(table["why"], "why")))
    except (Malformed, ValueError):
        return None


def missing(store: Store, slug: str, release: str) -> ReleaseError:
    """What to say of a release whose manifest is not there."""
    found = read(store, slug, release)
    if found is None:
        return ReleaseError(N_("release {release} of {site} is missing from the store"), release=release, site=slug)
    return ReleaseError(MESSAGES[found.why], release=release, site=slug, day=day_words(found.since))
