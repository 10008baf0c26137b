"""Each protection stops its attack; taken away, the attack succeeds: the test would notice if it were gone."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from tests.project import ROOT
from tests.publish.gateway.house import House, build_house
from tests.publish.gateway.protections import PROTECTIONS


@pytest.mark.parametrize("name", PROTECTIONS)
def test_the_attack_fails(house: House, name: str) -> None:
    assert not PROTECTIONS[name].attack(house)


@pytest.mark.parametrize("name", PROTECTIONS)
def test_without_the_protection_it_succeeds(
    tmp_path: Path, loop: asyncio.Runner, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    PROTECTIONS[name].remove(monkeypatch)
    house = build_house(tmp_path, loop)
    assert PROTECTIONS[name].attack(house), "either the attack is none, or something else stops it"
    house.close()


def test_the_threat_model_names_each() -> None:
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    named = set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))
    assert named == set(PROTECTIONS)
