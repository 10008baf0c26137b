"""One small fault for each thing that can be told of what people write: name → files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from plugins.posts.header import MAX_BYTES, MAX_LINES, MAX_SIGNS
from tests.plugins.making import CENTRE, CITY

Files = Mapping[str, "str | bytes | Callable[[Path], None] | None"]
"""Path → text, bytes, `None` for a file that is left out, or what puts something else there."""

HEAD = "Titre: A\nDate: 8 novembre 2022\n"
RIGHTS = "Droit à l'image: vérifié par Camille le 8 novembre 2022\n"
WEEK = HEAD + "Du: 7 novembre 2022\nAu: 18 novembre 2022\n"
DAY = "## Mercredi 9 novembre\n"
PROGRAMME, REMINDER, ARTICLE, PAGE = (
    "lilas/programmes/p.md",
    "lilas/rappels/r.md",
    "lilas/articles/a.md",
    "lilas/infos/i.md",
)
CHARTER = '[charte]\nversion = "2022-09-01"\n'
UNGROUPED = CENTRE[: CENTRE.index("[[groupes]]")] + CENTRE[CENTRE.index("[horaires]") :]
UNTIL = HEAD + "Jusqu'au: 30 novembre 2022\n"


def centre(old: str, new: str) -> Files:
    assert old in CENTRE
    return {"lilas/centre.toml": CENTRE.replace(old, new)}


def city(old: str, new: str) -> Files:
    assert old in CITY
    return {"ville/ville.toml": CITY.replace(old, new)}


def moderated(text: str, more: str = 'suppleants = ["Alix Modèle"]\n') -> Files:
    settings = f'moderation = true\nvalideurs = ["Dominique Exemple"]\n{more}[[groupes]]'
    return {"lilas/centre.toml": CENTRE.replace("[[groupes]]", settings, 1), ARTICLE: text}


HEADER: dict[str, Files] = {
    "a key is unknown": {ARTICLE: HEAD + "Zzz: b\n\nx\n"},
    "a key is misspelt": {ARTICLE: HEAD + "Auteurr: b\n\nx\n"},
    "a key is missing": {ARTICLE: "Date: 8 novembre 2022\n\nx\n"},
    "a key stands twice": {ARTICLE: HEAD + "titre: B\n\nx\n"},
    "a key has no value": {ARTICLE: HEAD + "Auteur:\n\nx\n"},
    "a key is far too long": {ARTICLE: HEAD + "Auteur: " + "b" * 30_000 + "\n\nx\n"},
    "a line has no key": {ARTICLE: HEAD + "Camille\n\nx\n"},
    "a line lacks its colon": {ARTICLE: "Titre Le potager\nDate: 8 novembre 2022\n\nx\n"},
    "a key that must be stands below": {REMINDER: HEAD + "\nJusqu'au: 30 novembre 2022\n"},
    "the date stands below": {ARTICLE: "Titre: A\n\nDate: 8 novembre 2022\n\nx\n"},
    "a status stands below": {ARTICLE: HEAD + "\nStatut: brouillon\n"},
    "a title is too long": {ARTICLE: f"Titre: {'a' * 201}\nDate: 8 novembre 2022\n\nx\n"},
    "a moment is unknown": {ARTICLE: HEAD + "Moment: dimanche\n\nx\n"},
    "a status is misspelt": {ARTICLE: HEAD + "Statut: brouilon\n\nx\n"},
    "an audience is unknown": {ARTICLE: HEAD + "Public: Zèbres\n\nx\n"},
    "an audience is misspelt": {ARTICLE: HEAD + "Public: Maternells\n\nx\n"},
    "yes or no": {REMINDER: UNTIL + "Important: peut-être\n\nx\n"},
    "an order is no number": {PAGE: "Titre: A\nOrdre: premier\n\nx\n"},
    "image rights are badly written": {ARTICLE: HEAD + "Droit à l'image: oui\n\nx\n"},
    "no date at all": {ARTICLE: "Titre: A\n\nx\n"},
    "a date has no year": {ARTICLE: "Titre: A\nDate: 8 novembre\n\nx\n"},
    "a date is no date": {ARTICLE: "Titre: A\nDate: demain\n\nx\n"},
    "a weekday does not fit": {ARTICLE: "Titre: A\nDate: jeudi 9 novembre 2022\n\nx\n"},
    "a weekday is misspelt": {ARTICLE: "Titre: A\nDate: mercerdi 9 novembre 2022\n\nx\n"},
    "a month is misspelt": {ARTICLE: "Titre: A\nDate: 9 novenbre 2022\n\nx\n"},
    "a day is in no calendar": {ARTICLE: "Titre: A\nDate: 31 novembre 2022\n\nx\n"},
    "a year can't be right": {ARTICLE: "Titre: A\nDate: 9 novembre 1022\n\nx\n"},
    "an hour is no hour": {ARTICLE: "Titre: A\nDate: 9 novembre 2022 à 25 h\n\nx\n"},
    "a comment is never closed": {ARTICLE: HEAD + "\nx <!-- y\n"},
    "a comment in a comment": {ARTICLE: HEAD + "\n<!-- a\n<!-- b -->\n"},
    "half a comment": {ARTICLE: HEAD + "\n<! -- a -- >\n"},
    "too large a file": {ARTICLE: b"x" * (MAX_BYTES + 1)},
    "a file of bytes": {ARTICLE: b"Titre: A\0\n\nx\n"},
    "a file in UTF-16": {ARTICLE: "Titre: A\n\nx\n".encode("utf-16")},
    "a file in Latin-1": {ARTICLE: "Titre: été\n\nx\n".encode("latin-1")},
    "too many lines": {ARTICLE: "\n" * (MAX_LINES + 1)},
    "too many signs": {ARTICLE: "[" * (MAX_SIGNS["["] + 1)},
}

PROGRAMMES: dict[str, Files] = {
    name: {PROGRAMME: body if body.startswith("Titre") else f"{WEEK}\n{body}\n"}
    for name, body in {
        "the end before the beginning": HEAD + "Du: 18 novembre 2022\nAu: 7 novembre 2022\n\n- jeux\n",
        "longer than a year": HEAD + "Du: 7 novembre 2022\nAu: 7 novembre 2024\n\n- jeux\n",
        "a heading is unknown": "## Zzz\n- Matin : jeux",
        "a heading is misspelt": "## Mercerdi 9 novembre\n- jeux",
        "a weekday that does not fit": "## Mercredi 10 novembre\n- jeux",
        "a day outside": "## Mercredi 23 novembre\n- jeux",
        "a weekday that never comes": HEAD + "Du: 7 novembre 2022\nAu: 9 novembre 2022\n\n## Vendredi\n- jeux\n",
        "a month is needed": HEAD + "Du: 7 novembre 2022\nAu: 20 décembre 2022\n\n## Du 14 au 15\n- jeux\n",
        "a range backwards": "## Du mardi 15 au lundi 14 novembre\n- jeux",
        "a day that is empty": DAY,
        "a label is unknown": DAY + "- Zzz : jeux\n- Matinn : jeux",
        "no day": "- Matin : jeux",
        "no day below a title": "## Les activités\n- Matin : jeux",
        "a day of words": DAY + "On fait de la peinture.",
        "no activity at all": "> ## Mercredi 9 novembre\n> - jeux",
        "a table without its second line": "| Jour | Matin |\n| Mercredi 9 | jeux |",
        "a table from a spreadsheet": "Jour\tMatin\tSoir\nMercredi 9\tjeux\tcontes",
        "the day last": "- Couture, le mercredi 9 novembre",
        "a label without text": DAY + "- Matin :",
        "closed on no day": "- Fermé",
        "closed or a farm": DAY + "- Ferme",
        "ages of two groups": DAY + "- 3-8 ans : jeux",
        "ages of no group": DAY + "- 1-2 ans : jeux",
        "two parts of the day": DAY + "- Matin et soir : jeux",
        "letters of another alphabet": DAY + "- Маtin : jeux",
        "a part of the day in two letters": DAY + "- AM : jeux",
        "days that don't go together": "## Mercredi – Tous les jeudis\n- jeux",
        "a title above days": "## Zzz\n### Mercredi 9 novembre\n- Matin : jeux",
        "too much": "## Tous les jours\n" + "- Mercredi 10 novembre : jeux\n" * 300,
        "no hours for a slot": "",
        "a detail without value": DAY + "- Matin : jeux\n  - Lieu :",
        "a detail is misspelt": DAY + "- Matin : jeux\n  - Prévior : bottes",
        "a line below an activity": DAY + "- Matin : jeux\n  - Soir : a",
        "a detail beside activities": "## Tous les jours\n- Matin : jeux\n- Soir : contes\n- Prévoir : bottes",
        "several activities": DAY + "- Matin : jeux\n  - Maternelles : a\n  - Élémentaires : b\n- Lundi : Matin : a",
        "several activities and what belongs to one": DAY
        + "- le matin, jeux ; l'après-midi, contes\n  - Prévoir : bottes",
        "a label that no group has": DAY + "- Maternelles : jeux\n- Zèbres : contes",
        "a detail beside nothing in a table": "| Jour | Matin | Prévoir |\n|---|---|---|\n| Mercredi 9 | | bottes |",
        "a comma is missing": DAY + "- le matin atelier",
        "two ways to read": DAY + "- le matin, a ; pour les 3-5 ans, b",
        "a table without a day": "| | Matin |\n|---|---|\n| Mat. | a |",
        "a table with an unknown word": "| Jour | Piscine |\n|---|---|\n| Lundi 7 | a |",
        "a public holiday": "## Vendredi 11 novembre\n- jeux",
        "a closed day": DAY + "- Fermé\n## Mercredi 9 novembre\n- Matin : jeux",
        "a photo": DAY + "- Matin : jeux ![x](a.jpg)",
        "a week that is past": HEAD.replace("8 novembre", "1er novembre")
        + "Du: 1er novembre 2022\nAu: 4 novembre 2022\n\n- Mercredi : jeux\n",
        "over before its publication": HEAD + "Du: 3 octobre 2022\nAu: 7 octobre 2022\n\n- Lundi : a\n",
        "too many days of activities": HEAD
        + "Du: 1er septembre 2022\nAu: 31 août 2023\n\n## Tous les jours\n"
        + "- jeux\n" * 80,
    }.items()
    if body
}
PROGRAMMES["no hours for a slot"] = {
    **centre('midi = "11h45-13h30"\n', ""), PROGRAMME: f"{WEEK}\n{DAY}- Midi : jeux\n"
}  # fmt: skip

TEXTS: dict[str, Files] = {
    "a reminder that would never be shown": {
        REMINDER: "Titre: A\nDate: 8 novembre 2022\nJusqu'au: 7 novembre 2022\n\nx\n"
    },
    "a reminder that expired": {REMINDER: "Titre: A\nDate: 1er octobre 2022\nJusqu'au: 4 novembre 2022\n\nx\n"},
    "a text for the year after next": {REMINDER: "Titre: A\nDate: 1er octobre 2024\nJusqu'au: 7 octobre 2024\n\nx\n"},
    "a link of another kind": {PAGE: "Titre: A\n\n[x](ftp://a.example)\n"},
    "a link to no page": {PAGE: "Titre: A\n\n[x](zzzzzzzz.md)\n"},
    "a link to a misspelt page": {PAGE: "Titre: A\n\n[x](equip.md)\n", "lilas/infos/equipe.md": "Titre: B\n\nx\n"},
    "a link to a place of this page": {PAGE: "Titre: A\n\n[x](?a)\n"},
    "a link to a page of another folder": {PAGE: "Titre: A\n\n[x](r.md)\n", REMINDER: UNTIL + "\nx\n"},
    "a link with braces": {PAGE: "Titre: A\n\n[x]({filename}/infos/i.md)\n"},
    "a link with an absolute path": {PAGE: "Titre: A\n\n[x](/infos/i.md)\n"},
    "a link that leaves": {PAGE: "Titre: A\n\n[x](../../escudier/infos/i.md)\n"},
    "a link to nowhere": {PAGE: "Titre: A\n\n[x](photos)\n"},
    "half an address": {PAGE: "Titre: A\n\n[x](https://)\n"},
    "a link without words": {PAGE: "Titre: A\n\n[](i.md)\n"},
    "a link to what waits": {
        PAGE: "Titre: A\n\n[x](../rappels/r.md)\n",
        REMINDER: UNTIL.replace("8 n", "12 n") + "\nx\n",
    },
    "to be read by somebody": {ARTICLE: HEAD + "Statut: à valider\n\nx\n"},
    "to be validated by people without deputy": moderated(HEAD + "\nx\n", ""),
    "to be validated": moderated(HEAD + "\nx\n"),
    "validated by somebody else": moderated(HEAD + "Validé par: Zoé\n\nx\n"),
    "validated by a misspelt name": moderated(HEAD + "Validé par: Dominique Exemples\n\nx\n"),
    "validated and kept back": moderated(HEAD + "Validé par: Dominique Exemple\nStatut: à valider\n\nx\n"),
    "to be read again": moderated(HEAD + "Statut: à valider\n\nx\n"),
    "a draft": {ARTICLE: HEAD + "Statut: brouillon\n\nx\n"},
    "a text of tomorrow": {ARTICLE: HEAD.replace("8 n", "12 n") + "\nx\n"},
}

SETTINGS: dict[str, Files] = {
    "a key of a setting is unknown": centre('nom = "Les Lilas"', 'nom = "Les Lilas"\nzzz = 1'),
    "a key of a setting is misspelt": centre('nom = "Les Lilas"', 'nom = "Les Lilas"\ncouleurr = "#b4532a"'),
    "a setting is missing": centre('nom = "Les Lilas"\n', ""),
    "a setting is no text": centre('nom = "Les Lilas"', "nom = 3"),
    "a setting is empty": centre('nom = "Les Lilas"', 'nom = ""'),
    "a setting holds signs": centre('nom = "Les Lilas"', 'nom = "a\\u0007"'),
    "no TOML": centre('nom = "Les Lilas"', "nom = Les Lilas"),
    "a phone number": centre('"01 99 00 12 34"', '"12"'),
    "an e-mail address": centre('"lilas@alsh.example"', '"lilas"'),
    "a colour is none": centre('"#b4532a"', '"rouge"'),
    "a colour is too light": centre('"#b4532a"', '"#ffee99"'),
    "a school code": centre('"0929010U"', '"92"'),
    "a school code with a mistake": centre('"0929010U"', '"0929010A"'),
    "hours": centre('"8h30-11h45"', '"le matin"'),
    "hours backwards": centre('"8h30-11h45"', '"11h45-8h30"'),
    "no hours of a whole day": centre('journee = "8h30-18h30"\n', ""),
    "a choice": centre('couleur = "#b4532a"', 'couleur = "#b4532a"\nadmission = "tous"'),
    "choices": centre('couleur = "#b4532a"', 'couleur = "#b4532a"\nprofils = ["voisin"]'),
    "a flag": centre('couleur = "#b4532a"', 'couleur = "#b4532a"\nmoderation = "oui"'),
    "moderation without validators": centre('couleur = "#b4532a"', 'couleur = "#b4532a"\nmoderation = true'),
    "two groups of one name": centre('nom = "Élémentaires"', 'nom = "Maternelles"'),
    "no group": {"lilas/centre.toml": UNGROUPED},
    "photos kept too long": city('photos = "2023-08-31"', 'photos = "4 ans"'),
    "a date of the city": city('photos = "2023-08-31"', 'photos = "bientôt"'),
    "profiles of nobody": centre('couleur = "#b4532a"', 'couleur = "#b4532a"\nprofils = []'),
    "a part is missing": city(CHARTER, ""),
    "a part is a key": {"ville/ville.toml": "charte = 3\n" + CITY.replace(CHARTER, "")},
    "a list of parts is a key": {
        "lilas/centre.toml": CENTRE[: CENTRE.index("[[groupes]]")]
        + "groupes = 3\n"
        + CENTRE[CENTRE.index("[horaires]") :]
    },
    "a list is no list": centre('adresse = ["12 rue Fictive", "92100 Boulogne-Billancourt"]', "adresse = 12"),
}

WRITTEN: dict[str, Mapping[str, Files]] = {
    "En-tête": HEADER, "Programmes": PROGRAMMES, "Textes": TEXTS, "Réglages": SETTINGS
}  # fmt: skip
