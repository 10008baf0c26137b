from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import icalendar
import pytest

from plugins.posts.dates import PARIS
from plugins.posts.model import Programme
from plugins.programmes.calendar import centre_calendar, programme_calendar, uid
from plugins.site.model import Site
from tests.plugins.making import load, make_content

HEADER = (
    "Titre: Mercredis; été, \\ « x »\nDate: 1er novembre 2022 à 18 h\nDu: 26 octobre 2022\nAu: 16 novembre 2022\n\n"
)
BODY = (
    "## Mercredi 26 octobre\n- Matin : avant l'heure d'hiver\n## Mercredi 9 novembre\n"
    "- Matin : Maternelles : peinture\n"
    "- Élémentaires : Sortie : piscine ; prévoir, tout\n  - Départ : 9h\n  - Lieu : la piscine\n"
    "- Annulé : de 14h à 15h : cirque\n"
    "- " + "très long " * 30 + "\n## Vendredi 11 novembre : fermé\n"
)


def site(folder: Path, body: str = BODY, header: str = HEADER) -> Site:
    return load(make_content(folder, {"lilas/programmes/p.md": header + body}))


@pytest.fixture
def made(tmp_path: Path) -> tuple[bytes, list, Programme]:
    found = site(tmp_path)
    data = programme_calendar(found.programmes[0], found.centre)
    return data, list(icalendar.Calendar.from_ical(data).walk("VEVENT")), found.programmes[0]


def test_each_activity_is_an_event(made: tuple[bytes, list, Programme]) -> None:
    _, events, _ = made
    assert [str(e["summary"])[:60] for e in events] == [
        "Avant l’heure d’hiver",
        ("Très long " + "très long " * 29)[:60],
        "Sortie\u202f: piscine\u202f; prévoir, tout (Élémentaires)",
        "Peinture (Maternelles)",
        "Annulé\u202f: cirque",
    ]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("peinture avec les doigts", "Peinture avec les doigts"),
        ("écrire une lettre", "Écrire une lettre"),
        ("« la chasse au trésor »", "« La chasse au trésor »"),
        ("🎨 peinture", "🎨 Peinture"),
        ("10 crêpes", "10 crêpes"),
        ("l'atelier de Zoé", "L’atelier de Zoé"),
        ("DJ et danse", "DJ et danse"),
    ],
)
def test_a_title_begins_with_a_capital_as_on_the_page(tmp_path: Path, text: str, title: str) -> None:
    found = site(tmp_path, f"## Mercredi 9 novembre\n- Matin : {text}\n")
    (event,) = icalendar.Calendar.from_ical(programme_calendar(found.programmes[0], found.centre)).walk("VEVENT")
    assert str(event["summary"]).replace("\u00a0", " ").replace("\u202f", " ") == title
    (activity,) = found.programmes[0].body.days[0].activities
    assert event["uid"] == uid("lilas", found.programmes[0], activity)


def test_hours_are_those_of_paris_in_winter_and_in_summer(made: tuple[bytes, list, Programme]) -> None:
    _, events, _ = made
    starts = {str(e["summary"])[:8]: e["dtstart"].dt for e in events}
    assert starts["Avant l’"].utcoffset() == timedelta(hours=2)
    assert starts["Peinture"].utcoffset() == timedelta(hours=1)
    assert starts["Peinture"] == datetime(2022, 11, 9, 8, 30, tzinfo=PARIS)
    assert starts["Sortie\u202f:"] == date(2022, 11, 9)


def test_details_place_and_state(made: tuple[bytes, list, Programme]) -> None:
    _, events, _ = made
    outing = next(e for e in events if "piscine" in str(e["summary"]))
    assert str(outing["location"]) == "la piscine"
    assert "Départ\u202f: 9\u202fh" in str(outing["description"])
    assert [str(e["status"]) for e in events if "cirque" in str(e["summary"])] == ["CANCELLED"]


def test_the_file_is_as_rfc_5545_wants_it(made: tuple[bytes, list, Programme]) -> None:
    data, events, _ = made
    lines = data.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert data.count(b"BEGIN:VTIMEZONE") == 1
    assert b"SEQUENCE" not in data
    assert b"TZID=Europe/Paris" in data
    assert {e["dtstamp"].to_ical() for e in events} == {b"20221101T170000Z"}
    assert len({str(e["uid"]) for e in events}) == len(events)


def test_put_together_it_is_what_icalendar_writes_of_the_whole(tmp_path: Path) -> None:
    found = site(tmp_path)
    for data in (
        programme_calendar(found.programmes[0], found.centre),
        centre_calendar(found.programmes, found.centre),
    ):
        assert icalendar.Calendar.from_ical(data).to_ical() == data


def test_the_same_programme_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = site(tmp_path / "a"), site(tmp_path / "b")
    assert programme_calendar(one.programmes[0], one.centre) == programme_calendar(other.programmes[0], other.centre)
    assert centre_calendar(one.programmes, one.centre) == centre_calendar(other.programmes, other.centre)


def test_an_identifier_outlives_other_changes(tmp_path: Path) -> None:
    def uids(folder: str, body: str) -> dict[str, str]:
        found = site(tmp_path / folder, body)
        programme = found.programmes[0]
        return {a.text[:8]: uid("lilas", programme, a) for d in programme.body.days for a in d.activities}

    before = uids("a", BODY)
    after = uids(
        "b", BODY.replace("peinture", "peintures").replace("- Matin : avant", "- Soir : conte\n- Matin : avant")
    )
    assert after.pop("conte")
    assert list(before.values()) == list(after.values())


def test_a_programme_without_days_is_a_calendar_all_the_same(tmp_path: Path) -> None:
    found = site(tmp_path, "Bientôt.\n")
    assert b"VEVENT" not in programme_calendar(found.programmes[0], found.centre)
