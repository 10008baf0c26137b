"""How photos are made: bounds, formats and encoder settings, and the name that all of it gives to a photo."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import pi_heif
from PIL import __version__ as pillow_version
from PIL import features

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
        webp_quality, webp_method: libwebp's.
        jpeg_quality: libjpeg's.
    """

    revision: int = 1
    bounds: tuple[int, ...] = (480, 960, 1600)
    webp_quality: int = 76
    webp_method: int = 2
    jpeg_quality: int = 80


RECIPE = Recipe()


def library_versions() -> dict[str, str]:
    """Versions of what decodes, converts and encodes: a newer one may give other bytes."""
    versions = {name: str(features.version(name)) for name in ("webp", "avif", "libjpeg_turbo", "littlecms2", "zlib")}
    return {**versions, "pillow": pillow_version, "heif": str(pi_heif.libheif_version())}


def photo_key(data: bytes, recipe: Recipe, versions: Mapping[str, str], treatment: Treatment = NONE) -> str:
    """64 hexadecimal digits that change with the source, its treatment, the recipe or a library, and nothing else."""
    made_by = {"recipe": asdict(recipe), "versions": dict(versions), "treatment": asdict(treatment)}
    made_with = json.dumps(made_by, sort_keys=True)
    total = hashlib.sha256(made_with.encode())
    total.update(b"\0")
    total.update(data)
    return total.hexdigest()


def digest_of(key: str) -> str:
    """The part of a key that names files, in the cache and in a site."""
    return key[:DIGEST_LENGTH]


def reference_of(digest: str) -> str:
    """What a family can read out on the telephone: `3F2A-91BC`."""
    return f"{digest[:4]}-{digest[4:8]}".upper()
