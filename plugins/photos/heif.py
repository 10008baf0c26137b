"""HEIC and HEIF, decoded in a process of its own: a file that crashes libheif is a damaged photo, not a dead build."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from PIL import Image

from plugins.apart import run_apart
from plugins.photos.heif_decoder import SECONDS


class HeifError(ValueError):
    """The photo could not be decoded."""


@dataclass(frozen=True)
class Heif:
    """A HEIC photo.

    Arguments:
        size: width and height of the whole photo, upright.
        image: its pixels, perhaps reduced; None where it was too large to be decoded.
        profile: ICC profile, or None.
        primaries: colour primaries by number (ITU-T H.273), or None.
    """

    size: tuple[int, int]
    image: Image.Image | None
    profile: bytes | None
    primaries: int | None


def decode_heif(data: bytes, max_pixels: int, long_side: int) -> Heif:
    """Decode the primary image; libheif has already turned it, so that its EXIF orientation must not turn it again.

    Arguments:
        data: the whole file.
        max_pixels: a larger photo is measured, not decoded.
        long_side: pixels that are enough; more may be dropped to spare memory.

    Raises:
        HeifError: the decoder refused, crashed, or took too long.
    """
    try:
        answer = run_apart("plugins.photos.heif_decoder", [str(max_pixels), str(long_side)], data, SECONDS)
        line, _, pixels = answer.partition(b"\n")
        about = json.loads(line)
        image = Image.frombytes(about["mode"], tuple(about["given"]), pixels) if "mode" in about else None
        width, height = about["size"]
    except (ValueError, KeyError) as reason:
        raise HeifError("libheif can't decode it") from reason
    return Heif((width, height), image, base64.b64decode(about["profile"]) or None, about["primaries"])
