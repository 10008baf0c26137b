"""What is known of a photo's file without reading it: its sha256, as long as it looks as it did when it was read.

    <cache>/seen/3f/3f2a91bc….json     {look, sha256}, by where the file stands

`plugins.looks` says why that can be believed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import time
from pathlib import Path

from plugins.files import open_file
from plugins.looks import Look, is_young, look_of
from plugins.photos.cache import SEEN
from plugins.photos.source import read_source

_USED_EVERY = 24 * 3600
"""Seconds after which a note that is used says so: those that are not go when the cache is swept."""


def source_sha256(cache: Path, root: Path, path: Path, file: str) -> str:
    """The sha256 of a photo's file; it is read only if it does not look as it did.

    Arguments:
        cache: folder of the photos already made.
        root, path, file: as for `read_source`.

    Raises:
        ContentError: as `read_source`.
    """
    return known_sha256(cache, root, path) or read_noted(cache, root, path, file)[1]


def known_sha256(cache: Path, root: Path, path: Path) -> str | None:
    """The sha256 of a file that looks as it did when it was read; `None` for any other."""
    seen = _look(root, path)
    return _known(_note_of(cache, path), seen) if seen is not None else None


def read_noted(cache: Path, root: Path, path: Path, file: str) -> tuple[bytes, str]:
    """The bytes of a photo's file and their sha256, which is noted.

    Raises:
        ContentError: as `read_source`.
    """
    looked, seen = time.time_ns(), _look(root, path)
    data = read_source(root, path, file)
    sha256 = hashlib.sha256(data).hexdigest()
    if seen is not None and not is_young(seen, looked) and _look(root, path) == seen:
        _keep(_note_of(cache, path), seen, sha256)
    return data, sha256


def forget_all(cache: Path) -> None:
    """Believe nothing: every file is read again."""
    shutil.rmtree(cache / SEEN, ignore_errors=True)


def _look(root: Path, path: Path) -> Look | None:
    """How the file looks, reached as it is read: through no link. `None` where reading it will say what is wrong."""
    try:
        handle = open_file(root, path)
    except OSError:
        return None
    try:
        about = os.fstat(handle)
    finally:
        os.close(handle)
    return look_of(about)


def _note_of(cache: Path, path: Path) -> Path:
    name = hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:32]
    return cache / SEEN / name[:2] / f"{name}.json"


def _known(note: Path, seen: Look) -> str | None:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        held = json.loads(note.read_bytes())
        if held["look"] == seen and len(bytes.fromhex(held["sha256"])) == hashlib.sha256().digest_size:
            if note.stat().st_mtime < time.time() - _USED_EVERY:
                os.utime(note)
            return str(held["sha256"])
    return None


def _keep(note: Path, seen: Look, sha256: str) -> None:
    with contextlib.suppress(OSError):  # only a time saved is lost
        note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = note.with_name(f".part-{os.getpid()}-{note.name}")
        part.write_text(json.dumps({"look": seen, "sha256": sha256}))
        part.replace(note)
