"""The keys of a header: which kind of post has which, and which it must have."""

from __future__ import annotations

from dataclasses import dataclass

from plugins.posts.words import fold, nearest

PROGRAMMES, REMINDERS, ARTICLES, INFOS = "programmes", "rappels", "articles", "infos"
POSTS = frozenset({PROGRAMMES, REMINDERS, ARTICLES})
ALL = POSTS | {INFOS}


@dataclass(frozen=True)
class Key:
    """One key.

    Arguments:
        name: the right spelling, as messages show it.
        kinds: folders whose files may have it.
        required: folders whose files must have it.
        aliases: other spellings that are read as this one.
    """

    name: str
    kinds: frozenset[str]
    required: frozenset[str] = frozenset()
    aliases: tuple[str, ...] = ()


TITLE = Key("Titre", ALL, required=ALL, aliases=("Titres",))
DATE = Key(
    "Date", ALL, aliases=("Dates", "Date de publication", "Date de parution", "Publié le", "Publication", "Parution")
)
MOMENT = Key("Moment", POSTS, aliases=("Moments",))
AUDIENCE = Key("Public", POSTS, aliases=("Publics", "Pour", "Public concerné", "Public visé"))
AUTHOR = Key("Auteur", ALL, aliases=("Auteurs", "Autrice", "Auteure"))
SUMMARY = Key("Résumé", ALL, aliases=("Résumés", "Chapeau", "Chapô"))
STATUS = Key("Statut", ALL, aliases=("Statuts", "État"))
VALIDATED_BY = Key("Validé par", ALL, aliases=("Validée par", "Validés par", "Validé"))
START = Key(
    "Du",
    frozenset({PROGRAMMES}),
    required=frozenset({PROGRAMMES}),
    aliases=("Début", "Date de début", "Période", "Période du"),
)
END = Key("Au", frozenset({PROGRAMMES}), required=frozenset({PROGRAMMES}), aliases=("Fin", "Date de fin"))
THEME = Key("Thème", frozenset({PROGRAMMES}), aliases=("Thèmes", "Thématique", "Thème de la semaine"))
GROUPS = Key("Groupes", frozenset({PROGRAMMES}), aliases=("Groupe",))
UNTIL = Key(
    "Jusqu'au",
    frozenset({REMINDERS}),
    required=frozenset({REMINDERS}),
    aliases=("Jusqu'à", "Jusqu au", "Jusquau", "Date limite"),
)
IMPORTANT = Key("Important", frozenset({REMINDERS}), aliases=("Importante", "Importants", "Urgent"))
ACTION = Key("À faire", frozenset({REMINDERS}), aliases=("Action",))
IMAGE_RIGHTS = Key(
    "Droit à l'image",
    frozenset({ARTICLES}),
    aliases=("Droits à l'image", "Droit image", "Droits image", "Droit d'image"),
)
PHOTOS = Key("Photos", frozenset({ARTICLES}), aliases=("Photo", "Galerie"))
BLUR = Key("Flou", frozenset({ARTICLES}), aliases=("Flouter", "Floutage"))
ORDER = Key("Ordre", frozenset({INFOS}))

KEYS: tuple[Key, ...] = (
    TITLE, DATE, MOMENT, AUDIENCE, AUTHOR, SUMMARY, STATUS, VALIDATED_BY, START, END, THEME, GROUPS, UNTIL, IMPORTANT,
    ACTION, IMAGE_RIGHTS, PHOTOS, BLUR, ORDER,
)  # fmt: skip

_BY_SPELLING = {fold(spelling): key for key in KEYS for spelling in (key.name, *key.aliases)}


def find(spelling: str) -> Key | None:
    """The key that this spelling names, whatever its case, accents, apostrophe or plural."""
    return _BY_SPELLING.get(fold(spelling))


def suggest(spelling: str, kind: str) -> str | None:
    """The right spelling of the key of this kind that was most probably meant."""
    spellings = {alias: key for key in KEYS if kind in key.kinds for alias in (key.name, *key.aliases)}
    found = nearest(spelling, spellings, cutoff=0.6)
    return spellings[found].name if found else None


def names(kind: str) -> tuple[str, ...]:
    """Every key of this kind, in the order of the table."""
    return tuple(key.name for key in KEYS if kind in key.kinds)


def required(kind: str) -> tuple[Key, ...]:
    """The keys that this kind must have."""
    return tuple(key for key in KEYS if kind in key.required)
