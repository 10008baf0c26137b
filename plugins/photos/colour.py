"""Colours: from the profile of a camera to sRGB, which variants assume without saying so."""

from __future__ import annotations

import struct
from functools import cache
from io import BytesIO

from PIL import Image, ImageCms

_SPACES = {"L": b"GRAY", "RGB": b"RGB ", "CMYK": b"CMYK"}


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """An sRGB image of mode RGB, by perceptual intent.

    A profile that is missing, broken or of another colour model counts as sRGB.

    Arguments:
        image: mode L, RGB or CMYK.
        profile: the ICC profile that came with it.
    """
    if profile is None:
        return image.convert("RGB")
    space = profile[16:20]
    if image.mode == "L" and space == b"RGB ":  # grey pixels saved with the profile of a colour photo
        image = image.convert("RGB")
    if _SPACES[image.mode] != space:
        return image.convert("RGB")
    try:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            image.mode,
            "RGB",
            ImageCms.Intent.PERCEPTUAL,
        )
        return transform.apply(image)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image.convert("RGB")


@cache
def display_p3() -> bytes:
    """An ICC profile for Display P3: some HEIC files only name it by number (ITU-T H.273, colour primaries 12).

    Primaries adapted to D50 (SMPTE EG 432-1, white D65), sRGB's transfer curve.
    """
    colorants = {
        b"rXYZ": (0.515102, 0.241182, -0.001049),
        b"gXYZ": (0.291965, 0.692236, 0.041882),
        b"bXYZ": (0.157153, 0.066582, 0.784378),
        b"wtpt": (0.964203, 1.0, 0.824905),
    }
    bodies = {tag: b"XYZ \0\0\0\0" + b"".join(_fixed(part) for part in xyz) for tag, xyz in colorants.items()}
    curve = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    para = b"para\0\0\0\0" + struct.pack(">HH", 3, 0) + b"".join(_fixed(part) for part in curve)
    bodies |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), para)
    table, content = struct.pack(">I", len(bodies)), b""
    first = 128 + 4 + 12 * len(bodies)
    for tag, body in bodies.items():
        table += tag + struct.pack(">II", first + len(content), len(body))
        content += body
    header = struct.pack(">I4sI4s4s4s", first + len(content), b"\0" * 4, 0x04300000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s", 2022, 1, 1, 0, 0, 0, b"acsp") + b"\0" * 28
    header += b"".join(_fixed(part) for part in (0.964203, 1.0, 0.824905))
    return header.ljust(128, b"\0") + table + content


def _fixed(value: float) -> bytes:
    """The s15Fixed16 number of the ICC specification."""
    return struct.pack(">i", round(value * 65536))
