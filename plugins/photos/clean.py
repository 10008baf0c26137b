"""The proof that a variant carries nothing but pixels: a list of what may be there, never of what may not."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from plugins.errors import N_, LeakError, Problem
from plugins.photos import containers
from plugins.photos.containers import APP0, DHT, DQT, DRI, EOI, FRAMES, SOI, SOS, Malformed

UNCLEAN = N_("A published size of this photo still held something besides its pixels ({found}): nothing was published.")

_BASELINE, _PROGRESSIVE = 0xC0, 0xC2
_JPEG_MARKERS = frozenset({SOI, APP0, DQT, DHT, DRI, SOS, EOI, _BASELINE, _PROGRESSIVE})
_JFIF = b"JFIF\0\x01"
_JFIF_LENGTH = 14
_INFO_ALLOWED = frozenset(
    {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}  # JPEG
    | {"loop", "background", "timestamp", "duration"}  # WebP
)


class Unclean(ValueError):
    """Something besides pixels was found."""


def prove_clean(data: bytes, media_type: str, size: tuple[int, int], file: str) -> None:
    """Read a finished variant again and accept only what its pixels need.

    Arguments:
        data: the whole file.
        media_type: `image/webp` or `image/jpeg`; anything else is refused.
        size: the width and height that it must have.
        file: how messages call the photo.

    Raises:
        LeakError: it names what was found.
    """
    try:
        found = {"image/jpeg": _jpeg_size, "image/webp": _webp_size}[media_type](data)
        if found != size:
            raise Unclean("another size")  # noqa: TRY301 - one place turns every finding into the error
        with Image.open(BytesIO(data), formats=("JPEG", "WEBP")) as image:
            if image.size != size or getattr(image, "n_frames", 1) != 1:
                raise Unclean("another image")  # noqa: TRY301
            if unknown := sorted(set(image.info) - _INFO_ALLOWED, key=str):
                raise Unclean(f"{unknown[0]}")  # noqa: TRY301
    except (Unclean, Malformed, KeyError, OSError) as reason:
        raise LeakError([Problem(file, 0, UNCLEAN, {"found": str(reason)})]) from reason


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height of a JPEG that holds tables, one frame, its scans, a bare JFIF header, and ends there."""
    size: tuple[int, int] | None = None
    after, in_scan, headers = 0, False, 0
    for segment in containers.jpeg_segments(data):
        if segment.at != after and not in_scan:
            raise Unclean("bytes between segments")
        if segment.marker not in _JPEG_MARKERS:
            raise Unclean(f"JPEG marker {segment.marker:02X}")
        payload = data[segment.start : segment.end]
        if segment.marker == APP0:
            headers += 1
            if headers > 1 or len(payload) != _JFIF_LENGTH or not payload.startswith(_JFIF) or payload[12:] != b"\0\0":
                raise Unclean("JFIF extension or thumbnail")
        if segment.marker in FRAMES:
            if size is not None:
                raise Unclean("a second frame")
            size = int.from_bytes(payload[3:5], "big"), int.from_bytes(payload[1:3], "big")
        after, in_scan = segment.end, segment.marker == SOS
    if after != len(data):
        raise Unclean("bytes after the image")
    if size is None:
        raise Unclean("no frame")
    return size


def _webp_size(data: bytes) -> tuple[int, int]:
    """Width and height of a WebP of the simple form: one lossy bitstream and nothing else (RFC 9649, 2.5)."""
    chunks = list(containers.riff_chunks(data))
    for chunk in chunks:
        if chunk.name != b"VP8 ":
            raise Unclean(f"WebP chunk {chunk.name!r}")
    if len(chunks) != 1:
        raise Unclean("several images")
    if chunks[0].end != len(data) or any(data[chunks[0].stop :]):
        raise Unclean("bytes after the image")
    frame = data[chunks[0].start : chunks[0].start + 10]
    if frame[3:6] != b"\x9d\x01\x2a":
        raise Unclean("no key frame")
    return int.from_bytes(frame[6:8], "little") & 0x3FFF, int.from_bytes(frame[8:10], "little") & 0x3FFF
