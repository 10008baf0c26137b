"""`centre.<hash>.css`: the centre's colours and its photos' ratios, so that no page needs an inline style."""

from __future__ import annotations

import hashlib

from plugins.photos.gallery import css_rules
from plugins.site.colour import DARK, LIGHT, Ground, scale
from plugins.site.model import Site


def stylesheet(site: Site) -> tuple[str, bytes]:
    """Its path from the root of the site, and its bytes."""
    photos = [photo for article in site.articles for photo in article.photos]
    css = (
        f":root{{{_properties(site.centre.colour, LIGHT)}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{_properties(site.centre.colour, DARK)}}}}}\n"
        f"{css_rules(photos)}"
    )
    data = css.encode()
    return f"centre.{hash8(data)}.css", data


def hash8(data: bytes) -> str:
    """Eight hexadecimal digits that name a file by its bytes."""
    return hashlib.sha256(data).hexdigest()[:8]


def _properties(colour: str, ground: Ground) -> str:
    found = scale(colour, ground)
    names = ("accent", "accent_text", "tint", "tint_strong", "accent_line")
    return ";".join(f"--{name.replace('_', '-')}:{getattr(found, name)}" for name in names)
