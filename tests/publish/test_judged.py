"""What is published is what was judged: no tree, no record and no file that came in between."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from plugins.photos.refused import Register
from publish import sites
from publish.build import Silent
from publish.errors import ReleaseError
from publish.heads import current
from publish.incremental import ledger
from publish.incremental.ledger import Ledger, tree_digests
from publish.jobs import Built, Failed, Outcome
from publish.layout import blob_key
from publish.memory import Memory
from publish.release import Release, make_release
from publish.sites import Published, publish_built
from publish.staging import records_of
from publish.steps import no_log
from publish.stores.folder import FolderStore
from tests.publish.incremental.scene import ARTICLE, Scene, first, unchanged
from tests.publish.trees import NOW

EXTRA = "plan/extra.html"


class Place:
    """A content folder, its sites and a store."""

    def __init__(self, folder: Path) -> None:
        self.scene: Scene = first(folder)
        self.tree = self.scene.request.output / "fessart"
        self.store = FolderStore(folder / "store")
        self.memory = Memory(None, self.store)

    def publish(self, outcomes: dict[str, Outcome]) -> Published | Failed:
        results = publish_built(
            self.scene.request,
            outcomes.values(),
            self.store,
            Register({}),
            {},
            version="0.1.0",
            by="camille",
            clock=lambda: NOW,
            progress=Silent(),
            log=no_log,
            memory=self.memory,
        )
        return {result.slug: result for result in results}["fessart"]

    def edit(self, words: str) -> None:
        post = self.scene.request.content / ARTICLE / "article.md"
        post.write_text(re.sub("Les bottes .*", words, post.read_text("utf-8")), "utf-8")

    def holds(self, words: str) -> bool:
        """Whether a page of the release in force says this."""
        found = current(self.store, "fessart")
        assert found is not None
        pages = [entry for path, entry in found[1].files.items() if path.endswith(".html")]
        return any(words.encode() in (self.store.get(blob_key("fessart", entry.sha256)) or b"") for entry in pages)

    def shows(self, path: str) -> bool:
        found = current(self.store, "fessart")
        return found is not None and path in found[1].files


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def refused(result: Published | Failed) -> None:
    assert isinstance(result, Failed)
    (problem,) = result.problems
    assert isinstance(problem, ReleaseError)
    assert problem.message == sites.CHANGED_SINCE


def unprotected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Believe any record, and any tree."""
    monkeypatch.setattr(sites, "_judged", lambda request, built: tree_digests(records_of(request.output), built.slug))
    monkeypatch.setattr(sites, "_refuse_changed", lambda request, release, built: None)


@pytest.mark.parametrize("protected", [True, False])
def test_the_record_of_an_older_tree_hides_no_edit(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, protected: bool
) -> None:
    place.memory = Memory(tmp_path / "connu", place.store)  # what is known of the release in force spares reading files
    place.publish(place.scene.build())
    monkeypatch.setattr(Ledger, "forget", lambda self, slug: None)  # a disk that takes no change of names any more
    monkeypatch.setattr(Ledger, "keep", lambda self, slugs, noted: None)
    if not protected:
        unprotected(monkeypatch)
    place.edit("Les bottes sont rangées.")
    assert isinstance(place.publish(place.scene.build()), Published)
    assert place.holds("Les bottes sont rangées.") is protected


@pytest.mark.parametrize("protected", [True, False])
@pytest.mark.parametrize("already", [True, False])
def test_a_file_that_nobody_judged_never_leaves(
    place: Place, monkeypatch: pytest.MonkeyPatch, *, already: bool, protected: bool
) -> None:
    if already:
        assert isinstance(place.publish(place.scene.build()), Published)
    outcomes = place.scene.build()
    (place.tree / EXTRA).write_text("<p>Personne ne m’a lu.</p>", "utf-8")
    if not protected:
        unprotected(monkeypatch)
        assert isinstance(place.publish(outcomes), Published)
        assert place.shows(EXTRA)
        return
    refused(place.publish(outcomes))
    assert isinstance(place.publish(place.scene.build()), Published), "the same command again"
    assert not place.shows(EXTRA)


@pytest.mark.parametrize("protected", [True, False])
def test_a_page_with_other_words_never_leaves(
    place: Place, monkeypatch: pytest.MonkeyPatch, *, protected: bool
) -> None:
    outcomes = place.scene.build()
    (place.tree / "index.html").write_text("<p>Personne ne m’a lu.</p>", "utf-8")
    if not protected:
        unprotected(monkeypatch)
        assert isinstance(place.publish(outcomes), Published)
        assert place.holds("Personne")
        return
    refused(place.publish(outcomes))
    assert isinstance(place.publish(place.scene.build()), Published), "the same command again"
    assert not place.holds("Personne")


def test_the_tree_of_another_build_is_not_published_as_this_one_s(place: Place) -> None:
    place.publish(place.scene.build())
    place.edit("Les bottes de A.")
    outcomes = place.scene.build()
    place.edit("Les bottes de B.")
    assert isinstance(place.scene.build()["fessart"], Built)  # somebody else's build, before this one is published
    refused(place.publish(outcomes))
    assert place.holds("Les bottes aux pieds.")


def test_a_tree_that_is_swapped_after_its_record_was_read(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.publish(place.scene.build())
    place.edit("Les bottes sont rangées.")
    outcomes, real = place.scene.build(), make_release

    def swap(tree: Path, **more: object) -> Release:
        if tree == place.tree:
            shutil.copytree(tree, tree.with_name("other"))
            shutil.rmtree(tree)
            tree.with_name("other").rename(tree)
            (tree / EXTRA).write_text("<p>Personne ne m’a lu.</p>", "utf-8")
        return real(tree, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(sites, "make_release", swap)
    refused(place.publish(outcomes))
    assert place.holds("Les bottes aux pieds.")


def test_a_file_that_left_no_trace_stops_one_publication_alone(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.publish(place.scene.build())
    (place.tree / EXTRA).write_text("<p>Personne ne m’a lu.</p>", "utf-8")
    monkeypatch.setattr(ledger, "is_site_still", lambda folder, looks: True)  # the clock of a coarse disk
    outcomes = place.scene.build()
    assert "fessart" in unchanged(outcomes.values())
    refused(place.publish(outcomes))
    assert isinstance(place.publish(place.scene.build()), Published)
    assert not (place.tree / EXTRA).exists()
