"""`preau verify`: each damage is found and named; a local build mends it; what was withdrawn never comes back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from publish import integrity, withdrawn
from publish.cli import main
from publish.history import rollback
from publish.integrity import ALTERED, MISSING, UNREADABLE, Damage, LocalBuild, examine
from publish.layout import blob_key, release_key, series_key
from publish.manifest import Manifest
from publish.publication import publish
from publish.release import Release, make_release
from publish.session import Session
from publish.stores.folder import FolderStore
from tests.publish.trees import NOW, PHOTO, SITE, of_older_version, release, write_tree

PHOTO_PATH = "photos/0123456789abcdef01234567-480.webp"


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path / ".preau/sites/fessart")


@pytest.fixture
def manifest(store: FolderStore, tree: Path) -> Manifest:
    """Published from `tree`, which is still there."""
    made = release(tree)
    publish(store, made, now=NOW, by="Camille")
    return made.manifest


def local(tree: Path, name: str = "Fessart") -> LocalBuild:
    return LocalBuild(tree, name, NOW)


def key_of(manifest: Manifest, path: str) -> str:
    return blob_key("fessart", manifest.files[path].sha256)


def test_a_sound_centre(store: FolderStore, tree: Path, manifest: Manifest) -> None:
    publish(store, release(write_tree(tree, SITE, **{"infos/a/index.html": b"<title>A</title>"})), now=NOW, by="x")
    health = examine(store, "fessart")
    assert (health.releases, health.gone, health.damages, health.unmended) == (2, 0, (), 0)
    assert health.files == len(manifest.digests()) + 1
    assert health.size == manifest.size + len(b"<title>A</title>")


def test_each_damage_is_named_and_nothing_is_written(store: FolderStore, tree: Path, manifest: Manifest) -> None:
    store.delete(key_of(manifest, PHOTO_PATH))
    store.put(key_of(manifest, "index.html"), b"rotten")
    health = examine(store, "fessart")
    assert set(health.damages) == {
        Damage(PHOTO_PATH, MISSING, in_force=True),
        Damage("index.html", ALTERED, in_force=True),
    }
    assert store.get(key_of(manifest, PHOTO_PATH)) is None


def test_what_the_local_build_holds_is_written_again(store: FolderStore, tree: Path, manifest: Manifest) -> None:
    lost = [key_of(manifest, PHOTO_PATH), key_of(manifest, "index.html"), release_key("fessart", manifest.id)]
    before = {key: store.get(key) for key in lost}
    store.delete(lost[0])
    store.put(lost[1], b"rotten")
    store.put(lost[2], b'{"format": 1, "site"')
    health = examine(store, "fessart", local(tree))
    assert len(health.damages) == 3
    assert health.unmended == 0
    assert {key: store.get(key) for key in lost} == before
    assert examine(store, "fessart").damages == ()


def test_a_build_that_differs_mends_nothing_that_differs(store: FolderStore, tree: Path, manifest: Manifest) -> None:
    store.delete(key_of(manifest, PHOTO_PATH))
    store.delete(release_key("fessart", manifest.id))
    (tree / PHOTO_PATH).write_bytes(PHOTO + b"other")
    health = examine(store, "fessart", local(tree))
    assert health.damages == (Damage(f"releases/{manifest.id[:12]}.json", MISSING, in_force=True),)
    assert examine(store, "fessart", local(tree / "nowhere")).unmended == 1
    assert store.get(key_of(manifest, PHOTO_PATH)) is None


def test_a_link_in_the_local_build_is_not_followed(
    store: FolderStore, tree: Path, manifest: Manifest, tmp_path: Path
) -> None:
    store.delete(key_of(manifest, PHOTO_PATH))
    (tmp_path / "aside").write_bytes(PHOTO)
    (tree / PHOTO_PATH).unlink()
    (tree / PHOTO_PATH).symlink_to(tmp_path / "aside")
    assert examine(store, "fessart", local(tree)).unmended == 1


def take_back(store: FolderStore, manifest: Manifest) -> str:
    """Withdraw the photo, and lose its bytes; its key."""
    key = key_of(manifest, PHOTO_PATH)
    withdrawn.withdraw(
        store, "fessart", digests=[manifest.files[PHOTO_PATH].sha256], paths=[PHOTO_PATH], since=NOW, by="Ville"
    )
    store.delete(key)
    return key


def test_what_was_withdrawn_is_no_damage_and_never_comes_back(
    store: FolderStore, tree: Path, manifest: Manifest
) -> None:
    key = take_back(store, manifest)
    assert examine(store, "fessart", local(tree)).damages == ()
    assert store.get(key) is None


def test_without_the_register_it_would_come_back(
    store: FolderStore, tree: Path, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = take_back(store, manifest)
    monkeypatch.setattr(integrity, "read_withdrawn", lambda *_: withdrawn.Withdrawn())
    assert len(examine(store, "fessart", local(tree)).damages) == 1
    assert store.get(key) == PHOTO


def test_a_release_that_holds_what_was_withdrawn_is_not_written_again(
    store: FolderStore, tree: Path, manifest: Manifest
) -> None:
    take_back(store, manifest)
    store.delete(release_key("fessart", manifest.id))
    assert examine(store, "fessart", local(tree)).unmended == 1
    assert store.get(release_key("fessart", manifest.id)) is None


def test_with_a_damaged_register_nothing_is_written(store: FolderStore, tree: Path, manifest: Manifest) -> None:
    key = take_back(store, manifest)
    store.put(series_key("fessart", "withdrawn", 1), b"{")
    health = examine(store, "fessart", local(tree))
    assert Damage("withdrawn/", UNREADABLE, in_force=True) in health.damages
    assert store.get(key) is None


def test_heads_and_rules_that_are_damaged(store: FolderStore, tree: Path, manifest: Manifest) -> None:
    store.put(series_key("fessart", "heads", 1), b"{")
    store.put(series_key("fessart", "policies", 1), b"{")
    assert set(examine(store, "fessart").damages) == {
        Damage("heads/000001.json", UNREADABLE, in_force=True),
        Damage("policies/", UNREADABLE, in_force=True),
    }


def test_an_earlier_release(store: FolderStore, tree: Path, manifest: Manifest) -> None:
    second = write_tree(tree.parent / "second", SITE, **{PHOTO_PATH: PHOTO + b"new"})
    publish(store, release(second), now=NOW, by="x")
    store.delete(key_of(manifest, PHOTO_PATH))
    assert examine(store, "fessart").damages == (Damage(PHOTO_PATH, MISSING, in_force=False),)
    store.delete(release_key("fessart", manifest.id))
    health = examine(store, "fessart")
    assert (health.releases, health.gone, health.damages) == (1, 1, ()), "what was removed on purpose is no damage"


def test_a_name_that_changed_since(store: FolderStore, tree: Path) -> None:
    old = make_release(tree, slug="fessart", name="Ancien nom", built=NOW, version="0.1.0")
    publish(store, release(tree), now=NOW, by="x")
    publish(store, old, now=NOW, by="x")
    store.put(release_key("fessart", release(tree).manifest.id), b"{")
    assert examine(store, "fessart", local(tree)).unmended == 0


def run(root: Path, *args: str) -> Result:
    (root / "preau.toml").write_text('[store]\nfolder = "store"\n[build]\ncache = ".preau/cache"\n')
    options = ["--config", str(root / "preau.toml"), "--content", str(root / "content")]
    return CliRunner().invoke(main, [*options, *args], obj=Session(clock=lambda: NOW), prog_name="preau")


def said(result: Result) -> str:
    return result.output.replace("\u202f", " ").replace("\u00a0", " ")


def test_the_command(store: FolderStore, tree: Path, manifest: Manifest, tmp_path: Path) -> None:
    sound = run(tmp_path, "verify")
    assert sound.exit_code == 0
    assert said(sound) == "fessart : 1 version, 6 fichiers lus (2,3 ko) : tout est en ordre\n"
    store.delete(key_of(manifest, PHOTO_PATH))
    damaged = run(tmp_path, "verify", "fessart")
    assert damaged.exit_code == 1
    assert said(damaged).splitlines()[1:] == [
        f"  {PHOTO_PATH} : n’est plus là",
        "`preau verify --repair` réécrit ce que la dernière construction faite sur ce poste contient encore.",
    ]
    mended = run(tmp_path, "verify", "--repair")
    assert mended.exit_code == 0
    assert f"  {PHOTO_PATH} : n’est plus là ; réécrit" in said(mended)
    assert json.loads(run(tmp_path, "verify", "--json").output)["sites"][0]["damages"] == []


def test_the_command_where_nothing_can_be_mended(
    store: FolderStore, tree: Path, manifest: Manifest, tmp_path: Path
) -> None:
    for path in list(manifest.files):
        store.delete(key_of(manifest, path))
        (tree / path).unlink()
    for number in range(20):
        publish(
            store, release(write_tree(tree, SITE, **{f"infos/{number}/index.html": b"a%d" % number})), now=NOW, by="x"
        )
    last = release(tree).manifest
    for page in tree.glob("infos/*/index.html"):
        store.delete(key_of(last, page.relative_to(tree).as_posix()))
        page.unlink()
    left = run(tmp_path, "verify", "--repair")
    assert left.exit_code == 1
    assert "… et " in said(left)
    assert "publiez de nouveau le centre, ou remettez une sauvegarde" in said(left)


def test_the_command_on_an_empty_store_and_an_unknown_centre(tmp_path: Path) -> None:
    assert said(run(tmp_path, "verify")) == "Le dossier des versions est vide : rien n’a encore été publié.\n"
    refused = run(tmp_path, "verify", "fessart")
    assert refused.exit_code == 1
    assert "n’a jamais été publié" in said(refused)


def test_a_release_of_an_older_version_that_is_whole_can_be_put_back(store: FolderStore, tree: Path) -> None:
    """Both want its files alone: nobody is sent its compressed forms."""
    old, forms = of_older_version(release(tree).manifest)
    for digest, data in list(forms.items())[1:]:
        store.put(blob_key("fessart", digest), data)
    publish(store, Release(old, tree), now=NOW, by="Camille")
    publish(store, release(tree), now=NOW, by="Camille")
    assert examine(store, "fessart").damages == ()
    assert rollback(store, "fessart", to=old.id, now=NOW, by="Camille").release == old.id
