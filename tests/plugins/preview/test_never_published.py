"""Every way by which a preview might reach families is closed, by what it is and by what it holds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from plugins.errors import SettingsError
from plugins.leaving import output
from plugins.preview.plugin import Shelf
from plugins.site.model import Site
from plugins.site.plugin import site_of
from publish import release, verify
from publish.errors import BuildError, ReleaseError
from publish.release import make_manifest, make_release
from publish.verify import check_tree
from tests.plugins.making import NOW, load, make_content
from tests.plugins.preview.making import WAITING, put_on_disk, shelf_of

NAMES: Any = {"slug": "lilas", "name": "Les Lilas", "built": NOW, "version": "0"}
VISIBLE = {"lilas/rappels/visible.md": WAITING["lilas/rappels/visible.md"]}


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_content(tmp_path_factory.mktemp("content"), VISIBLE)


@pytest.fixture(scope="module")
def shelf(content: Path, tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    return shelf_of(content, tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def tree(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What somebody who saves the whole preview has."""
    return put_on_disk(shelf, tmp_path_factory.mktemp("tree"))


def test_no_release_is_made_of_a_preview(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ReleaseError, match="comes from a preview"):
        make_release(tree, **NAMES)
    with pytest.raises(ReleaseError, match="comes from a preview"):
        make_manifest(tree, *NAMES.values())
    monkeypatch.setattr(release, "is_preview", lambda data: False)
    assert len(make_release(tree, **NAMES).manifest.files) > 10  # without the check it would be published


@pytest.mark.parametrize("path", ["index.html", "404.html", "calendrier.ics", "rappels/visible/index.html"])
def test_one_file_of_a_preview_is_enough(path: str, tree: Path, tmp_path: Path) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "index.html").write_text("<!DOCTYPE html>")
    (tmp_path / path).write_bytes((tree / path).read_bytes())
    with pytest.raises(ReleaseError, match=re.escape(path)):
        make_release(tmp_path, **NAMES)
    with pytest.raises(BuildError, match="comes from a preview"):
        check_tree(tmp_path, [])


def test_no_tree_of_a_preview_is_put_in_place(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BuildError, match="comes from a preview"):
        check_tree(tree, ["index.html"])
    monkeypatch.setattr(verify, "is_preview", lambda data: False)
    assert "index.html" in check_tree(tree, ["index.html"])


def test_the_second_lock_knows_a_previews_page(tree: Path, content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def told() -> list[str]:
        return [problem.message for problem in output.verify(tree, load(content), content)]

    assert "This file comes from a preview, which may never be published." in told()
    monkeypatch.setattr(output, "is_preview", lambda data: False)
    assert "This file comes from a preview, which may never be published." not in told()


def test_a_previews_site_is_no_site(shelf: Shelf, tree: Path, content: Path) -> None:
    assert isinstance(shelf.site, Site)  # templates can't tell them apart; a build must
    with pytest.raises(SettingsError):
        site_of({"PREAU_SITE": shelf.site})
    assert isinstance(site_of({"PREAU_SITE": load(content)}), Site)
    problems = output.verify(tree, shelf.site, content)
    assert "This is a preview: it may never be published." in [problem.message for problem in problems]
