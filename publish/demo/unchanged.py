"""Whether anything that a demonstration is made of changed since its last run: only then is it built again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import date
from importlib.metadata import distributions
from pathlib import Path

from publish.build import SETTINGS
from publish.centres import find_centres
from publish.demo.state import State, published_centres
from publish.stores.folder import FolderStore

PROJECT = SETTINGS.parent
SOURCES = ("plugins", "publish", "themes", SETTINGS.name)
"""What turns content into sites."""


def fingerprint(content: Path, day: date) -> str:
    """A digest of every byte that decides what the sites look like.

    Arguments:
        content: the content folder.
        day: the day that the sites are made for.
    """
    digest = hashlib.sha256(day.isoformat().encode())
    for line in sorted(f"{one.name}=={one.version}" for one in distributions()):
        digest.update(f"\0{line}".encode())
    for root in (content, *(PROJECT / name for name in SOURCES)):
        digest.update(b"\0\0")
        for path in _files(root):
            digest.update(f"\0{path.relative_to(root.parent)}\0".encode(errors="surrogateescape"))
            digest.update(os.fsencode(path.readlink()) if path.is_symlink() else _digest(path))
    return digest.hexdigest()


def is_ready(state: State, content: Path, found: str) -> bool:
    """Whether the last run published every centre of `content`, from the same bytes.

    Arguments:
        found: today's fingerprint.
    """
    if not state.mark.is_file() or state.mark.read_text("ascii", errors="replace") != found:
        return False
    return published_centres(FolderStore(state.store)).keys() >= set(find_centres(content))


def _files(root: Path) -> Iterator[Path]:
    if root.is_file():
        yield root
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        yield from (Path(folder) / name for name in sorted([*names, *links]))


def _digest(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return b"unreadable"  # the build will say why
