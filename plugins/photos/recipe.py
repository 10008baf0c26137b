"""How photos are made: bounds, formats and encoder settings, and the name that all of it gives to a photo."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache

from plugins.photos.quantisation import JPEG_TABLE
from plugins.photos.treatment import NONE, Treatment

DIGEST_LENGTH = 24
"""Hexadecimal digits of a photo's name: 96 bits, so that no two photos of a city meet."""


@dataclass(frozen=True)
class Recipe:
    """What decides every byte of a variant, besides the source and the libraries.

    docs/decisions/002-photo-recipe.md gives the measures behind these figures.

    Arguments:
        revision: raised whenever the code of the pipeline changes what comes out.
        bounds: pixels of the long side, ascending; a photo is never enlarged.
        webp_quality: libwebp's, for each bound.
        webp_method: libwebp's.
        jpeg_quality: on libjpeg's scale, for each bound.
        jpeg_table: what quality 50 divides by, for brightness and colours alike; libjpeg's own two if empty.
    """

    revision: int = 2
    bounds: tuple[int, ...] = (480, 960, 1600)
    webp_quality: tuple[float, ...] = (75, 75.5, 76)
    webp_method: int = 2
    jpeg_quality: tuple[float, ...] = (80, 80, 83)
    jpeg_table: tuple[int, ...] = JPEG_TABLE

    def __post_init__(self) -> None:
        if not len(self.bounds) == len(self.webp_quality) == len(self.jpeg_quality):
            raise ValueError("a quality for each bound")

    def rank(self, long_side: int) -> int:
        """Which bound a variant belongs to: the first that it does not pass."""
        return next(rank for rank, bound in enumerate(self.bounds) if long_side <= bound)


RECIPE = Recipe()


@cache
def library_versions() -> Mapping[str, str]:
    """Versions of what decodes, converts, resizes and encodes: a newer one may give other bytes."""
    from importlib.metadata import version

    import pi_heif  # these load every decoder: only where a photo must be named
    from PIL import __version__ as pillow_version
    from PIL import features

    versions = {name: str(features.version(name)) for name in ("webp", "avif", "libjpeg_turbo", "littlecms2", "zlib")}
    resizer = version("cykooz-resizer")
    return {**versions, "pillow": pillow_version, "heif": str(pi_heif.libheif_version()), "resizer": resizer}


def photo_key(source: str, recipe: Recipe, versions: Mapping[str, str], treatment: Treatment = NONE) -> str:
    """64 hexadecimal digits that change with the source, its treatment, the recipe or a library, and nothing else.

    Arguments:
        source: sha256 of the photo's file.
        recipe, versions, treatment: what its variants are made by.
    """
    made_by = {"recipe": asdict(recipe), "versions": dict(versions), "treatment": asdict(treatment), "source": source}
    return hashlib.sha256(json.dumps(made_by, sort_keys=True).encode()).hexdigest()


def digest_of(key: str) -> str:
    """The part of a key that names files, in the cache and in a site."""
    return key[:DIGEST_LENGTH]


def reference_of(digest: str) -> str:
    """What a family can read out on the telephone: `3F2A-91BC`."""
    return f"{digest[:4]}-{digest[4:8]}".upper()
