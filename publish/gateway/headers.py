"""Headers of every answer: what a browser may do with it, and who may keep it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

Headers = list[tuple[str, str]]

NO_STORE = "no-store"
REVALIDATE = "private, no-cache"
IMMUTABLE_PRIVATE = "private, max-age=31536000, immutable"
IMMUTABLE_PUBLIC = "public, max-age=31536000, immutable"

MOST_FILES = 4_096
"""Files whose headers are not worked out again at each request."""

_HASHED_THEME = re.compile(r"theme/[a-z0-9][a-z0-9._-]*\.[0-9a-f]{8}\.[a-z0-9]+")
_REVALIDATED = ("image/", "font/", "text/css", "application/pdf")
_DOCUMENT = re.compile(r"documents/[0-9a-f]{24}-([a-z0-9-]+\.pdf)")
_SHOWN = ("image/", "font/", "text/", "application/json")


def security_headers(*, https: bool) -> Headers:
    """Headers of every answer, except those that a page changes with `form_headers`."""
    found = [
        ("content-security-policy", content_security_policy()),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-frame-options", "DENY"),
        ("x-robots-tag", "noindex, nofollow, noarchive"),
    ]
    if https:
        found.append(("strict-transport-security", "max-age=31536000"))
    return found


def form_headers(origins: Iterable[str]) -> Headers:
    """Headers of a page with a form.

    Arguments:
        origins: where the form's answer redirects (an ENT); browsers check redirects against `form-action` too.

    `no-referrer` would make browsers send `Origin: null` with our own forms; `same-origin` tells others nothing either.
    """
    return [
        ("content-security-policy", content_security_policy(origins)),
        ("referrer-policy", "same-origin"),
    ]


def content_security_policy(form_origins: Iterable[str] = ()) -> str:
    """Everything from here, nothing inline, no frame; forms to here and to `form_origins`."""
    targets = " ".join(["'self'", *dict.fromkeys(form_origins)])
    return (
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; script-src 'self'; connect-src 'self'; "
        f"base-uri 'none'; frame-ancestors 'none'; form-action {targets}"
    )


@lru_cache(maxsize=MOST_FILES)
def cache_control(path: str, media_type: str) -> str:
    """Who may keep a file of a site. Whatever is not known to be harmless is kept by nobody."""
    if _HASHED_THEME.fullmatch(path):
        return IMMUTABLE_PRIVATE
    if media_type.startswith(_REVALIDATED):
        return REVALIDATE
    return NO_STORE


@lru_cache(maxsize=MOST_FILES)
def disposition(path: str, media_type: str) -> str | None:
    """`Content-Disposition` of a file of a site; what a browser need not show (a PDF) is a download."""
    document = _DOCUMENT.fullmatch(path)
    name = document[1] if document else path.rsplit("/", 1)[-1]
    if media_type.startswith("text/calendar"):
        return f'inline; filename="{name}"'
    return None if media_type.startswith(_SHOWN) else f'attachment; filename="{name}"'
