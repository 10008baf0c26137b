from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from markupsafe import Markup

from plugins.errors import ContentError, Wrong
from plugins.photos.blur import Blur
from plugins.photos.model import Photo
from plugins.posts.dates import PARIS
from plugins.site import articles
from plugins.site.articles import photo_file
from plugins.site.scan import Source
from tests.plugins.making import NOW, fake_photo, load, make_content, told

RIGHTS = "Droit à l'image: vérifié par Camille le 8 novembre 2022\n"
FOLDER = "lilas/articles/2022-11-08-potager"
BODY = '\nBonjour\n\n![Un chat](a.jpg "Minou")\n![](b.JPG)\n\nFin\n'


def content(folder: Path, header: str = RIGHTS, body: str = BODY) -> Path:
    return make_content(
        folder,
        {
            f"{FOLDER}/article.md": f"Titre: Le potager\n{header}{body}",
            f"{FOLDER}/a.jpg": b"x",
            f"{FOLDER}/b.JPG": b"y",
            f"{FOLDER}/menu.pdf": b"z",
            "escudier/x.jpg": b"s",
            "lilas/articles/2022-11-07-autre/c.jpg": b"c",
        },
    )


def test_prose_and_galleries_in_order(tmp_path: Path) -> None:
    (article,) = load(content(tmp_path)).articles
    first, gallery, last = article.blocks
    assert isinstance(first, Markup)
    assert isinstance(last, Markup)
    assert not isinstance(gallery, Markup)
    assert [(p.alt, p.caption) for p in gallery] == [("Un chat", "Minou"), ("Photo 2 sur 2, Le potager", "")]
    assert article.photos == gallery


def test_a_photo_without_description_is_named_and_advised(tmp_path: Path) -> None:
    (advice,) = [a for a in load(content(tmp_path)).advices if "b.JPG" in a.text(str)]
    assert advice.line == 7
    assert "« Photo 2 sur 2, Le potager »" in advice.text(str)


@pytest.mark.parametrize(
    ("header", "now"),
    [
        ("", NOW),
        (RIGHTS + "Statut: brouillon\n", NOW),
        (RIGHTS + "Statut: à valider\n", NOW),
        (RIGHTS + "Date: 30 novembre 2022\n", NOW),
        (RIGHTS, datetime(2023, 9, 1, tzinfo=PARIS)),
    ],
    ids=["no rights", "draft", "to validate", "future", "past their last day"],
)
def test_photos_that_may_not_be_shown_are_not_even_opened(tmp_path: Path, header: str, now: datetime) -> None:
    opened: list[Path] = []

    def prepare(path: Path, alt: str, caption: str) -> Photo:
        opened.append(path)
        return fake_photo(path, alt, caption)

    site = load(content(tmp_path, header), now, prepare)
    assert opened == []
    assert [a.photos for a in site.articles] in ([], [()])
    assert len(site.waiting) == 1
    assert all("Bonjour" in a.html for a in site.articles)


def test_the_rule_of_image_rights_is_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(content(tmp_path, "")).articles[0].photos == ()
    monkeypatch.setattr(articles, "_photos_leave", lambda *_args, **_kwargs: True)
    assert len(load(content(tmp_path, "")).articles[0].photos) == 2


