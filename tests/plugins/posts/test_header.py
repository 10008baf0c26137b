from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.errors import Problem
from plugins.posts import keys
from plugins.posts.header import MAX_BYTES, MAX_LINES, MAX_SIGNS, Document, decode, read
from tests.plugins.making import texts


def header(text: str | bytes, kind: str = keys.ARTICLES) -> tuple[Document, list[str]]:
    document, problems = read(text if isinstance(text, bytes) else text.encode(), "a.md", kind)
    return document, texts(problems)


def test_lines_up_to_the_first_blank_one() -> None:
    document, wrong = header("Titre: Le potager\nAuteur : Camille\n\nTexte\n\nsuite")
    assert wrong == []
    assert {name: field.value for name, field in document.fields.items()} == {
        "Titre": "Le potager",
        "Auteur": "Camille",
    }
    assert (document.body, document.body_line) == ("\nTexte\n\nsuite", 3)


@pytest.mark.parametrize(
    "text",
    [
        "---\nTitre: T\n---\nTexte",
        "\n\nTitre: T\n\nTexte",
        "\ufeffTitre: T\n\nTexte",
        "TITRE : T\r\n\r\nTexte",
        "titre\u00a0: T\r\rTexte",
        "---\nTitre: T\n\nTexte",
    ],
)
def test_fences_marks_and_line_ends_change_nothing(text: str) -> None:
    document, wrong = header(text)
    assert wrong == []
    assert document.value(keys.TITLE) == "T"
    assert document.body.strip() == "Texte"


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_their_ends(ends: str) -> None:
    document, wrong = header(ends.join(["Titre: T", "Moment: midi", "Auteur: A", "Tirte: x", "", "b"]))
    assert wrong == ["a.md:4 : The key “Tirte” is unknown here. Did you mean “Titre”?"]
    assert document.body_line == 5


def test_everything_that_is_wrong_is_told_at_once() -> None:
    _, wrong = header("Tirte: T\nAuteur:\nMoment: midi\nMoment: soir\nbonjour\n\nTexte")
    assert wrong == [
        "a.md:1 : The key “Tirte” is unknown here. Did you mean “Titre”?",
        "a.md:2 : “Auteur:” has no value.",
        "a.md:4 : “Moment” is written twice (first at line 3). Keep one.",
        (
            "a.md:5 : “bonjour” is in the header but is not “Key: value”. Put it on the line of its key, or leave "
            "a blank line before the text."
        ),
        "a.md:1 : The line “Titre: …” is missing from the header.",
    ]


def test_a_key_of_pelican_is_unknown() -> None:
    _, wrong = header("Titre: T\nSave_as: ../lilas-bis/x.html\nUrl: x\nTemplate: y\nSlug: z\n\nTexte")
    assert [text.split("“")[1].split("”")[0] for text in wrong] == ["Save_as", "Url", "Template", "Slug"]


def test_a_file_without_header_says_so_once() -> None:
    document, wrong = header("# Bonjour\nCeci est un texte\nsans titre")
    assert len(wrong) == 2
    assert document.body.startswith("# Bonjour")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"Titre: caf\xe9\n\n", "not saved as UTF-8 (line 1)"),
        (b"Titre: ok\n\nun\ncaf\xe9", "not saved as UTF-8 (line 4)"),
        ("Titre: T\n".encode("utf-16"), "saved as UTF-16"),
        (b"Titre: a\0b\n", "no text"),
        (b"x" * (MAX_BYTES + 1), "too large"),
        (b"\n" * (MAX_LINES + 1), "1501 lines, far more than a post"),
        *(
            (sign.encode() * (most + 1), f"the sign “{sign}” {most + 1} times, far more than a post")
            for sign, most in MAX_SIGNS.items()
        ),
    ],
)
def test_what_is_no_text_is_one_clear_problem(data: bytes, said: str) -> None:
    _, wrong = header(data)
    assert len(wrong) == 1
    assert said in wrong[0]


@given(st.binary(max_size=400), st.sampled_from(sorted(keys.ALL)))
def test_no_bytes_crash_it(data: bytes, kind: str) -> None:
    document, problems = read(data, "a.md", kind)
    assert all(isinstance(problem, Problem) for problem in problems)
    assert document.body_line >= 1


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300), st.sampled_from(sorted(keys.ALL)))
def test_no_text_crashes_it(text: str, kind: str) -> None:
    document, problems = read(("Titre: T\n" + text).encode(), "a.md", kind)
    for problem in problems:
        assert problem.text(str)
    assert "\r" not in document.body


def test_decoding_keeps_accents() -> None:
    assert decode("\ufeffé\r\nœ".encode()) == "é\nœ"


@pytest.mark.parametrize("line", ["Auteur: a" + " " * 900_000 + "b", " " * 900_000 + "x", "x" * 900_000, ":" * 900_000])
@pytest.mark.timeout(20)
def test_a_line_of_a_megabyte_takes_no_time(line: str) -> None:
    header(f"Titre: T\n{line}\n\nTexte")


def test_a_slip_in_a_header_hides_none_of_its_other_lines() -> None:
    document, wrong = header("Titre Le potager\nAuteur: Camille\n\nTexte")
    assert (document.value(keys.TITLE), document.value(keys.AUTHOR)) == ("Le potager", "Camille")
    assert wrong == ["a.md:1 : “Titre Le potager”: write a colon after the key, « Titre: Le potager »."]


def test_a_key_in_stars_is_that_key() -> None:
    document, wrong = header("**Titre :** Le *beau* potager\n**Auteur** : Camille\n\nTexte")
    assert wrong == []
    assert (document.value(keys.TITLE), document.value(keys.AUTHOR)) == ("Le *beau* potager", "Camille")


@pytest.mark.parametrize(
    ("line", "start", "end"),
    [
        ("Du: 24 octobre au 4 novembre 2022", "24 octobre 2022", "4 novembre 2022"),
        ("Période : du lundi 19 décembre au 6 janvier 2023", "lundi 19 décembre 2022", "6 janvier 2023"),
        ("Du: 24/10/2022 au 04/11/2022", "24/10/2022", "04/11/2022"),
    ],
)
def test_a_period_on_one_line_is_both_its_days(line: str, start: str, end: str) -> None:
    document, wrong = header(f"Titre: T\n{line}\n\nTexte", keys.PROGRAMMES)
    assert wrong == []
    assert (document.value(keys.START), document.value(keys.END)) == (start, end)


def test_a_key_that_must_be_and_stands_below_a_blank_line_is_told_there() -> None:
    _, wrong = header("Titre: T\n\nJusqu'au: 30 novembre 2022\n", keys.REMINDERS)
    assert wrong == ["a.md:3 : “Jusqu'au: 30 novembre 2022” stands below the header, where it changes nothing: put it above the first blank line."]  # fmt: skip # noqa: E501
