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


def test_every_test_that_the_threat_model_names_exists() -> None:
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    table = text.partition("## What went wrong elsewhere")[2].partition("\n## ")[0]
    rows = [line.rpartition(" | ")[2] for line in table.splitlines() if line.startswith("| ") and "---" not in line][1:]
    assert len(rows) > 30
    for row in rows:
        named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", row)
        assert named or re.findall(r"protection `([^`]+)`", row), row
        for file, name in named:
            files = list((ROOT / "tests").rglob(file))
            assert any(f"def {name}(" in found.read_text("utf-8") for found in files), f"{file}::{name}"
        for name in re.findall(r"protection `([^`]+)`", row):
            assert name in PROTECTIONS


def test_the_threat_model_names_each() -> None:
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    named = set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))
    assert named == set(PROTECTIONS)
