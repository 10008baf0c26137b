"""Copies of documents already made, kept on the build machine by content, beside the photos' cache.

    <folder>/3f/3f2a91bc….pdf     one line of JSON (format, sha256 of the rest, what was found), then the copy

A file is written aside and renamed whole, and checked each time it is read: a damaged one is made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from plugins.documents.clean import REVISION, Copy

DIGEST_LENGTH = 24
LIMIT = 1000**3
"""Bytes that the cache may hold: some thousands of documents."""

IDLE = 24 * 3600
"""Seconds during which what was used stays, so that no running build loses what it is about to copy."""

_FORMAT = 1


def document_key(data: bytes) -> str:
    """64 hexadecimal digits that change with the source, the cleaner or its library, and with nothing else."""
    import pikepdf  # only where there are documents

    made_with = f"{REVISION}\0{pikepdf.__version__}\0{pikepdf.__libqpdf_version__}\0"
    return hashlib.sha256(made_with.encode() + data).hexdigest()


class DocumentCache:
    """Copies by content, in a private folder.

    Arguments:
        folder: made at the first write, for its owner alone.
        clock: seconds since 1970, to know which copies have not been used for long.
    """

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self.folder = folder
        self._clock = clock

    def load(self, digest: str) -> Copy | None:
        """The copy, if every byte of it is as it was written; it then counts as used now."""
        place = self._place(digest)
        try:
            line, _, data = place.read_bytes().partition(b"\n")
            about = json.loads(line)
            if about["format"] != _FORMAT or about["sha256"] != hashlib.sha256(data).hexdigest():
                return None
            copy = Copy(data, tuple(about["removed"]), about["text"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        with contextlib.suppress(OSError):
            os.utime(place, (self._clock(),) * 2)
        return copy

    def store(self, digest: str, copy: Copy) -> None:
        """Keep a copy; two builds that store the same one at once both succeed."""
        about = {
            "format": _FORMAT, "sha256": hashlib.sha256(copy.data).hexdigest(), "removed": copy.removed,
            "text": copy.text,
        }  # fmt: skip
        place = self._place(digest)
        self.folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.folder, place.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        handle, part = tempfile.mkstemp(prefix=".part-", dir=place.parent)  # 0600
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(json.dumps(about, sort_keys=True).encode() + b"\n" + copy.data)
            os.utime(part, (self._clock(),) * 2)
            Path(part).replace(place)
        finally:
            Path(part).unlink(missing_ok=True)
        self._sweep()

    def _place(self, digest: str) -> Path:
        return self.folder / digest[:2] / f"{digest}.pdf"

    def _sweep(self) -> None:
        """Remove the copies unused for longest until the rest weighs at most `LIMIT`."""
        before = self._clock() - IDLE
        known: list[tuple[float, int, Path]] = []
        for path in self.folder.glob("??/*"):
            with contextlib.suppress(FileNotFoundError):
                about = path.stat()
                known.append((about.st_mtime, about.st_size, path))
        total = sum(size for _, size, _ in known)
        for used, size, path in sorted(known):
            if used >= before or (total <= LIMIT and path.suffix == ".pdf"):
                continue
            path.unlink(missing_ok=True)
            total -= size
