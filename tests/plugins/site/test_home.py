from __future__ import annotations

from datetime import datetime
from pathlib import Path

from plugins.posts.dates import PARIS
from plugins.posts.model import Moment
from plugins.site.home import home, of_moment
from tests.plugins.making import load, make_content

PROGRAMME = (
    "Titre: Mercredis\nDate: 1er novembre 2022\nMoment: mercredi\nDu: 9 novembre 2022\nAu: 23 novembre 2022\n\n"
    "## Mercredi 9 novembre\n- a\n## Mercredi 16 novembre : fermé\n## Mercredi 23 novembre\n- b\n"
)


def test_the_next_day_is_today_or_the_next_with_something_to_do(tmp_path: Path) -> None:
    content = make_content(tmp_path, {"lilas/programmes/p.md": PROGRAMME})
    for day, wanted in ((9, 9), (10, 23), (23, 23)):
        found = home(load(content, datetime(2022, 11, day, 9, tzinfo=PARIS)))
        assert found.next_day is not None
        assert found.next_day.day == wanted
        assert [(p.title, d.date.day) for p, d in found.next_activities] == [("Mercredis", wanted)]
        assert len(found.programmes) == 1


def test_a_closed_day_is_told_on_that_day_unless_something_happens(tmp_path: Path) -> None:
    other = PROGRAMME.replace("Mercredi 16 novembre : fermé\n", "Mercredi 16 novembre\n- c\n")
    for day, files, told in (
        (9, {"p": PROGRAMME}, None),
        (16, {"p": PROGRAMME}, 16),
        (17, {"p": PROGRAMME}, None),
        (16, {"p": PROGRAMME, "q": other}, None),
    ):
        content = make_content(tmp_path, {f"lilas/programmes/{stem}.md": text for stem, text in files.items()})
        found = home(load(content, datetime(2022, 11, day, 9, tzinfo=PARIS))).closed_today
        assert (found.date.day if found else None) == told


def test_when_everything_is_past(tmp_path: Path) -> None:
    found = home(
        load(make_content(tmp_path, {"lilas/programmes/p.md": PROGRAMME}), datetime(2022, 11, 24, 9, tzinfo=PARIS))
    )
    assert (found.next_day, found.next_activities, found.programmes) == (None, (), ())


def test_the_latest_articles_come_first(tmp_path: Path) -> None:
    files = {f"lilas/articles/2022-10-{day:02}-a.md": f"Titre: {day}\n\nx\n" for day in range(1, 10)}
    found = home(load(make_content(tmp_path, files)))
    assert [a.title for a in found.articles] == ["9", "8", "7", "6", "5", "4"]


def test_posts_of_a_moment(tmp_path: Path) -> None:
    site = load(
        make_content(
            tmp_path,
            {
                "lilas/programmes/p.md": PROGRAMME,
                "lilas/articles/a.md": "Titre: A\nDate: 1er novembre 2022\nMoment: midi, mercredi\n\nx\n",
            },
        )
    )
    assert [p.title for p in of_moment(site, Moment.WEDNESDAY)] == ["Mercredis", "A"]
    assert [p.title for p in of_moment(site, Moment.MIDDAY)] == ["A"]
    assert of_moment(site, Moment.EVENING) == ()
