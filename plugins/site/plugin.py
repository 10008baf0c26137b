"""The edge to Pelican: loads the centre when a run begins, and renders the pages that belong to no single kind.

The other plugins' generators build on `SiteGenerator`: Pelican's own read nothing (see docs/decisions/001).
"""

from __future__ import annotations

import gettext
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment
from pelican import Pelican, signals
from pelican.generators import Generator
from pelican.writers import Writer

from plugins.documents.cache import DocumentCache
from plugins.documents.model import Document
from plugins.documents.prepare import prepare_document
from plugins.errors import N_, LeakError, PluginError, Problem, SettingsError
from plugins.language import translator
from plugins.leaving.paths import check_path
from plugins.photos.blur import Blur
from plugins.photos.cache import Cache
from plugins.photos.prepare import prepare_photo
from plugins.photos.refused import read_register
from plugins.photos.workers import Workers
from plugins.posts.dates import PARIS, parse_moment
from plugins.posts.model import Moment
from plugins.site import emblem
from plugins.site.compiled import Bodies
from plugins.site.filters import filters, moment_words
from plugins.site.home import home, of_moment
from plugins.site.loader import load_site
from plugins.site.model import Site
from plugins.site.rooted import Rooted, root_from, shared_names
from plugins.site.stylesheet import stylesheet
from plugins.site.templates import SiteEnvironment, keep_compiled
from plugins.site.theme import ThemeFile, theme_files

REQUIRED = ("plugins.site.plugin", "plugins.programmes.plugin", "plugins.reminders.plugin", "plugins.photos.plugin",
            "plugins.documents.plugin", "plugins.leaving.plugin")  # fmt: skip


def site_of(settings: dict[str, Any]) -> Site:
    """The site of this run; an error if the `site` plugin did not load it."""
    site = settings.get("PREAU_SITE")
    if type(site) is not Site:  # a preview's holds drafts: no subclass will do
        raise SettingsError([Problem("pelicanconf.py", 0, N_("The site was not loaded: no page may be written."))])
    return site


def load(pelican: Pelican) -> None:
    """Load `centre.toml`, `../ville/` and every post, before any generator exists. Raises what the loader raises."""
    settings = pelican.settings
    missing = [name for name in REQUIRED if name not in settings["PLUGINS"]]
    if missing:  # Pelican only logs a plugin that it could not register
        raise SettingsError(
            [Problem("pelicanconf.py", 0, N_("The plugin {name} is not loaded."), {"name": missing[0]})]
        )
    folder = Path(settings["PATH"])
    content, slug = folder.parent, folder.name
    _check_output(Path(settings["OUTPUT_PATH"]), content)
    cache = Cache(Path(settings["PREAU_PHOTO_CACHE"]), time.time)
    advices: list[Problem] = []
    register = read_register(content)

    with Workers(cache.folder, 1) as workers:

        def photo(path: Path, alt: str, caption: str) -> Any:
            return prepare_photo(
                path, content.resolve(), alt, caption, cache, advise=advices.append, workers=workers, register=register
            )

        def blurred(path: Path, alt: str, caption: str, wanted: Blur) -> Any:
            from plugins.photos.blurring import prepare_blurred  # Pillow: only where something is blurred

            return prepare_blurred(
                path,
                content.resolve(),
                alt,
                caption,
                wanted,
                cache,
                advise=advices.append,
                workers=workers,
                register=register,
            )

        def document(path: Path) -> Document:
            return prepare_document(path, content.resolve(), document_cache(settings))

        bodies = Bodies(cache.folder / "bodies" / f"{slug}.json")
        site = load_site(
            content,
            slug,
            _now(settings["PREAU_NOW"]),
            photo,
            document,
            blurred,
            without=settings["PREAU_WITHOUT"],
            compile_body=bodies.compile,
        )
    bodies.keep()
    settings["PREAU_SITE"] = site
    settings["PREAU_CONTENT"] = content
    settings["PREAU_ADVICES"] = (*site.advices, *advices)
    settings["SITENAME"] = site.centre.name
    settings["JINJA_FILTERS"] = {**settings["JINJA_FILTERS"], **filters(site.today)}


def document_cache(settings: dict[str, Any]) -> DocumentCache:
    """Where the copies of PDF files are kept: beside the photos."""
    return DocumentCache(Path(settings["PREAU_PHOTO_CACHE"]) / "documents", time.time)


def _now(value: Any) -> Any:
    """The build's moment: what the settings say, as a moment or as text (`2022-11-09`, `9 novembre 2022 à 18 h`)."""
    moment = parse_moment(value) if isinstance(value, str) else value
    return moment.astimezone(PARIS)


def _check_output(output: Path, content: Path) -> None:
    """The output folder is emptied before each run: it must be empty, or an older output, and hold nothing of value."""
    output, content = output.resolve(), content.resolve()
    if content.is_relative_to(output) or output.is_relative_to(content):
        raise SettingsError([Problem(str(output), 0, N_("The output folder must stand outside the content folder."))])
    if output.exists() and not output.is_dir():
        raise SettingsError([Problem(str(output), 0, N_("The output must be a folder."))])
    if output.is_dir() and any(output.iterdir()) and not (output / "embleme.svg").is_file():
        raise SettingsError([Problem(str(output), 0, N_(
            "This folder is not empty and holds no older site: choose another one, or empty it."))])  # fmt: skip


