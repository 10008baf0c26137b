"""What is told of an activity: `Départ`, `Retour`, `Prévoir`, `Lieu` … below it, or after it on its line."""

from __future__ import annotations

import re

from plugins.errors import N_, Wrong
from plugins.posts.words import fold, latin, nearest
from plugins.programmes.model import Detail
from plugins.site.typography import typo

DETAILS = {
    "rendez-vous": "Rendez-vous", "depart": "Départ", "retour": "Retour", "prevoir": "Prévoir", "repas": "Repas",
    "pique-nique": "Pique-nique", "gouter": "Goûter", "lieu": "Lieu", "places": "Places",
}  # fmt: skip
"""Keys of an activity's details, with the words that families read."""

LABEL = re.compile(r"\s*+([^:：]{1,80}?)\s*+[:：](?=\s|$)\s*")
"""A label at the beginning of a line, up to its colon."""

_WORDS = {
    **{key: key for key in DETAILS},
    **{
        word: key
        for key, words in {
            "rendez-vous": ("rdv", "rendez vous"),
            "depart": ("departs", "heure de depart", "depart a", "on part a"),
            "retour": ("retours", "heure de retour", "retour a", "retour prevu", "retour vers"),
            "prevoir": (
                "a prevoir", "prevoyez", "a apporter", "apporter", "a emporter", "emporter", "tenue", "materiel",
                "dans le sac", "ne pas oublier",
            ),
            "repas": ("dejeuner", "le repas", "cantine"),
            "pique-nique": ("pique nique", "picnic", "le pique-nique"),
            "gouter": ("gouters", "le gouter"),
            "lieu": ("lieux", "ou", "adresse"),
            "places": ("place", "nombre de places", "places disponibles", "effectif"),
        }.items()
        for word in words
    },
}  # fmt: skip
_AFTER = re.compile(r"[;.]\s{1,3}(?=([^:;.]{2,25}?)\s?:\s)")


def key_of(label: str) -> str | None:
    """The key of the detail that a label names, whatever its case, accents or plural."""
    return _WORDS.get(fold(label).strip(" .*"))


def read(text: str) -> Detail | None:
    """`Départ : 9 h` as a detail; `None` if the text does not begin with the name of one.

    Raises `Wrong` for a detail without a value, or whose name is misspelt.
    """
    m = LABEL.match(text)
    if m is None:
        return None
    if key := key_of(m[1]):
        value = typo(text[m.end() :].strip(" ;"))
        if not value:
            raise Wrong(N_("“{label} :” has no value."), label=DETAILS[key])
        return Detail(key, DETAILS[key], value)
    if meant := nearest(latin(m[1]), DETAILS.values(), cutoff=0.75):
        raise Wrong(N_("“{label}” is unknown here. Did you mean “{meant}”?"), label=m[1], meant=meant)
    return None


def after(text: str) -> tuple[int, tuple[Detail, ...]]:
    """Details written on the activity's own line (`piscine ; départ : 9 h ; prévoir : un maillot`).

    Gives the length of what stands before them, and the details.
    """
    begins = [m for m in _AFTER.finditer(text) if key_of(m[1])]
    if not begins or not text[: begins[0].start()].strip():
        return len(text), ()
    ends = [*(m.start() for m in begins[1:]), len(text)]
    found = [read(text[m.end() : end].strip()) for m, end in zip(begins, ends, strict=True)]
    return begins[0].start(), tuple(detail for detail in found if detail)
