from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from plugins.errors import Wrong
from plugins.site.centre import check_slug, parse_hours, parse_uai, read_centre
from plugins.site.model import Hours
from tests.plugins.making import CENTRE, make_content, texts, told


def wrong(text: str | bytes) -> list[str]:
    data = text if isinstance(text, bytes) else text.encode()
    return texts(read_centre(data, "lilas", "lilas/centre.toml")[1])


def test_a_whole_file() -> None:
    centre, problems = read_centre(CENTRE.encode(), "lilas", "lilas/centre.toml")
    assert problems == []
    assert (centre.slug, centre.name, centre.schools) == ("lilas", "Les Lilas", ("0929010U",))
    assert next((g.name, g.ages, g.aliases) for g in centre.groups) == ("Maternelles", "3-5 ans", ("Mat.",))
    assert centre.hours["matin"] == Hours(time(8, 30), time(11, 45))
    assert (centre.admission, centre.admitted, centre.moderation) == ("ecoles", ("child", "guardian"), False)
    assert "calendrier" in centre.functions
    assert centre.emblem


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "nom = ",
            "nmo = ",
            [
                "lilas/centre.toml:1 : The key “nmo” is unknown. Did you mean “nom”?",
                "lilas/centre.toml : The key “nom” is missing.",
            ],
        ),
        (
            '"0929010U"',
            '"0929010V"',
            [
                (
                    "lilas/centre.toml:6 : The school code (UAI) “0929010V” holds a mistake: 0929010 goes with "
                    "the letter U."
                )
            ],
        ),
        (
            '"0929010U"',
            '"12"',
            [("lilas/centre.toml:6 : “12” is no school code (UAI): seven digits and a letter, such as « 0929010U ».")],
        ),
        (
            '"#b4532a"',
            '"rouge"',
            [
                (
                    "lilas/centre.toml:5 : “rouge” is no colour. Write « #b4532a »: # and six characters, 0 to 9 and "
                    "a to f."
                )
            ],
        ),
        ("lilas@alsh.example", "lilas", ["lilas/centre.toml:4 : “courriel”: “lilas” is no e-mail address."]),
        (
            "01 99 00 12 34",
            "tout le temps",
            [("lilas/centre.toml:3 : “telephone”: “tout le temps” is no telephone number. Write « 01 99 00 12 34 ».")],
        ),
        ('"8h30-11h45"', '"8h30"', ["lilas/centre.toml:19 : “8h30” is not read as hours. Write « 8h30-11h45 »."]),
        (
            '"16h30-18h30"',
            '"18h30-16h30"',
            ["lilas/centre.toml:22 : “18h30-16h30”: the end must come after the beginning."],
        ),
        ("matin =", "mattin =", ["lilas/centre.toml:19 : The key “horaires.mattin” is unknown. Did you mean “matin”?"]),
        ("ages =", "age =", ["lilas/centre.toml:10 : The key “groupes.age” is unknown. Did you mean “ages”?"]),
        ('ages = "6', 'age = "6', ["lilas/centre.toml:15 : The key “groupes.age” is unknown. Did you mean “ages”?"]),
        (
            'ecoles = ["0929010U"]',
            "ecoles = 3",
            ['lilas/centre.toml:6 : “ecoles” must be a list of texts: ecoles = ["…", "…"].'],
        ),
        (
            "couleur =",
            "moderation = true\ncouleur =",
            ["lilas/centre.toml:5 : With moderation = true, “valideurs” must name who may validate."],
        ),
        (
            "couleur =",
            'moderation = "oui"\ncouleur =',
            ["lilas/centre.toml:5 : “moderation” must be true or false, without quotes."],
        ),
        (
            "couleur =",
            'admission = "tous"\ncouleur =',
            ["lilas/centre.toml:5 : “admission”: “tous” is not one of « ecoles », « inscrits »."],
        ),
        (
            "couleur =",
            'profils = ["parent"]\ncouleur =',
            ["lilas/centre.toml:5 : “profils”: “parent” is not one of « enfant », « responsable », « personnel »."],
        ),
        ("couleur =", "profils = []\ncouleur =", ["lilas/centre.toml:5 : “profils” is empty: nobody could enter."]),
        ('nom = "Élémentaires"', 'nom = "mat."', ["lilas/centre.toml:8 : Two groups are called “mat.”."]),
        ('"Les Lilas"', "Les Lilas", None),
    ],
)
def test_a_mistake_names_key_line_and_what_to_write(old: str, new: str, said: list[str] | None) -> None:
    found = wrong(CENTRE.replace(old, new, 1))
    if said is None:
        assert len(found) == 1
        assert found[0].startswith("lilas/centre.toml:1 : This line is not written as TOML")
    else:
        assert sorted(found) == sorted(said)


