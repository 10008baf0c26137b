"""A release as plain files in a folder, for other tools: an archive, an audit, a move to another host."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from publish.album import DOWNLOAD, LIST, ZipPieces, read_album
from publish.errors import N_, ReleaseError, cause_of
from publish.layout import blob_key
from publish.manifest import Manifest
from publish.stores import Store
from publish.strict_json import Malformed
from publish.upload import TRANSFERS
from publish.withdrawn import read_withdrawn, refuse_withdrawn


def export(store: Store, manifest: Manifest, folder: Path) -> int:
    """Write every file of a release below a folder, each checked against its digest; their number.

    The folder appears whole or not at all; only its owner may read it.

    Arguments:
        folder: absent, or empty.

    Raises:
        ReleaseError: the folder holds something or can't be written; a file is lost or damaged; the release holds what
            was withdrawn. Nothing is left behind.
    """
    slug = manifest.site
    refuse_withdrawn(manifest, read_withdrawn(store, slug))
    aside = folder.parent / f".{folder.name}-{secrets.token_hex(8)}"

    def one(path: str) -> None:
        entry = manifest.files[path]
        data = store.get(blob_key(slug, entry.sha256))
        if data is None or hashlib.sha256(data).hexdigest() != entry.sha256:
            raise _damaged(path, slug)
        target = aside / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with _created(target) as file:
            file.write(data)

    try:
        if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
            raise ReleaseError(N_("{folder} is not an empty folder: choose another"), folder=folder)
        aside.mkdir(mode=0o700, parents=True)
        with ThreadPoolExecutor(TRANSFERS) as pool:
            for _done in pool.map(one, manifest.files):
                pass
        for path in manifest.files:
            if path.endswith(f"/{LIST}"):
                _write_album(aside, manifest, path)
        with suppress(FileNotFoundError):
            folder.rmdir()
        aside.rename(folder)
    except OSError as error:
        raise ReleaseError(N_("{folder} can't be written: {cause}"), folder=folder, cause=cause_of(error)) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return len(manifest.files)


def _write_album(aside: Path, manifest: Manifest, path: str) -> None:
    """The ZIP that a page links to, which a gateway would make of the list at `path`."""
    try:
        album = read_album(manifest.site, path, (aside / path).read_bytes(), manifest.files)
    except Malformed as error:
        raise _damaged(path, manifest.site) from error
    pieces = ZipPieces(album)
    with _created((aside / path).with_name(DOWNLOAD)) as file:
        for photo, _ in album.photos:
            file.write(pieces.photo((aside / photo).read_bytes()))
        file.write(pieces.end())


def _damaged(path: str, slug: str) -> ReleaseError:
    message = N_("{path} is lost or damaged in the store of {site}; `preau verify {site}` says more")
    return ReleaseError(message, path=path, site=slug)


def _created(target: Path) -> BinaryIO:
    """A new file that only its owner may read."""
    return os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")
