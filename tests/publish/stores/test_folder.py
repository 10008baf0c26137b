"""The folder store: the contract, and what only a folder can get wrong."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from publish.errors import StoreError
from publish.stores import folder as module
from publish.stores.dry_run import DryRunStore
from publish.stores.folder import ASIDE, STALE_SECONDS, FolderStore
from tests.project import ROOT
from tests.publish.stores.contract import KEY, StoreContract
from tests.publish.stores.memory import MemoryStore


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "deep" / "store")


class TestFolder(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> FolderStore:
        return FolderStore(tmp_path / "store")


class TestDryRun(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> DryRunStore:
        return DryRunStore(FolderStore(tmp_path / "store"))


class TestMemory(StoreContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}


def test_nobody_else_may_read(store: FolderStore) -> None:
    before = os.umask(0)
    try:
        store.put(KEY, b"x")
        assert store.create("a/b", b"x")
    finally:
        os.umask(before)
    for path in [store.root, *store.root.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_reading_makes_nothing(store: FolderStore) -> None:
    assert store.get(KEY) is None
    assert list(store.keys("centres/")) == []
    store.delete(KEY)
    assert not store.root.exists()


def test_nothing_aside_is_left(store: FolderStore) -> None:
    store.put(KEY, b"x")
    store.put(KEY, b"y")
    store.create(KEY, b"z")
    store.create("a/b", b"z")
    assert files(store.root) == {KEY, "a/b"}


def test_files_and_folders_are_synced(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bool] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(descriptor).st_mode))
        real(descriptor)

    store.put("a/first", b"")
    monkeypatch.setattr(os, "fsync", fsync)
    store.put("a/b", b"x")
    assert synced == [False, True], "the file before it has its name, the folder after"
    synced.clear()
    assert store.create("a/c", b"x")
    assert synced == [False, True]
    synced.clear()
    store.put("new/b", b"x")
    assert synced == [True, False, True], "a new folder's name is synced too"


LINKS: list[Callable[[Path, Path], None]] = [
    lambda root, outside: (root / "centres").symlink_to(outside),
    lambda root, outside: ((root / "centres").mkdir(), (root / "centres/fessart").symlink_to(outside))[0],
    lambda root, outside: (
        (root / "centres/fessart/heads").mkdir(parents=True),
        (root / KEY).symlink_to(outside / "secret"),
    )[0],
    lambda root, outside: (
        (root / "centres/fessart/heads").mkdir(parents=True),
        os.mkfifo(root / KEY),
    )[0],
]


@pytest.mark.parametrize("link", LINKS, ids=["first folder", "centre's folder", "file", "pipe"])
def test_a_link_in_the_store_is_refused(store: FolderStore, tmp_path: Path, link: Callable[[Path, Path], None]) -> None:
    outside = tmp_path / "outside"
    for folder in ("heads", "fessart/heads"):
        (outside / folder).mkdir(parents=True)
        (outside / folder / "000001.json").write_bytes(b"secret")
    (outside / "secret").write_bytes(b"secret")
    store.root.mkdir(parents=True)
    link(store.root, outside)
    before = files(outside)
    with pytest.raises(StoreError):
        store.get(KEY)
    with pytest.raises(StoreError):
        store.exists(KEY)
    with pytest.raises(StoreError):
        store.create(KEY, b"x")
    if not (store.root / KEY).parent.is_dir() or (store.root / KEY).parent.resolve().is_relative_to(outside):
        with pytest.raises(StoreError):
            store.put(KEY, b"x")
        with pytest.raises(StoreError):
            store.delete(KEY)
    assert files(outside) == before
    assert (outside / "secret").read_bytes() == b"secret"


def test_a_link_is_followed_once_the_check_is_patched_away(
    store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "outside/fessart/heads").mkdir(parents=True)
    (tmp_path / "outside/fessart/heads/000001.json").write_bytes(b"secret")
    store.root.mkdir(parents=True)
    (store.root / "centres").symlink_to(tmp_path / "outside")
    with pytest.raises(StoreError):
        store.get(KEY)
    monkeypatch.setattr(module, "_DIRECTORY", os.O_RDONLY | os.O_DIRECTORY)
    assert store.get(KEY) == b"secret"


def test_dots_escape_once_the_check_is_patched_away(
    store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (store.root.parent / "outside").mkdir(parents=True)
    store.root.mkdir()
    (store.root.parent / "outside" / "secret").write_bytes(b"secret")
    with pytest.raises(StoreError):
        store.get("../outside/secret")
    monkeypatch.setattr(module, "check_key", lambda key: key)
    assert store.get("../outside/secret") == b"secret"


def test_a_linked_object_is_not_listed_silently(store: FolderStore, tmp_path: Path) -> None:
    store.put("a/b", b"")
    (store.root / "a/c").symlink_to(tmp_path)
    with pytest.raises(StoreError):
        list(store.keys("a/"))


def test_foreign_names_are_not_listed(store: FolderStore) -> None:
    store.put("a/b", b"")
    (store.root / "lost+found").mkdir()
    (store.root / "a/.DS_Store").write_bytes(b"")
    (store.root / ASIDE / "left").write_bytes(b"half")
    assert list(store.keys("")) == ["a/b"]


def test_what_a_killed_process_left_is_swept(tmp_path: Path) -> None:
    root = tmp_path / "store"
    FolderStore(root).put("a/b", b"")
    old, young = root / ASIDE / "old", root / ASIDE / "young"
    for path in (old, young):
        path.write_bytes(b"half")
    moment = young.stat().st_mtime - STALE_SECONDS - 60
    os.utime(old, (moment, moment))
    FolderStore(root).put("a/c", b"")
    assert not old.exists()
    assert young.exists(), "it may belong to a process that still runs"


LIMITED = """
import resource, sys
from pathlib import Path
from publish.errors import StoreError
from publish.stores.folder import FolderStore
store = FolderStore(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
for write in (store.put, store.create):
    try:
        write("a/big", b"x" * 300_000)
    except StoreError as error:
        print(error)
store.put("a/small", b"y")
"""


def test_a_full_quota_leaves_what_was_there(store: FolderStore) -> None:
    store.put("a/big", b"old")
    store.delete("a/other")
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(store.root)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"the disk of {store.root} is full: free some space, then run the same command again"
    ], "put fails; create sees that the object exists"
    assert store.get("a/big") == b"old"
    assert files(store.root) == {"a/big", "a/small"}


FULL = """
import os, sys
from pathlib import Path
from publish.errors import StoreError
from publish.stores.folder import FolderStore
store = FolderStore(Path(sys.argv[1]))
store.put("a/old", b"old")
for write, key in ((store.put, "a/old"), (store.put, "a/new"), (store.create, "a/new")):
    try:
        write(key, os.urandom(300_000))
    except StoreError as error:
        print(error.message[:31])
assert store.get("a/old") == b"old" and store.get("a/new") is None
print(sorted(str(p.relative_to(store.root)) for p in store.root.rglob("*") if p.is_file()))
"""


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    """A real one: a file system of 128 KB, mounted in a user namespace of its own where the machine allows that."""
    script = f'mount -t tmpfs -o size=128k none {tmp_path} && exec {sys.executable} -c "$1" {tmp_path}/store'
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", FULL],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and ("unshare" in done.stderr or "mount" in done.stderr):
        return  # no user namespaces here; the quota's test above covers the same code
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["the disk of {folder} is full: f"] * 3 + ["['a/old']"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "is full"),
        (errno.EDQUOT, "is full"),
        (errno.EACCES, "check who owns it"),
        (errno.EROFS, "check who owns it"),
        (errno.EIO, "does not answer as it should"),
        (errno.ENODEV, "No such device"),
    ],
)
def test_every_failure_is_said(store: FolderStore, monkeypatch: pytest.MonkeyPatch, number: int, words: str) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    store.put("a/b", b"old")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreError, match=words):
        store.put("a/b", b"new")
    monkeypatch.undo()
    assert store.get("a/b") == b"old"
    assert files(store.root) == {"a/b"}


def test_a_disk_without_hard_links_is_said(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", fail)
    with pytest.raises(StoreError, match="without hard links"):
        store.create("a/b", b"new")
    assert files(store.root) == set()


def test_a_root_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "store").write_bytes(b"")
    store = FolderStore(tmp_path / "store")
    for attempt in (lambda: store.put("a/b", b""), lambda: store.get("a/b"), lambda: list(store.keys(""))):
        with pytest.raises(StoreError):
            attempt()
