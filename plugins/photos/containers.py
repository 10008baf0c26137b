"""The shells of image files, byte by byte: JPEG segments, PNG and RIFF chunks, the orientation of an EXIF block.

Sources are read through it so that their metadata never reaches a decoder, and variants are proved clean with it.
Nothing here decodes a pixel. Sources: ITU-T T.81 annex B (JPEG), PNG third edition, RFC 9649 (WebP), CIPA DC-008
(EXIF).
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import TypeVar

SOI, EOI, SOS, DQT, DHT, DRI, COM = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xDD, 0xFE
APP0, APP1, APP2, APP13, APP14 = 0xE0, 0xE1, 0xE2, 0xED, 0xEE
FRAMES = frozenset(range(0xC0, 0xD0)) - {DHT, 0xC8, 0xCC}
"""Markers of a frame header (SOF0 to SOF15), which holds width and height."""

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_PROFILE = 4 * 1024 * 1024
"""Bytes of a colour profile; the largest printer profiles in use stay under 3 MB."""

_MARKER = re.compile(rb"\xff([^\x00\xff])", re.DOTALL)
_MARKER_IN_SCAN = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])", re.DOTALL)
_ORIENTATION = 0x0112
_SHORT = 3
_ISO_BOXES = frozenset({b"ftyp", b"meta", b"mdat", b"moov", b"idat"})
_ICC_HEADER = b"ICC_PROFILE\0"
_EXIF_HEADER = b"Exif\0\0"


MAX_PARTS = 200_000
"""Segments, chunks or boxes of one file; 40 MB in the smallest pieces that any encoder writes give half as many."""

T = TypeVar("T")


class Malformed(ValueError):
    """The bytes don't follow their format, or end too early."""


def _bounded(walk: Callable[[bytes], Iterator[T]]) -> Callable[[bytes], Iterator[T]]:
    """Millions of empty parts fit into a file, and would fill the memory."""

    @wraps(walk)
    def bounded(data: bytes) -> Iterator[T]:
        for count, part in enumerate(walk(data)):
            if count >= MAX_PARTS:
                raise Malformed("too many parts")
            yield part

    return bounded


@dataclass(frozen=True)
class Segment:
    """One marker of a JPEG file.

    Arguments:
        marker: second byte of the marker.
        at: offset of its `FF`.
        start, end: its payload; empty for a marker without length.
    """

    marker: int
    at: int
    start: int
    end: int


@dataclass(frozen=True)
class Chunk:
    """One chunk of a PNG or RIFF file.

    Arguments:
        name: its four letters.
        at, end: the whole of it, with padding or checksum.
        start, stop: its payload.
    """

    name: bytes
    at: int
    start: int
    stop: int
    end: int


@_bounded
def jpeg_segments(data: bytes) -> Iterator[Segment]:
    """Every segment of the first image, `SOI` first and `EOI` last; `Malformed` where it ends without `EOI`."""
    if data[:2] != b"\xff\xd8":
        raise Malformed("no SOI")
    yield Segment(SOI, 0, 2, 2)
    position, marker = 2, SOI
    while marker != EOI:
        found = (_MARKER_IN_SCAN if marker == SOS else _MARKER).search(data, position)
        if found is None:
            raise Malformed("no EOI: the file is cut off")
        marker, start = found.group(1)[0], found.end()
        position = start
        if marker != EOI and marker != 0x01 and not 0xD0 <= marker <= 0xD8:
            length = int.from_bytes(data[start : start + 2], "big")
            if length < 2 or start + length > len(data):
                raise Malformed(f"segment {marker:02X} is cut off")
            start, position = start + 2, start + length
        yield Segment(marker, found.start(), start, position)


def jpeg_profile(data: bytes, segments: list[Segment]) -> bytes | None:
    """The ICC profile that APP2 segments carry in numbered parts; `None` where a part is missing."""
    parts: dict[int, bytes] = {}
    total = 0
    for segment in segments:
        payload = data[segment.start : segment.end]
        if segment.marker == APP2 and payload.startswith(_ICC_HEADER) and len(payload) > 14:
            total = payload[13]
            parts[payload[12]] = payload[14:]
    if not parts or sorted(parts) != list(range(1, total + 1)):
        return None
    return b"".join(parts[number] for number in sorted(parts))


def jpeg_orientation(data: bytes, segments: list[Segment]) -> int:
    """The orientation of the first EXIF block; 1 without one."""
    for segment in segments:
        if segment.marker == APP1 and data.startswith(_EXIF_HEADER, segment.start, segment.end):
            return exif_orientation(data[segment.start : segment.end])
    return 1


