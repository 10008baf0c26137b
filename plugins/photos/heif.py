"""HEIC and HEIF, decoded in a process of its own: a file that crashes libheif is a damaged photo, not a dead build."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from plugins.photos.heif_decoder import SECONDS

_DECODER = Path(__file__).with_name("heif_decoder.py")


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
    command = [sys.executable, "-I", str(_DECODER), str(max_pixels), str(long_side)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, check=True, timeout=2 * SECONDS)  # noqa: S603
        line, _, pixels = done.stdout.partition(b"\n")
        about = json.loads(line)
        image = Image.frombytes(about["mode"], tuple(about["given"]), pixels) if "mode" in about else None
        width, height = about["size"]
    except (subprocess.SubprocessError, ValueError, KeyError) as reason:
        raise HeifError("libheif can't decode it") from reason
    return Heif((width, height), image, base64.b64decode(about["profile"]) or None, about["primaries"])
