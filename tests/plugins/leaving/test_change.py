"""`next_change` is never late: until then the same content gives the same bytes. Judged on whole sites, as rendered."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from plugins.leaving import rules
from plugins.leaving.change import midnight, next_change
from plugins.posts.dates import PARIS
from plugins.programmes.calendar import centre_calendar
from plugins.site.city import city_tree
from plugins.site.model import Site
from plugins.site.stylesheet import stylesheet
from tests.plugins.conftest import Pelican
from tests.plugins.making import CENTRE, CITY, load, make_content
from tests.plugins.test_golden import GOLDEN
from tests.theme import rendering

INSTANT = timedelta(microseconds=1)


def rendered(content: Path, now: datetime) -> dict[str, str | bytes]:
    """Every byte of a site that its content and the moment decide."""
    site = load(content, now)
    pages = rendering.render(site)
    return {**pages, "ics": centre_calendar(site.programmes, site.centre), "css": stylesheet(site)[1]}


def day_of(days: int, base: datetime) -> str:
    return (base.date() + timedelta(days)).isoformat()


def content_of(folder: Path, base: datetime, posts: list[tuple[str, int, int, int, int]], photos: int) -> Path:
    """A content folder whose posts stand around a moment: (kind, published, hour, until or start, length)."""
    shutil.rmtree(folder, ignore_errors=True)
    files: dict[str, str | bytes | None] = {
        "ville/ville.toml": CITY.replace("2023-08-31", day_of(photos, base)),
    }
    for number, (kind, published, hour, start, length) in enumerate(posts):
        head = f"Titre: Numéro {number}\nDate: {day_of(published, base)} à {hour // 2} h {hour % 2 * 30:02}\n"
        if kind in ("lilas/rappels", "ville/rappels"):
            until = f"Jusqu'au: {day_of(published + length, base)}\n"
            files[f"{kind}/{number}.md"] = f"{head}{until}\nVoir [tout](../articles/).\n"
        elif kind.endswith("programmes"):
            first, last = (base.date() + timedelta(n) for n in (start, start + length))
            days = "".join(f"## {day_of(start + n, base)}\n- Matin : ronde\n" for n in range(0, length + 1, 2))
            files[f"{kind}/{number}.md"] = f"{head}Du: {first}\nAu: {last}\n\n{days}"
        else:
            rights = "Droit à l'image: vérifié par Camille le 1er janvier 2022\n" if length else ""
            name = f"{kind}/n{number}"
            files[f"{name}/article.md"] = f"{head}{rights}\nBonjour.\n\n![Un jeu](p.jpg)\n"
            files[f"{name}/p.jpg"] = b"-"
    return make_content(folder, files)


KINDS = ("lilas/rappels", "ville/rappels", "lilas/programmes", "ville/programmes", "lilas/articles")
POSTS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(-3, 3), st.integers(0, 47), st.integers(-4, 4), st.integers(0, 4)),
    max_size=4,
)
TURNS = ("2022-03-27", "2022-10-30", "2022-11-09", "2022-12-31", "2023-01-01", "2024-02-29")
"""Days on which clocks change, a year turns, a year leaps, or nothing happens."""


@settings(max_examples=40)
@given(st.sampled_from(TURNS), st.integers(-24 * 60, 48 * 60), POSTS, st.integers(-1, 3), st.floats(0, 1))
@example("2022-10-30", 135, [("lilas/rappels", 0, 5, 0, 1)], 3, 0.5)  # between the two 02:30 of that night
@example("2022-10-30", 165, [("lilas/articles", 0, 5, 0, 1)], 3, 0.9)
@example("2022-03-27", 110, [("ville/rappels", 0, 5, 0, 1)], 3, 0.9)  # 02:30 does not exist that night
@example("2022-12-31", 1439, [("lilas/articles", -3, 0, 0, 0)], 0, 1.0)
def test_nothing_changes_before_and_something_changes_then(
    tmp_path_factory: pytest.TempPathFactory, turn: str, minutes: int, posts: list, photos: int, share: float
) -> None:
    base = midnight(date.fromisoformat(turn))
    now = (base.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(PARIS)
    content = content_of(tmp_path_factory.getbasetemp() / "change", base, posts, photos)
    moment = next_change(load(content, now), now)
    assert moment.astimezone(UTC) > now.astimezone(UTC)
    seen = rendered(content, now)
    span = moment.astimezone(UTC) - INSTANT - now.astimezone(UTC)
    for later in (now.astimezone(UTC) + span * share, moment.astimezone(UTC) - INSTANT):
        assert rendered(content, later.astimezone(PARIS)) == seen, later
    if (moment.month, moment.day) != (1, 1):  # at new year only sites with dates of these years change
        assert rendered(content, moment) != seen


def test_what_each_kind_of_post_asks_for(tmp_path: Path) -> None:
    def moment(files: dict[str, str | bytes | None], now: str = "2022-11-09 09:00") -> str:
        shutil.rmtree(tmp_path / "c", ignore_errors=True)
        site = load(make_content(tmp_path / "c", files), datetime.fromisoformat(now).replace(tzinfo=PARIS))
        return next_change(site, site.now).isoformat(timespec="minutes")

    reminder = "Titre: R\nDate: 2022-11-09 à 18 h\nJusqu'au: 2022-11-12\n\nx\n"
    assert moment({}) == "2023-01-01T00:00+01:00"
    for folder in ("lilas", "ville"):
        assert moment({f"{folder}/rappels/r.md": reminder}) == "2022-11-09T18:00+01:00"
        assert moment({f"{folder}/rappels/r.md": reminder}, "2022-11-09 18:00") == "2022-11-13T00:00+01:00"
    assert moment({"lilas/rappels/r.md": reminder.replace("\n\n", "\nStatut: brouillon\n\n")})[:4] == "2023"
    moderated = {"lilas/centre.toml": 'moderation = true\nvalideurs = ["Inès"]\n' + CENTRE}
    assert moment({"lilas/rappels/r.md": reminder, **moderated})[:4] == "2023"  # time alone does not validate
    validated = reminder.replace("\n\n", "\nValidé par: Inès\n\n")
    assert moment({"lilas/rappels/r.md": validated, **moderated}) == "2022-11-09T18:00+01:00"
    days = "Titre: P\nDate: 2022-11-01\nDu: 2022-11-16\nAu: 2022-11-20\n\n## Jeudi 17 novembre\n- jeux\n"
    steps = ["2022-11-16", "2022-11-17", "2022-11-18", "2022-11-21", "2023-01-01"]
    now = "2022-11-09 09:00"
    for step in steps:  # begins and « Demain », « Aujourd'hui », no more, ended
        found = moment({"lilas/programmes/p.md": days}, now)
        assert found == f"{step}T00:00+01:00"
        now = found[:16]
    article = "Titre: A\nDroit à l'image: vérifié par Camille le 1er novembre 2022\n\n![Un](a.jpg)\n"
    name = "lilas/articles/2022-11-01-a"
    photo: dict[str, str | bytes | None] = {f"{name}/article.md": article, f"{name}/a.jpg": b"x"}
    assert moment(photo, "2023-08-31 12:00") == "2023-09-01T00:00+02:00"
    assert moment(photo, "2023-09-01 00:00") == "2024-01-01T00:00+01:00"


Left = Callable[[Site], Site]


@pytest.mark.parametrize(
    ("post", "left_out"),
    [
        (("lilas/rappels", 1, 10, 0, 0), lambda site: replace(site, waiting=())),
        (("ville/rappels", -2, 0, 0, 2), lambda site: replace(site, reminders=())),
        (("lilas/programmes", -3, 0, 2, 0), lambda site: replace(site, programmes=())),
        (("lilas/articles", -3, 0, 0, 1), lambda site: replace(site, articles=())),
    ],
)
def test_without_any_one_of_them_a_change_would_be_missed(tmp_path: Path, post: tuple, left_out: Left) -> None:
    base = midnight(date(2022, 11, 9))
    content = content_of(tmp_path / "c", base, [post], 0)
    site = load(content, base)
    late = next_change(left_out(site), base)
    assert rendered(content, next_change(site, base)) != rendered(content, base)
    assert next_change(site, base) < late


def test_a_post_that_came_does_not_go_again_when_the_clock_goes_back(tmp_path: Path) -> None:
    text = "Titre: R\nDate: 2022-10-30 à 2 h 30\nJusqu'au: 2022-11-12\n\nx\n"
    content = make_content(tmp_path, {"lilas/rappels/r.md": text})
    start = datetime(2022, 10, 29, 23, 0, tzinfo=UTC)
    seen = [len(load(content, start + timedelta(minutes=15 * n)).reminders) for n in range(16)]
    assert seen == [0] * 6 + [1] * 10
    night = load(content, start)
    assert next_change(night, night.now).isoformat() == "2022-10-30T02:30:00+02:00"


def test_by_the_clock_alone_it_would_go_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "UTC", PARIS)  # two moments of one zone are compared by their clocks
    text = "Titre: R\nDate: 2022-10-30 à 2 h 30\nJusqu'au: 2022-11-12\n\nx\n"
    content = make_content(tmp_path, {"lilas/rappels/r.md": text})
    start = datetime(2022, 10, 29, 23, 0, tzinfo=UTC)
    seen = [len(load(content, start + timedelta(minutes=15 * n)).reminders) for n in range(16)]
    assert seen != [0] * 6 + [1] * 10


def test_the_city_s_own_tree_never_changes_by_itself(tmp_path: Path) -> None:
    content = make_content(tmp_path)
    trees = [city_tree(content, datetime(2022 + n, 11, 9, tzinfo=PARIS)) for n in (0, 1, 5)]
    assert trees[0] == trees[1] == trees[2]


def test_a_whole_build_of_the_golden_centre(pelican: Pelican) -> None:
    """The real road, to the byte: photos, theme, calendars and pages."""

    def built(moment: datetime) -> dict[str, bytes]:
        run = pelican(GOLDEN / "content", "-e", f'PREAU_NOW="{moment:%Y-%m-%d à %H:%M}"')
        assert run.code == 0, run.said
        return {p.relative_to(run.output).as_posix(): p.read_bytes() for p in run.output.rglob("*") if p.is_file()}

    now = datetime(2022, 11, 9, 9, tzinfo=PARIS)
    moment = next_change(load(GOLDEN / "content", now), now)
    assert moment == midnight(date(2022, 11, 10))
    at_first = built(now)
    assert built(moment - timedelta(minutes=1)) == at_first
    assert built(moment) != at_first
