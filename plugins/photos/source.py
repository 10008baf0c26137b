"""The photo that someone added, read within limits."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from plugins.errors import N_, ContentError, Problem
from plugins.files import open_file, unreadable

MAX_BYTES = 40 * 1000 * 1000
MAX_PIXELS = 60 * 1000 * 1000
"""The sharpest phones give 50 megapixels; past this a file is a mistake or a trap."""

MISSING = N_("There is no such photo: check its name in the article, and that it has been copied into the folder.")
NOT_A_FILE = N_("This is a link or a special file: copy the photo itself into the folder.")
EMPTY = N_("This file is empty: wait until it has been copied whole, or copy it again.")
TOO_HEAVY = N_("This photo weighs {size} MB and a photo may weigh {limit} MB: export it again, smaller.")
TOO_LARGE = N_("This photo has {pixels} megapixels and a photo may have {limit}: export it again, smaller.")
UNKNOWN = N_("This is not a photo that can be read: save it as JPEG, HEIC, PNG, WebP or AVIF.")
DAMAGED = N_(
    "This photo is damaged or incomplete: copy it again from the phone or camera, or take it out of the article."
)


def problem(file: str, message: str, **values: object) -> ContentError:
    """The error of one photo."""
    return ContentError([Problem(file, 0, message, values)])


def read_source(root: Path, path: Path, file: str) -> bytes:
    """The bytes of a regular file of at most 40 MB; never follows a link, never waits on a pipe.

    Arguments:
        root: no folder below it may be a link.
        path: where it is; begins with `root`.
        file: how messages call it.

    Raises:
        ContentError: it is missing, a link, empty, too heavy, or can't be read.
    """
    try:
        return _read(root, path, file)
    except OSError as reason:
        if reason.errno in {errno.ENOENT, errno.ENOTDIR}:
            raise problem(file, MISSING) from reason
        if reason.errno in {errno.ELOOP, errno.ENXIO, errno.EISDIR}:
            raise problem(file, NOT_A_FILE) from reason
        raise ContentError([unreadable(reason).at(file, 0)]) from reason


def _read(root: Path, path: Path, file: str) -> bytes:
    handle = open_file(root, path)
    about = os.fstat(handle)
    if not stat.S_ISREG(about.st_mode):
        os.close(handle)
        raise problem(file, NOT_A_FILE)
    with os.fdopen(handle, "rb") as stream:
        data = stream.read(MAX_BYTES + 1) if about.st_size <= MAX_BYTES else b""
    size = max(about.st_size, len(data))
    if size > MAX_BYTES:
        raise problem(file, TOO_HEAVY, size=-(-size // 1_000_000), limit=MAX_BYTES // 1_000_000)
    if not data:
        raise problem(file, EMPTY)
    return data
