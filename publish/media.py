"""The media types that a site may hold, by the end of a file's name; whatever is not here never becomes a release."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "html": "text/html; charset=utf-8",
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "txt": "text/plain; charset=utf-8",
        "ics": "text/calendar; charset=utf-8",
        "json": "application/json",
        "svg": "image/svg+xml",
        "webp": "image/webp",
        "jpg": "image/jpeg",
        "jpeg": "image/jpeg",
        "woff2": "font/woff2",
        "pdf": "application/pdf",
    }
)

_COMPRESSED = frozenset({"image/webp", "image/jpeg", "font/woff2", "application/pdf"})


def media_type(path: str) -> str | None:
    """The type of a path of a site, or `None` if it may not be in one."""
    stem, dot, end = path.rsplit("/", 1)[-1].rpartition(".")
    return MEDIA_TYPES.get(end) if stem and dot else None


def is_text(kind: str) -> bool:
    """Whether compressing this type is worth it."""
    return kind not in _COMPRESSED
