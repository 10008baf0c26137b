"""Stand-ins for what Pelican loads and no site uses: the names are real, and none does anything."""

from __future__ import annotations

from importlib import import_module

import pytest

from publish.stand_ins import MODULES, StandIn


@pytest.mark.parametrize("name", MODULES)
def test_what_stands_in_is_there_and_refuses_to_be_used(name: str) -> None:
    real = import_module(name)
    for part, instead in MODULES[name].items():
        assert hasattr(real, part), "Pelican takes it from there"
        if issubclass(instead, StandIn):
            with pytest.raises(LookupError, match=f"{part} is left out where centres are built"):
                instead()


def test_readers_of_nothing_refuse_to_read() -> None:
    readers = MODULES["pelican.readers"]["Readers"]({}, "cache")
    assert not readers.extensions
    with pytest.raises(LookupError, match=r"Readers\.read_file is left out"):
        readers.read_file(base_path="/", path="x.md")
