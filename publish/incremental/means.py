"""What sites are made with, besides content: the program, the theme, the settings and the libraries."""

from __future__ import annotations

import hashlib
import os
import sys
import sysconfig
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType

from publish.incremental.files import Known, Look, look, look_of, read

ROOT = Path(__file__).resolve().parents[2]
"""Of the project."""

_TICK = 5_000_000
"""Nanoseconds of one tick of the disk's clock. Those of a process's start are counted down already."""


def _started() -> int:
    """When this process began, on the clock of the files, or just before: what is younger it may not have loaded."""
    try:
        after_boot = int(Path("/proc/self/stat").read_text("utf-8").rpartition(")")[2].split()[19])
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - after_boot / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, LookupError):
        age = 60.0
    return time.time_ns() - int(age * 1e9) - _TICK


STARTED = _started()

FOLDERS = ("plugins", "publish", "themes")
FILES = ("requirements.txt", "requirements-visages.txt")


@dataclass(frozen=True)
class Means:
    """What sites are made with.

    Arguments:
        known: every file of the program and the theme.
        other: names of parts that are no files of the project → what they are now.
    """

    known: Known
    other: Mapping[str, str] = field(default_factory=dict)

    @property
    def parts(self) -> dict[str, str]:
        """One digest each: of the program, the theme, the settings, the libraries."""
        theme = {path: digest for path, digest in self.known.digests.items() if path.startswith("themes/")}
        program = self.known.digests.items() - theme.items()
        return {"program": _digest(sorted(program)), "theme": _digest(sorted(theme.items())), **self.other}


def look_at_means() -> dict[str, Look]:
    """How the files of the program and of the theme look.

    Raises:
        OSError: one can't be looked at.
    """
    found: dict[str, Look] = {}
    for folder in FOLDERS:
        found |= {f"{folder}/{path}": seen for path, seen in look(ROOT / folder, _counts).items()}
    return found | {name: look_of(os.lstat(ROOT / name)) for name in FILES}


def read_means(settings: Path, known: Known, *, paranoid: bool = False) -> Means:
    """What sites are made with now.

    Arguments:
        settings: `pelicanconf.py`.
        known: what is known of the files of the program and of the theme.

    Raises:
        OSError: a file can't be read.
    """
    other = {"settings": digest_of(settings), "libraries": libraries()}
    return Means(read(ROOT, look_at_means(), known, paranoid=paranoid), other)


def digest_of(settings: Path) -> str:
    """The sha256 of `pelicanconf.py`. Raises `OSError`."""
    return hashlib.sha256(settings.read_bytes()).hexdigest()


@cache
def libraries() -> str:
    """One digest of Python and of the versions of everything that is installed, by the names that pip gives."""
    names = {path.name for folder in _library_folders() for path in Path(folder).glob("*.dist-info")}
    return _digest([sys.version, *sorted(names)])


def is_known(module: ModuleType) -> bool:
    """Whether a module comes from the program, the settings, Python or a library; any other could be anything."""
    file = getattr(module, "__file__", None)
    return file is None or file.startswith(_homes())


@cache
def _homes() -> tuple[str, ...]:
    homes = [ROOT / "plugins", ROOT / "publish", *map(Path, _library_folders())]
    homes += [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")]
    return tuple(f"{home}{os.sep}" for home in homes)


def _library_folders() -> list[str]:
    return sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})


def _counts(name: str) -> bool:
    return name != "__pycache__" and not name.startswith(".")


def _digest(values: object) -> str:
    return hashlib.sha256(repr(values).encode()).hexdigest()
