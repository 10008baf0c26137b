"""`preau faces`: the page stands where only its owner reads, and holds each face with its number."""

from __future__ import annotations

import errno
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from plugins.photos import blurring, faces
from plugins.photos.blurring import Found, find, look
from plugins.photos.cache import Cache
from plugins.photos.treatment import Box
from publish import private_page
from publish.cli import main
from publish.commands.faces import article_folder
from publish.errors import BuildError
from publish.faces_page import page_text
from publish.private_page import write_page
from publish.staging import WORK
from tests.plugins.making import make_content

ASTRONAUT = Path(__file__).parents[1] / "plugins/photos/data/astronaute.jpg"
FOLDER = "lilas/articles/2022-11-08-potager"
FACE = Box(3500, 1100, 5300, 3500)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    files: dict[str, str | bytes | None] = {
        f"{FOLDER}/article.md": "Titre: X\n\nY\n",
        f"{FOLDER}/<i>.jpg": ASTRONAUT.read_bytes(),
    }
    return make_content(tmp_path / "content", files)


@pytest.fixture
def found(content: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Found, Cache]:
    monkeypatch.setattr(blurring, "find_faces", lambda pictures: [(FACE,)] * len(pictures))
    cache = Cache(tmp_path / "cache", time.time)
    return find(content / FOLDER / "<i>.jpg", content, cache), cache


def test_the_page_shows_each_face_with_its_number(found: tuple[Found, Cache]) -> None:
    photo, cache = found
    html = page_text("2022-11-08-potager", [("<i>.jpg", photo)], cache, "fr")
    assert "<i>" not in html
    assert f'data-file="&lt;i&gt;.jpg" data-mark="{photo.mark}"' in html
    assert "left: 35.0%; top: 11.0%; width: 18.0%; height: 24.0%" in html
    assert "la recherche oublie des visages" in html
    assert "1\u00a0visage trouvé" in html or "1 visage trouvé" in html
    assert "http" not in html.replace("data:image", ""), "it loads nothing"


def test_the_page_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "visages"
    folder.mkdir(mode=0o755)
    (folder / "a.html").write_text("old")
    (folder / "a.html").chmod(0o644)
    page = write_page(folder, "a", "new", ())
    assert page.read_text("utf-8") == "new"
    assert page.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_page_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "visages").symlink_to("elsewhere")
    with pytest.raises(BuildError, match="not a folder of yours"):
        write_page(tmp_path / "visages", "a", "x", ())
    (tmp_path / "own").mkdir()
    (tmp_path / "own/a.html").symlink_to(tmp_path / "seen.html")
    write_page(tmp_path / "own", "a", "x", ())
    assert not (tmp_path / "seen.html").exists()


def test_the_page_stands_in_no_folder_that_others_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Content is shared, a site and a store are published: not there, nor behind a link to there."""
    content, output, site = tmp_path / "content", tmp_path / "output", tmp_path / "site"
    for folder in (content, output / WORK, site):
        folder.mkdir(parents=True)
    (site / "embleme.svg").write_text("x")
    (tmp_path / "link").symlink_to("content")
    for place in (content, content / "a/visages", output / "lilas", site / "visages", tmp_path / "link/visages"):
        with pytest.raises(BuildError, match="must stay out of"):
            write_page(place, "a", "x", (content,))
    assert not list(tmp_path.rglob("*.html"))
    monkeypatch.setattr(private_page, "_refuse_shared", lambda *_: None)
    assert write_page(content / "visages", "a", "x", (content,)).exists(), "this check alone keeps it out"


def preau(tmp_path: Path, content: Path, *arguments: str, cache: str = "cache") -> tuple[int, str]:
    config = tmp_path / "preau.toml"
    config.write_text(f'[build]\ncache = "{cache}"\n[store]\nfolder = "store"\n', "utf-8")
    result = CliRunner().invoke(main, ["--content", str(content), "--config", str(config), *arguments])
    return result.exit_code, result.output


def test_the_command_says_where_the_page_is(content: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blurring, "find_faces", lambda pictures: [(FACE,)] * len(pictures))
    code, said = preau(tmp_path, content, "faces", FOLDER)
    assert code == 0, said
    assert str(tmp_path / "visages/2022-11-08-potager.html") in said.replace("\n", "")
    assert "supprimez-la" in said


def test_a_folder_that_is_closed_is_said(content: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_content: Path, article: Path) -> Path:
        raise PermissionError(errno.EACCES, "", str(article))

    monkeypatch.setattr("publish.commands.faces.article_folder", closed)
    code, said = preau(tmp_path, content, "faces", FOLDER)
    assert code == 1
    assert f"{FOLDER} ne peut pas être lu" in said
    assert "l’accès est refusé" in said


def test_the_command_refuses_a_cache_within_the_content_or_the_store(
    content: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blurring, "find_faces", lambda pictures: [()] * len(pictures))
    for cache in ("content/cache", "store/cache"):
        code, said = preau(tmp_path, content, "faces", FOLDER, cache=cache)
        assert code == 1
        assert "doit rester hors de" in " ".join(said.split())
    assert not list(tmp_path.rglob("*.html"))


def test_without_the_extra_zones_can_still_be_drawn(
    content: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faces, "NEEDED", ("a_package_that_is_not_there",))
    code, said = preau(tmp_path, content, "faces", FOLDER)
    assert code == 0, said
    html = (tmp_path / "visages/2022-11-08-potager.html").read_text("utf-8")
    assert "Les visages n’ont pas été cherchés" in html
    assert '<label class="face' not in html
    assert "Ajouter une zone" in html
    cache = Cache(tmp_path / "cache/photos", time.time)
    assert f"#{look(content / FOLDER / '<i>.jpg', content, cache).mark}" in html


def test_only_an_article_of_the_content_is_shown(content: Path, tmp_path: Path) -> None:
    (tmp_path / "autre").mkdir()
    (tmp_path / "autre/article.md").write_text("x")
    for named in ("../autre", "lilas", str(tmp_path / "autre")):
        with pytest.raises(BuildError, match="no article"):
            article_folder(content, Path(named))
