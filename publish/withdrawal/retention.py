"""Photos near or past the day until which the city said that it keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from plugins.errors import SettingsError
from plugins.posts import keys
from plugins.site.loader import read_written
from plugins.site.retention import photos_until
from plugins.site.scan import PHOTOS
from publish.errors import N_, BuildError
from publish.paths import CITY_SLUG
from publish.withdrawal.asked import Asked
from publish.withdrawal.run import Outcome, Place, Withdrawing, centres_of, withdraw
from publish.withdrawal.stock import read_stock


@dataclass(frozen=True)
class Kept:
    """An article whose folder holds photos.

    Arguments:
        slug: of the centre, or `ville`.
        file: from the content folder.
        title: as written.
        photos: from the content folder.
        until: the last day on which they are shown.
        page: its published path.
    """

    slug: str
    file: str
    title: str
    photos: tuple[str, ...]
    until: date
    page: str

    def is_past(self, today: date) -> bool:
        """Whether its photos are to go."""
        return today > self.until


def kept(content: Path, slugs: Iterable[str], now: datetime) -> list[Kept]:
    """Every article with photos, the soonest first; those of the city are counted by what the city says.

    Raises:
        BuildError: settings can't be read: then no day is known for sure.
    """
    found: dict[str, Kept] = {}
    for slug in slugs:
        for one in _of(content, slug, now):
            found.setdefault(one.file, one)
    return sorted(found.values(), key=lambda one: (one.until, one.file))


def withdraw_past(place: Place, articles: Iterable[Kept], by: str, now: datetime) -> dict[str, Outcome]:
    """Withdraw the photos of these articles, one centre after the other; their words stay.

    Only the very same files are refused from then on: nobody asked that such a photo never be seen again.
    """
    of_slug: dict[str, list[Kept]] = {}
    for one in articles:
        of_slug.setdefault(one.slug, []).append(one)
    outcomes = {}
    for slug, found in sorted(of_slug.items()):
        asked = _asked(place, slug, found)
        what = Withdrawing(slug, (), "conservation", by, now, known_again=False, found=asked)
        outcomes[slug] = withdraw(place, what)
    return outcomes


def _of(content: Path, slug: str, now: datetime) -> Iterator[Kept]:
    try:
        written = read_written(content, slug, now)
    except SettingsError as error:
        raise BuildError(N_("nothing was done:"), reasons=error.problems) from error
    if written.unusable:
        raise BuildError(N_("nothing was done:"), reasons=written.settings_problems)
    for draft in written.drafts:
        source = draft.source
        if source.kind != keys.ARTICLES or source.own is None or draft.common.published is None:
            continue
        photos = tuple(
            sorted(
                path.relative_to(written.content).as_posix()
                for path in source.own.iterdir()
                if path.name.lower().endswith(PHOTOS) and path.is_file() and not path.is_symlink()
            )
        )
        if photos:
            own = None if source.from_city else written.centre.retention
            until = photos_until(draft.common.published.date(), written.city.retention, own)
            owner = CITY_SLUG if source.from_city else slug
            yield Kept(owner, source.file, draft.common.title, photos, until, f"{draft.path}index.html")


def _asked(place: Place, slug: str, articles: Iterable[Kept]) -> Asked:
    stock = read_stock(place.store, centres_of(place, slug))
    return Asked(
        frozenset(photo for one in articles for photo in one.photos),
        frozenset(name for one in articles for name in stock.shown_in(one.page)),
    )
