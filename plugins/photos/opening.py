"""A photo's bytes, known by what they are and opened without their metadata."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

from PIL import Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from plugins.photos import containers
from plugins.photos.colour import display_p3
from plugins.photos.heif import decode_heif
from plugins.photos.source import DAMAGED, MAX_PIXELS, TOO_LARGE, UNKNOWN, problem

_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_DISPLAY_P3 = 12


@dataclass(frozen=True)
class Opened:
    """A photo whose size is known and whose pixels are not read yet.

    Arguments:
        image: holds no metadata of use; not decoded yet, except for HEIC, which comes already reduced.
        size: width and height of the whole photo as stored, checked against the limit.
        orientation: EXIF's 1 to 8, still to be applied.
        profile: ICC profile, or None.
        animated: it moves, and only its first image is taken.
    """

    image: Image.Image
    size: tuple[int, int]
    orientation: int
    profile: bytes | None
    animated: bool = False


def open_photo(data: bytes, file: str, long_side: int) -> Opened:
    """Know a photo by its bytes and open it.

    Arguments:
        data: the whole file.
        file: how messages call it.
        long_side: pixels that are enough; a decoder that can't wait may drop the others.

    Raises:
        ContentError: unknown format, damaged shell, or more than 60 megapixels.
    """
    opener = _opener(data)
    if opener is None:
        raise problem(file, UNKNOWN)
    try:
        opened = opener(data, long_side)
    except Image.DecompressionBombError as reason:
        raise problem(file, TOO_LARGE, pixels=">178", limit=MAX_PIXELS // 1_000_000) from reason
    except Exception as reason:  # crafted bytes make a decoder raise anything; all of it means "damaged"
        raise problem(file, DAMAGED) from reason
    width, height = opened.size
    if width * height > MAX_PIXELS:
        raise problem(file, TOO_LARGE, pixels=-(-width * height // 1_000_000), limit=MAX_PIXELS // 1_000_000)
    return opened


def decode(opened: Opened, file: str) -> Image.Image:
    """The pixels, read to the end.

    Raises:
        ContentError: the data end too early or make no sense. Never a photo with a grey half.
    """
    try:
        opened.image.load()
    except Exception as reason:
        raise problem(file, DAMAGED) from reason
    return opened.image


def is_photo(head: bytes) -> bool:
    """Whether a file begins as a photo that can be read."""
    return _opener(head) is not None


def _opener(data: bytes) -> Callable[[bytes, int], Opened] | None:
    """What opens these bytes; an exact list, so that no other decoder of Pillow is ever reached."""
    if data.startswith(b"\xff\xd8\xff"):
        return _open_jpeg
    if data.startswith(containers.PNG_SIGNATURE):
        return _open_png
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _open_webp
    kinds = containers.brands(data)
    if kinds & _AVIF_BRANDS:
        return _open_avif
    return _open_heif if kinds & _HEIF_BRANDS else None


def _open_jpeg(data: bytes, _: int) -> Opened:
    """JPEG, and the first image of a multi-picture file (MPO): what follows its end never reaches the decoder."""
    segments = list(containers.jpeg_segments(data))
    pixels = containers.jpeg_without_metadata(data, segments)
    orientation = containers.jpeg_orientation(data, segments)
    image = JpegImageFile(BytesIO(pixels))
    return Opened(image, image.size, orientation, containers.jpeg_profile(data, segments))


def _open_png(data: bytes, _: int) -> Opened:
    chunks = list(containers.png_chunks(data))
    exif = next((data[chunk.start : chunk.stop] for chunk in chunks if chunk.name == b"eXIf"), b"")
    animated = any(chunk.name == b"acTL" for chunk in chunks)
    image = PngImageFile(BytesIO(containers.png_without_metadata(data, chunks)))
    orientation = containers.exif_orientation(exif)
    return Opened(image, image.size, orientation, containers.png_profile(data, chunks), animated)


def _open_webp(data: bytes, _: int) -> Opened:
    names = [chunk.name for chunk in containers.riff_chunks(data)]
    image = WebPImageFile(BytesIO(data))
    orientation = containers.exif_orientation(image.info.get("exif", b""))
    return Opened(image, image.size, orientation, image.info.get("icc_profile"), names.count(b"ANMF") > 1)


def _open_avif(data: bytes, _: int) -> Opened:
    """Pillow puts the container's own turn and mirror, which rule, into the EXIF block that it gives."""
    containers.iso_boxes(data)
    image = AvifImageFile(BytesIO(data))
    orientation = containers.exif_orientation(image.info.get("exif", b""))
    return Opened(image, image.size, orientation, image.info.get("icc_profile"), image.is_animated)


def _open_heif(data: bytes, long_side: int) -> Opened:
    containers.iso_boxes(data)
    heif = decode_heif(data, MAX_PIXELS, long_side)
    profile = heif.profile
    if profile is None and heif.primaries == _DISPLAY_P3:
        profile = display_p3()
    return Opened(heif.image or Image.new("RGB", (1, 1)), heif.size, 1, profile)
