"""`Flou:`, what is to be blurred in which photo. Pure: reads words, looks at no photo."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from plugins.errors import N_, Wrong
from plugins.photos.names import photo_named
from plugins.photos.treatment import FULL, Box
from plugins.posts.words import fold, shortened

MARK_LENGTH = 6
_PHOTO = re.compile(r"(.+?\.(?:jpe?g|png|webp|hei[cf]|avif))(?=[\s(#:]|$)\s*:?\s*(.*)", re.IGNORECASE)
_NUMBER = r"\d+(?:[.,]\d+)?"
_TOKEN = re.compile(
    rf"\s*(?:(?P<all>visages)\b|#(?P<mark>[0-9a-f]{{{MARK_LENGTH}}})\b|(?P<number>[0-9]{{1,3}})(?![0-9])"
    rf"|\(\s*(?P<zone>{_NUMBER}(?:\s*[ ;]\s*{_NUMBER}){{3}})\s*\))\s*(?:,|et\b)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Blur:
    """What is blurred in one photo.

    Arguments:
        faces: every face that is found.
        numbers: those of the faces, counted from 1, from left to right.
        mark: start of the photo's sha256 when its faces were numbered, or empty.
        zones: zones, as drawn.
    """

    faces: bool = False
    numbers: tuple[int, ...] = ()
    mark: str = ""
    zones: tuple[Box, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is asked."""
        return bool(self.faces or self.numbers or self.zones)

    @property
    def searches(self) -> bool:
        """Whether faces must be found for it; a zone that was drawn needs no detector."""
        return bool(self.faces or self.numbers)


@dataclass(frozen=True)
class Wishes:
    """What an article asks for.

    Arguments:
        everywhere: every face of every photo.
        photos: by name of photo.
    """

    everywhere: bool = False
    photos: Mapping[str, Blur] = field(default_factory=dict)

    def of(self, name: str) -> Blur:
        """What is asked for one photo."""
        blur = self.photos.get(name, Blur())
        return replace(blur, faces=True) if self.everywhere else blur


def read_wishes(text: str, photos: Collection[str], *, everywhere: bool) -> Wishes:
    """Read the line; several wishes are separated by `;`. Raises `Wrong`.

    Arguments:
        text: as written; may be empty.
        photos: names of the photos of the article's folder.
        everywhere: `centre.toml` asks for every face.
    """
    found: dict[str, Blur] = {}
    for part in (part.strip() for part in re.split(r";(?![^(]*\))", text)):
        if fold(part) in {"visages", "tous les visages"}:
            everywhere = True
        elif part:
            name, blur = _photo(part, photos)
            if name in found:
                raise Wrong(N_("“{name}” stands here twice: write all that is blurred in it together."), name=name)
            found[name] = blur
    return Wishes(everywhere, found)


def photo_of(part: str) -> str:
    """The name of a photo as one of the wishes says it; empty if it says none."""
    m = _PHOTO.fullmatch(part)
    return m[1] if m else ""


def _photo(part: str, photos: Collection[str]) -> tuple[str, Blur]:
    m = _PHOTO.fullmatch(part)
    if not m:
        raise Wrong(N_(
            "“{text}”: write « visages », « photo.jpg 2, 4 » (the numbers that `preau faces` shows) or "
            "« photo.jpg (10 20 15 15) »."
        ), text=shortened(part))  # fmt: skip
    name = photo_named(m[1], photos)
    blur, rest = Blur(), m[2]
    while rest.strip():
        token = _TOKEN.match(rest)
        if not token:
            raise Wrong(N_("“{text}” is not read: write numbers of faces, or a zone « (left top width height) »."),
                        text=shortened(rest))  # fmt: skip
        blur, rest = _with(blur, token), rest[token.end() :]
    return name, blur or replace(blur, faces=True)


def _with(blur: Blur, token: re.Match[str]) -> Blur:
    if token["all"]:
        return replace(blur, faces=True)
    if token["mark"]:
        return replace(blur, mark=token["mark"].lower())
    if token["number"]:
        return replace(blur, numbers=(*blur.numbers, int(token["number"])))
    return replace(blur, zones=(*blur.zones, _zone(token["zone"])))


def _zone(text: str) -> Box:
    try:
        left, top, width, height = (float(n.replace(",", ".")) * FULL / 100 for n in re.split(r"[ ;]+", text.strip()))
        return Box(int(left), int(top), round(left + width), round(top + height))
    except (ValueError, OverflowError):
        raise Wrong(N_(
            "The zone ({text}) does not lie within its photo: it is written in hundredths of the photo, left edge, top "
            "edge, width, height."
        ), text=text) from None  # fmt: skip
