"""When a photo was taken, as its camera wrote it. Reads a bounded part of the file, and never decodes its pixels."""

from __future__ import annotations

import itertools
import os
import re
import struct
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from plugins.files import open_file

MOST_READ = 1024 * 1024
"""Bytes of a file that are looked at: cameras write what they say of a photo before its pixels, or in a chunk apart."""

_MOST_EXIF = 256 * 1024
_MOST_CHUNKS = 2_000
_MOST_HEADERS = 20
_HEADER = re.compile(rb"II\*\0|MM\0\*")
_MARK = b"Exif\0\0"
_DETAILS, _ORIGINAL, _CHANGED, _FRACTION = 0x8769, 0x9003, 0x0132, 0x9291
_MOMENT = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)")


def taken_at(root: Path, path: Path) -> datetime | None:
    """The moment, on the camera's own clock; `None` if the file does not say it, or can't be read as a photo.

    Arguments:
        root: the content folder.
        path: the photo, below it; a link is not followed.
    """
    try:
        with open(open_file(root, path), "rb") as stream:  # noqa: PTH123 - a descriptor, opened without following links
            return next((moment for block in _blocks(stream) if (moment := _moment(block))), None)
    except (OSError, ValueError):
        return None


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    """What may be the EXIF block, from its TIFF header on."""
    start = stream.read(12)
    if start.startswith(b"\x89PNG"):
        yield _chunk(stream, 8, ">I4s", b"eXIf", closing=4)
    elif start[:4] == b"RIFF" and start[8:] == b"WEBP":
        yield _chunk(stream, 12, "<4sI", b"EXIF", closing=0).removeprefix(_MARK)
    else:  # JPEG, HEIC, AVIF: before the pixels, or after them
        end = stream.seek(0, os.SEEK_END)
        for at in (0, max(MOST_READ, end - _MOST_EXIF)):
            stream.seek(at)
            part = stream.read(MOST_READ)
            for found in itertools.islice(_HEADER.finditer(part), _MOST_HEADERS):
                yield part[found.start() : found.start() + _MOST_EXIF]


def _chunk(stream: BinaryIO, first: int, layout: str, wanted: bytes, closing: int) -> bytes:
    """One chunk of a PNG or WebP file, found by going from header to header."""
    at = first
    for _ in range(_MOST_CHUNKS):
        stream.seek(at)
        header = stream.read(8)
        if len(header) < 8:
            break
        one, other = struct.unpack(layout, header)
        name, size = (other, one) if isinstance(other, bytes) else (one, other)
        if name == wanted:
            return stream.read(min(size, _MOST_EXIF))
        at += 8 + size + closing + (size % 2 if closing == 0 else 0)
    return b""


def _moment(block: bytes) -> datetime | None:
    if not block:
        return None
    from PIL.Image import Exif  # only where somebody asks for this order

    exif = Exif()
    try:
        exif.load(_MARK + block)
        details = exif.get_ifd(_DETAILS)
    except Exception:  # noqa: BLE001 - Pillow's own reader of a block that anybody may have written
        return None
    found = _MOMENT.match(str(details.get(_ORIGINAL) or exif.get(_CHANGED) or ""))
    if not found:
        return None
    fraction = re.match(r"\d{1,6}", str(details.get(_FRACTION) or ""))
    year, month, day, hour, minute, second = map(int, found.groups())
    return datetime(year, month, day, hour, minute, second, int(fraction[0].ljust(6, "0")) if fraction else 0)  # noqa: DTZ001 - the camera's own clock: only compared within one folder
