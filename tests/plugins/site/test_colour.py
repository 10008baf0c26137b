from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.errors import Wrong
from plugins.site import colour
from plugins.site.colour import DARK, LIGHT, Ground, contrast, safe, scale, to_hex, to_oklch
from tests.project import ROOT

COLOURS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


def test_contrast_is_wcags() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


@given(COLOURS)
def test_a_colour_is_safe_or_the_nearest_safe_one_is_named(value: str) -> None:
    try:
        chosen = safe(value)
    except Wrong as wrong:
        chosen = safe(str(wrong.values["nearest"]))
        assert colour.luminance(chosen) < colour.luminance(value)
    for ground in (LIGHT, DARK):
        for one, other, ratio in scale(chosen, ground).pairs(ground):
            assert contrast(one, other) >= ratio


@given(COLOURS)
def test_oklch_goes_there_and_back(value: str) -> None:
    back = to_hex(*to_oklch(value))
    assert all(abs(int(value[i : i + 2], 16) - int(back[i : i + 2], 16)) <= 1 for i in (1, 3, 5))


def test_a_pale_colour_is_refused_with_its_neighbour() -> None:
    with pytest.raises(Wrong, match="#ffff00 is too light") as wrong:
        safe("#ff0")
    assert contrast(str(wrong.value.values["nearest"]), LIGHT.paper) >= 3


@pytest.mark.parametrize("text", ["rouge", "#12345", "#1234567", "123456", "#gggggg", ""])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(Wrong, match="is no colour"):
        safe(text)


def test_the_check_of_pairs_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(colour, "_moved", lambda value, *_args, **_kwargs: value)  # nothing is made readable any more
    with pytest.raises(Wrong, match="can't be made readable"):
        scale("#ffee00", LIGHT)


@pytest.mark.parametrize("ground", [LIGHT, DARK])
def test_the_grounds_are_the_themes(ground: Ground) -> None:
    css = (ROOT / "themes/preau/static/preau.css").read_text("utf-8")
    blocks = re.findall(r":root\s*\{([^}]*--paper[^}]*)\}", css)
    block = blocks[1 if ground.dark else 0]
    for name in ("paper", "card", "ink", "muted"):
        assert f"--{name}: {getattr(ground, name)};" in block
