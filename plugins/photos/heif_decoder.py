"""One HEIC photo on standard input, its size, colours and pixels on standard output: run as a program of its own.

libheif ends the whole process on some damaged files (39 of 3,000 samples damaged at random). Here only
this process ends; it may use neither much memory nor much time, and leaves no core file with someone's photo in it.
"""

from __future__ import annotations

import base64
import json
import sys
from io import BytesIO

from pi_heif.as_plugin import HeifImageFile
from PIL import Image

from plugins.apart import confine

MEMORY = 2 * 1024**3
"""Bytes of address space; a photo of 50 megapixels needs less than 0.5 GB."""

SECONDS = 60


def main(max_pixels: int, long_side: int) -> None:
    """Write one line of JSON, then the raw pixels.

    Arguments:
        max_pixels: a larger photo is measured, not decoded.
        long_side: pixels past which the photo is reduced before it is handed over.
    """
    confine(SECONDS, MEMORY)
    image: Image.Image = HeifImageFile(BytesIO(sys.stdin.buffer.read()))
    about = {
        "size": image.size,
        "primaries": (image.info.get("nclx_profile") or {}).get("color_primaries"),
        "profile": base64.b64encode(image.info.get("icc_profile") or b"").decode(),
    }
    pixels = b""
    if image.size[0] * image.size[1] <= max_pixels:
        image.load()  # libheif turns and mirrors here: the size is the upright one from now on
        about["size"] = image.size
        long = max(image.size)
        if image.mode == "RGB" and long > long_side:
            reduced = tuple(max(1, round(side * long_side / long)) for side in image.size)
            image = image.resize((reduced[0], reduced[1]), Image.Resampling.LANCZOS, reducing_gap=3.0)
        about |= {"mode": image.mode, "given": image.size}
        pixels = image.tobytes()
    sys.stdout.buffer.write(json.dumps(about).encode() + b"\n")
    sys.stdout.buffer.write(pixels)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
