"""The edge to Pelican: articles, their list, and the variants of their photos."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from pelican import Pelican, signals
from pelican.generators import Generator
from pelican.writers import Writer

from plugins.errors import N_, ContentError, Problem
from plugins.photos.album import LIST, album_list, has_album
from plugins.photos.cache import Cache, Damaged
from plugins.photos.model import Photo, Variant
from plugins.site.plugin import SiteGenerator


class ArticlesGenerator(SiteGenerator):
    """`articles/`, each article, the list of its ZIP, and `photos/`: nothing but the variants that they show."""

    def generate_output(self, writer: Writer) -> None:
        """Write them."""
        articles = self.site.articles
        self.page(writer, "articles.html", "articles/", posts=articles, title="En images", moment=None)
        for article in articles:
            self.page(writer, "article.html", article.path, article=article)
            if has_album(article, self.site.centre):
                self.file(article.path + LIST, partial(album_list, article))
        cache = Cache(Path(self.settings["PREAU_PHOTO_CACHE"]), time.time)
        shown = {
            variant.path: (photo, variant)
            for article in articles
            for photo in article.photos
            for variant in photo.variants
        }
        for path, (photo, variant) in sorted(shown.items()):
            self.file(path, partial(variant_bytes, cache, photo, variant))


def variant_bytes(cache: Cache, photo: Photo, variant: Variant) -> bytes:
    """The bytes of a variant, proved clean once more: the cache is not trusted with what families receive.

    Raises:
        ContentError: the entry was swept or damaged since it was prepared.
        LeakError: what the cache holds is not a clean photo.
    """
    from plugins.photos.clean import prove_clean  # Pillow: only where there are photos

    try:
        data = cache.read(photo.digest, variant.path.rpartition("-")[2])
    except Damaged as reason:
        message = N_("This photo disappeared from the cache during the build: build again.")
        raise ContentError([Problem(photo.source, 0, message)]) from reason
    prove_clean(data, variant.media_type, (variant.width, variant.height), photo.source)
    return data


def generators(pelican: Pelican) -> type[Generator]:
    """Tell Pelican of our generator."""
    del pelican
    return ArticlesGenerator


def register() -> None:
    """Connect to Pelican."""
    signals.get_generators.connect(generators)
