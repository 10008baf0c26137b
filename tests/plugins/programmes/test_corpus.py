"""Programmes of the shapes that municipalities and associations publish, and the activities that each must give.

`corpus/*.md` is what is written (invented contents), `corpus/*.txt` what is read. After a change that is meant:

    pytest tests/plugins/programmes/test_corpus.py --update-golden -n 0      then read the difference
"""

from __future__ import annotations

from pathlib import Path

import pytest

from plugins.language import translator
from plugins.posts.dates import day_words
from plugins.posts.model import Programme
from plugins.programmes.model import Activity
from tests.plugins.making import load, make_content

CORPUS = Path(__file__).parent / "corpus"
SHAPES = sorted(CORPUS.glob("*.md"))


def one_line(activity: Activity) -> str:
    slot = activity.slot.label if activity.slot else "(journée)"
    marks = ("annulé, " if activity.cancelled else "") + ("sortie, " if activity.outing else "")
    told = "".join(f"\n        {d.label or 'note'} = {d.text}" for d in activity.details)
    return f"    {slot} | {', '.join(activity.groups) or 'tous'} | {marks}{activity.text}{told}"


def readable(programme: Programme) -> str:
    lines: list[str] = []
    for week in programme.body.weeks:
        lines.append(f"semaine du {week.monday}" + (f" : {week.theme}" if week.theme else ""))
        lines += [f"  texte : {week.notes.strip()}"] if week.notes else []
        for day in week.days:
            lines.append(
                f"  {day_words(day.date, day.date)}" + (f" fermé {day.closed_reason}".rstrip() if day.closed else "")
            )
            lines += [f"    texte : {day.notes.strip()}"] if day.notes else []
            lines += [one_line(activity) for activity in day.activities]
    lines += ["texte :", str(programme.html).strip()] if programme.html else []
    return "\n".join(line.replace("\u202f", " ").replace("\u00a0", " ") for line in lines) + "\n"


def test_there_are_enough_shapes() -> None:
    assert len(SHAPES) >= 20


@pytest.mark.parametrize("file", SHAPES, ids=lambda file: file.stem)
def test_a_real_shape_gives_its_activities(file: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    site = load(make_content(tmp_path, {f"lilas/programmes/{file.name}": file.read_bytes()}))
    told = [f"conseil, ligne {advice.line} : {advice.sentence(translator('fr'))}\n" for advice in site.advices]
    found = "".join(told).replace("\u202f", " ").replace("\u00a0", " ") + readable(site.programmes[0])
    expected = file.with_suffix(".txt")
    if request.config.getoption("--update-golden", default=False):
        expected.write_text(found, "utf-8")
    assert found == expected.read_text("utf-8")
