"""`preau faces`: the page stands where only its owner reads, and holds each face with its number."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from plugins.photos import blurring
from plugins.photos.blurring import find
from plugins.photos.cache import Cache
from plugins.photos.treatment import Box
from publish.commands.faces import article_folder, write_page
from publish.errors import BuildError
from tests.plugins.making import make_content

ASTRONAUT = Path(__file__).parents[1] / "plugins/photos/data/astronaute.jpg"
FOLDER = "lilas/articles/2022-11-08-potager"


def test_the_page_is_private_and_shows_each_face(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blurring, "find_faces", lambda pictures: [(Box(3500, 1100, 5300, 3500),)] * len(pictures))
    files: dict[str, str | bytes | None] = {
        f"{FOLDER}/article.md": "Titre: X\n\nY\n",
        f"{FOLDER}/<i>.jpg": ASTRONAUT.read_bytes(),
    }
    content = make_content(tmp_path / "content", files)
    cache = Cache(tmp_path / "cache", time.time)
    folder = article_folder(content, Path(FOLDER) / "article.md")
    found = find(folder / "<i>.jpg", content, cache)
    page = write_page(tmp_path / "visages", folder.name, [("<i>.jpg", found)], cache)
    assert page.stat().st_mode & 0o777 == 0o600
    assert page.parent.stat().st_mode & 0o777 == 0o700
    html = page.read_text("utf-8")
    assert "<i>" not in html
    assert f'data-file="&lt;i&gt;.jpg" data-mark="{found.mark}" value="1"' in html
    assert "left: 35.0%; top: 11.0%; width: 18.0%; height: 24.0%" in html


def test_only_an_article_of_the_content_is_shown(tmp_path: Path) -> None:
    content = make_content(tmp_path / "content", {f"{FOLDER}/article.md": "Titre: X\n\nY\n"})
    (tmp_path / "autre").mkdir()
    (tmp_path / "autre/article.md").write_text("x")
    for named in ("../autre", "lilas", str(tmp_path / "autre")):
        with pytest.raises(BuildError, match="no article"):
            article_folder(content, Path(named))
