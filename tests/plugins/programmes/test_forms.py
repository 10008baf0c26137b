"""Tables, sentences, weeks and advice: what each form gives, and what is told in French when it can't be read."""

# ruff: noqa: ISC004, E501 - messages stand whole
from __future__ import annotations

from datetime import date

import pytest

from plugins.errors import Severity
from plugins.language import translator
from plugins.programmes.feasts import public_holiday
from tests.plugins.making import activities, programme, read_body, words

DAY = "## Mercredi 9 novembre\n"
KNOWN = "« Maternelles », « Élémentaires », « Matin », « Midi », « Après-midi », « Soir », « Journée »"


def told(body: str) -> list[str]:
    """What an animator reads, with plain spaces."""
    found = [problem.text(translator("fr")) for problem in read_body(body)[2]]
    return [text.replace("\u202f", " ").replace("\u00a0", " ") for text in found]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (DAY + "- 3-6 ans : a", "p.md, ligne 2 : « 3-6 ans » peut vouloir dire « Maternelles », « Élémentaires » : "
         "écrivez le nom du groupe en entier."),
        (DAY + "- 3-4 ans : a", "p.md, ligne 2 : « 3-4 ans » : ces âges ne sont ceux d’aucun groupe. Groupes connus : "
         "« Maternelles », « Élémentaires ». Écrivez le nom du groupe."),
        (DAY + "- Маtin : a", "p.md, ligne 2 : « Маtin » contient des lettres d’un autre alphabet qui ressemblent aux nôtres. "
         "Tapez-le à nouveau : « Matin »."),
        (DAY + "- Ferme", "p.md, ligne 2 : « Ferme » : le centre est-il fermé, ou va-t-on à la ferme ? "
         "Écrivez « fermé » ou « à la ferme »."),
        (DAY + "- 14h : a", "p.md, ligne 2 : « 14h » : écrivez le début et la fin, « 14h-15h », ou mettez l’heure après "
         "l’activité."),
        (DAY + "- Matin et soir : a", "p.md, ligne 2 : « matin et soir » nomme deux moments de la journée : écrivez "
         "« Journée », ou une ligne pour chacun."),
        (DAY + "- le matin atelier", "p.md, ligne 2 : « le matin atelier » : écrivez une virgule après « le matin » : "
         "« le matin, atelier »."),
        (DAY + "- le matin, a ; pour les 3-5 ans, b", "p.md, ligne 2 : « pour les 3-5 ans, b » peut se lire de deux façons. "
         "Écrivez chaque activité sur sa propre ligne : « - Matin : Maternelles : … »."),
        ("- Couture, le mercredi 9 novembre", "p.md, ligne 1 : « Couture, le mercredi 9 novembre » : écrivez d’abord le jour : "
         "« Mercredi 9 novembre : Couture »."),
        ("| | Matin |\n|---|---|\n| Mat. | a |", "p.md, ligne 1 : Ce tableau ne dit aucun jour : mettez-le sous un jour, ou "
         "écrivez les jours dans sa première colonne."),
        ("| Jour | Piscine |\n|---|---|\n| Lundi 7 | a |", "p.md, ligne 1 : « Piscine », dans ce tableau, n’est ni un jour, ni un "
         f"moment de la journée, ni un groupe. Connus : {KNOWN}."),
        ("## Vendredi 11 novembre\n- jeux", "p.md, ligne 2 : Le vendredi 11 novembre 2022 est férié (Armistice), et « jeux » y est "
         "prévu. Si le centre est fermé, écrivez « Vendredi 11 novembre : fermé »."),
        (DAY, "p.md, ligne 1 : « Mercredi 9 novembre » est vide : écrivez ce que l’on y fait, ou « fermé »."),
    ],
)  # fmt: skip
def test_an_animator_reads_the_whole_message(body: str, said: str) -> None:
    assert told(body) == [said]


def test_a_holiday_and_an_empty_day_are_only_advice() -> None:
    problems = read_body("## Vendredi 11 novembre\n- jeux\n## Lundi 7 novembre\n")[2]
    assert [problem.severity for problem in problems] == [Severity.ADVICE] * 2
    assert public_holiday(date(2022, 11, 11)) == "Armistice"
    assert public_holiday(date(2022, 11, 9)) is None


def test_a_closed_half_day_closes_no_whole_day() -> None:
    found, _, wrong = programme(DAY + "- Matin : fermé\n- Après-midi : jeux")
    assert wrong == []
    assert [(d.closed, [a.text for a in d.activities]) for d in found.days] == [(False, ["Fermé", "jeux"])]


def test_a_weekday_below_a_week_is_that_weeks() -> None:
    body = "## Semaine du 14 au 18 novembre : L'eau\n### Lundi\n- a"
    assert activities(body) == ["14 - *: a"]
    assert programme(body)[0].weeks[0].theme == "L'eau"


def test_both_ways_round_a_table_says_the_same() -> None:
    rows = "| | Matin | Soir |\n|---|---|---|\n| Lundi 7 | a | b |"
    columns = "| | Lundi 7 |\n|---|---|\n| Matin | a |\n| Soir | b |"
    assert activities(rows) == activities(columns) == ["07 matin *: a", "07 soir *: b"]


def test_two_groups_of_one_abbreviation_are_never_guessed() -> None:
    both = words(groups={"Petits": (), "Petite section": ()})
    _, _, wrong = programme(DAY + "- Pet. : a", both)
    assert wrong == ["p.md:2 : “pet.” may mean « Petits », « Petite section »: write the group's whole name."]


@pytest.mark.parametrize("heading", ["Du lundi 14 au mardi 15", "Du 14 au 15", "du 14 au 15 novembre"])
def test_a_range_without_its_month_is_in_the_period(heading: str) -> None:
    assert activities(f"## {heading}\n- jeux") == ["14 - *: jeux", "15 - *: jeux"]


def test_a_range_that_could_be_of_two_months_asks_for_it() -> None:
    period = words(end=date(2022, 12, 20))
    assert "write the month too" in programme("## Du 14 au 15\n- jeux", period)[2][0]


def test_a_table_may_say_its_day_in_its_first_cell() -> None:
    table = "| Mercredi 16 novembre | Matin | Après-midi |\n|---|---|---|\n| Maternelles | pain | jeux |\n"
    assert activities(table) == ["16 matin Maternelles: pain", "16 apres-midi Maternelles: jeux"]
    column = "| Mercredi 16 novembre |\n|---|\n| pain |\n"
    assert activities(column) == ["16 - *: pain"], "a column of activities stays one"
