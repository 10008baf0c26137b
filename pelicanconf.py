"""Pelican's settings for one centre: `pelican content/fessart -s pelicanconf.py -o DIR`, from any folder.

Thin on purpose. A centre's own settings are in its `centre.toml`, the city's in `ville/ville.toml` (docs/contenu.md).
Settings of ours, which `preau build` or `-e` may give:

    PREAU_NOW           the build's moment: a datetime with its zone, or text (`-e PREAU_NOW='"2022-11-09"'`); the real
                        one otherwise. What is dated later is not in the site.
    PREAU_WITHOUT       posts to leave out, by their path from the content folder (`("fessart/rappels/greve.md",)`).
    PREAU_PHOTO_CACHE   folder of the photos and documents that are already made, by content.
"""

import sys
from datetime import datetime
from pathlib import Path

from jinja2 import StrictUndefined

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from plugins.documents import plugin as documents  # noqa: E402
from plugins.leaving import plugin as leaving  # noqa: E402
from plugins.photos import plugin as photos  # noqa: E402
from plugins.posts.dates import PARIS  # noqa: E402
from plugins.programmes import plugin as programmes  # noqa: E402
from plugins.reminders import plugin as reminders  # noqa: E402
from plugins.site import plugin as site  # noqa: E402

PREAU_NOW: datetime | str = datetime.now(PARIS)
PREAU_WITHOUT: tuple[str, ...] = ()
PREAU_PHOTO_CACHE = str(ROOT / ".preau" / "cache" / "photos")

# Modules, not names: with a name Pelican would import a second copy, and only log a plugin that is missing.
PLUGINS = [site, programmes, reminders, photos, documents, leaving]
PELICAN_CLASS = site.StockPelican

SITEURL = ""
TIMEZONE = "Europe/Paris"
DEFAULT_LANG = "fr"
THEME = str(ROOT / "themes" / "preau")
DELETE_OUTPUT_DIRECTORY = True
LOAD_CONTENT_CACHE = False
CACHE_CONTENT = False

# Pelican's own generators read nothing: no draft, raw file or `{static}` link can pass through them.
ARTICLE_PATHS: list[str] = []
PAGE_PATHS: list[str] = []
STATIC_PATHS: list[str] = []
THEME_STATIC_PATHS: list[str] = []
EXTRA_PATH_METADATA: dict[str, dict[str, str]] = {}
WITH_FUTURE_DATES = False
OUTPUT_SOURCES = False
TEMPLATE_PAGES: dict[str, str] = {}
DIRECT_TEMPLATES: list[str] = []

# Outputs that Pelican makes unless told otherwise.
FEED_ATOM = FEED_RSS = FEED_ALL_ATOM = FEED_ALL_RSS = None
CATEGORY_FEED_ATOM = CATEGORY_FEED_RSS = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
TAG_FEED_ATOM = TAG_FEED_RSS = TRANSLATION_FEED_ATOM = TRANSLATION_FEED_RSS = None
AUTHOR_SAVE_AS = CATEGORY_SAVE_AS = TAG_SAVE_AS = ""
AUTHORS_SAVE_AS = CATEGORIES_SAVE_AS = TAGS_SAVE_AS = ARCHIVES_SAVE_AS = ""
YEAR_ARCHIVE_SAVE_AS = MONTH_ARCHIVE_SAVE_AS = DAY_ARCHIVE_SAVE_AS = ""

JINJA_ENVIRONMENT = {
    "autoescape": True,
    "undefined": StrictUndefined,
    "extensions": ["jinja2.ext.i18n"],
    "trim_blocks": False,
    "lstrip_blocks": False,
}