@dataclass(frozen=True)
class Prepared:
    """The theme as one site has it, made ready once for all generators of a run.

    Arguments:
        env: its templates.
        files: its other files, by name.
        sheet, sheet_data: path and bytes of the centre's own stylesheet.
    """

    env: Environment
    files: dict[str, ThemeFile]
    sheet: str
    sheet_data: bytes


class SiteGenerator(Generator):
    """What every generator of the project does: render a page of the contract, write bytes, at checked paths only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = self.find_site()
        if "PREAU_PREPARED" not in self.context:  # which all generators of one run share
            self.context["PREAU_PREPARED"] = self._prepare()
        self._prepared: Prepared = self.context["PREAU_PREPARED"]
        self.env = self._prepared.env

    def _prepare(self) -> Prepared:
        theme, settings = Path(self.theme), self.settings
        files = theme_files(theme / "static")
        sheet, data = stylesheet(self.site)
        names = shared_names(self.site, {name: file.path for name, file in files.items()}, sheet)
        # not Pelican's environment, which would take a missing template from its theme "simple"
        env = SiteEnvironment(
            theme, _catalogue(theme), settings["JINJA_FILTERS"], names, **settings["JINJA_ENVIRONMENT"]
        )
        keep_compiled(env, Path(settings["PREAU_PHOTO_CACHE"]) / "templates")
        return Prepared(env, files, sheet, data)

    def find_site(self) -> Site:
        """What the pages are made of."""
        return site_of(self.settings)

    def page(self, writer: Writer, template: str, here: str, **names: Any) -> None:
        """Render `template` to the page at `here` (`""`, `plan/`, or a file such as `404.html`)."""
        path = here if here.endswith(".html") else f"{here}index.html"
        check_path(path)
        page = Rooted(self.env.get_template(template), root_from(here, self.site.centre.slug))
        writer.write_file(path, page, {"here": here, "localsiteurl": None, **names})

    def file(self, path: str, data: bytes | Callable[[], bytes]) -> None:
        """Write bytes that are no page; what takes long to make is given as a function."""
        check_path(path)
        target = Path(self.output_path) / path
        if target.exists():
            raise LeakError([Problem(path, 0, N_("Two parts of the site want to write this file."))])
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data if isinstance(data, bytes) else data())


def _catalogue(theme: Path) -> gettext.NullTranslations:
    """The theme's French; without it families would read English."""
    try:
        return gettext.translation("preau", theme / "locale", ["fr"])
    except OSError:
        message = N_("The theme's French texts are not prepared: run `make setup`, then build again.")
        raise SettingsError([Problem("themes/preau/locale", 0, message)]) from None


class PagesGenerator(SiteGenerator):
    """Home, practical information, site map, moments, 404, and the site's own files."""

    def generate_output(self, writer: Writer) -> None:
        """Write them."""
        site = self.site
        self.page(writer, "index.html", "", home=home(site))
        self.page(writer, "404.html", "404.html")
        self.page(writer, "plan.html", "plan/")
        for page in site.pages:
            self.page(writer, "page.html", page.path, page=page)
        for moment in Moment:
            names = {"posts": of_moment(site, moment), "title": moment_words(moment), "moment": moment}
            self.page(writer, "moment.html", f"moments/{moment.value}/", **names)
        for file in self._prepared.files.values():
            self.file(file.path, file.data)
        self.file(self._prepared.sheet, self._prepared.sheet_data)
        self.file("embleme.svg", emblem.svg(site.centre.emblem, site.centre.colour))


class StockPelican(Pelican):
    """Pelican for the `pelican` command: what is wrong is said in French, without a traceback; exit code not 0."""

    def __init__(self, settings: dict[str, Any]) -> None:
        _told(partial(super().__init__, settings))

    def run(self) -> None:
        """Build the site."""
        _told(super().run)
        french = translator("fr")
        for advice in self.settings["PREAU_ADVICES"]:
            sys.stderr.write(french(N_("advice: {text}")).format(text=advice.text(french)) + "\n")
        for waiting in site_of(self.settings).waiting:
            sys.stderr.write(french(N_("waiting: {text}")).format(text=waiting.text(french)) + "\n")


def _told(step: Any) -> None:
    try:
        step()
    except PluginError as error:
        sys.stderr.write(error.text(translator("fr")) + "\n")
        raise SystemExit(error.exit_code) from None


def write_nothing(generator: Generator) -> None:
    """Pelican's own articles: there are none, and to write none it would compile templates of its theme "simple"."""
    generator.generate_output = lambda writer: None


def generators(pelican: Pelican) -> type[Generator]:
    """Tell Pelican of our generator."""
    del pelican
    return PagesGenerator


def register() -> None:
    """Connect to Pelican."""
    signals.initialized.connect(load)
    signals.get_generators.connect(generators)
    signals.article_generator_init.connect(write_nothing)
