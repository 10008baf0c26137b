from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from plugins.leaving import output
from plugins.leaving.output import expected, verify
from tests.plugins.conftest import Built, phone_photo
from tests.plugins.making import texts

PAGE = "articles/2022-11-08-potager/index.html"


@pytest.fixture
def tree(built: Built, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built.tree, tmp_path / "tree"))


def judged(tree: Path, built: Built) -> list[str]:
    return texts(verify(tree, built.site, built.content))


def append(tree: Path, path: str, text: str) -> None:
    file = tree / path
    file.write_text(file.read_text("utf-8").replace("</main>", text + "</main>"), "utf-8")


def test_a_finished_site_is_accepted(tree: Path, built: Built) -> None:
    assert judged(tree, built) == []
    assert expected(built.site) <= {p.relative_to(tree).as_posix() for p in tree.rglob("*")}


def photo(tree: Path) -> Path:
    return min((tree / "photos").iterdir())


def original(tree: Path, built: Built) -> None:
    shutil.copy(built.content / "lilas/articles/2022-11-08-potager/a.jpg", photo(tree).with_suffix(".jpg"))


def source_text(tree: Path, built: Built) -> None:
    shutil.copy(built.content / "lilas/rappels/bottes.md", tree / "rappels/index.html")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            lambda tree, _: (tree / "plan/index.html").unlink(),
            "plan/index.html : This file should have been made and was not.",
        ),
        (
            lambda tree, _: (tree / "drafts.html").write_text("x"),
            "drafts.html : This file belongs to no page of the site.",
        ),
        (
            lambda tree, _: (tree / "programmes/mercredis/maternelles.ics").unlink(),
            "programmes/mercredis/maternelles.ics : This file should have been made and was not.",
        ),
        (
            lambda tree, _: (tree / "programmes/mercredis/ados.ics").write_bytes(b"BEGIN:VCALENDAR\r\n"),
            "programmes/mercredis/ados.ics : This file belongs to no page of the site.",
        ),
        (lambda tree, _: (tree / "bottes.md").write_text("x"), "bottes.md : A site can't hold a file at this address."),
        (
            lambda tree, _: (tree / "Photo.JPG").write_bytes(b"x"),
            "Photo.JPG : A site can't hold a file at this address.",
        ),
        (lambda tree, _: (tree / ".htaccess").write_text("x"), ".htaccess : A site can't hold a file at this address."),
        (
            lambda tree, _: (tree / "centre.toml").write_text("x"),
            "centre.toml : A site can't hold a file at this address.",
        ),
        (
            lambda tree, _: (tree / "theme/x.html").write_text("x"),
            "theme/x.html : This file belongs to no page of the site.",
        ),
        (lambda tree, _: (tree / "x.html").symlink_to("/etc/passwd"), "x.html : This is no regular file."),
        (lambda tree, _: (tree / "dehors").symlink_to("/etc"), "dehors : This is no regular file."),
        (lambda tree, _: photo(tree).unlink(), "This file should have been made and was not."),
        (
            lambda tree, _: (tree / "photos/0123456789abcdef01234567-480.jpg").write_bytes(phone_photo()),
            "belongs to no page",
        ),
        (original, "This file is the original “lilas/articles/2022-11-08-potager/a.jpg” itself."),
        (original, "still held something besides its pixels"),
        (source_text, "This file is the original “lilas/rappels/bottes.md” itself."),
        (
            lambda tree, _: append(tree, PAGE, "<p>La visite du grand\u00a0magicien</p>"),
            "holds words of “lilas/articles/2022-12-01-surprise",
        ),
        (
            lambda tree, _: append(tree, PAGE, "<p>Le <b>magicien</b> Abracadabrus viendra goûter avec nous.</p>"),
            "holds words of",
        ),
        (
            lambda tree, _: append(tree, "index.html", "<p>Rappel inachevé de Camille</p>"),
            "holds words of “lilas/rappels/brouillon.md”",
        ),
        (
            lambda tree, _: append(tree, PAGE, '<a href="../../articles/2022-12-01-surprise/">x</a>'),
            "which is not in the site",
        ),
        (
            lambda tree, _: append(tree, PAGE, '<img src="https://traceur.example/p.gif" alt="">'),
            "needs “https://traceur.example/p.gif”",
        ),
        (
            lambda tree, _: append(tree, PAGE, '<img srcset="../../photos/absent-480.jpg 480w" alt="">'),
            "needs “../../photos/absent",
        ),
    ],
)
def test_what_must_not_be_there_is_found(
    tree: Path, built: Built, spoil: Callable[[Path, Built], object], said: str
) -> None:
    spoil(tree, built)
    found = judged(tree, built)
    assert any(said in text for text in found), found


def test_words_that_a_published_page_holds_too_are_no_leak(tree: Path, built: Built) -> None:
    append(tree, PAGE, "<p>Deux enfants, des bottes, le potager</p>")
    assert judged(tree, built) == []


@pytest.mark.parametrize("check", ["_sources", "_photos", "_words", "page_problems", "is_path"])
def test_each_check_is_alive(tree: Path, built: Built, monkeypatch: pytest.MonkeyPatch, check: str) -> None:
    spoils: dict[str, Callable[[], object]] = {
        "_sources": lambda: source_text(tree, built),
        "_photos": lambda: photo(tree).write_bytes(phone_photo()),
        "_words": lambda: append(tree, PAGE, "<p>La visite du grand magicien</p>"),
        "page_problems": lambda: append(tree, PAGE, '<script>alert("x")</script>'),
        "is_path": lambda: (tree / "A.html").write_text("x"),
    }
    spoils[check]()
    before = judged(tree, built)
    assert before
    monkeypatch.setattr(output, check, (lambda _path: True) if check == "is_path" else lambda *_args: [])
    assert len(judged(tree, built)) < len(before) or judged(tree, built) != before


def test_a_waiting_post_called_after_a_day_holds_nothing_back() -> None:
    found = output._phrases("Titre: Mercredi 30 novembre 2022\n\nDu lundi 19 au vendredi 23 décembre 2022\n")
    assert found == []
    assert output._phrases("Titre: La surprise du mercredi 30 novembre\n") == []
    assert output._phrases("Titre: La grande surprise du 30 novembre\n") == ["lagrandesurprisedu30novembre"]


def test_a_draft_called_like_every_page_holds_nothing_back(tree: Path, built: Built, tmp_path: Path) -> None:
    content = Path(shutil.copytree(built.content, tmp_path / "content"))
    draft = content / "lilas" / "rappels" / "brouillon.md"
    assert "rappels/brouillon.md" in " ".join(waiting.source for waiting in built.site.waiting)
    draft.write_text("Titre: Accueil de loisirs Les Lilas\nStatut: brouillon\n\nx\n", "utf-8")
    assert texts(verify(tree, built.site, content)) == []
