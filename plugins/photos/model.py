"""What a photo is, once prepared: frozen values that templates use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Variant:
    """One re-encoded file.

    Arguments:
        path: from the root of the site, `photos/<digest>-<width>.<ext>`.
        width, height: pixels.
        media_type: `image/webp` or `image/jpeg`.
        size: bytes.
    """

    path: str
    width: int
    height: int
    media_type: str
    size: int


@dataclass(frozen=True)
class Photo:
    """One photo of an article.

    Arguments:
        source: path from the content folder; for messages only, it never enters a site.
        reference: short reference that a family can quote to have it withdrawn (the start of the digest).
        digest: names the variants; sha256 of source bytes, recipe and encoder version, shortened.
        alt: text for those who don't see it; never empty.
        caption: plain text, or empty.
        width, height: pixels of the largest variant, upright.
        placeholder: `#rrggbb`, its mean colour.
        variants: every file, by media type (modern first), then by width.
    """

    source: str
    reference: str
    digest: str
    alt: str
    caption: str
    width: int
    height: int
    placeholder: str
    variants: tuple[Variant, ...]

    def of_type(self, media_type: str) -> tuple[Variant, ...]:
        """The variants of one media type, narrowest first."""
        return tuple(v for v in self.variants if v.media_type == media_type)

    @property
    def largest(self) -> Variant:
        """The widest JPEG: the plain link without JavaScript."""
        return self.of_type("image/jpeg")[-1]

    @property
    def css_class(self) -> str:
        """Class of the generated stylesheet that holds this photo's ratio and placeholder colour."""
        return f"photo-{self.digest[:12]}"
