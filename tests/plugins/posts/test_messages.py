"""Each error of a header, word for word, as an animator reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugins.errors import PluginError
from plugins.language import translator
from plugins.posts import keys
from plugins.posts.header import MAX_BYTES
from tests.plugins.making import load, make_content

SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})


def french(folder: Path, file: str, text: str | bytes) -> list[str]:
    try:
        load(make_content(folder, {f"lilas/{file}": text}))
    except PluginError as error:
        return [problem.sentence(translator("fr")).translate(SPACES) for problem in error.problems]
    return []


HEAD = "Titre: A\nDate: 8 novembre 2022\n"
ERRORS: dict[str, tuple[str, str | bytes, str]] = {
    "missing": ("articles/a.md", "Date: 8 novembre 2022\n\nx\n", "Il manque la ligne « Titre: … » dans l’en-tête."),
    "misspelt": (
        "articles/a.md",
        HEAD + "Auteurr: B\n\nx\n",
        "La clé « Auteurr » n’existe pas ici. Vouliez-vous écrire « Auteur » ?",
    ),
    "other kind": (
        "rappels/a.md",
        HEAD + "Jusqu'au: 9 novembre 2022\nDroit à l'image: x\n\nx\n",
        (
            "La clé « Droit à l'image » n’existe pas ici. Clés possibles : « Titre », « Date », « Moment », "
            "« Public », « Auteur », « Résumé », « Statut », « Validé par », « Jusqu'au », « Important », « À faire »."
        ),
    ),
    "twice": (
        "articles/a.md",
        HEAD + "titre: B\n\nx\n",
        "« Titre » est écrit deux fois (d’abord à la ligne 1). Gardez-en un.",
    ),
    "empty": (
        "articles/a.md",
        HEAD + "Auteur:\n\nx\n",
        "« Auteur: » n’est suivi de rien : complétez la ligne, ou enlevez-la.",
    ),
    "no year": (
        "articles/a.md",
        "Titre: A\nDate: 8 novembre\n\nx\n",
        "« 8 novembre » : il manque l’année. Écrivez « 9 novembre 2022 », « 09/11/2022 », « 2022-11-09 ».",
    ),
    "no date": (
        "articles/a.md",
        "Titre: A\nDate: demain\n\nx\n",
        "« demain » n’est pas une date que je sais lire. Écrivez « 9 novembre 2022 », « 09/11/2022 », « 2022-11-09 ».",
    ),
    "weekday": (
        "articles/a.md",
        "Titre: A\nDate: jeudi 9 novembre 2022\n\nx\n",
        "« jeudi 9 novembre 2022 » : le 9 novembre 2022 est un mercredi. Corrigez le jour ou la date.",
    ),
    "month": (
        "articles/a.md",
        "Titre: A\nDate: 9 novenbre 2022\n\nx\n",
        "« 9 novenbre 2022 » : « novenbre » n’est pas un mois. Vouliez-vous écrire « novembre » ?",
    ),
    "calendar": (
        "articles/a.md",
        "Titre: A\nDate: 31 novembre 2022\n\nx\n",
        "« 31 novembre 2022 » n’existe pas dans le calendrier.",
    ),
    "hour": (
        "articles/a.md",
        "Titre: A\nDate: 9 novembre 2022 à 25 h\n\nx\n",
        "« 25 h » n’est pas une heure que je sais lire. Écrivez « 18 h » ou « 18h30 ».",
    ),
    "group": (
        "articles/a.md",
        HEAD + "Public: Maternells\n\nx\n",
        "« Maternells » n’est pas connu ici. Vouliez-vous écrire « Maternelles » ?",
    ),
    "comment": (
        "articles/a.md",
        HEAD + "\nx <!-- y\n",
        "« <!-- » ouvre un commentaire que rien ne ferme : écrivez « --> » à l’endroit où il finit.",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_the_whole_message(tmp_path: Path, name: str) -> None:
    file, text, message = ERRORS[name]
    assert french(tmp_path, file, text) == [message]


@pytest.mark.parametrize(
    ("data", "begins"),
    [
        ("Titre: é".encode("latin-1"), "Ce fichier n’est pas enregistré en UTF-8 (ligne 1)."),
        ("Titre: é".encode("utf-16"), "Ce fichier est enregistré en UTF-16."),
        (b"Titre: \0", "Ce fichier contient"),
        (b"x" * (MAX_BYTES + 1), "Ce fichier est trop"),
    ],
)
def test_what_is_no_text_is_one_french_sentence(tmp_path: Path, data: bytes, begins: str) -> None:
    (said,) = french(tmp_path, "articles/2022-11-08-a.md", data)
    assert said.startswith(begins)


@pytest.mark.parametrize(
    ("spelling", "key"),
    [
        ("TITRE", keys.TITLE),
        ("titres", keys.TITLE),
        ("Date de parution", keys.DATE),
        ("Moments", keys.MOMENT),
        ("publics", keys.AUDIENCE),
        ("Resume", keys.SUMMARY),
        ("Résumés", keys.SUMMARY),
        ("statuts", keys.STATUS),
        ("valide par", keys.VALIDATED_BY),
        ("Validés par", keys.VALIDATED_BY),
        ("DU", keys.START),
        ("Début", keys.START),
        ("au", keys.END),
        ("fin", keys.END),
        ("Themes", keys.THEME),
        ("Groupe", keys.GROUPS),
        ("Jusqu’au", keys.UNTIL),
        ("JUSQU'AU", keys.UNTIL),
        ("A faire", keys.ACTION),
        ("à  faire", keys.ACTION),
        ("Importants", keys.IMPORTANT),
        ("Droits à l’image", keys.IMAGE_RIGHTS),
        ("droit a l'image", keys.IMAGE_RIGHTS),
        ("Droit d’image", keys.IMAGE_RIGHTS),
    ],
)
def test_a_key_as_people_type_it(spelling: str, key: keys.Key) -> None:
    assert keys.find(spelling) is key
