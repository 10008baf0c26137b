"""What the demonstration prints, where a run would cost seconds to say the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import StringIO

import pytest
from rich.console import Console

from publish.demo.letter import DemoLetter
from publish.demo.road import Road
from publish.demo.screen import welcome
from publish.language import speaking

ROAD = Road("http://127.0.0.1:1", "http://127.0.0.1:2", {"fessart": "Fessart"})


@pytest.mark.parametrize("invented", [True, False])
def test_texts_of_a_real_centre_are_told_to_stand_open(*, invented: bool) -> None:
    shown = StringIO()
    with speaking():
        welcome(Console(file=shown, width=400), ROAD, date(2022, 11, 9), invented=invented)
    assert ("entrer sans mot de passe" in shown.getvalue()) is not invented


def test_a_letter_is_told_with_its_centre() -> None:
    letters = {None: False, DemoLetter("fessart", "X7KD-3MPT-9WCQ"): True}
    for letter, told in letters.items():
        shown = StringIO()
        with speaking():
            welcome(Console(file=shown, width=400), replace(ROAD, letter=letter), date(2022, 11, 9), invented=True)
        assert ("X7KD-3MPT-9WCQ" in shown.getvalue()) is told
        assert ("il ouvre Fessart" in shown.getvalue()) is told
