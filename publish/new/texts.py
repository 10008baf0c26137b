"""The examples themselves, in French as everything that animators write; pure: a centre and dates in, a text out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from plugins.posts.dates import date_words, day_words
from plugins.site.centre import SLOTS
from plugins.site.model import Centre

UNKNOWN = "JJ/MM/AAAA"
"""Stands for a date that nobody knows yet; a check refuses it."""

_NOTE = """\
<!-- Ce qui est entre ces marques est pour vous : rien n'en paraît jamais.
     Remplacez l'exemple par vos mots, puis vérifiez : preau check {slug} -->
"""
_DRAFT = "Statut: brouillon <!-- retirez cette ligne quand le texte est prêt -->\n"
_HALVES: tuple[str, ...] = ("matin", "apres-midi")
_IDEAS = ("peinture", "jeux de ballon", "lecture et jeux calmes", "atelier cuisine")


def programme(
    centre: Centre, title: str, days: Sequence[date], closed: dict[date, str], today: date, moment: str
) -> str:
    """A programme of one or several days, in the centre's groups and parts of the day; without days, to be dated."""
    first, last = (date_words(days[0]), date_words(days[-1])) if days else (UNKNOWN, UNKNOWN)
    head = [
        f"Titre: {title}\nDate: {date_words(today)}\nMoment: {moment}\n",
        f"Du: {first}\nAu: {last}\n{_DRAFT}{_validated(centre)}",
        "\nDécrivez en une phrase ce qui attend les enfants.\n\n",
        "<!-- Un titre est un jour, un moment de la journée ou un groupe ; une ligne, « groupe : activité ». -->\n",
    ]
    return _NOTE.format(slug=centre.slug) + "".join(head) + "".join(_day(centre, day, closed) for day in days)


def _day(centre: Centre, day: date, closed: dict[date, str]) -> str:
    title = day_words(day, day).capitalize()
    if day in closed:
        return f"\n## {title} : fermé ({closed[day]})\n"
    slots = tuple(slot for slot in _HALVES if slot in centre.hours) or ("journee",)
    parts = [f"\n## {title}\n"]
    for rank, slot in enumerate(slots):
        parts.append(f"\n### {SLOTS[slot]}\n\n")
        for number, group in enumerate(centre.groups):
            parts.append(f"- {group.name} : {_IDEAS[(rank * 2 + number) % len(_IDEAS)]}\n")
    parts.append(
        "<!-- Une sortie s'écrit ainsi :\n- Sortie : la ferme\n  - Départ : 9 h\n  - Retour : 16 h 30\n"
        "  - Prévoir : des bottes -->\n"
    )
    return "".join(parts)


def reminder(centre: Centre, title: str, today: date) -> str:
    """A reminder until next Wednesday."""
    return (
        f"{_NOTE.format(slug=centre.slug)}Titre: {title}\nDate: {date_words(today)}\n"
        f"Jusqu'au: {date_words(next_wednesday(today))} <!-- dernier jour où les familles le voient -->\n"
        "À faire: ce que les familles ont à faire, en quelques mots\n"
        "<!-- Important: oui  fait paraître ce rappel en premier -->\n"
        f"{_DRAFT}{_validated(centre)}\nExpliquez en une ou deux phrases.\n"
    )


def article(centre: Centre, title: str, today: date) -> str:
    """An article; its photos are to be put beside it."""
    return (
        f"{_NOTE.format(slug=centre.slug)}Titre: {title}\nDate: {date_words(today)}\n"
        f"<!-- Pour les photos, écrivez ici, une fois les autorisations vérifiées :\n"
        f"Droit à l'image: vérifié par VOTRE NOM le {date_words(today)} -->\n"
        f"{_DRAFT}{_validated(centre)}\nRacontez ce que les enfants ont fait.\n\n"
        "<!-- Mettez les photos dans ce dossier, puis une ligne par photo :\n"
        '![Deux enfants plantent un radis](photo.jpg "Les semis") -->\n'
    )


def _validated(centre: Centre) -> str:
    if not centre.moderation:
        return ""
    names = " ou ".join((*centre.validators, *centre.deputies))
    return f"<!-- Après relecture, par {names} :\nValidé par: NOM -->\n"


def next_wednesday(today: date) -> date:
    """The Wednesday that comes after today."""
    return today + timedelta((2 - today.weekday() - 1) % 7 + 1)


def centre_files(slug: str, name: str, today: date) -> dict[str, str]:
    """The files of a new centre, by their path in its folder; whatever is to be replaced is marked so."""
    return {"centre.toml": _CENTRE.format(slug=slug, name=name), "infos/horaires-et-acces.md": _HOURS.format(
        name=name, slug=slug, date=date_words(today))}  # fmt: skip


_CENTRE = """\
# Les réglages de ce centre ; docs/contenu.md les décrit tous. Remplacez ce qui est marqué « à remplacer ».
nom = "{name}"
adresse = ["à remplacer : numéro et rue", "code postal et ville"]
telephone = "01 99 00 00 00"  # à remplacer
courriel = "{slug}@alsh.example"  # à remplacer
couleur = "#1b655c"  # si elle est trop claire, la plus proche qui convient est proposée

# Codes (UAI) des écoles accueillies, à remplacer : avec celui-ci, qui n'existe pas, aucune famille n'entre.
ecoles = ["0000000A"]

# Pour qu'un texte attende une relecture, retirez les # et écrivez les noms :
# moderation = true
# valideurs = ["Prénom Nom"]
# suppleants = ["Prénom Nom"]

[[groupes]]
nom = "Maternelles"
ages = "3-5 ans"
alias = ["Mat."]

[[groupes]]
nom = "Élémentaires"
ages = "6-10 ans"
alias = ["Élém."]

[horaires]  # à vérifier
matin = "8h30-11h45"
midi = "11h45-13h30"
apres-midi = "13h30-16h30"
soir = "16h30-18h30"
journee = "8h30-18h30"
"""

_HOURS = """\
<!-- Ce qui est entre ces marques est pour vous : rien n'en paraît jamais.
     Remplacez l'exemple par vos mots, puis vérifiez : preau check {slug} -->
Titre: Horaires et accès
Date: {date}
Statut: brouillon <!-- retirez cette ligne quand la page est prête -->

Dites ici comment venir à l'accueil de loisirs {name}, à quelles heures, et par quelle porte.
"""
