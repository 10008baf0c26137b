"""`preau export`: a release as plain files, whole or not at all, never what was withdrawn."""

from __future__ import annotations

import json
import stat
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from publish import export as module
from publish.cli import main
from publish.errors import ReleaseError
from publish.export import export
from publish.layout import blob_key
from publish.manifest import Manifest
from publish.publication import publish
from publish.session import Session
from publish.stores.folder import FolderStore
from publish.withdrawn import Withdrawn, withdraw
from tests.publish.trees import NOW, SITE, release, write_tree

PHOTO_PATH = "photos/0123456789abcdef01234567-480.webp"


JPEG = "photos/0123456789abcdef01234567-1600.jpg"


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


@pytest.fixture
def manifest(store: FolderStore, tmp_path: Path) -> Manifest:
    made = release(write_tree(tmp_path / "tree"))
    publish(store, made, now=NOW, by="Camille")
    return made.manifest


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_file_for_the_owner_alone(store: FolderStore, manifest: Manifest, tmp_path: Path) -> None:
    assert export(store, manifest, tmp_path / "a" / "out") == len(SITE)
    assert files_in(tmp_path / "a" / "out") == SITE
    assert stat.S_IMODE((tmp_path / "a" / "out").stat().st_mode) == 0o700
    assert {stat.S_IMODE((tmp_path / "a" / "out" / path).stat().st_mode) for path in SITE} == {0o600}
    (tmp_path / "empty").mkdir()
    assert export(store, manifest, tmp_path / "empty") == len(SITE)


def test_the_zip_that_a_page_links_to_is_there(store: FolderStore, tmp_path: Path) -> None:
    listed = json.dumps({"date": "2022-11-09", "photos": [JPEG]}).encode()
    site = {**SITE, JPEG: b"\xff\xd8photo", "articles/fete/album.json": listed}
    made = release(write_tree(tmp_path / "album", site))
    publish(store, made, now=NOW, by="Camille")
    export(store, made.manifest, tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "out" / "articles" / "fete" / "album.zip") as archive:
        assert [(info.filename, archive.read(info)) for info in archive.infolist()] == [
            ("fessart-fete-01.jpg", b"\xff\xd8photo")
        ]
    broken = release(write_tree(tmp_path / "broken", {**SITE, "articles/fete/album.json": b"{}"}))
    publish(store, broken, now=NOW, by="Camille")
    with pytest.raises(ReleaseError, match="lost or damaged"):
        export(store, broken.manifest, tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_what_stands_there_is_never_touched(store: FolderStore, manifest: Manifest, tmp_path: Path) -> None:
    full = write_tree(tmp_path / "full", {"mine.html": b"mine"})
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for folder in (full, full / "mine.html", tmp_path / "link", full / "mine.html" / "below"):
        with pytest.raises(ReleaseError):
            export(store, manifest, folder)
    assert files_in(full) == {"mine.html": b"mine"}
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("data", [None, b"rotten"])
def test_a_lost_or_damaged_file_leaves_nothing_behind(
    store: FolderStore, manifest: Manifest, tmp_path: Path, data: bytes | None
) -> None:
    key = blob_key("fessart", manifest.files["plan/index.html"].sha256)
    store.delete(key)
    if data is not None:
        store.put(key, data)
    with pytest.raises(ReleaseError, match=r"plan/index\.html is lost or damaged"):
        export(store, manifest, tmp_path / "out" / "fessart")
    assert list((tmp_path / "out").iterdir()) == []


def test_what_was_withdrawn_is_never_exported(
    store: FolderStore, manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = manifest.files[PHOTO_PATH].sha256
    withdraw(store, "fessart", digests=[digest], paths=[], since=NOW, by="Ville")
    with pytest.raises(ReleaseError, match="holds what was withdrawn"):
        export(store, manifest, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    monkeypatch.setattr(module, "read_withdrawn", lambda *_: Withdrawn())
    assert export(store, manifest, tmp_path / "out"), "the register is what refuses it"


def run(root: Path, *args: str) -> Result:
    (root / "preau.toml").write_text('[store]\nfolder = "store"\n')
    options = ["--config", str(root / "preau.toml")]
    return CliRunner().invoke(main, [*options, *args], obj=Session(clock=lambda: NOW), prog_name="preau")


def test_the_command(store: FolderStore, manifest: Manifest, tmp_path: Path) -> None:
    publish(store, release(write_tree(tmp_path / "tree", SITE, **{"index.html": b"<p>new"})), now=NOW, by="x")
    out = tmp_path / "out"
    result = run(tmp_path, "export", "fessart", str(out))
    assert result.exit_code == 0
    assert "6 fichiers de la version " in result.output
    assert "Plus rien ne protège ces fichiers" in result.output
    assert (out / "index.html").read_bytes() == b"<p>new"
    old = run(tmp_path, "export", "fessart", str(tmp_path / "old"), "--release", manifest.id[:8], "--json")
    assert json.loads(old.output)["release"] == manifest.id
    assert files_in(tmp_path / "old") == SITE
    again = run(tmp_path, "export", "fessart", str(out))
    assert again.exit_code == 1
    assert "n’est pas un dossier vide" in again.output
    assert run(tmp_path, "export", "fesart", str(tmp_path / "x")).exit_code == 1
