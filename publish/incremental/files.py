"""Files by what they are, not by their names: how each looks from outside (cheap), and what it holds (read once).

A file that looks as it did when it was read is not read again: `plugins.looks` says why that can be believed.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from plugins import looks as outside
from plugins.left_behind import is_left_behind

Look = outside.Look
look_of = outside.look_of
YOUNG = outside.YOUNG

FOLDER: Look = []
"""A folder; one of a finished site looks as `look_at_site` says."""
OTHER: Look = [-1]
"""A link or a special file: read by nothing."""
UNSURE: Look = [-2]
"""What no file looks like: it will be read again."""

ROOT, NO_FOLDER = "./", "."
"""The folder itself, and what stands where it should."""

_PIECE = 1 << 20


@dataclass(frozen=True)
class Known:
    """Files as they were when they were read.

    Arguments:
        looks: path → how it looked; folders end in `/`.
        digests: path → sha256, of each regular file.
    """

    looks: Mapping[str, Look] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """One digest of all: names and bytes, and what is a link or a folder."""
        lines = [f"{path!r} {self.digests.get(path, '')}" for path in sorted(self.looks)]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def settled(self, looked: int) -> Known:
        """For keeping: what was written just before it was looked at is not sure."""
        return Known(
            {path: UNSURE if is_young(seen, looked) else seen for path, seen in self.looks.items()}, self.digests
        )


def is_young(seen: Look, looked: int) -> bool:
    """Whether a regular file was written after that moment, or just before."""
    return len(seen) == 4 and outside.is_young(seen, looked, YOUNG)


Keep = Callable[[str], bool]
"""Whether an entry of this name counts; links and special files always do."""


def not_left_behind(name: str) -> bool:
    """Whether a name counts in the content: not what computers leave behind, which nothing reads."""
    return not is_left_behind(name)


def everything(name: str) -> bool:
    """Every name counts."""
    return bool(name)


def look(folder: Path, keep: Keep = everything) -> dict[str, Look]:
    """How everything in a folder looks; no file is opened and no link followed.

    Raises:
        OSError: a folder can't be read, or there is none.
    """
    return _looks(folder, keep, dated=False)


def look_at_site(folder: Path) -> dict[str, Look]:
    """How everything in a finished site looks, as `look` says it; its folders have their times of writing and of change
    and their place on the disk, but for the site's own, which got another name after that.

    Raises:
        OSError: a folder can't be read, or there is none.
    """
    return _looks(folder, everything, dated=True)


def is_site_still(folder: Path, looks: Mapping[str, Look]) -> bool:
    """Whether a finished site looks as `look_at_site` saw it; what can't be looked at does not.

    No folder is listed but its own: one in which a name comes, goes or is given to another file has another time of
    change.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            names = {path.removesuffix("/") for path in looks if "/" not in path[:-1]}
            return {".", *os.listdir(handle)} == names and all(  # noqa: PTH208 - of what is open
                _seen(os.stat(path.removesuffix("/"), dir_fd=handle, follow_symlinks=False)) == seen
                for path, seen in looks.items()
                if path != ROOT
            )
        finally:
            os.close(handle)
    except OSError:
        return False


def _seen(about: os.stat_result) -> Look:
    if stat.S_ISREG(about.st_mode):
        return look_of(about)
    return [about.st_mtime_ns, about.st_ctime_ns, about.st_ino] if stat.S_ISDIR(about.st_mode) else OTHER


def _looks(folder: Path, keep: Keep, *, dated: bool) -> dict[str, Look]:
    if not stat.S_ISDIR(os.lstat(folder).st_mode):
        return {NO_FOLDER: OTHER}
    found: dict[str, Look] = {ROOT: FOLDER}
    _look(str(folder), "", keep, found, dated=dated)
    return found


def _look(folder: str, base: str, keep: Keep, found: dict[str, Look], *, dated: bool) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if entry.is_file(follow_symlinks=False):
                if keep(name):
                    found[base + name] = look_of(entry.stat(follow_symlinks=False))
            elif entry.is_dir(follow_symlinks=False):
                if keep(name):
                    found[f"{base}{name}/"] = _seen(entry.stat(follow_symlinks=False)) if dated else FOLDER
                    _look(entry.path, f"{base}{name}/", keep, found, dated=dated)
            else:
                found[base + name] = OTHER


def read(folder: Path, looks: Mapping[str, Look], known: Known, *, paranoid: bool = False) -> Known:
    """What these files hold; only those that do not look as they are known are read.

    Arguments:
        looks: what `look` found just before.
        known: what is known of them.
        paranoid: read all.

    Raises:
        OSError: a file can't be read.
    """
    digests = {}
    for path, seen in looks.items():
        if len(seen) == 4:
            sure = not paranoid and known.looks.get(path) == seen
            digests[path] = (known.digests.get(path) if sure else None) or sha256_of(folder / path)
    return Known(looks, digests)


def sha256_of(path: Path) -> str:
    """The sha256 of a regular file.

    Raises:
        OSError: it can't be read, or is a link.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


NEW, GONE, CHANGED = "new", "gone", "changed"


def differences(before: Known, now: Known) -> list[tuple[str, str]]:
    """(`NEW`, `GONE` or `CHANGED`, path) of what differs, in order of path."""
    found = [(NEW, path) for path in now.looks.keys() - before.looks.keys()]
    found += [(GONE, path) for path in before.looks.keys() - now.looks.keys()]
    both = before.looks.keys() & now.looks.keys()
    found += [(CHANGED, path) for path in both if before.digests.get(path) != now.digests.get(path)]
    return sorted(found, key=lambda each: each[1])
