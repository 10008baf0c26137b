"""The edge of the command: an error is a sentence, and only that."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from plugins import errors
from publish.cli import main
from publish.command import Group
from publish.policies import read_policy
from tests.publish.test_cli import Place, place_in, said

ORDER = "\x1b]0;titre\x07"
"""A terminal that is shown this takes another title."""


@pytest.fixture
def hostile(tmp_path: Path) -> Place:
    """Settings that somebody else wrote."""
    (tmp_path / "preau.toml").write_text('"\\u001b]0;titre\\u0007" = 1\n', "utf-8")
    return Place(tmp_path)


def test_what_an_error_quotes_gives_no_order_to_a_terminal(hostile: Place) -> None:
    result = hostile.run("releases")
    assert result.exit_code == 2
    assert "]0;titre" in result.output, "what was wrong is named all the same"
    assert said(result).replace("\n", "").isprintable()


def test_without_that_protection_it_would(hostile: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ORDER not in hostile.run("releases").output
    monkeypatch.setattr(errors, "visible", str)
    assert ORDER in hostile.run("releases").output


def signing() -> list[tuple[str, ...]]:
    """Every command that writes down who did it."""
    commands: dict[tuple[str, ...], click.Command] = {(name,): command for name, command in main.commands.items()}
    for path, command in tuple(commands.items()):
        if isinstance(command, Group):
            commands |= {(*path, name): below for name, below in command.commands.items()}
    return [path for path, command in commands.items() if any("--by" in param.opts for param in command.params)]


def test_what_signs() -> None:
    assert {*signing()} >= {("access", "import"), ("access", "letters"), ("publish",), ("rollback",), ("withdraw",)}


@pytest.mark.parametrize("path", signing(), ids=" ".join)
@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("Inès\nModèle", "un retour à la ligne"),
        ("Inès\u2028Modèle", "un retour à la ligne"),
        ("\x1b[31mInès", "signe qui ne se voit pas"),
        ("Inès \udce9", "signe qui ne se voit pas"),
        ("x" * 600, "600 caractères"),
    ],
)
def test_a_name_that_no_history_can_keep_is_told_first(
    tmp_path: Path, path: tuple[str, ...], name: str, wrong: str
) -> None:
    result = place_in(tmp_path).run(*path, "--by", name, "fessart")
    assert result.exit_code == 2
    assert "'--by'" in said(result)
    assert wrong in said(result)
    assert not (tmp_path / "store").exists()


def test_a_name_that_it_can_keep(tmp_path: Path) -> None:
    place = place_in(tmp_path)
    name = "Inès\u202fModèle, " + "é" * 480
    assert place.run("access", "import", "fessart", "--by", f" {name}").exit_code == 0
    found = read_policy(place.store, "fessart")
    assert found is not None
    assert found.signed.by == name
