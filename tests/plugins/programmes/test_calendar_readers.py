"""Calendars as applications read them: two independent readers must see each activity, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.posts.dates import PARIS
from plugins.programmes import calendar as module
from plugins.programmes.calendar import centre_calendar, group_calendar, programme_calendar, uid
from plugins.programmes.model import Slot
from plugins.site.loader import load_site
from plugins.site.model import Site
from tests.plugins.conftest import Pelican
from tests.plugins.making import CENTRE, NOW, fake_blur, fake_photo, load, make_content
from tests.plugins.programmes.readers import Seen, meant, titled, with_ical, with_icaljs
from tests.project import ROOT

HEADER = "Titre: {title}\nDate: 1er novembre 2022 à 18 h\nDu: {start}\nAu: {end}\n\n"
ODD = (
    HEADER.format(title="Les mercredis, été ; \\ « x » \\n 🎨", start="26 octobre 2022", end="16 novembre 2022")
    + "## Mercredi 26 octobre\n- Matin : avant l'heure d'hiver\n"
    + "## Mercredi 9 novembre\n"
    + "- Matin : Maternelles : peinture, collage ; \\\\ et « x » 👩🏽‍🎨\x07\x0b\u2028 fin\n"
    + "- Matin : Maternelles : une seconde fois\n"
    + "- Élém. et Mat. : Sortie : piscine \u202bمسبح\u202c ; maillot, bonnet\n"
    + "  - Départ : 9h\n  - Retour : 16h30\n  - Lieu : la piscine, 3 rue\u0085 de l'Eau ; quai 2\n"
    + "- 10h30 : un conteur\n"
    + "- Annulé : de 14h à 15h30 : cirque\n- Annulé : Sortie : zoo\n"
    + f"- Soir : {'très long et é ' * 30}\n"
    + "## Vendredi 11 novembre : fermé\n"
)
YEARS = HEADER.format(title="Noël", start="26 décembre 2022", end="2 janvier 2023") + (
    "## Lundi 26 décembre\n- Matin : contes\n## Samedi 31 décembre\n- Soir : bal\n- la veille\n"
    "## Lundi 2 janvier\n- Journée : galette\n"
)
CLOCKS = HEADER.format(title="Week-ends", start="26 mars 2022", end="31 octobre 2022") + "".join(
    f"## {day}\n- Matin : jeux\n- de 0h30 à 5h : nuit\n- grand jeu\n"
    for day in ("Samedi 26 mars", "Dimanche 27 mars", "Lundi 28 mars", "Dimanche 30 octobre", "Lundi 31 octobre")
)
CITY_WIDE = HEADER.format(title="Fête de la Ville", start="16 novembre 2022", end="16 novembre 2022") + (
    "## Mercredi 16 novembre\n- Matin : parade\n"
)
FILES = {
    "lilas/programmes/odd.md": ODD,
    "lilas/programmes/noel.md": YEARS,
    "lilas/programmes/odd-2.md": ODD,
    "lilas/programmes/horloges.md": CLOCKS,
    "ville/programmes/fete.md": CITY_WIDE,
    "roses/centre.toml": CENTRE.replace("Les Lilas", "Les Roses").replace("8h30-11h45", "9h-12h"),
}


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_content(tmp_path_factory.mktemp("content"), FILES)


@pytest.fixture(scope="module")
def site(content: Path) -> Site:
    return load(content)


def calendars(site: Site) -> dict[str, bytes]:
    made = {p.calendar_path: programme_calendar(p, site.centre) for p in site.programmes}
    for p in site.programmes:
        made |= {path: group_calendar(p, group, site.centre) for group, path in p.group_calendars.items()}
    return {**made, "calendrier.ics": centre_calendar(site.programmes, site.centre)}


def test_both_readers_see_every_activity_and_nothing_else(content: Path, node: Path, peers: Path) -> None:
    centres = [p.parent.name for p in (ROOT / "content").glob("*/centre.toml")]
    sites = [load(content), load_site(content, "roses", NOW, fake_photo)]
    sites += [load_site(ROOT / "content", slug, NOW, fake_photo, blur_photo=fake_blur) for slug in sorted(centres)]
    wanted, files = [], []
    for site in sites:
        for path, data in calendars(site).items():
            shown = [p for p in site.programmes if path in (p.calendar_path, "calendrier.ics")]
            files.append(data)
            wanted.append(meant(shown, site.centre) or for_one_group(path, site))
    assert len(files) > 30
    assert sum(map(len, wanted)) > 400
    for data, seen, right in zip(files, with_icaljs(files, node, peers), wanted, strict=True):
        assert [cleaned(event) for event in right] == seen
        assert with_ical(data) == seen


def for_one_group(path: str, site: Site) -> list[Seen]:
    """What must be seen at the address of a group's calendar: what names the group, names none, or names all."""
    shown = []
    for p in site.programmes:
        for group in (group for group, where in p.group_calendars.items() if where == path):
            every = {frozenset(), frozenset(p.body.groups)}
            uids = {
                uid(site.centre.slug, p, a)
                for day in p.body.days
                for a in day.activities
                if group in a.groups or frozenset(a.groups) in every
            }
            shown += [event for event in meant([p], site.centre) if event.uid in uids]
    return shown


