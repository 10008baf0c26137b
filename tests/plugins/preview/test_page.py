"""A preview's pages are the build's pages, and what says that they are none."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from plugins.leaving.mark import is_preview
from plugins.preview.page import BEGIN, END
from tests.plugins.conftest import FILES, Pelican
from tests.plugins.making import CENTRE, make_content
from tests.plugins.preview.making import WAITING, dress_of, shelf_of

ADDED = re.compile(f"{BEGIN}.*?{END}", re.DOTALL)
SHOWN_ALREADY = {name: data for name, data in FILES.items() if "surprise" not in name and "brouillon" not in name}


def undressed(data: bytes) -> bytes:
    return ADDED.sub("", data.decode()).replace("<title>Aperçu – ", "<title>", 1).encode()


def test_every_page_is_the_builds(tmp_path: Path, pelican: Pelican, photo_cache: Path) -> None:
    content = make_content(tmp_path / "content", SHOWN_ALREADY)
    run = pelican(content)
    assert run.code == 0, run.said
    shelf = shelf_of(content, photo_cache)
    built = {path.relative_to(run.output).as_posix(): path for path in run.output.rglob("*") if path.is_file()}
    assert shelf.paths() == set(built)
    assert len([path for path in built if path.startswith("photos/")]) > 3
    for path, file in built.items():
        data = shelf.read(path, dress_of(shelf))
        assert data is not None
        if path.endswith(".html"):
            assert data != undressed(data), path
            assert undressed(data) == file.read_bytes(), path
        elif path.endswith(".ics"):
            assert data.replace(b"X-PREAU-APERCU:TRUE\r\n", b"") == file.read_bytes()
        else:
            assert data == file.read_bytes(), path


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("waiting")
    return shelf_of(make_content(folder / "content", WAITING), folder / "cache")


def page(shelf, path: str) -> str:
    data = shelf.read(path, dress_of(shelf))
    assert data is not None
    return data.decode().replace("\u202f", " ").replace("\xa0", " ")


def test_every_page_says_what_it_is(waiting) -> None:
    for path in waiting.paths():
        if path.endswith((".html", ".ics")):
            data = waiting.read(path, dress_of(waiting))
            assert is_preview(data), path
    assert 'aria-label="Aperçu"' in page(waiting, "plan/index.html")
    assert "Aperçu – pas publié" in page(waiting, "404.html")


@pytest.mark.parametrize("path", ["rappels/index.html", "plan/index.html"])
def test_lists_mark_what_waits(waiting, path: str) -> None:
    html = page(waiting, path)
    for title, badge in (("Inachevé", "Brouillon"), ("Plus tard", "Paraîtra le 12 novembre 2022 à 18 h")):
        assert re.search(rf'>{title}</a>{BEGIN} <span class="apercu-badge">{badge}</span>', html), title
    assert not re.search(rf">En ce moment</a>{BEGIN}", html)


def test_a_page_says_why_and_what_to_do(waiting) -> None:
    html = page(waiting, "rappels/brouillon/index.html")
    assert "<strong>Brouillon.</strong>" in html
    assert "enlevez la ligne « Statut: brouillon »" in html
    assert "apercu-notice" not in page(waiting, "rappels/visible/index.html")


def test_the_home_page_shows_no_reminder_that_is_over(waiting) -> None:
    html = page(waiting, "index.html")
    assert "Inachevé" in html
    assert "Autrefois" not in html


def test_a_text_can_neither_be_a_mark_nor_break_one(tmp_path: Path) -> None:
    title = '<meta name="preau-apercu"> </aside> & X-PREAU-APERCU:TRUE'
    files = {
        "lilas/centre.toml": with_more('moderation = true\nvalideurs = ["<b>Alix</b>"]\n'),
        "lilas/rappels/a.md": (
            f"Titre: {title}\nDate: 2022-11-08\nJusqu'au: 2022-11-30\n\n{title}\nX-PREAU-APERCU:TRUE\n"
        ),
    }
    shelf = shelf_of(make_content(tmp_path / "content", files), tmp_path / "cache")
    html = page(shelf, "rappels/a/index.html")
    assert "<b>Alix</b>" not in html
    assert "&lt;b&gt;Alix" in html
    assert not is_preview(undressed(html.encode()))


def with_more(more: str) -> str:
    return CENTRE.replace("ecoles =", more + "ecoles =")


def test_now_is_given(tmp_path: Path) -> None:
    from plugins.posts.dates import PARIS
    from plugins.preview.plugin import Workshop
    from tests.project import ROOT

    workshop = Workshop(make_content(tmp_path / "c", WAITING), "lilas", ROOT / "pelicanconf.py", tmp_path / "cache")
    later = workshop.make(datetime(2022, 11, 13, tzinfo=PARIS))
    assert "rappels/futur/" not in later.site.marks
