"""A photo looked at without being decoded: what `preau check` can say of it in no time."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from plugins.errors import ContentError
from plugins.files import open_file, unreadable
from plugins.photos.model import Photo
from plugins.photos.opening import is_photo
from plugins.photos.source import EMPTY, MAX_BYTES, NOT_A_FILE, TOO_HEAVY, UNKNOWN, problem

_HEAD = 4096
"""Bytes that say what a file is."""


def glance(content: Path, path: Path, alt: str, caption: str) -> Photo:
    """A photo without variants, to be shown nowhere; whether its pixels are whole only a build can say.

    Arguments:
        content: the content folder; `path` begins with it.
        path: the file.
        alt, caption: as written.

    Raises:
        ContentError: no photo, empty, too heavy, a link, or unreadable.
    """
    file = path.relative_to(content).as_posix()
    try:
        head = _head(content, path, file)
    except OSError as error:
        raise ContentError([unreadable(error).at(file, 0)]) from error
    if not is_photo(head):
        raise problem(file, UNKNOWN)
    return Photo(file, "", "", alt, caption, 1, 1, "#000000", ())


def _head(content: Path, path: Path, file: str) -> bytes:
    handle = open_file(content, path)
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise problem(file, NOT_A_FILE)
        if about.st_size > MAX_BYTES:
            raise problem(file, TOO_HEAVY, size=-(-about.st_size // 1_000_000), limit=MAX_BYTES // 1_000_000)
        if not (head := os.read(handle, _HEAD)):
            raise problem(file, EMPTY)
        return head
    finally:
        os.close(handle)
