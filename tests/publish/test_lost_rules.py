"""A rule that alone is lost from a folder, as by a copy made during a publication, is noticed and comes back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from publish.layout import series_key
from publish.policies import read_policy
from publish.stores.folder import FolderStore
from publish.withdrawn import Withdrawn
from tests.publish.stores.memory import MemoryStore
from tests.publish.test_known import ADMISSION, Machine


@pytest.fixture
def folder(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


def narrowed(folder: FolderStore, root: Path, **more: object) -> str:
    """Wide, then narrow with another head; the narrow policy alone is lost; who may enter once ours published again."""
    machine = Machine(folder, root, "camille")
    machine.publish("un")
    narrow = replace(ADMISSION, admission="inscrits")
    assert machine.publish("deux", admission=narrow).head.number == 2
    folder.delete(series_key("fessart", "policies", 2))
    machine.publish("deux", admission=narrow, **more)
    found = read_policy(folder, "fessart")
    assert found is not None
    return found.policy.admission


def test_a_policy_that_alone_is_lost_comes_back(folder: FolderStore, tmp_path: Path) -> None:
    assert narrowed(folder, tmp_path) == "inscrits"


def test_the_site_would_stay_open_without_looking_for_it(
    folder: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("publish.known.FolderStore", MemoryStore)
    assert narrowed(folder, tmp_path) == "ecoles"


def test_nothing_that_was_known_brings_it_back_too(
    folder: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("publish.known.FolderStore", MemoryStore)
    assert narrowed(folder, tmp_path, known=None) == "inscrits"


@pytest.mark.parametrize("looks", [True, False])
def test_a_withdrawal_that_alone_is_lost_comes_back(
    folder: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looks: bool
) -> None:
    machine, content = Machine(folder, tmp_path, "camille"), Withdrawn(0, frozenset({"ab" * 32}))
    machine.publish("un", withdrawn=content)
    key = series_key("fessart", "withdrawn", 1)
    folder.delete(key)
    if not looks:
        monkeypatch.setattr("publish.known.FolderStore", MemoryStore)
    machine.publish("un", withdrawn=content)
    assert folder.exists(key) is looks
