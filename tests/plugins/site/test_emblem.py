from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from plugins.site.emblem import SHAPES, derived, svg


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_an_emblem_is_a_small_inert_svg(name: str) -> None:
    data = svg(name, "#b4532a")
    root = ET.fromstring(data)
    assert root.attrib["viewBox"] == "0 0 64 64"
    assert len(data) < 1000
    names = {element.tag.split("}")[1] for element in root.iter()}
    assert names <= {"svg", "g", "rect", "circle", "path"}
    attributes = {name for element in root.iter() for name in element.attrib}
    assert attributes <= {
        "viewBox",
        "width",
        "height",
        "rx",
        "fill",
        "x",
        "y",
        "cx",
        "cy",
        "r",
        "d",
        "stroke",
        "stroke-width",
        "stroke-linecap",
        "stroke-linejoin",
    }


def test_a_centre_always_gets_the_same_emblem_and_centres_differ() -> None:
    assert derived("fessart") == derived("fessart")
    assert len({derived(f"centre-{i}") for i in range(31)}) > 6
