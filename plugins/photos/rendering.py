"""What comes of making a photo: variants, as bytes. No library of pictures is needed to speak of them."""

from __future__ import annotations

from dataclasses import dataclass

JPEG, WEBP = "image/jpeg", "image/webp"
SUFFIX = {WEBP: "webp", JPEG: "jpg"}


@dataclass(frozen=True)
class Rendered:
    """One variant.

    Arguments:
        width, height: pixels.
        media_type: `image/webp` or `image/jpeg`.
        data: the whole file.
    """

    width: int
    height: int
    media_type: str
    data: bytes


@dataclass(frozen=True)
class Rendering:
    """A photo, made.

    Arguments:
        variants: modern format first, then by width.
        placeholder: `#rrggbb`, mean colour.
        animated: the source moved; only its first image was taken.
    """

    variants: tuple[Rendered, ...]
    placeholder: str
    animated: bool
