"""Which sites a store holds."""

from __future__ import annotations

from publish.layout import HEADS, series_prefix
from publish.stores import Store


def slugs(store: Store) -> tuple[str, ...]:
    """Of everything that stands in a store, the city's own tree and what was never put in force included."""
    return tuple(name[:-1] for name in store.names("centres/") if name.endswith("/"))


def is_published(store: Store, slug: str) -> bool:
    """Whether a release of it was ever put in force."""
    return next(store.names(series_prefix(slug, HEADS)), None) is not None


def published(store: Store) -> tuple[str, ...]:
    """Slugs of all of which a release was ever put in force, the city's own tree included."""
    return tuple(slug for slug in slugs(store) if is_published(store, slug))
