"""How much memory a photo will take while it is made, guessed from its first bytes, without decoding anything."""

from __future__ import annotations

import struct
from itertools import islice

from plugins.photos import containers
from plugins.photos.containers import FRAMES, Malformed

MOST_PIXELS = 60_000_000
"""Guessed where the bytes say nothing sensible, or more than a photo may have: it is refused before decoding."""

_FLOOR = 34_000_000
"""Bytes for the three sizes and their files, whatever the source is."""

_BASELINE_SCALED, _PROGRESSIVE = 1.0, 6.0
_PNG, _WEBP, _ISO = 14.0, 15.0, 9.0
"""Bytes a pixel, rounded up from the peaks that docs/performance.md gives; PNG as if it were transparent."""

_MOST_PARTS = 2_000


def memory_needed(data: bytes) -> int:
    """Bytes that decoding and encoding this photo will take at their peak, besides its own file."""
    try:
        pixels, each = _about(data)
    except (Malformed, struct.error, StopIteration):
        pixels, each = MOST_PIXELS, _ISO
    return _FLOOR + int(min(pixels, MOST_PIXELS) * each)


def _about(data: bytes) -> tuple[int, float]:
    """Pixels, and bytes for each."""
    if data.startswith(b"\xff\xd8"):
        frame = next(segment for segment in containers.jpeg_segments(data) if segment.marker in FRAMES)
        height, width = struct.unpack_from(">HH", data, frame.start + 1)
        return width * height, _BASELINE_SCALED if frame.marker in {0xC0, 0xC1} else _PROGRESSIVE
    if data.startswith(containers.PNG_SIGNATURE):
        width, height = struct.unpack_from(">II", data, 16)
        return width * height, _PNG
    if data.startswith(b"RIFF"):
        return _webp_pixels(data), _WEBP
    return _iso_pixels(data), _ISO


def _webp_pixels(data: bytes) -> int:
    chunk = next(islice(containers.riff_chunks(data), 1))
    if chunk.name == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, chunk.start + 6)
        return int(width & 0x3FFF) * int(height & 0x3FFF)
    if chunk.name == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, chunk.start + 1)
        return int((bits & 0x3FFF) + 1) * int((bits >> 14 & 0x3FFF) + 1)
    wide, high = data[chunk.start + 4 : chunk.start + 7], data[chunk.start + 7 : chunk.start + 10]
    return (int.from_bytes(wide, "little") + 1) * (int.from_bytes(high, "little") + 1)


def _iso_pixels(data: bytes) -> int:
    """The largest `ispe` (image extent): of a photo in tiles, the whole."""
    largest, at = 0, data.find(b"ispe")
    for _ in range(_MOST_PARTS):
        if at < 0:
            break
        width, height = struct.unpack_from(">II", data, at + 8)
        largest = max(largest, width * height)
        at = data.find(b"ispe", at + 4, 1_000_000)
    return largest or MOST_PIXELS
