"""The check of a finished tree."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from publish import verify as module
from publish.errors import BuildError
from publish.verify import check_tree, photos_in
from tests.publish.test_release import BAD
from tests.publish.trees import SITE, write_tree


def test_a_good_tree_gives_its_paths(tmp_path: Path) -> None:
    assert check_tree(write_tree(tmp_path), ["index.html", "404.html"]) == {
        path: hashlib.sha256(data).hexdigest() for path, data in sorted(SITE.items())
    }


@pytest.mark.parametrize("spoil", [BAD[name] for name in BAD if name != "no home page"])
def test_what_a_release_refuses_is_refused_here_already(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    tree = write_tree(tmp_path)
    spoil(tree)
    with pytest.raises(BuildError) as caught:
        check_tree(tree, ["index.html"])
    assert caught.value.reasons
    str(caught.value).encode()


def test_a_missing_page_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"rappels/index\.html should have been made"):
        check_tree(write_tree(tmp_path), ["index.html", "rappels/index.html"])


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    tree = write_tree(tmp_path)
    for name in ("link to a file", "Markdown source", "accent"):
        BAD[name](tree)
    with pytest.raises(BuildError) as caught:
        check_tree(tree, ["nowhere.html"])
    assert len(caught.value.reasons) == 4


def test_a_source_would_pass_without_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = write_tree(tmp_path)
    BAD["Markdown source"](tree)
    monkeypatch.setattr(module, "media_type", lambda path: "text/plain")
    assert "brouillon.md" in check_tree(tree, [])


def test_photos_are_counted_once() -> None:
    assert photos_in(["photos/a-480.webp", "photos/a-960.webp", "photos/b-480.jpg", "index.html"]) == 2
