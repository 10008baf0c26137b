"""The documentation and the tools say the same: every command, option, target and link."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from publish.cli import main
from tests.docs.markdown import Use, anchors, broken_links, prose, targets_used, uses
from tests.french import breaking_spaces, foreign_signs
from tests.project import ROOT, project_files

DOCUMENTS = [file for file in project_files() if file.suffix == ".md" and file.parts[0] not in ("content", "tests")]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = set(re.findall(r"^([a-z][a-z-]*):.*## ", MAKEFILE, re.MULTILINE))
MADE = TARGETS | set(re.findall(r"^([a-z][a-z-]*):(?!=)", MAKEFILE, re.MULTILINE))


@pytest.fixture(scope="module")
def program() -> click.Group:
    assert isinstance(main, click.Group)
    return main


def read(file: Path) -> str:
    return (ROOT / file).read_text("utf-8")


def unknown(use: Use, program: click.Group) -> list[str]:
    """Why this line of documentation could not be typed."""
    if not use.command:
        return [f"{use.line}: no such general option"]
    command = program.commands.get(use.command)
    if command is None:
        return [f"{use.line}: no such command"]
    if isinstance(command, click.Group) and not (command.invoke_without_command and not use.below):
        if use.below not in command.commands:
            return [f"{use.line}: {use.command} has no such command"]
        command = command.commands[use.below]
    known = {name for param in command.params for name in (*param.opts, *param.secondary_opts)} | {"--help"}
    return [f"{use.line}: no option {option}" for option in sorted(use.options - known)]


def test_documents_are_found() -> None:
    assert {Path("README.md"), Path("CONTRIBUTING.md"), Path("CHANGELOG.md")} <= set(DOCUMENTS)


@pytest.mark.parametrize("file", DOCUMENTS, ids=str)
def test_what_a_document_says_to_type_exists(file: Path, program: click.Group) -> None:
    assert [fault for use in uses(read(file), program) for fault in unknown(use, program)] == []
    assert targets_used(read(file)) - MADE == set()


@pytest.mark.parametrize("file", DOCUMENTS, ids=str)
def test_links_lead_somewhere(file: Path) -> None:
    assert broken_links(ROOT, file) == []


FRENCH = re.findall(r"\]\((docs/[a-z-]+\.md)\) \|.*\(in French\)", read(Path("README.md")))


@pytest.mark.parametrize("file", FRENCH, ids=str)
def test_french_prose_is_typeset_as_french(file: str) -> None:
    text = prose(read(Path(file)))
    assert [*breaking_spaces(text), *foreign_signs(text)] == []


def test_prose_is_what_is_not_code() -> None:
    assert len(FRENCH) >= 7
    assert breaking_spaces(prose("Écrivez `a : b` :\n```\nc : d\n```\n")) == [
        "no no-break space before : in: Écrivez x :\n\n"
    ]


def test_every_command_is_documented(program: click.Group) -> None:
    found = [use for file in DOCUMENTS if file.name != "CHANGELOG.md" for use in uses(read(file), program)]
    said = {use.command for use in found} | {f"{use.command} {use.below}" for use in found}
    shown = {name: command for name, command in program.commands.items() if not command.hidden}
    groups = {name: command for name, command in shown.items() if isinstance(command, click.Group)}
    below = {f"{name} {under}" for name, command in groups.items() for under in command.commands}
    assert (set(shown) | below) - said == set()


def test_every_target_is_documented() -> None:
    assert TARGETS - set().union(*(targets_used(read(file)) for file in DOCUMENTS)) == set()


def test_every_command_has_help(program: click.Group) -> None:
    assert [name for name, command in program.commands.items() if not (command.help or "").strip()] == []


PLANTED = click.Group(
    "preau",
    params=[click.Option(["--content"]), click.Option(["--json"], is_flag=True)],
    commands={"build": click.Command("build", params=[click.Option(["--date"])])},
)


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("`preau build`", 0),
        ("`preau --content DIR --json build --date=2022-11-09`", 0),
        ("```\n$ .venv/bin/preau build A B # a comment\n```", 0),
        ("`preau biuld`", 1),
        ("`preau build --dates 2022`", 1),
        ("`preau --contents DIR build`", 1),
        ("the folder `plugins/preau` and the word preau", 0),
    ],
)
def test_a_wrong_line_is_caught(text: str, faults: int) -> None:
    assert len([fault for use in uses(text, PLANTED) for fault in unknown(use, PLANTED)]) == faults


def test_a_broken_link_is_caught(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "# Été à l'école\n[here](b.md#des-mots) [no](c.md) [no](b.md#rien) [web](https://x.example/)"
    )
    (tmp_path / "b.md").write_text("## Des `mots`\n[up](../outside.md) [in](a.md#été-à-lécole)")
    assert anchors("# Été à l'école") == {"été-à-lécole"}
    assert broken_links(tmp_path, Path("a.md")) == ["a.md: c.md", "a.md: b.md#rien (no such heading)"]
    assert broken_links(tmp_path, Path("b.md")) == ["b.md: ../outside.md"]
