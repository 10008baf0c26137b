from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.errors import Problem
from plugins.excerpt import WIDTH, excerpt, find


def underlined(line: str, **values: object) -> str:
    found = excerpt(Problem("a.md", 1, "x", values), [line])
    assert found is not None
    return f"{found.text}\n{found.marks}"


@pytest.mark.parametrize(
    ("line", "values", "shown"),
    [
        ("## Mercredi 10 novembre", {"text": "Mercredi 10 novembre"}, "## Mercredi 10 novembre\n   " + "^" * 20),
        ("- Maternels : pâte", {"label": "Maternels", "meant": "Maternelles"}, "- Maternels : pâte\n  ^^^^^^^^^"),
        ("STATUT : Brouillion", {"text": "brouillion"}, "STATUT : Brouillion\n         ^^^^^^^^^^"),
        ("Date: 9 novenbre", {"text": "9 novenbre", "word": "novenbre"}, "Date: 9 novenbre\n        ^^^^^^^^"),
        ("\tMat. : jeu", {"label": "jeu"}, "    Mat. : jeu\n           ^^^"),
        ("Fête e\u0301te\u0301 xyz", {"text": "xyz"}, "Fête e\u0301te\u0301 xyz\n         ^^^"),
        ("日本 xyz", {"text": "xyz"}, "日本 xyz\n     ^^^"),
        ("a\u202eb xyz\x1b[2J", {"text": "xyz"}, "a�b xyz�[2J\n    ^^^"),
        ("matin = 8h", {"key": "horaires.matin"}, "matin = 8h\n^^^^^"),
        ("  rien de tel", {"text": "autre"}, "  rien de tel\n  ^^^^^^^^^^^"),
        ("deux   espaces ici", {"text": "deux espaces"}, "deux   espaces ici\n^^^^^^^^^^^^^^"),
        ("- un texte long coupé ici", {"text": "un texte long…"}, "- un texte long coupé ici\n  ^^^^^^^^^^^^^"),
        ("Titre: Du pain, du Au", {"text": "Au"}, "Titre: Du pain, du Au\n                   ^^"),
    ],
)
def test_what_is_wrong_is_underlined(line: str, values: dict, shown: str) -> None:
    assert underlined(line, **values) == shown


def test_a_column_counts_characters_of_the_file() -> None:
    found = excerpt(Problem("a.md", 2, "x", {"text": "xyz"}), ["", "\t日本 xyz"])
    assert found is not None
    assert (found.column, found.length) == (5, 3)


def test_a_long_line_is_cut_around_what_is_wrong() -> None:
    shown, marks = underlined("a " * 400 + "xyz" + " b" * 400, text="xyz").split("\n")
    assert len(shown) <= WIDTH + 2
    assert (shown[0], shown[-1]) == ("…", "…")
    assert shown[marks.index("^") :].startswith("xyz")


@pytest.mark.parametrize(
    ("line", "values", "number"),
    [("Titre: T", {"missing": "Au"}, 1), ("", {"text": "x"}, 1), ("x", {"text": "x"}, 0), ("x", {"text": "x"}, 9)],
)
def test_what_is_not_there_is_not_underlined(line: str, values: dict, number: int) -> None:
    assert excerpt(Problem("a.md", number, "x", values), [line]) is None


@given(st.text(max_size=200), st.text(max_size=30))
def test_any_line_and_any_words(line: str, words: str) -> None:
    line = line.replace("\n", " ")
    found = excerpt(Problem("a.md", 1, "x", {"text": words}), [line])
    assert found is None or set(found.marks) <= {" ", "^"}


@given(st.text(min_size=1, max_size=30), st.text(max_size=30))
def test_words_are_found_where_they_stand(words: str, before: str) -> None:
    place = find(words, before + words)
    if words.rstrip("…"):
        assert place is not None
        assert 0 <= place[0] < place[1] <= len(before + words)
