"""Photos already made, kept on the build machine by content: never in a site, never read by the gateway.

    <folder>/3f/3f2a91bc…/entry.json     what was made, with the size and sha256 of each file
    <folder>/3f/3f2a91bc…/480.webp …     the variants
    <folder>/3f/.part-…                  being written, or being removed
    <folder>/faces/, <folder>/seen/       notes (`blurring.py`, `seen.py`)

An entry is written aside and renamed whole, so that builds in parallel and builds that were killed leave an entry or
none. It is checked each time it is read: a damaged one counts as absent and is made again.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from plugins.photos.recipe import DIGEST_LENGTH, digest_of
from plugins.photos.rendering import SUFFIX, Rendering

FACES, SEEN = "faces", "seen"
"""Folders of what was noted: of faces, by photo; of files, by where they stand."""

NOTES_IDLE = 60 * 24 * 3600
"""Seconds after which what was noted of a file that nobody asked for is removed."""

_DIGEST = re.compile(r"[0-9a-f]{24}")
_PART = ".part-"
_FORMAT = 1


@dataclass(frozen=True)
class Stored:
    """One variant in the cache: its name in the entry, what it is, and how to know that it is whole."""

    name: str
    width: int
    height: int
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Entry:
    """One photo in the cache.

    Arguments:
        key: 64 hexadecimal digits; the folder is named by the first 24.
        placeholder: `#rrggbb`.
        animated: the source moved.
        files: the variants, modern format first, then by width.
    """

    key: str
    placeholder: str
    animated: bool
    files: tuple[Stored, ...]

    @property
    def digest(self) -> str:
        """Name of the photo, in the cache and in a site."""
        return digest_of(self.key)


@dataclass(frozen=True)
class Swept:
    """What a sweep did: entries removed, entries and bytes left."""

    removed: int
    entries: int
    size: int


class Damaged(OSError):
    """A variant that was there is gone or changed; building again makes it again."""


class Cache:
    """Variants by content, in a private folder.

    Arguments:
        folder: made at the first write, for its owner alone.
        clock: seconds since 1970, to know which entries have not been used for long.
    """

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self.folder = folder
        self._clock = clock

    def load(self, key: str) -> Entry | None:
        """The entry of this key if every byte of it is as it was written; it then counts as used now."""
        place = self._place(digest_of(key))
        try:
            entry = _parse((place / "entry.json").read_bytes())
            if entry.key != key:
                return None
            for stored in entry.files:
                _read(place, stored)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        self._touch(place)
        return entry

    def holds(self, key: str) -> bool:
        """Whether the entry of this key is there, each file in its size; what it holds is checked when it is loaded."""
        place = self._place(digest_of(key))
        try:
            entry = _parse((place / "entry.json").read_bytes())
            whole = all((place / stored.name).stat().st_size == stored.size for stored in entry.files)
        except (OSError, ValueError, KeyError, TypeError):
            return False
        return entry.key == key and whole

    def read(self, digest: str, name: str) -> bytes:
        """One variant, whole.

        Raises:
            Damaged: it is gone or changed.
        """
        place = self._place(digest)
        try:
            entry = _parse((place / "entry.json").read_bytes())
            stored = next(stored for stored in entry.files if stored.name == name)
            return _read(place, stored)
        except (OSError, ValueError, KeyError, TypeError, StopIteration) as reason:
            raise Damaged(f"{digest}/{name}") from reason

    def store(self, key: str, rendering: Rendering) -> Entry:
        """Keep what was made. Two builds that store the same photo at once both succeed: the bytes are the same."""
        files = tuple(
            Stored(
                f"{variant.width}.{SUFFIX[variant.media_type]}",
                variant.width,
                variant.height,
                variant.media_type,
                len(variant.data),
                hashlib.sha256(variant.data).hexdigest(),
            )
            for variant in rendering.variants
        )
        entry = Entry(key, rendering.placeholder, rendering.animated, files)
        place = self._place(entry.digest)
        self._make_private(place.parent)
        part = Path(tempfile.mkdtemp(prefix=_PART, dir=place.parent))  # 0700
        try:
            for stored, variant in zip(files, rendering.variants, strict=True):
                _write(part / stored.name, variant.data)
            _write(part / "entry.json", json.dumps({"format": _FORMAT, **asdict(entry)}, sort_keys=True).encode())
            os.utime(part / "entry.json", (self._clock(),) * 2)
            self._put(part, place, key)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return entry

    def note(self, digest: str, name: str) -> bytes | None:
        """What was noted beside a photo; `None` if nothing was."""
        with contextlib.suppress(OSError):
            return (self._place(digest) / name).read_bytes()
        return None

    def keep_note(self, digest: str, name: str, data: bytes) -> None:
        """Note something beside a photo that can be found out again; it goes with it."""
        place = self._place(digest)
        with contextlib.suppress(OSError):  # swept meanwhile, or a folder that may only be read
            part = place / f"{_PART}{os.getpid()}"
            part.write_bytes(data)
            part.replace(place / name)

    def entries(self) -> Iterator[Entry]:
        """Every photo that is whole enough to be named, in no order."""
        for _, _, place in self._entries():
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                yield _parse((place / "entry.json").read_bytes())

    def forget(self, digest: str) -> None:
        """Remove one photo, and what was found in it, as when a family takes back its agreement."""
        self._remove(self._place(digest))
        for note in self.folder.glob(f"{FACES}/{digest}*"):
            note.unlink(missing_ok=True)

    def sweep(self, limit: int, idle: float) -> Swept:
        """Remove the entries unused for longest until the rest weighs at most `limit` bytes.

        Arguments:
            limit: bytes.
            idle: seconds; what was used since then stays, so that no running build loses what it is about to copy.
        """
        before = self._clock() - idle
        for part in self.folder.glob(f"??/{_PART}*"):
            with contextlib.suppress(FileNotFoundError):
                if part.stat().st_mtime < before:
                    shutil.rmtree(part, ignore_errors=True)
        known = sorted(self._entries())
        total = sum(size for _, size, _ in known)
        removed = 0
        for used, size, place in known:
            if total <= limit or used >= before:
                break
            self._remove(place)
            total -= size
            removed += 1
        self._sweep_notes()
        return Swept(removed, len(known) - removed, total)

    def _sweep_notes(self) -> None:
        """Remove what was noted of photos that are gone, or of files that nobody asked for in a long time."""
        for note in self.folder.glob(f"{FACES}/*"):
            digest = note.name[:DIGEST_LENGTH]
            if not _DIGEST.fullmatch(digest) or not self._place(digest).exists():
                note.unlink(missing_ok=True)
        for note in self.folder.glob(f"{SEEN}/??/*"):
            with contextlib.suppress(FileNotFoundError):
                if note.stat().st_mtime < self._clock() - NOTES_IDLE:
                    note.unlink()

    def _place(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"not a photo's digest: {digest!r}")
        return self.folder / digest[:2] / digest

    def _entries(self) -> Iterator[tuple[float, int, Path]]:
        """When each entry was last used, its bytes, and its folder; one without description counts as never used."""
        for place in self.folder.glob("??/*"):
            if _DIGEST.fullmatch(place.name):
                with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                    files = [(path.name, path.stat()) for path in place.iterdir()]
                    used = max((about.st_mtime for name, about in files if name == "entry.json"), default=0.0)
                    yield used, sum(about.st_size for _, about in files), place

    def _put(self, part: Path, place: Path, key: str) -> None:
        """Rename into place; where a whole entry already stands it stays, where a damaged one does it goes."""
        for _ in range(8):
            try:
                os.rename(part, place)  # noqa: PTH104 - of folders: fails where a full one stands, which is meant
            except OSError as reason:
                if reason.errno not in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}:
                    raise
                if self.load(key) is not None:
                    return
                self._remove(place)
            else:
                return
        raise Damaged(str(place))

    def _remove(self, place: Path) -> None:
        """Out of sight at once, then deleted: a reader finds an entry or none."""
        if not place.parent.is_dir():
            return
        aside = Path(tempfile.mkdtemp(prefix=_PART, dir=place.parent))
        with contextlib.suppress(FileNotFoundError):
            os.rename(place, aside / place.name)  # noqa: PTH104
        shutil.rmtree(aside, ignore_errors=True)

    def _make_private(self, folder: Path) -> None:
        """Folders that only their owner may enter, whatever the umask says."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        for each in (self.folder, folder):
            each.mkdir(mode=0o700, exist_ok=True)
            if each.stat().st_mode & 0o077:
                each.chmod(0o700)

    def _touch(self, place: Path) -> None:
        with contextlib.suppress(OSError):  # swept meanwhile, or a folder that may only be read: no reason to fail
            os.utime(place / "entry.json", (self._clock(),) * 2)


def _parse(text: bytes) -> Entry:
    found = json.loads(text)
    if found["format"] != _FORMAT:
        raise ValueError("another format")
    files = tuple(Stored(**stored) for stored in found["files"])
    if not files or any(Path(stored.name).name != stored.name for stored in files):
        raise ValueError("names")
    return Entry(found["key"], found["placeholder"], found["animated"], files)


def _read(place: Path, stored: Stored) -> bytes:
    data = (place / stored.name).read_bytes()
    if len(data) != stored.size or hashlib.sha256(data).hexdigest() != stored.sha256:
        raise ValueError("damaged")
    return data


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
