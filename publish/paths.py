"""The forms that a slug and a path may have, checked at build, at release and on every request. Pure.

The grammar is `([a-z0-9][a-z0-9._-]*/)*[a-z0-9._-]*`: no percent sign, no backslash, no upper case, no double slash,
no space, no control character. A last segment that begins with a dot is refused too, so that neither `.` nor `..` nor a
hidden file can be named.
"""

from __future__ import annotations

import re

CITY_SLUG = "ville"
"""Reserved: the city's own folder and release; no centre may have it."""

MAX_PATH = 512
"""Longest path, in characters; well under every file system's and S3's limit (1,024 bytes with the prefix)."""

MAX_SEGMENT = 200
"""Longest segment; a file system allows 255 bytes and the store's temporary names add some."""

_SLUG = re.compile(r"[a-z][a-z0-9-]{0,62}")
_PATH = re.compile(r"(?:[a-z0-9][a-z0-9._-]*/)*(?:[a-z0-9_-][a-z0-9._-]*)?")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_RELEASE = re.compile(r"[0-9a-f]{32}")


def is_slug(text: str) -> bool:
    """Whether `text` may name a centre (or the city: the caller excludes it where it must)."""
    return _SLUG.fullmatch(text) is not None


def is_path(text: str) -> bool:
    """Whether `text` may be asked for inside a site: a file's path, a folder's (`plan/`), or the root (empty)."""
    if len(text) > MAX_PATH or _PATH.fullmatch(text) is None:
        return False
    return all(len(segment) <= MAX_SEGMENT for segment in text.split("/"))


def is_file_path(text: str) -> bool:
    """Whether `text` may be a file of a site, or a key of a store."""
    return is_path(text) and bool(text) and not text.endswith("/")


def is_digest(text: str) -> bool:
    """Whether `text` is a sha256 in lower-case hexadecimal."""
    return _DIGEST.fullmatch(text) is not None


def is_release_id(text: str) -> bool:
    """Whether `text` has the form of a release's id."""
    return _RELEASE.fullmatch(text) is not None