def cleaned(event: Seen) -> Seen:
    """The event without what no calendar may hold."""

    def clean(text: str) -> str:
        return text.translate(dict.fromkeys((0x07, 0x0B, 0x85, 0x2028), " "))

    return replace(event, summary=clean(event.summary), location=clean(event.location),
                   description=clean(event.description))  # fmt: skip


def test_the_readers_refuse_what_the_calendar_leaves_out(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the filter a bell in a programme's text would make its calendar unreadable for all."""
    programme = next(p for p in site.programmes if p.stem == "odd")
    first = programme.body.days[0].activities[0]
    days = (replace(programme.body.days[0], activities=(replace(first, text="a\x07b"),)),)
    rung = replace(programme, body=replace(programme.body, weeks=(replace(programme.body.weeks[0], days=days),)))
    assert with_ical(programme_calendar(rung, site.centre))[0].summary == "A b"
    module._events.cache_clear()
    monkeypatch.setattr(module, "_line", lambda text: text)
    with pytest.raises(Exception, match="not valid ICS"):
        with_ical(programme_calendar(rung, site.centre))


def test_every_line_is_folded_and_escaped(site: Site) -> None:
    for data in calendars(site).values():
        lines = data.split(b"\r\n")
        assert lines.pop() == b""
        assert max(map(len, lines)) <= 75
        assert all(byte >= 32 for line in lines for byte in line)
        for line in lines:
            line.removeprefix(b" ").decode()  # no letter, and no emoji, is cut in two
    name = data.replace(b"\r\n ", b"").decode().partition("X-WR-CALNAME:")[2].partition("\r\n")[0]
    assert name == "Accueil de loisirs Les Lilas"
    odd = next(p for p in site.programmes if p.stem == "odd")
    said = programme_calendar(odd, site.centre).replace(b"\r\n ", b"").decode()
    assert "X-WR-CALNAME:Les mercredis\\, été \\; \\\\ « x » \\\\n 🎨 – Les Lilas\r\n" in said


def test_no_two_events_of_a_centre_share_an_identifier(content: Path) -> None:
    lilas, roses = load(content), load_site(content, "roses", NOW, fake_photo)
    seen = [event.uid for event in with_ical(centre_calendar(lilas.programmes, lilas.centre))]
    assert len(set(seen)) == len(seen)
    apart = [e.uid for p in lilas.programmes for e in with_ical(programme_calendar(p, lilas.centre))]
    assert sorted(apart) == sorted(seen)  # added one by one or all at once: the same events
    # a post of the city's is another event in each centre's calendar: one may be cancelled without the other
    others = [event.uid for event in with_ical(centre_calendar(roses.programmes, roses.centre))]
    assert others
    assert not set(others) & set(seen)


def test_a_programme_of_the_city_takes_the_hours_of_each_centre(content: Path) -> None:
    starts = []
    for slug in ("lilas", "roses"):
        site = load_site(content, slug, NOW, fake_photo)
        programme = next(p for p in site.programmes if p.from_city)
        starts += [event.start for event in with_ical(programme_calendar(programme, site.centre))]
    assert starts == ["2022-11-16T07:30:00Z", "2022-11-16T08:00:00Z"]


def test_days_when_clocks_change(site: Site) -> None:
    programme = next(p for p in site.programmes if p.stem == "horloges")
    events = with_ical(programme_calendar(programme, site.centre))
    mornings = sorted(event.start for event in events if event.summary == "Jeux")
    assert mornings == [
        "2022-03-26T07:30:00Z", "2022-03-27T06:30:00Z", "2022-03-28T06:30:00Z", "2022-10-30T07:30:00Z",
        "2022-10-31T07:30:00Z",
    ]  # fmt: skip
    nights = sorted((event.start, event.end) for event in events if event.summary == "Nuit")
    assert nights[1] == ("2022-03-26T23:30:00Z", "2022-03-27T03:00:00Z")
    assert nights[3] == ("2022-10-29T22:30:00Z", "2022-10-30T04:00:00Z")


SCRIPT = """
import sys
from datetime import datetime
from pathlib import Path
from plugins.posts.dates import PARIS
from tests.plugins.making import fake_photo
from plugins.programmes.calendar import centre_calendar
from plugins.site.loader import load_site
site = load_site(Path(sys.argv[1]), "lilas", datetime.fromisoformat(sys.argv[2]), fake_photo)
sys.stdout.buffer.write(centre_calendar(site.programmes, site.centre))
"""


def test_building_again_elsewhere_and_later_changes_no_byte(content: Path) -> None:
    places = [
        {"TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
        {"TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "2", "PYTHONTZPATH": ""},
    ]
    made = []
    for place, moment in zip(places, ("2022-11-09T09:00+01:00", "2023-04-01T23:59+13:00"), strict=True):
        run = [sys.executable, "-c", SCRIPT, str(content), moment]
        made.append(subprocess.run(run, cwd=ROOT, env={**os.environ, **place}, capture_output=True, check=True).stdout)
    here = load(content)
    assert {*made} == {centre_calendar(here.programmes, here.centre)}


TEXTS = st.text(st.characters(codec="utf-8"), max_size=200)


@settings(max_examples=60)
@given(TEXTS, st.lists(TEXTS.filter(bool), max_size=2, unique=True), st.dates(date(2000, 1, 1), date(2099, 12, 31)),
       st.one_of(st.none(), st.tuples(st.times(), st.times())))  # fmt: skip
def test_any_text_and_day_is_read_as_it_was_written(
    site: Site, text: str, groups: list[str], day: date, hours: tuple[time, time] | None
) -> None:
    programme = site.programmes[0]
    slot = None
    if hours is not None:
        start, end = sorted(hour.replace(second=0, microsecond=0, fold=0) for hour in hours)
        slot = Slot("x", "x", start, max(end, start.replace(minute=59)))
    activity = replace(programme.body.days[0].activities[0], text=text, groups=tuple(groups), day=day, slot=slot)
    days = (replace(programme.body.days[0], activities=(activity,)),)
    odd = replace(programme, body=replace(programme.body, weeks=(replace(programme.body.weeks[0], days=days),)))
    data = programme_calendar(odd, site.centre)
    (event,) = with_ical(data)
    shown = f"{titled(text)} ({', '.join(groups)})" if groups else titled(text)
    assert event.summary.split() == module._line(shown).split()
    assert event.start == (day.isoformat() if slot is None else utc(day, slot.start))
    assert max(map(len, data.split(b"\r\n"))) <= 75


def utc(day: date, hour: time) -> str:
    return datetime.combine(day, hour, PARIS).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_centre_without_calendars_has_none_and_no_link_to_one(pelican: Pelican, tmp_path: Path) -> None:
    files = {**FILES, "lilas/centre.toml": CENTRE + "\n[fonctions]\ncalendrier = false\n"}
    run = pelican(make_content(tmp_path / "content", files))
    assert run.code == 0, run.said
    assert not list(run.output.rglob("*.ics"))
    assert not [page for page in run.output.rglob("*.html") if ".ics" in page.read_text("utf-8")]
