"""Files of the content folder, opened so that what is read is what stands there: never through a link, never a pipe.

Others may write in the folder while a site is made of it: a name that was looked at a moment ago may be a link into
another centre now. So each folder on the way is opened from the one before, and none may be a link.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from plugins.errors import N_, Wrong

MAX_BYTES = 64 * 1024 * 1024
"""Of a file of text; what is larger is not even read."""

LINK = N_("This is a link to somewhere else. Put the file or the folder itself here.")
SPECIAL = N_("This is neither a file nor a folder.")

_ROOT = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FOLDER = _ROOT | os.O_NOFOLLOW
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def open_file(root: Path, path: Path) -> int:
    """A descriptor of the file at `path`, for reading; it is not said to be a regular file yet.

    Arguments:
        root: the content folder; it may itself be reached through links.
        path: begins with `root`; below it neither a folder nor the file is a link.

    Raises:
        OSError: it is missing, or a link (`ELOOP`).
    """
    *folders, name = path.relative_to(root).parts
    if ".." in (*folders, name):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    current = os.open(root, _ROOT)
    try:
        for folder in folders:
            inner = _enter(current, folder)
            os.close(current)
            current = inner
        return os.open(name, _FILE, dir_fd=current)
    finally:
        os.close(current)


def unreadable(error: OSError) -> Wrong:
    """What the operating system said of a file or a folder, in words, with what to do."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return Wrong(N_("Access to this is refused: whoever looks after the shared folder can open it."))
    if error.errno == errno.EFBIG:
        return Wrong(N_("This file is larger than {limit} MB."), limit=MAX_BYTES // 1024**2)
    reason = errno.errorcode.get(error.errno or 0, type(error).__name__)
    return Wrong(N_("This can't be read: the disk does not answer as it should ({reason})."), reason=reason)


def _enter(parent: int, folder: str) -> int:
    try:
        return os.open(folder, _FOLDER, dir_fd=parent)
    except NotADirectoryError as error:  # what Linux says of a link here, too
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), folder) from error


def read_file(root: Path, path: Path) -> bytes:
    """The bytes of a regular file.

    Raises:
        Wrong: it is a link, or no file.
        OSError: it is missing, too large, or can't be read.
    """
    try:
        handle = open_file(root, path)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Wrong(LINK) from None
        if error.errno == errno.ENXIO:  # a socket
            raise Wrong(SPECIAL) from None
        raise
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise Wrong(SPECIAL)
        if about.st_size > MAX_BYTES:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
        with os.fdopen(handle, "rb", closefd=False) as stream:
            return stream.read(MAX_BYTES)
    finally:
        os.close(handle)
