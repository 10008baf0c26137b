"""When what is written changed. The system says so at once where it can; a look at the folders, each second, counts.

Saving takes many shapes: editors write another file and rename it, or leave temporary ones beside; a synced drive
brings several files in a burst; a network share tells nothing at all. So no event is believed: it only makes us look.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from watchfiles import watch

from plugins.left_behind import is_left_behind

Look = frozenset[tuple[str, int, int, int]]
"""Name, size, moment and place of everything that is read."""

LOOK_MILLISECONDS = 1000
STEP_MILLISECONDS = 25
"""What follows within this time belongs to the same save."""

STILL_SECONDS = 0.02
LONGEST_UNREST = 50
"""Looks until files that never stand still are read anyway: a second."""


def look(folders: Sequence[Path]) -> Look:
    """What stands in the folders now; what computers and editors leave behind is not looked at."""
    return frozenset(found for folder in folders for found in _found(folder))


def _found(folder: Path) -> Iterator[tuple[str, int, int, int]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return  # gone or closed: reading it will say so
    for entry in entries:
        if is_left_behind(entry.name):
            continue
        try:
            seen = entry.stat(follow_symlinks=False)
            inside = entry.is_dir(follow_symlinks=False)
        except OSError:
            continue
        # a folder's own moment changes with what computers leave in it
        yield entry.path, *((0, 0) if inside else (seen.st_size, seen.st_mtime_ns)), seen.st_ino
        if inside:
            yield from _found(Path(entry.path))


def still(folders: Sequence[Path], stop: threading.Event) -> Look:
    """What stands in the folders, once nothing is being written any more."""
    seen = look(folders)
    for _ in range(LONGEST_UNREST):
        stop.wait(STILL_SECONDS)
        again = look(folders)
        if again == seen:
            break
        seen = again
    return seen


def moments(folders: Sequence[Path], stop: threading.Event) -> Iterator[None]:
    """Each moment at which it is worth looking, until `stop` is set."""
    while not stop.is_set():
        places = _places(folders)
        there = [folder for folder, place in zip(folders, places, strict=True) if place]
        try:
            if there:
                yield from _events(there, folders, places, stop)
        except (OSError, RuntimeError):
            pass  # this folder can't be watched: looking each second is enough
        yield
        stop.wait(LOOK_MILLISECONDS / 1000)


def _events(
    there: Sequence[Path], folders: Sequence[Path], places: Sequence[int], stop: threading.Event
) -> Iterator[None]:
    """Until one of the folders is not the same any more (renamed, made again): then the watch is at the wrong place."""
    changes = watch(
        *there,
        watch_filter=None,
        debounce=LOOK_MILLISECONDS,
        step=STEP_MILLISECONDS,
        stop_event=stop,
        rust_timeout=LOOK_MILLISECONDS,
        yield_on_timeout=True,
        debug=False,
        raise_interrupt=False,
        force_polling=False,
        ignore_permission_denied=True,
    )
    for _ in changes:
        yield
        if _places(folders) != places:
            return


def _places(folders: Sequence[Path]) -> list[int]:
    return [folder.stat().st_ino if folder.is_dir() else 0 for folder in folders]
