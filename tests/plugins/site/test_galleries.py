from __future__ import annotations

import io
from pathlib import Path

import pytest
from markupsafe import Markup
from PIL import Image

from plugins.posts.model import Article
from tests.plugins.making import load, make_content, told

FOLDER = "lilas/articles/2022-11-08-potager"
HEADER = "Titre: Le potager\nDroit à l'image: vérifié par Camille le 8 novembre 2022\n"


def jpeg(taken: str | None) -> bytes:
    exif = Image.Exif()
    if taken:
        exif.get_ifd(0x8769)[0x9003] = f"2022:11:08 {taken}"
    out = io.BytesIO()
    Image.new("RGB", (8, 6)).save(out, "JPEG", exif=exif)
    return out.getvalue()


def content(
    folder: Path, photos: str = "toutes", body: str = "Bonjour\n", files: dict[str, str | bytes | None] | None = None
) -> Path:
    given: dict[str, str | bytes | None] = {
        f"{FOLDER}/article.md": f"{HEADER}Photos: {photos}\n\n{body}",
        f"{FOLDER}/photo 10.jpg": jpeg("10:00:00"),
        f"{FOLDER}/photo 2.jpg": jpeg("11:00:00"),
        f"{FOLDER}/Autre.JPG": jpeg(None),
        **{f"{FOLDER}/{name}": data for name, data in (files or {}).items()},
    }
    return make_content(folder, given)


def only(folder: Path) -> Article:
    (article,) = load(folder).articles
    return article


def names(article: Article) -> list[str]:
    return [photo.source for photo in article.photos]


def test_every_photo_of_the_folder_in_the_order_of_names(tmp_path: Path) -> None:
    article = only(content(tmp_path))
    assert names(article) == ["Autre.JPG", "photo 2.jpg", "photo 10.jpg"]
    text, gallery = article.blocks
    assert isinstance(text, Markup)
    assert gallery == article.photos


def test_in_the_order_of_taking_those_without_a_time_last_and_told(tmp_path: Path) -> None:
    folder = content(tmp_path, "toutes, par heure")
    assert names(only(folder)) == ["photo 10.jpg", "photo 2.jpg", "Autre.JPG"]
    (advice,) = [a.text(str) for a in load(folder).advices if "No time" in a.text(str)]
    assert advice.startswith(f"{FOLDER}/article.md:3 : No time of taking can be read in « Autre.JPG »")


def test_a_photo_that_the_text_places_is_not_shown_twice(tmp_path: Path) -> None:
    article = only(content(tmp_path, body="![Un chou](photo%202.jpg)\n\nFin\n\n![Un radis](Autre.JPG)\n"))
    assert names(article) == ["photo 2.jpg", "Autre.JPG", "photo 10.jpg"]
    assert article.blocks[-1] == article.photos[1:], "the gallery goes on with the one that ends the text"


def test_captions_and_descriptions_come_from_legendes_txt(tmp_path: Path) -> None:
    said = "photo 2.jpg : Le chou | Un chou sous la pluie\nautre.jpg : Fin | Un râteau\n"
    folder = content(tmp_path, body="![Un vieux râteau](Autre.JPG)\n", files={"légendes.txt": said})
    assert [(p.alt, p.caption) for p in only(folder).photos] == [
        ("Un vieux râteau", "Fin"),
        ("Un chou sous la pluie", "Le chou"),
        ("Photo 3 sur 3, Le potager", ""),
    ]
    (advice,) = [a.text(str) for a in load(folder).advices]
    assert "“photo 10.jpg” is not described" in advice


def test_a_wrong_line_of_legendes_txt_stops_the_centre(tmp_path: Path) -> None:
    assert told(content(tmp_path, files={"legendes.txt": "\nphoto 3.jpg : Le chou\n"})) == [
        f"{FOLDER}/legendes.txt:2 : The photo “photo 3.jpg” is not there. Did you mean “photo 2.jpg”?"
    ]


@pytest.mark.parametrize(
    ("photos", "said"),
    [
        ("toute", "article.md:3 : “toute” is unknown here. Possible: « toutes », « toutes, par heure »."),
        ("toutes, au hasard", "article.md:3 : “toutes, au hasard” is unknown here."),
    ],
)
def test_another_word_is_an_error(tmp_path: Path, photos: str, said: str) -> None:
    assert said in told(content(tmp_path, photos))[0]


@pytest.mark.parametrize("photos", ["Toutes", "toutes, par nom", "TOUTES par heure", "toutes,  par heure"])
def test_spellings(tmp_path: Path, photos: str) -> None:
    assert len(only(content(tmp_path, photos)).photos) == 3


def test_without_photos_or_without_folder(tmp_path: Path) -> None:
    empty = make_content(tmp_path / "a", {f"{FOLDER}/article.md": f"{HEADER}Photos: toutes\n\nTexte\n"})
    assert told(empty) == [f"{FOLDER}/article.md:3 : There is no photo in the folder of this article."]
    alone = make_content(tmp_path / "b", {f"{FOLDER}.md": f"{HEADER}Photos: toutes\n\nTexte\n"})
    assert "an article with photos has a folder of its own" in told(alone)[0]


def test_links_and_what_computers_leave_behind_are_no_photos(tmp_path: Path) -> None:
    folder = content(tmp_path, files={"._photo 2.jpg": b"x", ".cache.jpg": b"x"})
    assert len(only(folder).photos) == 3
    (folder / FOLDER / "z.jpg").symlink_to(folder / FOLDER / "Autre.JPG")
    assert any("This is a link to somewhere else" in text for text in told(folder))


def test_without_image_rights_no_photo_of_the_folder_is_shown(tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {
        f"{FOLDER}/article.md": "Titre: X\nPhotos: toutes\n\nTexte\n",
        f"{FOLDER}/a.jpg": b"x",
    }
    assert only(make_content(tmp_path, files)).photos == ()
