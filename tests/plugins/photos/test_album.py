"""The list that the gateway makes an article's ZIP of: only where the centre allows it, and the page links to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plugins.leaving.pagelinks import page_problems
from tests.plugins.conftest import FILES, Pelican
from tests.plugins.making import CENTRE, make_content

FOLDER = "articles/2022-11-08-potager"
ALLOWED = {**FILES, "lilas/centre.toml": CENTRE + "\n[fonctions]\ntelechargement = true\n"}
LINK = "album.zip"


def test_where_it_is_allowed_the_page_links_to_the_photos_it_shows(pelican: Pelican, tmp_path: Path) -> None:
    run = pelican(make_content(tmp_path / "content", ALLOWED))
    assert run.code == 0, run.said
    listed = json.loads((run.output / FOLDER / "album.json").read_bytes())
    assert listed["date"] == "2022-11-08"
    assert listed["photos"]
    for path in listed["photos"]:
        assert path.endswith(".jpg")
        assert (run.output / path).is_file()
    page = (run.output / FOLDER / "index.html").read_text("utf-8")
    assert f'href="../../{FOLDER}/{LINK}" download' in page
    assert "Télécharger" in page


def test_by_default_there_is_none(pelican: Pelican, tmp_path: Path) -> None:
    run = pelican(make_content(tmp_path / "content", FILES))
    assert run.code == 0, run.said
    assert [path for path in run.output.rglob("*") if path.name == "album.json"] == []
    assert LINK not in (run.output / FOLDER / "index.html").read_text("utf-8")


@pytest.mark.parametrize("allowed", [True, False])
def test_a_link_to_a_zip_without_its_list_is_refused(allowed: bool) -> None:
    page = {"articles/x/index.html": f'<a href="{LINK}">x</a>'}
    files = frozenset({"articles/x/index.html", *(["articles/x/album.json"] if allowed else [])})
    assert bool(page_problems(page, files, "lilas")) is not allowed
