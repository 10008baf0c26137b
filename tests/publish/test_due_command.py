"""`preau publish --due`, the command: what a timer does over weeks, and how little it costs when nothing is due."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime

import pytest

from plugins.posts.dates import PARIS
from publish.heads import read_head
from tests.project import ROOT
from tests.publish.test_cli import Place, place_in, said


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = place_in(tmp_path_factory.mktemp("due"))
    first = place.run("publish", "--json")
    assert first.exit_code == 0, first.output
    moments = {site["slug"]: site["next_change"] for site in json.loads(first.stdout)["sites"]}
    assert moments == {
        "ville": None, "escudier": "2022-11-20T00:00:00+01:00", "fessart": "2022-11-20T00:00:00+01:00"}  # fmt: skip
    return place


def at(day: int, hour: int = 0, month: int = 11) -> datetime:
    return datetime(2022, month, day, hour, tzinfo=PARIS)


def numbers(place: Place) -> dict[str, int]:
    heads = {slug: read_head(place.store, slug) for slug in ("ville", "escudier", "fessart")}
    return {slug: head.number for slug, head in heads.items() if head is not None}


def test_the_weeks_of_a_timer(place: Place) -> None:
    """The whole road, as systemd types it, with real sites."""
    kept, old = (place.root / f"work/quarantaine/{day}-3f2a91bc/fessart/a.jpg" for day in ("20221115", "20221111"))
    for path in (kept, old):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"a photo")
    quiet = place.run("publish", "--due", now=at(19, 23))
    assert (kept.exists(), old.exists()) == (True, False), "what was withdrawn a week ago leaves the machine too"
    assert (quiet.exit_code, said(quiet)) == (
        0, "Rien à publier ; le prochain site à changer est celui de escudier, le 20/11/2022 00:00.\n")  # fmt: skip
    refused = place.run("publish", "--due", "--date", "2022-11-20", now=at(19, 23))
    assert refused.exit_code == 2
    dry = place.run("publish", "--due", "--dry-run", "fessart", now=at(20))
    assert "Essai, rien n’a été publié : 1 site" in said(dry)
    assert numbers(place) == {"ville": 1, "escudier": 1, "fessart": 1}

    done = place.run("publish", "--due", "--by", "minuteur", now=at(20))
    assert done.exit_code == 0, done.output
    assert "2 sites, " in said(done)
    assert numbers(place) == {"ville": 1, "escudier": 2, "fessart": 2}
    assert "Plus tard" in (place.root / "work/sites/fessart/rappels/index.html").read_text("utf-8")
    again = json.loads(place.run("publish", "--due", "--json", now=at(20)).stdout)
    assert [(one["slug"], one["state"]) for one in again["due"]] == [("escudier", "later"), ("fessart", "later")]
    assert again["sites"] == []

    page = place.content / "fessart/infos/venir.md"
    page.write_text("Titre: Venir\n\nPhrase que personne n’a encore publiée.\n", "utf-8")
    place.run("rollback", "escudier", "--by", "Ville", now=at(21))
    held = place.run("publish", "--due", now=at(1, month=12))
    assert held.exit_code == 0
    assert said(held) == (
        "escudier : Ville a remis en ligne une version antérieure le 21/11/2022 00:00 ; elle reste jusqu’à "
        "« preau publish escudier »\n"
        "fessart : le site aurait dû changer le 01/12/2022 00:00, mais son contenu n’est plus celui qui a été "
        "publié ; relisez-le, puis lancez « preau publish fessart »\n"
        "Rien à publier.\n"
    )
    assert numbers(place) == {"ville": 1, "escudier": 3, "fessart": 2}


def test_nothing_due_imports_no_pelican_and_is_quick(place: Place) -> None:
    script = (
        "import sys\nfrom datetime import datetime\nfrom click.testing import CliRunner\n"
        "from publish.cli import main\nfrom publish.paris import PARIS\nfrom publish.session import Session\n"
        "now = datetime(2022, 11, 9, 10, tzinfo=PARIS)\n"
        "options = ['--content', 'content', '--config', 'preau.toml', 'publish', '--due']\n"
        "result = CliRunner().invoke(main, options, obj=Session(clock=lambda: now))\n"
        "assert result.exit_code == 0, result.output\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'pelican', 'PIL', 'jinja2', 'icalendar'}))\n"
    )
    fresh = place_in(place.root / "fresh")
    assert fresh.run("publish", "--due", now=at(9)).exit_code == 0, "a centre that was never published is not due"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=fresh.root, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "[]\n"
