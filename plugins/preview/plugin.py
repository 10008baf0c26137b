"""The edge to Pelican: the build's own generators and templates, each page rendered when somebody asks for it.

Nothing is written to a disk but photos in the private cache. This is no plugin of a build: `pelicanconf.py` does not
name it.
"""

from __future__ import annotations

import locale
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pelican import signals
from pelican.settings import read_settings

from plugins.documents.model import Document
from plugins.documents.prepare import prepare_document
from plugins.errors import N_, LeakError, Problem
from plugins.leaving.paths import check_path
from plugins.photos.blur import Blur
from plugins.photos.blurring import prepare_blurred
from plugins.photos.cache import Cache
from plugins.photos.model import Photo
from plugins.photos.prepare import prepare_photo
from plugins.photos.refused import Register, read_register
from plugins.preview.loader import Memory, load_preview
from plugins.preview.model import PreviewSite
from plugins.preview.page import Dress, dressed, marked_calendar
from plugins.site.filters import filters
from plugins.site.plugin import SiteGenerator, document_cache
from plugins.site.rooted import Rooted
from plugins.site.templates import CompiledInMemory


@dataclass
class Shelf:
    """Everything that a preview can show, by path; made when it is asked for, with Pelican's writer's own method.

    Arguments:
        site: what it is made of.
    """

    site: PreviewSite
    _pages: dict[str, tuple[Rooted, dict[str, Any]]] = field(default_factory=dict)
    _files: dict[str, bytes | Callable[[], bytes]] = field(default_factory=dict)
    _texts: dict[str, str] = field(default_factory=dict)

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return len(self._pages)

    def paths(self) -> frozenset[str]:
        """Every path, of pages and of files."""
        return frozenset({*self._pages, *self._files})

    def write_file(self, path: str, template: Rooted, context: dict[str, Any]) -> None:
        """Keep a page."""
        self._add(path)
        self._pages[path] = (template, {**context, "output_file": path})

    def file(self, path: str, data: bytes | Callable[[], bytes]) -> None:
        """Keep what is no page."""
        check_path(path)
        self._add(path)
        self._files[path] = data

    def _add(self, path: str) -> None:
        if path in self._pages or path in self._files:
            raise LeakError([Problem(path, 0, N_("Two parts of the site want to write this file."))])

    def read(self, path: str, dress: Dress) -> bytes | None:
        """The bytes at a path, dressed as a preview's; `None` if there is nothing."""
        if path in self._pages:
            template, context = self._pages[path]
            if path not in self._texts:
                self._texts[path] = template.render(context)
            return dressed(self._texts[path], context["here"], template.root, dress).encode()
        data = self._files.get(path)
        if data is None:
            return None
        found = data if isinstance(data, bytes) else data()
        return marked_calendar(found) if path.endswith(".ics") else found


class _OnShelf(SiteGenerator):
    """Before each generator of the build: it reads a preview's site, and puts on a shelf what it would write."""

    def find_site(self) -> PreviewSite:
        """What the pages are made of."""
        site = self.settings["PREAU_PREVIEW"].site
        assert type(site) is PreviewSite
        return site

    def file(self, path: str, data: bytes | Callable[[], bytes]) -> None:
        """Keep bytes that are no page."""
        self.settings["PREAU_PREVIEW"].file(path, data)


def _settings(file: Path, override: dict[str, str]) -> dict[str, Any]:
    """Pelican's settings, without the locale that reading them sets for the whole process."""
    before = locale.setlocale(locale.LC_ALL)
    try:
        return dict(read_settings(str(file), override=override))
    finally:
        locale.setlocale(locale.LC_ALL, before)


class Workshop:
    """Makes the preview of one centre, again and again; see `make`.

    Arguments:
        content: the content folder.
        slug: the centre's folder in it.
        settings: `pelicanconf.py`.
        cache: private folder of prepared photos.
    """

    def __init__(self, content: Path, slug: str, settings: Path, cache: Path) -> None:
        self._content, self._slug = content.resolve(), slug
        self._cache = Cache(cache, time.time)
        self._memory = Memory()
        self._register = Register()
        self._settings = _settings(settings, {"PATH": str(self._content), "PREAU_PHOTO_CACHE": str(cache)})
        self._settings["JINJA_ENVIRONMENT"]["bytecode_cache"] = CompiledInMemory()
        for plugin in self._settings["PLUGINS"]:
            plugin.register()
        found = [kind for _, kind in signals.get_generators.send(None)]
        self._generators = [type(kind.__name__, (_OnShelf, kind), {}) for kind in found]

    def make(self, now: datetime) -> Shelf:
        """The preview of a moment.

        Raises:
            PluginError: with every problem, as a build would.
        """
        self._register = read_register(self._content)
        site = load_preview(self._content, self._slug, now, self._photo, self._memory, self._document, self._blurred)
        shelf = Shelf(site)
        settings = dict(self._settings)
        settings["PREAU_PREVIEW"] = shelf
        settings["JINJA_FILTERS"] = {**settings["JINJA_FILTERS"], **filters(site.today)}
        shared: dict[str, Any] = {}
        for kind in self._generators:
            generator = kind(shared, settings, str(self._content), settings["THEME"], "")
            generator.generate_output(shelf)
        return shelf

    def _photo(self, path: Path, alt: str, caption: str) -> Photo:
        return prepare_photo(path, self._content, alt, caption, self._cache, register=self._register)

    def _blurred(self, path: Path, alt: str, caption: str, wanted: Blur) -> Photo:
        return prepare_blurred(path, self._content, alt, caption, wanted, self._cache, register=self._register)

    def _document(self, path: Path) -> Document:
        return prepare_document(path, self._content, document_cache(self._settings))
