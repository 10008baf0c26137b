"""Tables: columns in line where there is room, folded where there is none."""

from __future__ import annotations

import os

import pytest

from publish.table import Table, show_table

NO_BREAK = "\u202f"


def table(*more: tuple[str, str, str]) -> Table:
    made = Table("Centre", "Pages", "Page d’accueil", right=(1,))
    for row in (("Île d’été", "7", "/sites/ile/index.html"), ("Fessart", f"1{NO_BREAK}214", "–"), *more):
        made.add_row(*row)
    return made


def test_columns_are_in_line_and_lines_end_with_their_words() -> None:
    assert table().lines(None) == [
        "Centre     Pages  Page d’accueil",
        "Île d’été      7  /sites/ile/index.html",
        f"Fessart    1{NO_BREAK}214  –",
    ]


@pytest.mark.parametrize(("width", "fits"), [(39, True), (38, False), (None, True)])
def test_what_does_not_fit_is_said(width: int | None, fits: bool) -> None:
    assert (table().lines(width) is not None) is fits


@pytest.mark.parametrize("odd", ["東京", "e\u0301te\u0301", "🌳", "\x1b[31m", "a\nb", "\u200b"])
def test_signs_of_another_width_are_left_to_those_who_know_it(odd: str) -> None:
    assert table((odd, "1", "x")).lines(None) is None


def test_a_pipe_gets_each_row_whole(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(table(("x" * 300, "1", "y")))
    said = capsys.readouterr().out
    assert f"{'x' * 300}      1  y" in said.splitlines()
    assert "\x1b" not in said


def test_a_narrow_terminal_folds_and_nothing_of_a_cell_is_a_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((24, 10)))
    show_table(table(("[red]x[/]", "1", "y")))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 4
    assert "[red]x" in "".join(line[:9] for line in lines)
    assert all(len(line.replace("\x1b[1m", "").replace("\x1b[0m", "")) <= 24 for line in lines)
