"""Photos on a page without inline style: ratio and placeholder colour as classes of the generated stylesheet."""

from __future__ import annotations

from collections.abc import Iterable

from plugins.photos.model import Photo


def css_rules(photos: Iterable[Photo]) -> str:
    """One rule a photo, in order of class, each photo once.

    The theme lays a gallery out with `--ratio` (width over height): `flex: var(--ratio) 1 calc(var(--ratio) * 14rem)`
    gives rows of equal height that keep every proportion. `--placeholder`, the mean colour, shows until the photo does.
    """
    rules = {
        photo.css_class: (
            f".{photo.css_class}{{--ratio:{photo.width / photo.height:.4f};--placeholder:{photo.placeholder}}}\n"
        )
        for photo in photos
    }
    return "".join(rules[name] for name in sorted(rules))
