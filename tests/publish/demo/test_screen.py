"""What the demonstration prints, where a run would cost seconds to say the same."""

from __future__ import annotations

from datetime import date
from io import StringIO

import pytest
from rich.console import Console

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