def jpeg_without_metadata(data: bytes, segments: list[Segment]) -> bytes:
    """The first image with only what its pixels need: of application segments JFIF and Adobe, which give colours."""
    scan = next((segment for segment in segments if segment.marker == SOS), None)
    if scan is None:
        raise Malformed("no scan")
    kept = [b"\xff\xd8"]
    for segment in segments:
        if segment.marker == SOS:
            break
        application = segment.marker in range(APP0, APP0 + 16) and segment.marker not in {APP0, APP14}
        if segment.marker not in {SOI, COM} and not application:
            kept.append(data[segment.at : segment.end])
    return b"".join([*kept, data[scan.at : segments[-1].end]])


@_bounded
def png_chunks(data: bytes) -> Iterator[Chunk]:
    """Every chunk up to `IEND`; `Malformed` where the file ends without it."""
    if not data.startswith(PNG_SIGNATURE):
        raise Malformed("no PNG signature")
    position, name = len(PNG_SIGNATURE), b""
    while name != b"IEND":
        header = data[position : position + 8]
        length, name = int.from_bytes(header[:4], "big"), header[4:]
        start = position + 8
        end = start + length + 4
        if len(header) < 8 or end > len(data):
            raise Malformed("no IEND: the file is cut off")
        yield Chunk(name, position, start, start + length, end)
        position = end


def png_without_metadata(data: bytes, chunks: list[Chunk]) -> bytes:
    """The default image alone: no text, no EXIF, no time, no animation, no profile."""
    pixels = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
    return PNG_SIGNATURE + b"".join(data[chunk.at : chunk.end] for chunk in chunks if chunk.name in pixels)


def png_profile(data: bytes, chunks: list[Chunk]) -> bytes | None:
    """The ICC profile of `iCCP`, inflated up to a limit; `None` where it is broken or larger."""
    for chunk in chunks:
        if chunk.name == b"iCCP":
            packed = data[chunk.start : chunk.stop].partition(b"\0")[2][1:]
            try:
                inflater = zlib.decompressobj()
                profile = inflater.decompress(packed, MAX_PROFILE)
            except zlib.error:
                return None
            return profile if inflater.eof else None
    return None


@_bounded
def riff_chunks(data: bytes) -> Iterator[Chunk]:
    """Every chunk of a WebP file; `Malformed` where the announced size is not there."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise Malformed("no WebP header")
    limit = 8 + int.from_bytes(data[4:8], "little")
    if limit > len(data):
        raise Malformed("the file is cut off")
    position = 12
    while position < limit:
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        start = position + 8
        end = start + length + length % 2
        if end > limit:
            raise Malformed("a chunk is cut off")
        yield Chunk(data[position : position + 4], position, start, start + length, end)
        position = end


def exif_orientation(block: bytes) -> int:
    """Orientation (1 to 8) of an EXIF block, with or without its `Exif` header; 1 where it says nothing sensible."""
    tiff = block.removeprefix(_EXIF_HEADER)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        (directory,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, directory)
        for index in range(count):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, directory + 2 + 12 * index)
            if tag == _ORIENTATION:
                return value if kind == _SHORT and 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def brands(data: bytes) -> frozenset[bytes]:
    """Major and compatible brands of an ISO media file (HEIF, AVIF); empty for anything else."""
    if data[4:8] != b"ftyp":
        return frozenset()
    end = min(int.from_bytes(data[:4], "big"), 256, len(data))
    return frozenset([data[8:12], *(data[at : at + 4] for at in range(16, end - 3, 4))])


def iso_boxes(data: bytes) -> tuple[bytes, ...]:
    """Names of the outer boxes of an ISO media file; `Malformed` where one that matters is cut off.

    What some phones append after the boxes is left alone.
    """
    names: list[bytes] = []
    position = 0
    while position < len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        header = 8
        if length == 1:  # a 64-bit length follows the name
            length, header = int.from_bytes(data[position + 8 : position + 16], "big"), 16
        elif length == 0:  # to the end of the file
            length = len(data) - position
        name = data[position + 4 : position + 8]
        if length < header or position + length > len(data):
            if name in _ISO_BOXES:
                raise Malformed("a box is cut off")
            break
        names.append(name)
        position += length
        if len(names) > MAX_PARTS:
            raise Malformed("too many parts")
    return tuple(names)