def test_the_last_day_of_photos_is_included(tmp_path: Path) -> None:
    site = load(content(tmp_path), datetime(2023, 8, 31, 23, tzinfo=PARIS))
    assert len(site.articles[0].photos) == 2


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("../../../escudier/x.jpg", "a photo stands in the folder of its article"),
        ("../2022-11-07-autre/c.jpg", "a photo stands in the folder of its article"),
        ("%2e%2e/2022-11-07-autre/c.jpg", "a photo stands in the folder of its article"),
        ("{static}a.jpg", "a photo stands in the folder of its article"),
        ("https://exemple.fr/a.jpg", "a photo stands in the folder of its article"),
        ("/etc/passwd.jpg", "a photo stands in the folder of its article"),
        ("menu.pdf", "is no photo"),
        ("A.jpeg", "Did you mean “a.jpg”?"),
        ("chateau-de-sable.png", "is not there: put it in"),
        ("article.md", "is no photo"),
        ("", "a photo stands in the folder"),
    ],
)
def test_only_a_photo_of_the_articles_own_folder_may_be_shown(tmp_path: Path, target: str, said: str) -> None:
    wrong = told(content(tmp_path, body=f"\n![x](<{target}>)\n"))
    assert len(wrong) == 1
    assert wrong[0].startswith(f"{FOLDER}/article.md:4 : ")
    assert said in wrong[0]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Photo été 1", "The photo “Photo été 1” is not there. Did you mean “Photo été 1.JPG”?"),
        ('photo ete 1 "Ici"', "The photo “photo ete 1” is not there. Did you mean “Photo été 1.JPG”?"),
        ("Photo été (2)", "The photo “Photo été (2)” is not there. Did you mean “Photo été (2).heic”?"),
        ("Photo_3", "The photo “Photo_3” is not there. Did you mean “Photo_3.png”?"),
        ("Tout autre chose", "“Tout autre chose” is no photo. Photos end in"),
        ("Photo_3.png Une légende", "“Photo_3.png Une légende” is no photo. Photos end in"),
    ],
)
def test_a_photo_without_the_extension_that_windows_hides_is_told(tmp_path: Path, written: str, said: str) -> None:
    files: dict[str, str | bytes | None] = {
        f"{FOLDER}/article.md": f"Titre: X\n{RIGHTS}\n![x]({written})\n",
        f"{FOLDER}/Photo été 1.JPG": b"x",
        f"{FOLDER}/Photo été (2).heic": b"x",
        f"{FOLDER}/Photo_3.png": b"x",
    }
    (wrong,) = told(make_content(tmp_path, files))
    assert said in wrong


def test_an_article_without_folder_has_no_photos(tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {
        "lilas/articles/2022-11-08-x.md": f"Titre: X\n{RIGHTS}\n![x](a.jpg)\n",
        "lilas/articles/a.jpg": b"x",
    }
    assert any(
        "has a folder of its own, « 2022-11-08-x/article.md »" in text for text in told(make_content(tmp_path, files))
    )


def test_a_photo_that_is_a_link_is_refused_even_without_the_scan(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (tmp_path / "secret.jpg").write_bytes(b"x")
    (own / "a.jpg").symlink_to(tmp_path / "secret.jpg")
    source = Source(own / "article.md", "lilas/articles/own/article.md", "articles", "own", "own", own, from_city=False)
    with pytest.raises(Wrong, match="is not there"):
        photo_file("a.jpg", source)


def test_names_with_spaces_and_accents(tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {
        f"{FOLDER}/article.md": f"Titre: X\n{RIGHTS}\n![x](<été à la mer.jpg>)\n![y](%C3%A9t%C3%A9%202.jpg)\n",
        f"{FOLDER}/été à la mer.jpg": b"x",
        f"{FOLDER}/été 2.jpg": b"x",
    }
    assert len(load(make_content(tmp_path, files)).articles[0].photos) == 2


def blurring(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Blur]]:
    """Let photos be blurred; gives what was asked for each."""
    asked: list[tuple[str, Blur]] = []

    def blur(path: Path, alt: str, caption: str, wanted: Blur) -> Photo:
        asked.append((path.name, wanted))
        return fake_photo(path, alt, caption)

    monkeypatch.setattr("tests.plugins.making.BLUR", blur)
    return asked


def test_flou_says_what_is_blurred_in_which_photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = blurring(monkeypatch)
    (article,) = load(content(tmp_path, RIGHTS + "Flou: b.jpg 2\n")).articles
    assert asked == [("b.JPG", Blur(numbers=(2,)))]
    assert len(article.photos) == 2


def test_a_centre_may_ask_for_every_face_to_be_blurred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = blurring(monkeypatch)
    folder = content(tmp_path)
    settings = folder / "lilas/centre.toml"
    settings.write_text('flou = "visages"\n' + settings.read_text("utf-8"), "utf-8")
    load(folder)
    assert asked == [("a.jpg", Blur(faces=True)), ("b.JPG", Blur(faces=True))]


def test_where_nothing_can_be_blurred_the_article_is_an_error_told_once(tmp_path: Path) -> None:
    (said,) = told(content(tmp_path, RIGHTS + "Flou: visages\n"))
    assert said.startswith(f"{FOLDER}/article.md:3 : Faces can't be looked for")


def test_a_wish_that_can_not_be_read_shows_no_photo(tmp_path: Path) -> None:
    opened: list[Path] = []

    def prepare(path: Path, alt: str, caption: str) -> Photo:
        opened.append(path)
        return fake_photo(path, alt, caption)

    with pytest.raises(ContentError, match=r"Did you mean “a\.jpg”"):
        load(content(tmp_path, RIGHTS + "Flou: aa.jpg 2\n"), prepare=prepare)
    assert opened == []
