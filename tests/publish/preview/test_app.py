"""What each address shows, with and without a mistake in the texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugins.posts.dates import PARIS
from publish.language import say
from publish.preview.current import Current, Found
from publish.preview.making import Maker
from tests.plugins.conftest import FILES
from tests.plugins.making import NOW, make_content
from tests.plugins.preview.making import WAITING, shelf_of
from tests.publish.preview.test_guard import ask

BROKEN = "Titre: Cassé\nDate: 2022-11-08\nStatut: brouillon\n\nX\n"
WRONG = Found("lilas/rappels/a.md", 3, "« Jusq » n’existe pas ici.", "Jusq: <demain>", 0, 4)


@pytest.fixture(scope="module")
def current(tmp_path_factory: pytest.TempPathFactory) -> Current:
    folder = tmp_path_factory.mktemp("app")
    content = make_content(folder / "content", {**FILES, **WAITING, "lilas/rappels/casse.md": BROKEN})
    current = Current(NOW)
    current.show(shelf_of(content, folder / "cache"), [], NOW)
    return current


def text(current: Current, path: str) -> str:
    return ask(current, path).text.replace("\u202f", " ").replace("\xa0", " ")


def test_the_root_leads_to_the_centre(current: Current) -> None:
    answer = ask(current, "/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/lilas/")
    assert ask(current, "/lilas/rappels").headers["location"] == "rappels/"


def test_photos_are_variants_and_never_the_original(current: Current) -> None:
    assert current.shown.shelf is not None
    photos = [path for path in current.shown.shelf.paths() if path.startswith("photos/")]
    assert photos
    for path in photos:
        answer = ask(current, f"/lilas/{path}")
        assert answer.headers["content-type"] in ("image/jpeg", "image/webp")
        assert answer.content not in FILES.values()
    outside = ("articles/2022-11-08-potager/a.jpg", "../lilas/centre.toml", "%2e%2e/centre.toml", "centre.toml")
    for path in outside:
        assert ask(current, f"/lilas/{path}").status_code == 404


def test_what_is_not_there_is_the_centres_own_page(current: Current) -> None:
    answer = ask(current, "/lilas/nulle-part/")
    assert answer.status_code == 404
    assert "Les Lilas" in answer.text
    assert "Pas dans un aperçu" in text(current, "/-/compte")
    assert ask(current, "/escudier/").status_code == 404


def test_a_draft_in_error_says_what_to_mend(current: Current) -> None:
    assert "Brouillons qui ne peuvent pas encore être montrés : 1" in text(current, "/lilas/")
    for path in ("/lilas/rappels/casse/", "/-/apercu/brouillons"):
        assert "Il manque la ligne « Jusqu&#39;au: … »" in text(current, path)


def test_mistakes_take_the_place_of_pages_and_the_last_good_ones_stay_readable(current: Current) -> None:
    wrong = Current(NOW)
    wrong.show(current.shown.shelf, [], NOW)  # type: ignore[arg-type]
    wrong.tell([WRONG, Found("lilas/centre.toml", 0, "Il manque « nom ».")], NOW)
    answer = ask(wrong, "/lilas/rappels/")
    assert answer.status_code == 422
    page = text(wrong, "/lilas/rappels/")
    assert "2 choses à corriger" in page
    assert "<h2>lilas/rappels/a.md</h2>" in page
    assert "Ligne 3" in page
    assert "<mark>Jusq</mark>: &lt;demain&gt;" in page
    assert "Il manque « nom »." in page
    assert 'href="/-/apercu/dernier/lilas/rappels/"' in page
    last = text(wrong, "/-/apercu/dernier/lilas/rappels/")
    assert "En ce moment" in last
    assert "dernier aperçu sans erreur" in last
    assert ask(wrong, "/lilas/embleme.svg").status_code == 200


def test_mistakes_before_any_good_preview(tmp_path: Path) -> None:
    wrong = Current(NOW)
    wrong.tell([WRONG], NOW)
    page = text(wrong, "/lilas/")
    assert "1 chose à corriger" in page
    assert "dernier" not in page
    assert ask(wrong, "/-/apercu/dernier/lilas/").status_code == 404


def test_each_state_has_its_version(current: Current) -> None:
    other = Current(NOW)
    first = other.shown.version
    other.tell([], NOW)
    assert other.shown.version != first
    assert Current(NOW).shown.version != Current(NOW).shown.version  # a page of an older run reloads


class Raising:
    """A workshop in which something unexpected happens."""

    def make(self, now: object) -> None:
        raise RuntimeError("inattendu")


def test_an_unexpected_fault_is_told_and_survived(tmp_path: Path) -> None:
    maker = Maker(Raising(), tmp_path, [], lambda: NOW.astimezone(PARIS), say, lambda current, seconds: None)  # type: ignore[arg-type]
    made = maker._make(NOW)
    assert isinstance(made, list)
    assert "RuntimeError\xa0: inattendu" in made[0].sentence
