"""Build, then publish: one that fails stops no other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from publish import sites as module
from publish.access import Admission, MembershipKind
from publish.build import BuildRequest, Silent
from publish.errors import Reason, StoreError
from publish.heads import current
from publish.jobs import Built, Failed, Outcome
from publish.layout import blob_key
from publish.policies import read_policy
from publish.sites import Published, publish_sites
from publish.stores.folder import FolderStore
from tests.publish.trees import NOW, files_of, write_tree

ADMISSION = Admission(frozenset({"0929010U"}), "ecoles", frozenset({MembershipKind.GUARDIAN}))


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


@pytest.fixture
def outcomes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Outcome]:
    """What the build gives; a test may change it."""
    city = write_tree(tmp_path / "sites/ville", {"ville.json": b"{}", "charte.html": b"<p>Charte</p>"})
    found: list[Outcome] = [Built("ville", "ville", city, pages=1, photos=0)]
    for slug in ("escudier", "fessart"):
        tree = write_tree(tmp_path / "sites" / slug)
        found.append(Built(slug, slug.title(), tree, pages=3, photos=1, admission=ADMISSION))

    def build(request: BuildRequest, names: tuple[str, ...], progress: object) -> tuple[Outcome, ...]:
        return tuple(replace(each, files=files_of(each.tree)) if isinstance(each, Built) else each for each in found)

    monkeypatch.setattr(module, "build_sites", build)
    return found


def run(store: FolderStore, tmp_path: Path) -> dict[str, Published | Failed]:
    request = BuildRequest(tmp_path / "content", tmp_path / "sites", tmp_path / "cache", NOW, 1)
    results = publish_sites(request, store, (), version="0.1.0", by="camille", clock=lambda: NOW, progress=Silent())
    return {result.slug: result for result in results}


def test_every_site_and_the_city_s_tree(store: FolderStore, tmp_path: Path, outcomes: list[Outcome]) -> None:
    results = run(store, tmp_path)
    assert list(results) == ["ville", "escudier", "fessart"]
    for slug, result in results.items():
        assert isinstance(result, Published)
        found = current(store, slug)
        assert found is not None
        assert found[1].name == result.built.name
    assert read_policy(store, "ville") is None, "the city's tree is nobody's site"
    policy = read_policy(store, "fessart")
    assert policy is not None
    assert policy.policy.admitted == {MembershipKind.GUARDIAN}
    again = run(store, tmp_path)
    assert all(isinstance(result, Published) and not result.publication.changed for result in again.values())


def test_what_was_not_built_is_not_published(store: FolderStore, tmp_path: Path, outcomes: list[Outcome]) -> None:
    outcomes[1] = Failed("escudier", (Reason("no title"),))
    results = run(store, tmp_path)
    assert results["escudier"] is outcomes[1]
    assert current(store, "escudier") is None
    assert isinstance(results["fessart"], Published)


def test_what_can_t_be_published_stops_no_other(
    store: FolderStore, tmp_path: Path, outcomes: list[Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sites/escudier/secret.md").write_bytes(b"Titre: x")
    results = run(store, tmp_path)
    failed = results["escudier"]
    assert isinstance(failed, Failed)
    assert "secret.md is of a type" in failed.problems[0].text(str)
    assert isinstance(results["fessart"], Published)
    real = store.create

    def full(key: str, data: bytes) -> bool:
        if key.startswith("centres/fessart/"):
            raise StoreError("the disk of {folder} is full", folder="/store")
        return real(key, data)

    monkeypatch.setattr(store, "create", full)
    (tmp_path / "sites/escudier/secret.md").unlink()
    (tmp_path / "sites/fessart/index.html").write_bytes(b"<p>new</p>")
    before = current(store, "fessart")
    results = run(store, tmp_path)
    failed = results["fessart"]
    assert isinstance(failed, Failed)
    assert "is full" in failed.problems[0].text(str)
    assert isinstance(results["escudier"], Published)
    assert current(store, "fessart") == before, "what was published stays"


def test_a_damaged_manifest_in_force_is_mended(store: FolderStore, tmp_path: Path, outcomes: list[Outcome]) -> None:
    run(store, tmp_path)
    found = current(store, "fessart")
    assert found is not None
    head, manifest = found
    store.put(f"centres/fessart/releases/{head.release}.json", b"{}")
    built = outcomes[2]
    assert isinstance(built, Built)
    (built.tree / "index.html").write_bytes(b"<p>new</p>")
    outcomes[2] = replace(built, name="Fessart")
    assert isinstance(run(store, tmp_path)["fessart"], Published)
    found = current(store, "fessart")
    assert found is not None
    assert all(store.exists(blob_key("fessart", digest)) for digest in found[1].digests())
    assert found[1].id != manifest.id
