from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.errors import LeakError
from plugins.leaving.paths import check_path, is_path


@pytest.mark.parametrize(
    "path", ["index.html", "infos/a-b/index.html", "photos/0a-480.webp", "theme/a.1234abcd.css", "calendrier.ics"]
)
def test_a_path_of_a_site(path: str) -> None:
    check_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/index.html",
        "../x.html",
        "a/../b.html",
        "a//b.html",
        "a/./b.html",
        "A.html",
        "é.html",
        "a b.html",
        "a/",
        ".htaccess",
        ".html",
        "a\\b.html",
        "a%2fb.html",
        "..",
        "a/..",
        "a.html\n",
        "-a.html",
        "x" * 300 + ".html",
    ],
)
def test_what_is_none(path: str) -> None:
    assert not is_path(path)
    with pytest.raises(LeakError):
        check_path(path)


@pytest.mark.parametrize("path", ["a.md", "a.toml", "a.php", "a.exe", "a.docx", "a.jpeg", "a", "a.html.bak"])
def test_only_known_kinds_of_files(path: str) -> None:
    with pytest.raises(LeakError):
        check_path(path)


@given(st.text(max_size=60))
def test_a_path_never_leaves_its_folder(path: str) -> None:
    if is_path(path):
        assert not path.startswith(("/", "."))
        assert ".." not in path.split("/")
        assert path.isascii()
        assert path == path.lower()
