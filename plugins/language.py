"""The plugins' texts in the reader's language: English sources, complete French catalogue."""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path

from plugins.errors import Translate

FOLDER = Path(__file__).parent / "locale"


@cache
def translator(language: str = "fr") -> Translate:
    """Gettext for one language; English, the sources' own, when asked for or when the catalogue is not compiled."""
    if language == "en":
        return str
    return gettext.translation("preau", FOLDER, [language], fallback=True).gettext
