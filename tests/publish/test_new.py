"""`preau new`: what it writes passes a check at once, and nothing is ever written over."""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from publish.check import check_centres
from publish.cli import main
from publish.new import school, texts
from publish.paris import PARIS
from publish.session import Session
from tests.publish.contents import write_content
from tests.publish.trees import NOW

COMMANDS = {
    "mercredi": (["programme", "fessart"], "fessart/programmes/mercredi-16-novembre-2022.md"),
    "vacances": (["programme", "fessart", "--vacances"], "fessart/programmes/vacances-de-noel-2022.md"),
    "rappel": (["rappel", "fessart", "Des bottes d’été"], "fessart/rappels/2022-11-09-des-bottes-d-ete.md"),
    "article": (["article", "fessart", "Le verger"], "fessart/articles/2022-11-09-le-verger/article.md"),
    "centre": (["centre", "point-du-jour", "Point du Jour"], "point-du-jour/centre.toml"),
}


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return write_content(tmp_path / "content")


def new(content: Path, *args: str, now: datetime = NOW) -> Result:
    return CliRunner().invoke(
        main, ["--content", str(content), "new", *args], obj=Session(clock=lambda: now), prog_name="preau"
    )


@pytest.mark.parametrize("kind", COMMANDS)
def test_what_it_writes_is_right_and_is_not_shown_yet(content: Path, kind: str) -> None:
    args, file = COMMANDS[kind]
    result = new(content, *args)
    assert result.exit_code == 0, result.output
    assert file.removesuffix("/centre.toml") in result.output
    centre = file.partition("/")[0]
    found = check_centres(content, [centre], NOW)
    assert (found.errors, found.advices) == ((), ())
    written = content / file
    if kind != "centre":
        assert file in [item.source for item in found.waiting]
        text = written.read_text("utf-8")
        line = next(line for line in text.split("\n") if line.startswith("Statut"))
        written.write_text(text.replace(line + "\n", ""), "utf-8")
        found = check_centres(content, [centre], NOW)
        assert (found.errors, found.advices) == ((), ())
        assert file not in [item.source for item in found.waiting]


@pytest.mark.parametrize("kind", COMMANDS)
def test_nothing_is_written_over(content: Path, kind: str) -> None:
    args, file = COMMANDS[kind]
    new(content, *args)
    (content / file).write_text("mien", "utf-8")
    again = new(content, *args)
    assert again.exit_code == 1
    assert "rien n’est remplacé" in again.output
    assert (content / file).read_text("utf-8") == "mien"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["rappel", "fessart", "…"], "nom de fichier"),
        (["rappel", "fesart", "x"], "rien n’a été fait"),
        (["rappel", "../fessart", "x"], "rien n’a été fait"),
        (["centre", "Point du Jour", "x"], "rien n’a été écrit"),
        (["centre", "ville", "x"], "rien n’a été écrit"),
        (["centre", "../ailleurs", "x"], "rien n’a été écrit"),
    ],
)
def test_a_bad_name_is_refused(content: Path, args: list[str], said: str) -> None:
    before = sorted(content.parent.rglob("*"))
    result = new(content, *args)
    assert result.exit_code == 1
    assert said in result.output
    assert sorted(content.parent.rglob("*")) == before


@pytest.mark.parametrize("args", [("article", "fessart", "La mare"), ("centre", "lilas", "Les Lilas")])
def test_a_full_disk_leaves_nothing_in_the_way(
    content: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]
) -> None:
    before, opened = set(content.rglob("*")), Path.open

    def full(path: Path, mode: str = "r", *more: Any, **options: Any) -> Any:
        stream = opened(path, mode, *more, **options)
        if mode == "x" and path.suffix == ".md":
            device = os.open("/dev/full", os.O_WRONLY)
            os.dup2(device, stream.fileno())
            os.close(device)
        return stream

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        result = new(content, *args)
    assert result.exit_code == 1
    assert "le disque est plein" in result.output
    assert set(content.rglob("*")) == before
    assert new(content, *args).exit_code == 0


def test_a_folder_that_is_a_link_is_not_written_into(content: Path) -> None:
    (content / "fessart/programmes").symlink_to(content.parent)
    assert new(content, "programme", "fessart").exit_code == 1


def test_holidays_that_nobody_knows_yet(content: Path) -> None:
    result = new(content, "programme", "fessart", "--vacances", now=datetime(2090, 1, 5, 9, tzinfo=PARIS))
    assert result.exit_code == 0
    assert "ne sont pas encore connues" in result.output
    file = content / "fessart/programmes/vacances.md"
    file.write_text(file.read_text("utf-8").replace("Statut: brouillon", "Statut: publié"), "utf-8")
    found = check_centres(content, ["fessart"], NOW)
    assert [f.problem.offending for f in found.errors] == ["JJ/MM/AAAA", "JJ/MM/AAAA"]


def test_moderation_and_hours_of_the_centre(content: Path) -> None:
    toml = content / "fessart/centre.toml"
    text = toml.read_text("utf-8").replace(
        "ecoles", 'moderation = true\nvalideurs = ["Inès"]\nsuppleants = ["Karim"]\necoles'
    )
    toml.write_text(text.replace("journee", 'matin = "9h-12h"\njournee'), "utf-8")
    new(content, "programme", "fessart")
    written = (content / COMMANDS["mercredi"][1]).read_text("utf-8")
    assert "par Inès ou Karim" in written
    assert "### Matin" in written
    assert "### Après-midi" not in written


@pytest.mark.parametrize(
    ("today", "name", "first", "last"),
    [
        (date(2022, 10, 1), "Vacances de la Toussaint", date(2022, 10, 24), date(2022, 10, 28)),
        (date(2022, 10, 25), "Vacances de Noël", date(2022, 12, 19), date(2022, 12, 23)),
        (date(2023, 5, 2), "Vacances d'été", date(2023, 7, 10), date(2023, 7, 14)),
    ],
)
def test_the_next_holidays(today: date, name: str, first: date, last: date) -> None:
    week = school.next_week(today)
    assert week is not None
    assert (week.name, week.days[0], week.days[-1]) == (name, first, last)


def test_days_that_are_known() -> None:
    assert school.public_holiday(date(2023, 7, 14)) == "Fête nationale"
    assert school.public_holiday(date(2023, 7, 13)) == ""
    assert [texts.next_wednesday(date(2022, 11, day)).day for day in (8, 9, 10)] == [9, 16, 16]


@pytest.mark.parametrize("args", [("programme", "fesart"), ("rappel", "fesart", "x"), ("article", "fesart", "x")])
def test_a_centre_that_is_not_there_is_answered_with_the_nearest(content: Path, args: tuple[str, ...]) -> None:
    result = new(content, *args)
    assert result.exit_code == 1
    assert "vouliez-vous dire « fessart »" in result.output.replace("\u00a0", " ")
    assert not (content / "fesart").exists()
