"""Names of files that computers and programs leave behind: nobody wrote them, and nothing reads them."""

from __future__ import annotations

import re

_LEFT = re.compile(r"^(?:\..*|~.*|.*~|#.*|Thumbs\.db|desktop\.ini|.*\.(?:tmp|bak|swp))$", re.IGNORECASE)


def is_left_behind(name: str) -> bool:
    """Whether computers and programs leave such a file behind."""
    return _LEFT.match(name) is not None
