"""What a preview writes into everything that holds a centre's words, so that nothing of it can ever be published."""

from __future__ import annotations

META = '<meta name="preau-apercu" content="jamais publiable">'
"""In the head of every page. Nobody can write it in a post: `<` never leaves a text as it is."""

LINE = "X-PREAU-APERCU:TRUE"
"""The second line of every calendar; no text stands there."""

_META = b'<meta name="preau-apercu"'
_LINE = b"BEGIN:VCALENDAR\r\nX-PREAU-APERCU"


def is_preview(data: bytes) -> bool:
    """Whether bytes come from a preview."""
    return _META in data or _LINE in data
