from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.posts import header, keys
from plugins.posts.comments import without_comments
from tests.plugins.making import load, make_content, texts, told


def kept(text: str) -> tuple[list[str | None], list[str]]:
    lines, problems = without_comments(text, "a.md")
    return lines, texts(problems)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a <!-- b --> c", ["a  c"]),
        ("<!-- b -->\nc", [None, "c"]),
        ("a\n<!-- b\n\nc -->\nd", ["a", None, None, None, "d"]),
        ("<!-- a --><!-- b --> c", [" c"]),
        ("<!-- a\nb --> c", [None, " c"]),
        ("midi --> parc", ["midi --> parc"]),
        ("<!---->x", ["x"]),
    ],
)
def test_what_is_left(text: str, lines: list[str | None]) -> None:
    assert kept(text) == (lines, [])


@pytest.mark.parametrize(
    ("text", "left", "said"),
    [
        ("a\n<!-- secret\nsecret", ["a", None, None], "a.md:2 : “<!--” opens a comment that nothing closes"),
        ("<!-- a <!-- secret --> secret -->", [" secret -->"], "a.md:1 : “<!--” stands inside a comment"),
        ("<!-- a -->\nsecret -->", [None, "secret -->"], "a.md:2 : “-->” looks like half a comment"),
        ("<!— secret —>", ["<!— secret —>"], "a.md:1 : “<!—” looks like half a comment"),
    ],
)
def test_half_a_comment_is_an_error(text: str, left: list[str | None], said: str) -> None:
    lines, wrong = kept(text)
    assert lines == left
    assert any(words.startswith(said) for words in wrong)


@given(st.lists(st.sampled_from(["<!--", "-->", "\n", "a", " ", "secret"]), max_size=30))
def test_lines_keep_their_numbers_and_no_comment_is_kept(parts: list[str]) -> None:
    text = "".join(parts)
    lines, problems = without_comments(text, "a.md")
    assert len(lines) == text.count("\n") + 1
    if not problems:
        assert not any("<!--" in (line or "") for line in lines)


def test_comments_anywhere_in_a_header() -> None:
    text = "<!-- p -->\n---\n<!-- la date\nici -->\nTitre: A <!-- court -->\n<!-- x -->\nAuteur: B\n---\nC <!-- z -->\n"
    document, problems = header.read(text.encode(), "a.md", keys.INFOS)
    assert problems == []
    assert {name: (field.value, field.line) for name, field in document.fields.items()} == {
        "Titre": ("A", 5),
        "Auteur": ("B", 7),
    }
    assert (document.body.strip(), document.body_line) == ("C", 9)
    document, problems = header.read(b"Titre: A\n<!-- x -->\nAuteur: B\n<!-- y -->\n\nC\n", "a.md", keys.INFOS)
    assert problems == []
    assert (document.line(keys.AUTHOR), document.body_line) == (3, 5)


POST = (
    "Titre: A <!-- secret -->\nDate: 8 novembre 2022\n\n<!-- secret\n\n- secret -->\n"
    "Texte <!-- secret --> suite\n\n```\n<!-- secret -->\n```\n"
)


def test_nothing_of_a_comment_reaches_a_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = make_content(tmp_path, {"lilas/articles/a.md": POST})
    assert told(content) == []
    assert "secret" not in repr(load(content).articles)
    monkeypatch.setattr(header, "without_comments", lambda text, file: (text.split("\n"), []))
    assert "secret" in repr(load(content).articles)


def test_an_open_comment_stops_its_centre(tmp_path: Path) -> None:
    content = make_content(tmp_path, {"lilas/articles/a.md": POST.replace("secret -->\nTexte", "secret ->\nTexte")})
    assert any("comment" in words for words in told(content))
