"""Tables, sentences, weeks and advice: what each form gives, and what is told in French when it can't be read."""

# ruff: noqa: ISC004, E501 - messages stand whole
from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.errors import Severity
from plugins.language import translator
from plugins.programmes.feasts import public_holiday
from plugins.programmes.lines import tidied
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
        (DAY + "- PM : a", "p.md, ligne 2 : « PM » peut vouloir dire le matin ou l’après-midi : écrivez « Matin » ou "
         "« Après-midi »."),
        (DAY + "- Matin et soir : a", "p.md, ligne 2 : « Matin et soir » nomme deux moments de la journée : écrivez "
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


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("- 10h : a", "1000 *: a"),
        ("- à 16h30 : a", "1630 *: a"),
        ("- dès 14 h : a", "1400 *: a"),
        ("- De 9h à midi : a", "0900-1200 *: a"),
        ("- 9:30 - 11:45 : a", "0930-1145 *: a"),
        ("- Matin:a", "matin *: a"),
        ("- \U0001f31e Matin : a", "matin *: a"),
        ("- Matin des Maternelles : a", "matin Maternelles: a"),
        ("- Maternelles, le matin : a", "matin Maternelles: a"),
        ("- Matin : a (6-10 ans)", "matin Élémentaires: a"),
        ("- a (14h-16h)", "1400-1600 *: a"),
        ("- a (à 15h)", "1500 *: a"),
        ("- a (midi)", "- *: a (midi)"),
        ("- Matin : a (test possible)", "matin *: a (test possible)"),
        ("- Matin : a (3-10 ans)", "matin Maternelles+Élémentaires: a"),
        ("- Matin : (6-10 ans)", "matin *: (6-10\u00a0ans)"),
        ("- ~~cinéma~~", "- *: xcinéma"),
        ("- Sortie", "- *: !Sortie"),
        ("- Sortie à la journée : a", "journee *: !a"),
        ("- Matin : a (annulé)", "matin *: xa"),
        ("- Sorties annulées", "- *: xSorties"),
        ("- Et l'après-midi : a", "apres-midi *: a"),
    ],
)  # fmt: skip
def test_a_line_as_people_write_it(line: str, read: str) -> None:
    assert activities(DAY + line) == [f"09 {read}"]


@pytest.mark.parametrize(
    "line",
    [
        "Retour au calme : histoires",
        "Départ à vélo",
        "voir https://exemple.fr",
        "à 17 h, on chante",
        "score 3:2",
        "Goûters d'ici",
    ],
)
def test_words_that_only_look_like_a_label_or_a_detail_stay_whole(line: str) -> None:
    found = [activity.text for day in programme(f"{DAY}- Matin : x\n- {line}")[0].days for activity in day.activities]
    assert [text.replace("\u202f", " ").replace("\u00a0", " ").replace("’", "'") for text in found if text != "x"] == [
        line
    ]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("##Mercredi 9 novembre", "## Mercredi 9 novembre"),
        ("-Matin : a", "- Matin : a"),
        ("•\tMatin : a", "- Matin : a"),
        ("  – a", "  - a"),
        ("- [x] a", "- a"),
        ("- + de 6 ans : a", "- plus de 6 ans : a"),
        ("    - a\n    - b\nc", "- a\n- b\nc"),
        ("- a\n    - b", "- a\n    - b"),
        ("#", "#"), ("---", "---"), ("**a**", "**a**"), ("-5 °C", "- 5 °C"), ("— —", "— —"),
    ],
)  # fmt: skip
def test_marks_of_word_processors_are_read_as_those_of_markdown(typed: str, meant: str) -> None:
    assert tidied(typed) == meant


@given(st.text(st.sampled_from("-–•# \t[]x+a5\n"), max_size=60))
def test_a_line_keeps_its_place_whatever_marks_it_has(text: str) -> None:
    assert tidied(text).count("\n") == text.count("\n")
    assert [c for c in tidied(text) if c in "a5"] == [c for c in text if c in "a5"]


def test_a_detail_below_the_title_of_an_outing_is_the_outings() -> None:
    body = "## Mercredi 9 novembre : sortie au bois\n- Départ : 9 h, Retour : 17 h\n- Prévoir des bottes\n"
    found, _, wrong = programme(body)
    assert wrong == []
    ((activity,),) = [day.activities for day in found.days]
    assert [(d.key, d.text.replace("\u202f", " ")) for d in activity.details] == [
        ("depart", "9 h"), ("retour", "17 h"), ("prevoir", "des bottes"),
    ]  # fmt: skip


def test_a_detail_below_two_activities_is_asked_about() -> None:
    assert "tells more of an activity" in programme("## Tous les jours\n- a\n- b\n- Prévoir un maillot")[2][0]


def test_what_stands_in_brackets_is_not_lost() -> None:
    found, _, wrong = programme(DAY + "- Maternelles (salle bleue) : comptines\n## Jeudi 10 novembre (au parc)\n- jeux")
    assert wrong == []
    assert [d.text for day in found.days for a in day.activities for d in a.details] == ["salle bleue"]
    assert "au parc" in str(found.days[1].notes)


def test_a_week_in_bold_holds_its_weekdays() -> None:
    assert activities("**Semaine du 14 au 18 novembre**\n\n- Lundi : a\n") == ["14 - *: a"]
    assert activities("Du 14 au 18 novembre\n\nLundi\nMatin : a\nMardi\nMatin : b\n") == [
        "14 matin *: a",
        "15 matin *: b",
    ]


@pytest.mark.parametrize("title", ["14-11", "Lundi 14 dans la cour", "le 14/11 peut-être"])
def test_a_title_that_looks_like_a_day_and_is_none_hides_no_list(title: str) -> None:
    assert "is neither a day" in programme(f"## {title}\n- a\n")[2][0]


def test_other_titles_above_a_list_are_prose() -> None:
    for title in ("3 conseils", "Bon à savoir", "Les mercredis en bref"):
        found, prose, wrong = programme(f"## {title}\n- a\n")
        assert (found.weeks, wrong) == ((), []), title
        assert f"<h2>{title}</h2>" in prose


def test_a_title_that_is_not_understood_is_told_once_where_it_stands() -> None:
    wrong = programme("## Mercredi des 9 lutins\n- Matin : a\n- Soir : b\n## Zzz\n- Matin : a\n- Soir : b\n")[2]
    assert [text.partition(" ")[0] for text in wrong] == ["p.md:2", "p.md:3", "p.md:4"]
    assert "“Zzz” is neither a day" in wrong[2]


def test_a_weekday_that_the_week_of_its_row_does_not_have_is_told() -> None:
    table = "| | Lundi | Vendredi |\n|---|---|---|\n| Du 8 au 10 novembre | a | |\n"
    assert "do not go together" in programme(table)[2][0]


def test_the_theme_of_a_week_without_activities_is_not_lost() -> None:
    assert "L’eau" in programme("## Semaine du 14 au 18 novembre : L'eau\n## Lundi 7 novembre\n- a\n")[1]
