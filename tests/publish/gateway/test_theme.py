"""The theme's files: a fixed list under names that hold their digest."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from publish.errors import ServeError
from publish.gateway.app import THEME_FOLDER
from publish.gateway.theme import load_theme
from tests.publish.gateway.browser import Browser
from tests.publish.gateway.house import THEME, House


def test_names_and_contents(house: House) -> None:
    theme = house.gateway.theme
    assert set(theme.urls) == set(THEME)
    for name, url in theme.urls.items():
        file = theme.files[url.removeprefix("/-/theme/")]
        assert file.name.split(".")[1] == hashlib.sha256(file.data).hexdigest()[:8]
        assert name.endswith(file.name.rsplit(".", 1)[1])
    font = theme.urls["nunito.woff2"].removeprefix("/-/theme/")
    assert f'url("{font}")'.encode() in theme.files[theme.urls["preau.css"].removeprefix("/-/theme/")].data


def test_serving(house: House, nobody: Browser) -> None:
    for name, url in house.gateway.theme.urls.items():
        answer = nobody.fetch(url)
        assert answer.status == 200
        assert answer.header("cache-control") == "public, max-age=31536000, immutable"
        assert nobody.fetch(url, if_none_match=str(answer.header("etag"))).status == 304
        assert nobody.fetch(f"/-/theme/{name}").status == 404, "a plain name would be kept for ever too"


@pytest.mark.parametrize("name", ["", "..", "x.css", "preau.00000000.css", "../compte", "%2e%2e", "a/b", "preau.css?x"])
def test_nothing_else_is_served(nobody: Browser, name: str) -> None:
    assert nobody.fetch(f"/-/theme/{name}").status in (401, 404)


def test_the_real_theme() -> None:
    theme = load_theme(THEME_FOLDER)
    assert {"preau.css", "favicon.svg"} <= set(theme.urls)
    css = theme.files[theme.urls["preau.css"].removeprefix("/-/theme/")].data.decode()
    named = set(re.findall(r'url\("([^"]+)"\)', css))
    assert named
    assert named <= set(theme.files)


def test_what_a_stylesheet_names_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "x.css").write_text("a { background: url(https://evil.example/x.png) }")
    with pytest.raises(ServeError, match="evil"):
        load_theme(tmp_path)


def test_other_files_are_not_published(tmp_path: Path) -> None:
    for name in ("x.html", "x.txt", ".hidden.css", "secret.key"):
        (tmp_path / name).write_text("x")
    assert not load_theme(tmp_path).urls


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ServeError, match="theme"):
        load_theme(tmp_path / "x")
