"""`centre.toml`: one centre's settings, parsed once and checked whole. docs/contenu.md describes every key."""

from __future__ import annotations

import re
from datetime import time

from plugins.errors import N_, Problem, Wrong
from plugins.posts.dates import parse_hour
from plugins.posts.words import fold
from plugins.site import colour, emblem
from plugins.site.model import Centre, Group, Hours
from plugins.site.retention import Retention, parse_retention
from plugins.site.settings import Table, read_toml

SLUG = re.compile(r"[a-z][a-z0-9-]{0,62}")
CITY = "ville"
"""The folder of the city's own pages and posts; no centre may be called so."""

SLOTS = {"matin": "Matin", "midi": "Midi", "apres-midi": "Après-midi", "soir": "Soir", "journee": "Journée"}
"""Keys of [horaires], with the words that families read."""

FUNCTIONS = {"calendrier": True, "telechargement": False}
"""Names of [fonctions], on or off when nothing is written."""

PROFILES = {"enfant": "child", "responsable": "guardian", "personnel": "school staff"}
"""Words of `profils`, and the kinds of membership that they admit."""

_UAI = re.compile(r"(\d{7})([A-Z])")
_UAI_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_RANGE = re.compile(r"(?:de )?(.+?) ?(?:-| a ) ?(.+)")


def check_slug(slug: str) -> None:
    """Raise `Wrong` if a folder's name can't be a centre's address."""
    if slug == CITY:
        raise Wrong(N_("No centre can be called “{slug}”: this folder holds the city's own pages."), slug=slug)
    if not SLUG.fullmatch(slug):
        raise Wrong(
            N_("The folder's name “{slug}” can't be an address: small letters without accent, digits and hyphens, "
               "beginning with a letter (« maitre-jacques »)."), slug=slug)  # fmt: skip


def parse_uai(text: str) -> str:
    """A school's UAI, seven digits and a key letter; raises `Wrong` if the letter does not fit.

    The key is the number modulo 23 among the letters without I, O and Q (ministry of education, « RAMSESE »).
    """
    value = text.replace(" ", "").upper()
    m = _UAI.fullmatch(value)
    if not m:
        raise Wrong(N_("“{text}” is no school code (UAI): seven digits and a letter, such as « 0929010U »."), text=text)
    letter = _UAI_LETTERS[int(m[1]) % 23]
    if letter != m[2]:
        raise Wrong(
            N_("The school code (UAI) “{text}” holds a mistake: {number} goes with the letter {letter}."),
            text=text, number=m[1], letter=letter)  # fmt: skip
    return value


def parse_hours(text: str) -> Hours:
    """`8h30-11h45`, `de 8 h 30 à 11 h 45`; raises `Wrong` if it ends before it begins."""
    m = _RANGE.fullmatch(fold(text))
    if not m:
        raise Wrong(N_("“{text}” is not read as hours. Write « 8h30-11h45 »."), text=text)
    hours = Hours(parse_hour(m[1]), parse_hour(m[2]))
    if hours.start >= hours.end:
        raise Wrong(N_("“{text}”: the end must come after the beginning."), text=text)
    return hours


def read_centre(data: bytes, slug: str, file: str) -> tuple[Centre, list[Problem]]:
    """One centre's settings, and every problem of the file; with a problem, the centre is for further checks only."""
    table, problems = read_toml(data, file)
    if problems:
        return _read(Table({}, [], file, []), slug), problems
    centre = _read(table, slug)
    return centre, problems


def _read(table: Table, slug: str) -> Centre:
    colour_ = table.parsed("couleur", colour.safe, "#1b655c")
    shape = table.choice("embleme", emblem.SHAPES, default=emblem.derived(slug))
    profiles = table.choices("profils", PROFILES, default=("enfant", "responsable"))
    moderation = table.flag("moderation", default=False)
    validators = table.texts("valideurs", required=False)
    deputies = table.texts("suppleants", required=False)
    if moderation and not validators:
        table.wrong("moderation", N_("With moderation = true, “valideurs” must name who may validate."))
    keep = table.table("conservation")
    centre = Centre(
        slug=slug,
        name=table.text("nom"),
        address=table.texts("adresse"),
        phone=table.phone("telephone"),
        email=table.email("courriel"),
        colour=colour_,
        emblem=shape,
        groups=_groups(table),
        hours=_hours(table.table("horaires", required=True)),
        schools=_schools(table),
        admission=table.choice("admission", ("ecoles", "inscrits"), default="ecoles"),
        admitted=tuple(PROFILES[profile] for profile in profiles),
        moderation=moderation,
        validators=validators,
        functions=_functions(table.table("fonctions")),
        deputies=deputies,
        blur_faces=table.choice("flou", ("non", "visages"), default="non") == "visages",
        retention=keep.parsed("photos", parse_retention, Retention(), required=False) if keep.has("photos") else None,
    )
    keep.done()
    table.done()
    return centre


def _schools(table: Table) -> tuple[str, ...]:
    schools: list[str] = []
    for text in table.texts("ecoles"):
        try:
            schools.append(parse_uai(text))
        except Wrong as wrong:
            table.wrong("ecoles", wrong.message, **wrong.values)
    return tuple(dict.fromkeys(schools))


def _groups(table: Table) -> tuple[Group, ...]:
    groups: list[Group] = []
    seen: dict[str, str] = {}
    for part in table.tables("groupes"):
        group = Group(part.text("nom"), part.text("ages", required=False), part.texts("alias", required=False))
        part.done()
        for word in (group.name, *group.aliases):
            if fold(word) in seen:
                table.wrong("groupes", N_("Two groups are called “{name}”."), name=word)
            seen[fold(word)] = word
        groups.append(group)
    if not groups:
        table.wrong("groupes", N_('At least one group is needed: [[groupes]] and below nom = "Maternelles".'))
    return tuple(groups)


def _hours(table: Table) -> dict[str, Hours]:
    none = Hours(time(0), time(0))
    hours = {slot: table.parsed(slot, parse_hours, none, required=False) for slot in SLOTS}
    if not table.has("journee") and table.keys():
        table.wrong("journee", N_("“{key}” is missing: the hours of a whole day, such as « 8h30-18h30 »."))
    table.done()
    return {slot: value for slot, value in hours.items() if value is not none}


def _functions(table: Table) -> frozenset[str]:
    functions = frozenset(name for name, default in FUNCTIONS.items() if table.flag(name, default=default))
    table.done()
    return functions
