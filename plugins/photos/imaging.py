"""From the bytes of a photo to its variants: upright, sRGB, small, and proved to carry nothing but pixels."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image

from plugins.photos.clean import prove_clean
from plugins.photos.colour import to_srgb
from plugins.photos.opening import Opened, decode, open_photo
from plugins.photos.quantisation import jpeg_settings
from plugins.photos.recipe import Recipe
from plugins.photos.rendering import JPEG, WEBP, Rendered, Rendering
from plugins.photos.resizing import resized
from plugins.photos.treatment import NONE, Treatment, blurred

WITHOUT_METADATA = {"exif": b"", "icc_profile": b"", "xmp": b"", "comment": b""}
"""Said to every encoder, which would otherwise take over what it finds in the image."""

_CLOSE = 1.2
"""A variant less than this much smaller than the next one is not worth its bytes."""

_TURNS: dict[int, tuple[Image.Transpose, ...]] = {
    2: (Image.Transpose.FLIP_LEFT_RIGHT,),
    3: (Image.Transpose.ROTATE_180,),
    4: (Image.Transpose.FLIP_TOP_BOTTOM,),
    5: (Image.Transpose.TRANSPOSE,),
    6: (Image.Transpose.ROTATE_270,),
    7: (Image.Transpose.TRANSVERSE,),
    8: (Image.Transpose.ROTATE_90,),
}
_UNDONE_BY = {6: 8, 8: 6}
"""Orientations that another one undoes; the others undo themselves."""


def render(data: bytes, file: str, recipe: Recipe, treatment: Treatment = NONE) -> Rendering:
    """Make every variant of one photo.

    Arguments:
        data: the source file.
        file: how messages call it.
        recipe: bounds and encoder settings.
        treatment: zones to be blurred, before any size is made.

    Raises:
        ContentError: the photo can't be used; it says what to do.
        LeakError: a variant was found not to be clean; none is returned.
    """
    opened = open_photo(data, file, recipe.bounds[-1])
    sizes = variant_sizes(opened.size, recipe.bounds)
    largest = _upright(_shrink(opened, sizes[-1], file, treatment), opened.orientation)
    images = [largest]
    for size in reversed(sizes[:-1]):  # chained, from large to small
        images.append(resized(images[-1], size if opened.orientation < 5 else size[::-1]))
    images.reverse()
    variants = [
        Rendered(*image.size, media_type, _encode(image, media_type, recipe))
        for media_type in (WEBP, JPEG)
        for image in images
    ]
    for variant in variants:
        prove_clean(variant.data, variant.media_type, (variant.width, variant.height), file)
    return Rendering(tuple(variants), _mean_colour(images[0]), opened.animated)


def variant_sizes(size: tuple[int, int], bounds: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """Sizes of the variants of an image, ascending, each of another width and height, none larger than the image.

    The long side is bounded, not the width: a portrait would otherwise have 1.8 times the pixels of a landscape.
    """
    long = max(size)
    top = min(long, bounds[-1])
    sides = [side for side in bounds if side * _CLOSE <= top] + [top]
    scaled = [(max(1, round(size[0] * side / long)), max(1, round(size[1] * side / long))) for side in sides]
    kept = scaled[-1:]
    for smaller in reversed(scaled[:-1]):
        if smaller[0] < kept[0][0] and smaller[1] < kept[0][1]:
            kept.insert(0, smaller)
    return tuple(kept)


def _shrink(opened: Opened, size: tuple[int, int], file: str, treatment: Treatment) -> Image.Image:
    """The pixels at the largest size, in sRGB, not turned yet: both cost less on a small image."""
    opened.image.draft(None, size)  # JPEG only: decodes at 1/2, 1/4 or 1/8 where that is still large enough
    image = _plain(decode(opened, file))
    if treatment.blur:
        largest = size if opened.orientation < 5 else size[::-1]
        standing = blurred(_upright(image, opened.orientation), treatment.zones(largest))
        image = _upright(standing, _UNDONE_BY.get(opened.orientation, opened.orientation))
    image = to_srgb(resized(image, size, spent=True), opened.profile)
    image.info.clear()
    return image


def _plain(image: Image.Image) -> Image.Image:
    """Mode L, RGB or CMYK, 8 bits, on white where it was transparent."""
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        ground = Image.new("RGB", layer.size, "white")
        ground.paste(layer, mask=layer.getchannel("A"))
        return ground
    if image.mode.startswith("I"):  # 16 bits of grey; Pillow's own conversion would cut, not scale
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if image.mode in {"L", "RGB", "CMYK"}:
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    """Turned and mirrored as EXIF's orientation asks."""
    for turn in _TURNS.get(orientation, ()):
        image = image.transpose(turn)
    return image


def _encode(image: Image.Image, media_type: str, recipe: Recipe) -> bytes:
    """One file, from pixels alone."""
    target = BytesIO()
    rank = recipe.rank(max(image.size))
    if media_type == WEBP:
        settings: dict[str, Any] = {"quality": recipe.webp_quality[rank], "method": recipe.webp_method}
        image.save(target, "WEBP", **settings, **WITHOUT_METADATA)
    else:
        settings = jpeg_settings(recipe.jpeg_table, recipe.jpeg_quality[rank])
        image.save(target, "JPEG", progressive=True, optimize=True, **settings, **WITHOUT_METADATA)
    return target.getvalue()


def _mean_colour(image: Image.Image) -> str:
    """`#rrggbb`."""
    red, green, blue = image.resize((1, 1), Image.Resampling.BOX).tobytes()
    return f"#{red:02x}{green:02x}{blue:02x}"
