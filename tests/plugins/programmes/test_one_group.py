from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import icalendar
import pytest

from plugins.leaving.paths import is_path
from plugins.posts.model import Programme
from plugins.programmes.calendar import group_calendar, programme_calendar
from plugins.site.model import Site
from tests.plugins.making import load, make_content

HEADER = "Titre: Les mercredis\nDate: 1er novembre 2022\n{groups}Du: 9 novembre 2022\nAu: 16 novembre 2022\n\n"
BODY = (
    "## Mercredi 9 novembre\n- Matin : Lutins : peinture\n- Matin : Mousses : voile\n- Matin : Caïmans : foot\n"
    "- Après-midi : Lutins et Mousses : piscine\n- Soir : veillée\n- Tous : Midi : pique-nique\n"
    "## Mercredi 16 novembre\n- Matin : Caïmans : danse\n"
)


def made(folder: Path, groups: str = "Lutins, Mousses, Caïmans", body: str = BODY) -> tuple[Site, Programme]:
    header = HEADER.format(groups=f"Groupes: {groups}\n" if groups else "")
    site = load(make_content(folder, {"lilas/programmes/p.md": header + body}))
    assert not [problem for problem in site.advices if problem.file.endswith("p.md")]
    return site, site.programmes[0]


def events(data: bytes) -> dict[str, str]:
    """Title → identifier."""
    return {str(e["summary"]): str(e["uid"]) for e in icalendar.Calendar.from_ical(data).walk("VEVENT")}


def test_a_group_has_its_own_activities_and_those_for_all(tmp_path: Path) -> None:
    site, programme = made(tmp_path)
    assert programme.group_calendars == {
        "Lutins": "programmes/p/lutins.ics",
        "Mousses": "programmes/p/mousses.ics",
        "Caïmans": "programmes/p/caimans.ics",
    }
    assert {name: {*events(group_calendar(programme, name, site.centre))} for name in programme.group_calendars} == {
        "Lutins": {"Peinture (Lutins)", "Piscine (Lutins, Mousses)", "Veillée", "Pique-nique"},
        "Mousses": {"Voile (Mousses)", "Piscine (Lutins, Mousses)", "Veillée", "Pique-nique"},
        "Caïmans": {"Foot (Caïmans)", "Danse (Caïmans)", "Veillée", "Pique-nique"},
    }


def test_whoever_adds_a_group_and_the_whole_has_each_event_once(tmp_path: Path) -> None:
    site, programme = made(tmp_path)
    whole = events(programme_calendar(programme, site.centre))
    for name in programme.group_calendars:
        assert events(group_calendar(programme, name, site.centre)).items() < whole.items()
    again, same = made(tmp_path / "again")
    assert group_calendar(programme, "Lutins", site.centre) == group_calendar(same, "Lutins", again.centre)


def test_its_name_says_which_group_it_is(tmp_path: Path) -> None:
    site, programme = made(tmp_path)
    calendar = icalendar.Calendar.from_ical(group_calendar(programme, "Caïmans", site.centre))
    assert str(calendar["x-wr-calname"]) == "Les mercredis – Caïmans – Les Lilas"


@pytest.mark.parametrize(
    ("groups", "body"),
    [
        ("Lutins, Mousses", "## Mercredi 9 novembre\n- Matin : peinture\n"),
        ("Lutins, Mousses", "## Mercredi 9 novembre\n- Matin : Lutins et Mousses : peinture\n"),
        ("Lutins, Mousses", "## Mercredi 9 novembre\n- Matin : Lutins : peinture\n"),
        ("Lutins", "## Mercredi 9 novembre\n- Matin : Lutins : peinture\n- Soir : veillée\n"),
    ],
)
def test_where_nothing_tells_two_groups_apart_there_is_none(tmp_path: Path, groups: str, body: str) -> None:
    assert made(tmp_path, groups, body)[1].group_calendars == {}


def test_a_group_that_has_only_what_is_for_all_is_a_group_too(tmp_path: Path) -> None:
    body = "## Mercredi 9 novembre\n- Matin : Lutins : peinture\n- Soir : veillée\n"
    assert [*made(tmp_path, "Lutins, Mousses", body)[1].group_calendars] == ["Lutins", "Mousses"]


def test_names_that_would_make_the_same_address_have_one_each(tmp_path: Path) -> None:
    groups = ("Petits !", "Petits ?", "Petits 2", "Été", "éte.", "小", "大")
    _, programme = made(tmp_path, body="## Mercredi 9 novembre\n- Matin : Lutins : peinture\n")
    (day,) = programme.body.days
    (item,) = day.activities
    day = replace(day, activities=tuple(replace(item, groups=(group,)) for group in groups))
    weeks = (replace(programme.body.weeks[0], days=(day,)),)
    odd = replace(programme, body=replace(programme.body, groups=groups, weeks=weeks)).group_calendars
    assert [*odd] == [*groups]
    assert len({*odd.values()}) == len(groups)
    assert all(is_path(path) and path.startswith("programmes/p/") and path.endswith(".ics") for path in odd.values())
    assert odd["小"] == "programmes/p/groupe.ics"
