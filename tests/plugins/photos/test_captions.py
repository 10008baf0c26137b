from __future__ import annotations

import pytest

from plugins.errors import Problem
from plugins.photos.captions import Caption, read_captions

PHOTOS = ("Mare.jpg", "foret 2.JPG", "été.heic")


def read(text: str | bytes) -> tuple[dict[str, Caption], list[str]]:
    problems: list[Problem] = []
    data = text if isinstance(text, bytes) else text.encode()
    found = read_captions(data, "x/legendes.txt", PHOTOS, problems)
    return found, [problem.text(str) for problem in problems]


def test_a_line_a_photo_with_caption_description_or_both() -> None:
    text = "\ufeff# nos photos\r\n\r\nmare.JPG : La mare : enfin !\r\n"
    text += "foret 2.jpg : | Trois arbres\r\nÉté.heic: Soleil | Un pré\r\n"
    assert read(text) == (
        {
            "Mare.jpg": Caption("La mare : enfin !", ""),
            "foret 2.JPG": Caption("", "Trois arbres"),
            "été.heic": Caption("Soleil", "Un pré"),
        },
        [],
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("marre.jpg : La mare", "x/legendes.txt:2 : The photo “marre.jpg” is not there. Did you mean “Mare.jpg”?"),
        ("chat-qui-dort.png : Lui", "x/legendes.txt:2 : The photo “chat-qui-dort.png” is not there: put it"),
        ("Mare.jpg La mare", "x/legendes.txt:2 : “Mare.jpg La mare”: write « photo.jpg : caption"),
        (": La mare", "x/legendes.txt:2 : “: La mare”: write"),
        ("Mare.jpg : |", "x/legendes.txt:2 : “Mare.jpg” has neither caption nor description"),
        ("été.heic : Encore", "x/legendes.txt:2 : “été.heic” stands here twice (first at line 1)"),
        (f"Mare.jpg : {'a' * 301}", "x/legendes.txt:2 : “Mare.jpg”: a caption and a description have at most 300"),
    ],
)
def test_what_is_wrong_is_told_by_line(line: str, said: str) -> None:
    found, wrong = read(f"été.heic : Soleil\n{line}\n")
    assert found == {"été.heic": Caption("Soleil", "")}
    assert len(wrong) == 1
    assert wrong[0].startswith(said)


def test_a_file_that_is_no_text_is_one_error() -> None:
    assert read("é".encode("latin-1"))[1][0].startswith("x/legendes.txt : This file is not saved as UTF-8")
