"""Which photo of a folder a typed name means: case and accents do not matter, unless two photos differ by them."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from plugins.errors import N_, Wrong
from plugins.posts.words import fold, nearest


def candidates(written: str, photos: Collection[str]) -> tuple[str, ...]:
    """The photos that a name may mean: the one that is called so, or all those that are called nearly so."""
    exact = unicodedata.normalize("NFC", written)
    same = [name for name in photos if unicodedata.normalize("NFC", name) == exact]
    return tuple(same or sorted(name for name in photos if fold(name) == fold(written)))


def photo_named(written: str, photos: Collection[str]) -> str:
    """The photo that a name means, as its folder spells it.

    Raises:
        Wrong: there is none of this name (with the nearest one), or there are several.
    """
    found = candidates(written, photos)
    if len(found) == 1:
        return found[0]
    if found:
        raise Wrong(
            N_("“{target}” could be {found}: write the name exactly as one of them is called, or rename one."),
            target=written,
            found=", ".join(found),
        )
    if meant := nearest(written, photos, cutoff=0.5):
        raise Wrong(N_("The photo “{target}” is not there. Did you mean “{meant}”?"), target=written, meant=meant)
    raise Wrong(N_("The photo “{target}” is not there: put it in the folder of its article."), target=written)