def test_all_mistakes_are_told_at_once() -> None:
    found = wrong(CENTRE.replace("0929010U", "0929010V").replace("#b4532a", "#fff").replace('nom = "Les', 'nmo = "Les'))
    assert len(found) == 4


def test_settings_that_are_no_toml_are_not_told_again_by_every_post(tmp_path: Path) -> None:
    broken = {
        "lilas/centre.toml": 'nom = "Lilas\n',
        "lilas/articles/a.md": "Titre: A\nDate: 8 novembre 2022\nPublic: Maternelles\n\nx\n",
    }
    assert [text.split(" : ")[0] for text in told(make_content(tmp_path, broken))] == ["lilas/centre.toml:1"]


def test_an_empty_file_names_everything_that_is_missing() -> None:
    found = " ".join(wrong(""))
    for key in ("nom", "adresse", "telephone", "courriel", "couleur", "ecoles", "groupes", "horaires"):
        assert key in found


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe", b"nom = \xe9", b"a" * 2_000_000, b"[[[[", b"x = " + b"[" * 5000, b"x = " + b"1" * 5000],
)
def test_no_bytes_crash_it(data: bytes) -> None:
    assert wrong(data)


@pytest.mark.parametrize("slug", ["lilas", "maitre-jacques", "a", "a1-b"])
def test_a_slug(slug: str) -> None:
    check_slug(slug)


@pytest.mark.parametrize(
    "slug", ["ville", "Lilas", "1er", "-a", "é", "a_b", "a.b", "..", "", "a" * 64, "a/b", "lilas\n"]
)
def test_an_impossible_slug(slug: str) -> None:
    with pytest.raises(Wrong):
        check_slug(slug)


def test_every_pilot_school_code_has_its_right_letter() -> None:
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
    for number in range(929001, 929032):
        code = f"0{number}{letters[number % 23]}"
        assert parse_uai(code.lower()) == code
        for other in letters:
            if other != code[-1]:
                with pytest.raises(Wrong):
                    parse_uai(code[:-1] + other)


@pytest.mark.parametrize("text", ["8h30-11h45", "8 h 30 – 11 h 45", "de 8h30 à 11h45", "8:30-11:45"])
def test_hours(text: str) -> None:
    assert parse_hours(text) == Hours(time(8, 30), time(11, 45))


@pytest.mark.parametrize("name", ["Les\\u0001Lilas", "Les\\u0000Lilas", "\\u200b", "L" * 301])
def test_a_name_that_no_page_could_show_is_refused(name: str) -> None:
    text = CENTRE.replace("Les Lilas", name)
    _, problems = read_centre(text.encode(), "lilas", "centre.toml")
    assert ["can't be shown" in problem.text(str) for problem in problems] == [True]


def test_invisible_marks_of_a_copied_text_are_dropped() -> None:
    centre, problems = read_centre(CENTRE.replace("Les Lilas", "Les\\u200b Li\\u00adlas").encode(), "lilas", "c")
    assert (centre.name, problems) == ("Les Lilas", [])
