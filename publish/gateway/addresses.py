"""Addresses: the gateway's own, and how a raw request path names a place in a site. Pure; decodes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from publish.paths import CITY_SLUG, is_path, is_slug

OWN = "/-/"
"""Everything of the gateway itself; `-` can't begin a slug."""

HOME = "/"
SIGN_IN = "/-/connexion"
GOODBYE = "/-/connexion/au-revoir"
SIGN_OUT = "/-/deconnexion"
ACCOUNT = "/-/compte"
CHARTER = "/-/charte"
CODE = "/-/code"
THEME = "/-/theme/"
HEALTH = "/-/sante"
LEGAL = {
    "/-/mentions-legales": "mentions-legales.html",
    "/-/accessibilite": "accessibilite.html",
    "/-/donnees-personnelles": "donnees-personnelles.html",
}
"""Legal pages, readable without signing in, and the fragment of the city's release that each shows."""

BACK = "retour"
"""Query parameter that carries the path to return to after signing in."""

MOST_RAW = 600
"""Longest raw path; a site's longest is 512 characters under a slug of 63."""

MOST_READ = 4_096
"""Requests' paths that are not read again each time: the same bytes point to the same place. None is overlong, and what
only names an address (`retour`) is not kept: anybody may choose it."""


@dataclass(frozen=True)
class Place:
    """Where a raw path points.

    Arguments:
        slug: a name of the form of a centre's, known or not; `None` if there is none.
        path: path inside the site, perhaps empty; `None` if the raw path is outside the grammar.
        bare: the address was `/slug`, without its closing slash.
    """

    slug: str | None
    path: str | None
    bare: bool = False


NOWHERE = Place(None, None)


def place(raw: bytes) -> Place:
    """Where a request's raw path points; see `read_place`."""
    return _known(raw) if len(raw) <= MOST_RAW else NOWHERE


def read_place(raw: bytes) -> Place:
    """Read a raw request path as `/<slug>/<path>`, or nowhere.

    A path outside the grammar keeps its slug, so that somebody admitted there is told "no such page" and nobody else
    learns anything; it is never looked up.
    """
    if len(raw) > MOST_RAW or not raw.startswith(b"/"):
        return NOWHERE
    try:
        text = raw[1:].decode("ascii")
    except UnicodeDecodeError:
        return Place(_slug(raw[1:].partition(b"/")[0].decode("ascii", "replace")), None)
    name, slash, path = text.partition("/")
    slug = _slug(name)
    if slug is None:
        return NOWHERE
    if not slash:
        return Place(slug, "", bare=True)
    return Place(slug, path if is_path(path) else None)


_known = lru_cache(maxsize=MOST_READ)(read_place)


def return_path(text: str) -> str:
    """A path to return to after signing in: the account, the form for a code, or a place in a site; else the home page.

    It is compared with our own grammar as it stands: what a browser would read as another host, another scheme or a
    header can't be written in it.
    """
    if text in (ACCOUNT, CODE):
        return text
    try:
        raw = text.encode("ascii")
    except UnicodeEncodeError:
        return HOME
    found = read_place(raw)
    return text if found.slug is not None and found.path is not None else HOME


def _slug(text: str) -> str | None:
    return text if is_slug(text) and text != CITY_SLUG else None
