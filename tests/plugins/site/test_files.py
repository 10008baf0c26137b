"""The generated stylesheet, the theme's hashed files and the templates' filters."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from markupsafe import Markup

from plugins.errors import LeakError
from plugins.posts.model import Moment
from plugins.site.filters import filters
from plugins.site.stylesheet import hash8, stylesheet
from plugins.site.theme import theme_files
from tests.plugins.making import load, make_content
from tests.project import ROOT

ARTICLE = "Titre: P\nDroit à l'image: vérifié par C le 8 novembre 2022\n\n![x](a.jpg)\n"


def test_the_stylesheet_holds_colours_and_photos(tmp_path: Path) -> None:
    site = load(
        make_content(
            tmp_path, {"lilas/articles/2022-11-08-p/article.md": ARTICLE, "lilas/articles/2022-11-08-p/a.jpg": b"x"}
        )
    )
    path, data = stylesheet(site)
    css = data.decode()
    assert path == f"centre.{hash8(data)}.css"
    assert css.count("--accent:") == css.count("--tint-strong:") == 2
    assert "prefers-color-scheme:dark" in css
    assert f".{site.articles[0].photos[0].css_class}{{" in css
    assert "--ratio:1.3333" in css
    assert stylesheet(site) == (path, data)


def test_theme_files_are_named_by_their_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text(
        "@font-face{src:url(\"f.woff2\")} b{background:url('#x')} c{background:url(data:image/svg+xml,x)}"
    )
    (tmp_path / "f.woff2").write_bytes(b"font")
    files = theme_files(tmp_path)
    font = files["f.woff2"].path
    assert font == f"theme/f.{hash8(b'font')}.woff2"
    assert f'url("{font.removeprefix("theme/")}")'.encode() in files["a.css"].data
    assert files["a.css"].path == f"theme/a.{hash8(files['a.css'].data)}.css"
    (tmp_path / "f.woff2").write_bytes(b"other")
    assert theme_files(tmp_path)["a.css"].path != files["a.css"].path


@pytest.mark.parametrize("target", ["https://fonts.example/f.woff2", "//cdn.example/f.woff2", "absent.woff2"])
def test_a_theme_that_asks_someone_else_is_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "a.css").write_text(f"@font-face{{src:url({target})}}")
    (tmp_path / "f.woff2").write_bytes(b"font")
    with pytest.raises(LeakError, match="refers to"):
        theme_files(tmp_path)


def test_the_projects_own_theme() -> None:
    files = theme_files(ROOT / "themes/preau/static")
    assert "preau.css" in files


def test_filters() -> None:
    words = filters(date(2022, 11, 9))
    assert words["day_words"](date(2022, 11, 16)) == "mercredi 16 novembre"
    assert words["day_words"](date(2023, 1, 4)) == "mercredi 4 janvier 2023"
    assert words["moment_words"](Moment.HOLIDAYS) == "Vacances"
    assert [words["weight"](size) for size in (999, 1500, 1_234_567)] == ["999\u00a0o", "2\u00a0ko", "1,2\u00a0Mo"]
    assert words["typo"]("l'été !") == "l’été\u202f!"
    assert words["typo"](Markup("l'<b>été</b>")) == "l'<b>été</b>"
