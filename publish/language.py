"""The language of what the command says: chosen by `--lang` or `preau.toml`, French by default; `LANG` is not read."""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from publish.errors import Translate

DOMAIN = "preau"
DEFAULT = "fr"
LANGUAGES = ("fr", "en")

_ROOT = Path(__file__).resolve().parent.parent
_LOCALE = _ROOT / "publish" / "locale"


@cache
def translation(language: str) -> gettext.NullTranslations:
    """Texts of `publish`, then those of `plugins` (their errors are shown by the same command)."""
    own = gettext.translation(DOMAIN, _LOCALE, [language], fallback=True)  # not compiled: English is better than none
    own.add_fallback(gettext.translation(DOMAIN, _ROOT / "plugins" / "locale", [language], fallback=True))
    return own


def translate_to(language: str) -> Translate:
    """English source string → the reader's language."""
    return translation(language).gettext


def use(language: str) -> None:
    """Speak this language from now on, click's own messages included.

    click calls `gettext.gettext`, whose one way to be given a language is the variable `LANGUAGE` (`gettext.find` reads
    it first); our catalogue holds click's messages too (see click_texts.py).
    """
    os.environ["LANGUAGE"] = language


def say(source: str) -> str:
    """An English source string in the language spoken now."""
    return translate_to(spoken())(source)


def ngettext(one: str, many: str, count: int) -> str:
    """The English source string that fits a number, in the language spoken now."""
    return translation(spoken()).ngettext(one, many, count)


def spoken() -> str:
    """The language spoken now."""
    language = os.environ.get("LANGUAGE", DEFAULT)
    return language if language in LANGUAGES else DEFAULT


@contextmanager
def speaking(language: str = DEFAULT) -> Iterator[None]:
    """Speak a language inside the block, and leave the process as it was."""
    before, domain = os.environ.get("LANGUAGE"), gettext.textdomain()
    gettext.bindtextdomain(DOMAIN, str(_LOCALE))
    gettext.textdomain(DOMAIN)
    use(language)
    try:
        yield
    finally:
        gettext.textdomain(domain)
        if before is None:
            os.environ.pop("LANGUAGE", None)
        else:
            os.environ["LANGUAGE"] = before
