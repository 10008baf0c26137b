"""How words that people type are compared: without case, accents, kind of apostrophe or doubled spaces."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

CUTOFF = 0.72
"""Similarity from which a word is taken for a misspelling; `gruope` and `groupes` are at 0.77."""

WORD = 100
"""Characters up to which a folded text is remembered."""

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "’": "'", "ʼ": "'", "‘": "'", "‐": "-", "‑": "-", "–": "-", "—": "-"})
_LOOKALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјорсухһԁԛԝвкмнтΑΒΕΖΗΙΚΜΝΟΡΤΥΧανικορτυχıɑɡⅼ",
    "ABESIJKMHOPCTYXaesijopcyxhdqwbkmhtABEZHIKMNOPTYXavikoptuxiagl",
)
"""Letters of other alphabets that look like those of ours (after Unicode's « confusables », UTS 39)."""

_PICTURES = frozenset({"So", "Sk", "Cf"})
"""Kinds of characters (Unicode's general categories) that are pictures, or join and colour them."""

_MARKS = frozenset("*_~•·→⇒►\ufe0e\ufe0f\u20e3")
_SLUG = re.compile(r"[^a-z0-9]+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def fold(text: str) -> str:
    """The form under which two spellings of one word are the same: `Jusqu’au ` and `JUSQU'AU`, `Élém.` and `elem.`."""
    return _folded_word(text) if len(text) <= WORD else _folded(text)


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    text = "".join(c for c in text if not unicodedata.combining(c))
    text = _INVISIBLE.sub("", text).translate(_LIGATURES)
    return " ".join(text.split())


_folded_word = lru_cache(maxsize=8192)(_folded)  # the same labels, groups and keys are compared over and over


def bare(text: str) -> str:
    """A label without the pictures, stars and colons around it: `🎃 Lundi 24 octobre :` → `Lundi 24 octobre`."""
    text = text.strip(" :")
    while text and _ornament(text[0]):
        text = text[1:].lstrip(" :")
    while text and _ornament(text[-1]):
        text = text[:-1].rstrip(" :")
    return text


def _ornament(character: str) -> bool:
    return not character.isalnum() and (character in _MARKS or unicodedata.category(character) in _PICTURES)


def nearest(word: str, choices: Iterable[str], cutoff: float = CUTOFF) -> str | None:
    """The choice that `word` most probably stands for, as it is rightly spelled; `None` if none is near."""
    spellings = {fold(choice): choice for choice in choices}
    found = difflib.get_close_matches(fold(word)[:80], spellings, n=1, cutoff=cutoff)
    return spellings[found[0]] if found else None


def latin(text: str) -> str:
    """The text with letters that only look like ours (the Cyrillic `М` of `Маtin`) replaced by ours."""
    return text.translate(_LOOKALIKES)


def slugify(name: str) -> str:
    """A file's name as the last part of an address: `Fête d’hiver` → `fete-d-hiver`; may be empty."""
    return _SLUG.sub("-", fold(name)).strip("-")[:100].strip("-")


def shortened(text: str, most: int = 60) -> str:
    """A piece of a text for a message: at most `most` characters, cut between words, with an ellipsis where it is."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    head = text[: most - 1]
    return (head.rpartition(" ")[0] or head).rstrip(" ,;:") + "…"


def quoted(words: Iterable[str]) -> str:
    """Words for a message: `« a », « b »`."""
    return ", ".join(f"« {word} »" for word in words)
