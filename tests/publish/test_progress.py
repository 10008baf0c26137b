"""Progress: bars on a terminal, lines for a log, nothing in a pipe; and what was skipped, and why."""

from __future__ import annotations

import io
from pathlib import Path

import click
import pytest
from rich.console import Console
from rich.progress import Progress as Bars

from publish import language, report
from publish.errors import Reason
from publish.jobs import Built, Failed
from publish.progress import Lines, Mode, OnTerminal, shown

TREE = Path("/sites/fessart")
BUILT = Built(
    "fessart", "Fessart", TREE, 12, 3, seconds=1.25, why=(Reason("changed: {path}", {"path": "fessart/a.md"}),)
)
SAME = Built("escudier", "Escudier", TREE, 10, 0, unchanged=True)
MANY = Built("lilas", "Lilas", TREE, 1, 0, why=tuple(Reason("new: {path}", {"path": f"{n}.md"}) for n in range(12)))


@pytest.fixture(autouse=True)
def _english() -> object:
    with language.speaking("en"):
        yield


def test_lines_for_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    lines = Lines(lambda: now[0])
    lines.waiting()
    lines.judged(29, 32)
    lines.photos(1, 40)
    now[0] = 6.0
    lines.photos(2, 40)
    lines.photos(3, 40)
    lines.photos(40, 40)
    lines.built(BUILT, 30, 32)
    lines.built(Failed("escudier", ()), 31, 32)
    assert capsys.readouterr().err.splitlines() == [
        "Another build is working in the same folder: waiting for it to end…",
        "sites: 29 of 32 are as they must be",
        "photos: 2 of 40",
        "photos: 40 of 40",
        "Fessart: built in 1.2 s (30/32)",
        "escudier: not built (31/32)",
    ]


def test_bars_on_a_terminal() -> None:
    written = io.StringIO()
    with Bars(console=Console(file=written, force_terminal=True, width=100)) as bars:
        told = OnTerminal(bars)
        told.waiting()
        told.judged(29, 32)
        told.photos(3, 40)
        told.built(BUILT, 30, 32)
        photos, sites = bars.tasks
        assert (photos.completed, photos.total) == (3, 40)
        assert (sites.completed, sites.total) == (1, 3), "what is left is what takes time"
    assert "Fessart: built in 1.2 s" in written.getvalue()
    assert "waiting for it to end" in written.getvalue()


@pytest.mark.parametrize("mode", [Mode.AUTO, Mode.QUIET])
def test_nothing_in_a_pipe(mode: Mode, capsys: pytest.CaptureFixture[str]) -> None:
    with shown(mode, as_json=False) as told:
        told.judged(1, 2)
        told.photos(1, 2)
        told.built(BUILT, 1, 2)
    assert capsys.readouterr().err == ""
    with shown(Mode.PLAIN, as_json=True) as told:
        told.judged(1, 2)
    assert capsys.readouterr().err == "sites: 1 of 2 are as they must be\n"


def test_why_is_told_of_each(capsys: pytest.CaptureFixture[str]) -> None:
    report.built([BUILT, SAME, MANY], seconds=2, as_json=False, why=True)
    said = click.unstyle(capsys.readouterr().out).splitlines()
    assert said[:2] == ["fessart: changed: fessart/a.md", "escudier: unchanged, not built again"]
    assert said[2:11] == [*(f"lilas: new: {n}.md" for n in range(8)), "lilas: and 4 more"]
    assert said[-1].startswith("3 sites (1 unchanged), 23 pages, 3 photos, in 2.0 s.")
