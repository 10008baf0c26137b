"""The scene of each test of a withdrawal: published twice, and copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from publish.stores.folder import FolderStore
from publish.withdrawal import run as module
from publish.withdrawal.run import Place
from tests.publish.withdrawal.scene import Scene, in_folder


@pytest.fixture(scope="module")
def published_twice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Published twice, so that an older release holds the photo too; copied by each test."""
    scene = in_folder(tmp_path_factory.mktemp("withdraw") / "made")
    scene.publish("fessart")
    (scene.content / "fessart/rappels/2022-11-07-bottes.md").write_text(
        "Titre: Des gants\nJusqu'au: 2022-11-30\n\nPour le jardin.\n", encoding="utf-8"
    )
    scene.publish("fessart")
    return scene.root


@pytest.fixture
def scene(published_twice: Path, tmp_path: Path) -> Scene:
    shutil.copytree(published_twice, tmp_path / "scene")
    scene = Scene(tmp_path / "scene", FolderStore(tmp_path / "scene/.preau/store"))
    scene.remember()
    return scene


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, scene: Scene) -> Scene:
    """The same, where no build is waited for: what is published is what the last one left, without the photo."""
    digest = scene.address().removeprefix("photos/").partition("-")[0]

    def publish(place: Place, slugs: object, by: str) -> tuple[()]:
        Scene(scene.root, place.store).publish_built(digest)
        return ()

    monkeypatch.setattr(module, "_publish", publish)
    return scene
