"""What is blurred in one article of a centre is not shown in another one of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugins.errors import ContentError
from plugins.site import loader
from tests.plugins.making import fake_blur, load, make_content, told

ONE, TWO, CITY = "lilas/articles/2022-11-07-un", "lilas/articles/2022-11-08-deux", "ville/articles/2022-11-08-fete"
RIGHTS = "Droit à l'image: vérifié par Inès Morel le 2 novembre 2022\n"
ZONE = "Flou: a.jpg (10 10 20 20)\n"
BYTES = b"\xff\xd8 the same photo"


def content(tmp_path: Path, articles: dict[str, str], photos: dict[str, bytes] | None = None) -> Path:
    files: dict[str, str | bytes | None] = {}
    for folder, header in articles.items():
        files[f"{folder}/article.md"] = f"Titre: X\n{RIGHTS}{header}\n![Une photo](a.jpg)\n"
        files[f"{folder}/a.jpg"] = (photos or {}).get(folder, BYTES)
    return make_content(tmp_path, files)


@pytest.fixture(autouse=True)
def blurring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.plugins.making.BLUR", fake_blur)


def test_the_same_photo_unblurred_in_another_article_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = content(tmp_path, {ONE: ZONE, TWO: ""})
    (said,) = told(folder)
    assert said.startswith(f"{TWO}/article.md:4 : The photo “a.jpg” is also in {ONE}/article.md, where something else")
    with pytest.raises(ContentError, match="something else is blurred"):
        load(folder)
    monkeypatch.setattr(loader, "same_photos", lambda *_: [])
    assert len(load(folder).articles) == 2, "this check alone stops it"


@pytest.mark.parametrize("other", ["Flou: a.jpg (10 10 20 21)\n", "Flou: a.jpg 1 #123456\n", "Flou: visages\n"])
def test_blurred_otherwise_is_an_error_too(tmp_path: Path, other: str) -> None:
    assert len(told(content(tmp_path, {ONE: ZONE, TWO: other}))) == 1


def test_the_same_wish_however_it_is_written_is_none(tmp_path: Path) -> None:
    many = "Flou: a.jpg (10 10 20 20) (50 50 5 5)\n"
    assert told(content(tmp_path / "a", {ONE: many, TWO: "Flouter: A.JPG : (50 50 5,0 5) (10 10 20 20)\n"})) == []
    assert told(content(tmp_path / "b", {ONE: "", TWO: ""})) == []
    assert told(content(tmp_path / "c", {ONE: ZONE, TWO: ""}, {TWO: b"\xff\xd8 a photo like it"})) == []


def test_a_post_of_the_city_is_advised_about_and_stops_no_centre(tmp_path: Path) -> None:
    folder = content(tmp_path, {CITY: "", TWO: ZONE})
    (advice,) = [each for each in load(folder).advices if "something else" in each.message]
    assert advice.file == f"{CITY}/article.md"


def test_a_centre_blurs_what_the_city_blurs(tmp_path: Path) -> None:
    (said,) = told(content(tmp_path, {CITY: ZONE, TWO: ""}))
    assert said.startswith(f"{TWO}/article.md")


def test_an_article_that_waits_counts_a_draft_does_not(tmp_path: Path) -> None:
    (said,) = told(content(tmp_path / "a", {ONE: ZONE + "Date: 2023-01-01\n", TWO: ""}))
    assert said.startswith(f"{TWO}/article.md")
    assert told(content(tmp_path / "b", {ONE: ZONE + "Statut: brouillon\n", TWO: ""})) == []
