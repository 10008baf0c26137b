from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from plugins.errors import Problem
from plugins.posts import keys
from plugins.posts.dates import PARIS
from plugins.posts.header import read
from plugins.posts.model import ImageRights, Moment, Status
from plugins.posts.values import Common, Values
from tests.plugins.making import make_content, texts, told

GROUPS = (("Maternelles", ("Mat.", "3-5 ans")), ("Petits et moyens", ()))


def common(lines: str, name: str = "2022-11-09-x", kind: str = keys.ARTICLES) -> tuple[Common, list[str]]:
    problems: list[Problem] = []
    document, _ = read(f"Titre: T\n{lines}\n\n".encode(), "a.md", kind)
    return Values(document, problems).common(name, GROUPS), texts(problems)


def test_what_every_kind_shares() -> None:
    found, wrong = common(
        "Date: 9 novembre 2022 à 18 h\nMoment: mercredi, Vacances\nPublic: mat\nStatut: Publié\nAuteur: A"
    )
    assert wrong == []
    assert found.published == datetime(2022, 11, 9, 18, tzinfo=PARIS)
    assert found.moments == (Moment.WEDNESDAY, Moment.HOLIDAYS)
    assert found.status is Status.PUBLISHED


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("Maternelles", ("Maternelles",)),
        ("maternelle", ("Maternelles",)),
        ("Mat.", ("Maternelles",)),
        ("Petits et moyens", ("Petits et moyens",)),
        ("Maternelles, Maternelles", ("Maternelles",)),
        ("les maternelles", ("Maternelles",)),
        ("tous", ()),
        ("moins de 6 ans", ("Maternelles",)),
    ],
)
def test_an_audience_is_one_or_more_groups(text: str, groups: tuple[str, ...]) -> None:
    found, wrong = common(f"Public: {text}")
    assert (found.audience, wrong) == (groups, [])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Moment: mercedi", "Did you mean “mercredi”?"),
        ("Moment: hiver et midi", "“hiver” is unknown here"),
        ("Public: Maternele", "Did you mean “Maternelles”?"),
        ("Statut: brouillion", "Did you mean “brouillon”?"),
        ("Date: 31 novembre 2022", "not in the calendar"),
    ],
)
def test_a_wrong_value_is_told_with_its_line(line: str, said: str) -> None:
    _, wrong = common(line)
    assert len(wrong) == 1
    assert wrong[0].startswith("a.md:2 : ")
    assert said in wrong[0]


def test_an_unreadable_status_is_taken_for_a_draft() -> None:
    found, _ = common("Statut: bof")
    assert found.status is Status.DRAFT


def test_the_date_may_stand_in_the_name() -> None:
    assert common("")[0].published == datetime(2022, 11, 9, tzinfo=PARIS)
    assert common("Date: 10 novembre 2022")[0].published == datetime(2022, 11, 10, tzinfo=PARIS)
    assert "The date is missing" in common("", name="potager")[1][0]
    assert "not in the calendar" in common("", name="2022-02-30-x")[1][0]
    assert common("", name="equipe", kind=keys.INFOS) == (Common("T", None, (), (), "", "", Status.PUBLISHED, ""), [])


def values(lines: str, kind: str) -> tuple[Values, list[Problem]]:
    problems: list[Problem] = []
    return Values(read(f"Titre: T\n{lines}\n\n".encode(), "a.md", kind)[0], problems), problems


def test_image_rights_name_who_and_when() -> None:
    found, problems = values("Droit à l’image: vérifié par Camille Exemple le 8 novembre 2022", keys.ARTICLES)
    assert found.image_rights() == ImageRights("Camille Exemple", date(2022, 11, 8))
    assert problems == []


@pytest.mark.parametrize("text", ["oui", "vérifié", "vérifié par Camille", "vérifié par Camille le hier"])
def test_image_rights_without_name_or_date_are_none(text: str) -> None:
    found, problems = values(f"Droit à l'image: {text}", keys.ARTICLES)
    assert found.image_rights() is None
    assert len(problems) == 1


def test_yes_no_and_numbers() -> None:
    found, problems = values("Important: oui\nJusqu'au: 9 novembre 2022", keys.REMINDERS)
    assert found.yes(keys.IMPORTANT)
    found, problems = values("Important: peut-être", keys.REMINDERS)
    assert not found.yes(keys.IMPORTANT)
    assert "Possible: « oui », « non »" in texts(problems)[0]
    found, problems = values("Ordre: dix", keys.INFOS)
    assert found.number(keys.ORDER, 100) == 100
    assert len(problems) == 1


@pytest.mark.parametrize(
    "line",
    [
        "Statut: brouillon",
        "statut : À valider",
        "**Statut : brouillon**",
        "- État : brouillon.",
        "Statut\u00a0: publié",
    ],
)
def test_a_status_below_the_header_does_not_pass_for_text(tmp_path: Path, line: str) -> None:
    content = make_content(tmp_path, {"lilas/articles/2022-11-08-x.md": f"Titre: X\n\n{line}\n\nSecret.\n"})
    (wrong,) = told(content)
    assert wrong.startswith("lilas/articles/2022-11-08-x.md:3 : ")
    assert "stands below the header" in wrong


def test_an_ordinary_text_about_a_status_is_text(tmp_path: Path) -> None:
    content = make_content(
        tmp_path, {"lilas/articles/2022-11-08-x.md": "Titre: X\n\nÉtat : en cours\n\nUn brouillon : des idées.\n"}
    )
    assert told(content) == []


@pytest.mark.parametrize(
    ("line", "moment"),
    [("le mercredi", Moment.WEDNESDAY), ("Vacances scolaires", Moment.HOLIDAYS), ("les midis.", Moment.MIDDAY)],
)
def test_a_moment_is_read_as_people_say_it(line: str, moment: Moment) -> None:
    assert common(f"Moment: {line}")[0].moments == (moment,)


@pytest.mark.parametrize("word", ["brouillon", "Brouillon.", "le brouillon"])
def test_a_draft_is_one_however_it_is_said(word: str) -> None:
    assert common(f"Statut: {word}")[0].status is Status.DRAFT


def test_a_last_day_may_say_that_it_is_included() -> None:
    document, _ = read("Titre: T\nJusqu'au: 2 décembre 2022 inclus\n\n".encode(), "r.md", keys.REMINDERS)
    problems: list[Problem] = []
    assert Values(document, problems).day(keys.UNTIL, date.min) == date(2022, 12, 2)
    assert problems == []
