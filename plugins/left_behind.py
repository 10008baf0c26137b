"""Names of files and folders that computers and programs leave behind: nobody wrote them, and nothing reads them."""

from __future__ import annotations

import re

_LEFT = re.compile(
    r"^(?:\..*|~.*|.*~|#.*|(?:eh)?Thumbs\.db|desktop\.ini|.*\.(?:tmp|bak|swp)"
    # folders at the top of a shared disk, in each folder of some network disks, and of an archive made on a Mac
    r"|\$RECYCLE\.BIN|System Volume Information|lost\+found|@eaDir|__MACOSX)$",
    re.IGNORECASE,
)


def is_left_behind(name: str) -> bool:
    """Whether computers and programs leave such a file or folder behind."""
    return _LEFT.match(name) is not None
