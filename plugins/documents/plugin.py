"""The edge to Pelican: the PDF files that the site's posts link to."""

from __future__ import annotations

import hashlib
from functools import partial

from pelican import Pelican, signals
from pelican.generators import Generator
from pelican.writers import Writer

from plugins.documents.cache import DocumentCache
from plugins.documents.model import Document
from plugins.errors import N_, ContentError, Problem
from plugins.site.plugin import SiteGenerator, document_cache


class DocumentsGenerator(SiteGenerator):
    """`documents/`: nothing but the copies of what these pages and posts link to."""

    def generate_output(self, writer: Writer) -> None:
        """Write them."""
        del writer
        cache = document_cache(self.settings)
        for document in self.site.documents:
            self.file(document.path, partial(document_bytes, cache, document))


def document_bytes(cache: DocumentCache, document: Document) -> bytes:
    """The bytes of a copy, proved clean once more: the cache is not trusted with what families receive.

    Raises:
        ContentError: the copy was swept or damaged since it was prepared.
        LeakError: what the cache holds is not a clean document.
    """
    from plugins.documents.proof import check_clean  # pikepdf: only where there are documents

    copy = cache.load(document.digest)
    if copy is None or hashlib.sha256(copy.data).hexdigest() != document.sha256:
        message = N_("This PDF disappeared from the cache during the build: build again.")
        raise ContentError([Problem(document.source, 0, message)])
    check_clean(copy.data, document.source)
    return copy.data


def generators(pelican: Pelican) -> type[Generator]:
    """Tell Pelican of our generator."""
    del pelican
    return DocumentsGenerator


def register() -> None:
    """Connect to Pelican."""
    signals.get_generators.connect(generators)
