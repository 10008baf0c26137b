"""Small pictures for the tests, drawn here: no file of anyone's."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw

SAMPLES = Path(__file__).parent / "samples"
CORNERS = ((208, 32, 32), (32, 176, 32), (32, 32, 208), (224, 208, 32))
"""Top left, top right, bottom left, bottom right."""

STORED = {
    1: (),
    2: (Image.Transpose.FLIP_LEFT_RIGHT,),
    3: (Image.Transpose.ROTATE_180,),
    4: (Image.Transpose.FLIP_TOP_BOTTOM,),
    5: (Image.Transpose.TRANSPOSE,),
    6: (Image.Transpose.ROTATE_90,),
    7: (Image.Transpose.TRANSVERSE,),
    8: (Image.Transpose.ROTATE_270,),
}
"""How a camera stores an upright picture under each EXIF orientation (the inverse of what a reader applies)."""


def corners(width: int, height: int) -> Image.Image:
    """A picture whose four corners have colours of their own: any turn or mirror shows."""
    image = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(image)
    for index, colour in enumerate(CORNERS):
        left, top = (index % 2) * (width // 2), (index // 2) * (height // 2)
        draw.rectangle((left, top, left + width // 2, top + height // 2), fill=colour)
    return image


def textured(width: int, height: int) -> Image.Image:
    """A picture with grain and slopes, as photographs have; the same each time."""
    slopes = Image.merge(
        "RGB", [Image.linear_gradient("L").rotate(turn).resize((width, height)) for turn in (0, 90, 180)]
    )
    tile = Image.frombytes("L", (64, 64), bytes((x * 7919 + x * x * 31) % 251 for x in range(64 * 64)))
    grain = Image.new("L", (width, height))
    for left in range(0, width, 64):
        for top in range(0, height, 64):
            grain.paste(tile, (left, top))
    return ImageChops.overlay(slopes, grain.convert("RGB"))


def corner_colours(image: Image.Image) -> list[tuple[int, ...]]:
    """The colour in the middle of each quarter, in the order of `CORNERS`."""
    width, height = image.size
    rgb = image.convert("RGB")
    points = [(width * x // 4, height * y // 4) for y in (1, 3) for x in (1, 3)]
    return [rgb.getpixel(point) for point in points]  # type: ignore[misc]


def upright(image: Image.Image, tolerance: int = 24) -> bool:
    """The four corners are where they belong."""
    found = corner_colours(image)
    return all(
        abs(part - wanted) <= tolerance
        for colour, corner in zip(found, CORNERS, strict=True)
        for part, wanted in zip(colour, corner, strict=True)
    )


def exif(orientation: int | None = None, *, gps: bool = False) -> bytes:
    """An EXIF block with a camera, and where asked an orientation and a place."""
    block = Image.Exif()
    block[0x010F] = "Exemple"
    if orientation is not None:
        block[0x0112] = orientation
    if gps:
        place = block.get_ifd(0x8825)
        place.update({1: "N", 2: (48.0, 50.0, 5.0), 3: "E", 4: (2.0, 14.0, 30.0)})
    return block.tobytes()


def encoded(image: Image.Image, form: str, **settings: object) -> bytes:
    """The bytes of a file."""
    target = BytesIO()
    image.save(target, form, **settings)
    return target.getvalue()


def jpeg(image: Image.Image, **settings: object) -> bytes:
    return encoded(image, "JPEG", **{"quality": 92, **settings})


def png_with(pixels: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG with chunks put in after its header."""
    end_of_header = 8 + 25
    return pixels[:end_of_header] + b"".join(png_chunk(name, body) for name, body in chunks) + pixels[end_of_header:]


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of some kilobytes that says it is huge; its pixels are black."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = png_chunk(b"IDAT", zlib.compress(bytes(3_000_000), 9))
    return b"\x89PNG\r\n\x1a\n" + header + pixels + png_chunk(b"IEND", b"")


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image
