"""The form of every path of a site: what has another form is neither written nor published."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from plugins.errors import N_, LeakError, Problem

PATH = re.compile(r"([a-z0-9][a-z0-9._-]*/)*[a-z0-9._-]*")
MAX_LENGTH = 240
MEDIA_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "ics": "text/calendar; charset=utf-8",
    "webp": "image/webp",
    "jpg": "image/jpeg",
    "woff2": "font/woff2",
    "pdf": "application/pdf",
    "txt": "text/plain; charset=utf-8",
    "json": "application/json",
}
"""Ends of the files that a site may hold: `txt` is the licence of the theme's font, `json` the list of an album."""


def is_path(path: str) -> bool:
    """Whether a path has the form: small letters, digits, dots, hyphens; never `..`, never an empty or hidden part."""
    parts = path.split("/")
    return (
        0 < len(path) <= MAX_LENGTH
        and PATH.fullmatch(path) is not None
        and parts[-1] not in ("", ".", "..")
        and not parts[-1].startswith((".", "-", "_"))
    )


def check_path(path: str) -> None:
    """Raise `LeakError` if a file may not be written at this path."""
    if not is_path(path) or path.rpartition(".")[2] not in MEDIA_TYPES:
        raise LeakError([Problem(path, 0, N_("A site can't hold a file at this address."))])


def walk(folder: Path | str, base: str = "") -> Iterator[tuple[str, bool]]:
    """Everything in a folder but folders: its path from there, in order, and whether it is a regular file.

    Arguments:
        folder: no link in it is followed.
        base: what each path begins with.
    """
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            yield from walk(entry.path, f"{base}{entry.name}/")
        else:
            yield base + entry.name, entry.is_file(follow_symlinks=False)
