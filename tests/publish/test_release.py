"""From a tree to a release: what it holds, and what it refuses."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from publish import release as module
from publish.errors import ReleaseError
from publish.manifest import parse_manifest
from publish.release import make_manifest
from tests.publish.trees import NOW, PHOTO, SITE, release, write_tree


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "tree")


def test_every_file_is_there_with_its_digest_and_type(tree: Path) -> None:
    manifest = release(tree).manifest
    assert list(manifest.files) == sorted(SITE)
    for path, data in SITE.items():
        entry = manifest.files[path]
        assert entry.sha256 == hashlib.sha256(data).hexdigest()
        assert entry.size == len(data)
    types = {path: entry.type for path, entry in manifest.files.items()}
    assert types["index.html"] == "text/html; charset=utf-8"
    assert types["calendrier.ics"] == "text/calendar; charset=utf-8"
    assert types["photos/0123456789abcdef01234567-480.webp"] == "image/webp"
    assert parse_manifest(manifest.to_json(), site="fessart", release=manifest.id) == manifest


def test_each_file_is_stored_once_as_it_is(tree: Path) -> None:
    made = release(tree)
    assert {path: made.read(digest, path) for digest, path in made.blobs().items()} == SITE
    assert not any(entry.encodings for entry in made.manifest.files.values())


def test_the_same_tree_gives_the_same_id(tree: Path, tmp_path: Path) -> None:
    again = write_tree(tmp_path / "again")
    for path in again.rglob("*"):
        os.utime(path, (0, 0))
    assert release(tree).manifest.id == release(again).manifest.id
    (again / "index.html").write_bytes(b"x")
    assert release(tree).manifest.id != release(again).manifest.id


def test_what_is_known_not_to_have_changed_is_not_read(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = release(tree).manifest
    read: list[str] = []
    real = module._read
    monkeypatch.setattr(module, "_read", lambda tree, path: [read.append(path), real(tree, path)][1])
    (tree / "plan/index.html").write_bytes(b"<p>plan</p>")
    digests = {path: entry.sha256 for path, entry in release(tree).manifest.files.items()}
    read.clear()
    assert release(tree, known=first, digests=digests).manifest == release(tree).manifest
    assert read[:1] == ["plan/index.html"], "what the manifest in force does not hold"
    assert read[1:] == sorted(SITE), "without digests, all"


def test_equal_files_are_one_blob(tree: Path) -> None:
    (tree / "photos/ffffffffffffffffffffffff-480.webp").write_bytes(PHOTO)
    made = release(tree)
    digest = hashlib.sha256(PHOTO).hexdigest()
    assert sum(entry.sha256 == digest for entry in made.manifest.files.values()) == 2
    assert list(made.blobs()).count(digest) == 1
    assert set(made.blobs()) == made.manifest.digests()


def test_make_manifest_is_the_release_s(tree: Path) -> None:
    assert make_manifest(tree, "fessart", "Fessart", NOW, "0.1.0") == release(tree).manifest


BAD: dict[str, Callable[[Path], object]] = {
    "link to a file": lambda tree: (tree / "a.html").symlink_to("index.html"),
    "link out of the tree": lambda tree: (tree / "a.html").symlink_to("/etc/passwd"),
    "link to a folder": lambda tree: (tree / "folder").symlink_to(tree / "photos"),
    "dangling link": lambda tree: (tree / "a.html").symlink_to("nowhere"),
    "pipe": lambda tree: os.mkfifo(tree / "a.html"),
    "Markdown source": lambda tree: (tree / "brouillon.md").write_bytes(b"Titre: x"),
    "original photo": lambda tree: (tree / "photos/IMG.HEIC").write_bytes(b"x"),
    "script": lambda tree: (tree / "a.php").write_bytes(b"x"),
    "no extension": lambda tree: (tree / "passwords").write_bytes(b"x"),
    "upper case": lambda tree: (tree / "A.html").write_bytes(b"x"),
    "accent": lambda tree: (tree / "été.html").write_bytes(b"x"),
    "space": lambda tree: (tree / "a b.html").write_bytes(b"x"),
    "newline": lambda tree: (tree / "a\n.html").write_bytes(b"x"),
    "bytes": lambda tree: Path(os.fsdecode(bytes(tree) + b"/\xff.html")).write_bytes(b"x"),
    "hidden file": lambda tree: (tree / ".htaccess").write_bytes(b"x"),
    "hidden page": lambda tree: (tree / ".a.html").write_bytes(b"x"),
    "hidden folder": lambda tree: write_tree(tree, {".git/a.html": b"x"}),
    "no home page": lambda tree: (tree / "index.html").unlink(),
}


@pytest.mark.parametrize("spoil", BAD.values(), ids=BAD.keys())
def test_what_may_not_be_published_is_refused(tree: Path, spoil: Callable[[Path], object]) -> None:
    spoil(tree)
    with pytest.raises(ReleaseError) as caught:
        release(tree)
    str(caught.value).encode()


@pytest.mark.parametrize(
    ("spoil", "check", "harmless"),
    [
        ("Markdown source", "media_type", lambda path: "text/plain; charset=utf-8"),
        ("upper case", "is_file_path", lambda path: True),
    ],
)
def test_it_would_pass_without_the_check(
    tree: Path, monkeypatch: pytest.MonkeyPatch, spoil: str, check: str, harmless: object
) -> None:
    BAD[spoil](tree)
    with pytest.raises(ReleaseError):
        release(tree)
    monkeypatch.setattr(module, check, harmless)
    assert len(release(tree).manifest.files) == len(SITE) + 1


def test_a_link_swapped_in_after_the_walk_is_refused(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tree / "secret").write_bytes(b"secret")
    (tree / "a.html").symlink_to("secret")
    monkeypatch.setattr(module, "_walk", lambda folder, base: iter(["index.html", "a.html"]))
    with pytest.raises(ReleaseError):
        release(tree)
    monkeypatch.setattr(os, "O_NOFOLLOW", 0)
    assert release(tree).manifest.files["a.html"].size == len(b"secret")


def test_a_file_that_changes_meanwhile_is_said(tree: Path) -> None:
    made = release(tree)
    digest = made.manifest.files["index.html"].sha256
    (tree / "index.html").write_bytes(b"another")
    with pytest.raises(ReleaseError, match="changed while it was being published"):
        made.read(digest, "index.html")


def test_bad_slugs_and_missing_trees(tree: Path, tmp_path: Path) -> None:
    for slug in ("", "../fessart", "Fessart", "a/b"):
        with pytest.raises(ReleaseError):
            release(tree, slug)
    with pytest.raises(ReleaseError, match="can't be read"):
        release(tmp_path / "nowhere")


def test_too_many_and_too_large_files(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SIZE", 100)
    with pytest.raises(ReleaseError, match="larger than"):
        release(tree)
    monkeypatch.undo()
    monkeypatch.setattr(module, "MAX_FILES", 3)
    with pytest.raises(ReleaseError, match="more than 3"):
        release(tree)


@pytest.mark.parametrize("name", ["Fess\x01art", "Fessart\n", "F" * 501, "\ud800"])
def test_a_name_that_no_reader_would_take_is_never_published(tree: Path, name: str) -> None:
    with pytest.raises(ReleaseError, match="the name of fessart is too long"):
        module.make_release(tree, slug="fessart", name=name, built=NOW, version="1")
