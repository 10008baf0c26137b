"""The stylesheet's own colours, those of pages without a centre, are readable in light and in dark."""

from __future__ import annotations

import re

import pytest

from plugins.site.colour import DARK, LIGHT, SHAPE, TEXT, Ground, Scale, contrast
from tests.theme.rendering import STATIC

CSS = (STATIC / "preau.css").read_text("utf-8")
ROOTS = [
    dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))
    for block in re.findall(r"^ *:root \{(.*?)\}", CSS, re.DOTALL | re.MULTILINE)
]
SCHEMES = {"light": (ROOTS[0], LIGHT), "dark": (ROOTS[1], DARK)}


def faults(colours: dict[str, str], ground: Ground) -> list[str]:
    """Every pair that is too faint."""
    scale = Scale(*(colours[name] for name in ("accent", "accent-text", "tint", "tint-strong", "accent-line")))
    ground = Ground(colours["paper"], colours["card"], colours["ink"], colours["muted"], dark=ground.dark)
    fixed = [(text, surface, TEXT) for text in (ground.ink, ground.muted) for surface in (ground.paper, ground.card)]
    return [
        f"{one} on {other}: {contrast(one, other):.2f} < {asked}"
        for one, other, asked in (*scale.pairs(ground), *fixed)
        if contrast(one, other) < asked
    ]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_pair_has_its_contrast(scheme: str) -> None:
    colours, ground = SCHEMES[scheme]
    assert faults(colours, ground) == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", ["accent", "accent-text", "accent-line", "ink", "muted"])
def test_a_faint_colour_is_found(scheme: str, name: str) -> None:
    colours, ground = SCHEMES[scheme]
    assert faults({**colours, name: colours["accent" if name == "accent-text" else "paper"]}, ground)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_grounds_are_those_that_centres_are_checked_against(scheme: str) -> None:
    colours, ground = SCHEMES[scheme]
    assert (colours["paper"], colours["card"], colours["ink"], colours["muted"]) == (
        ground.paper, ground.card, ground.ink, ground.muted)  # fmt: skip


def test_the_viewer_is_readable() -> None:
    """It is dark in both schemes, with colours of its own."""
    background, text = "#0f0d0c", "#f5efe7"
    reference = "#bdb2a7"
    assert all(colour in CSS for colour in (background, text, reference))
    assert min(contrast(text, background), contrast(reference, background)) >= TEXT > SHAPE
