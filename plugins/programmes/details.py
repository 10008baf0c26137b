"""What is told of an activity: `Départ`, `Retour`, `Prévoir`, `Lieu` … below it, or after it on its line."""

from __future__ import annotations

import re

from plugins.errors import N_, Wrong
from plugins.posts.words import bare, fold, latin, nearest
from plugins.programmes.model import Detail
from plugins.site.typography import typo

DETAILS = {
    "rendez-vous": "Rendez-vous", "depart": "Départ", "retour": "Retour", "prevoir": "Prévoir", "repas": "Repas",
    "pique-nique": "Pique-nique", "gouter": "Goûter", "lieu": "Lieu", "places": "Places",
}  # fmt: skip
"""Keys of an activity's details, with the words that families read."""

LABEL = re.compile(r"\s*+((?:[^:：]|(?<=\d):(?=\d\d)){1,80}?)\s{0,9}+[:：](?=\s|$)\s*")
"""A label at the beginning of a line, up to its colon; the colon of an hour is none."""

TIGHT = re.compile(r"\s*+([^:：]{1,80}?)\s{0,9}+[:：](?=[^\s/])")
"""The same without a space after its colon (`Matin:peinture`); only a known label is one, never `https:`."""

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
                "dans le sac", "ne pas oublier", "merci de prevoir", "penser a",
            ),
            "repas": ("dejeuner", "le repas", "cantine", "repas de midi", "menu", "au menu"),
            "pique-nique": ("pique nique", "picnic", "le pique-nique"),
            "gouter": ("gouters", "le gouter"),
            "lieu": ("lieux", "ou", "adresse"),
            "places": ("place", "nombre de places", "places disponibles", "effectif"),
        }.items()
        for word in words
    },
}  # fmt: skip
_AFTER = re.compile(r"(?:[;.,]\s{1,3}|\s[-–—/|]\s)(?=([^:;.,]{2,25}?)\s?[:：])")
_SAID = re.compile(
    r"\s*(?:(?P<bring>(?:à |merci de )?pr[ée]voir|ne pas oublier|apporter)\s+(?=[^\s:])"
    r"|(?P<time>d[ée]part|retour|rdv|rendez-vous)\s+(?:pr[ée]vu\s+)?(?=(?:(?:à|a|vers)\s+)?\d{1,2}\s?(?:h|heures)))",
    re.IGNORECASE,
)
"""A detail without its colon, where no activity can be meant: `Prévoir un maillot`, `Départ 9h`."""


def key_of(label: str) -> str | None:
    """The key of the detail that a label names, whatever its case, accents or plural."""
    return _WORDS.get(fold(bare(label)).strip(" .*"))


def begins(text: str) -> tuple[str, int] | None:
    """The key of the detail with which a line begins, and where its value does; `None` if the line is none."""
    for pattern in (LABEL, TIGHT):
        if (m := pattern.match(text)) and (key := key_of(m[1])):
            return key, m.end()
    if m := _SAID.match(text):
        return ("prevoir" if m["bring"] else key_of(m["time"]) or ""), m.end()
    return None


def read(text: str) -> tuple[Detail, ...]:
    """`Départ : 9 h – Retour : 17 h` as details; none if the text does not begin with the name of one.

    Raises `Wrong` for a detail without a value, or whose name is misspelt.
    """
    if found := begins(text):
        key, at = found
        length, more = after(text[at:])
        value = typo(text[at : at + length].strip(" ;"))
        if not value:
            raise Wrong(N_("“{label} :” has no value."), label=DETAILS[key])
        return (Detail(key, DETAILS[key], value), *more)
    m = LABEL.match(text)
    if m and (meant := nearest(latin(bare(m[1])), DETAILS.values(), cutoff=0.75)):
        raise Wrong(N_("“{label}” is unknown here. Did you mean “{meant}”?"), label=m[1], meant=meant)
    return ()


def after(text: str) -> tuple[int, tuple[Detail, ...]]:
    """Details written on the activity's own line (`piscine ; départ : 9 h ; prévoir : un maillot`).

    Gives the length of what stands before them, and the details.
    """
    starts = [m for m in _AFTER.finditer(text) if key_of(m[1])]
    if not starts or not text[: starts[0].start()].strip():
        return len(text), ()
    ends = [*(m.start() for m in starts[1:]), len(text)]
    found = [read(text[m.end() : end].strip()) for m, end in zip(starts, ends, strict=True)]
    return starts[0].start(), tuple(detail for details in found for detail in details)
