"""`legendes.txt`: what stands under each photo of an article's folder, and what it shows; one line a photo."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from plugins.errors import N_, Problem, Wrong
from plugins.photos.names import photo_named
from plugins.posts.header import decode
from plugins.posts.words import shortened

NAME = "legendes.txt"
MOST = 300
"""Characters of a caption, and of a description."""


@dataclass(frozen=True)
class Caption:
    """`photo.jpg : légende | description`.

    Arguments:
        caption: what stands under the photo; may be empty.
        description: for those who don't see it; may be empty.
    """

    caption: str
    description: str


NONE = Caption("", "")


def read_captions(data: bytes, file: str, photos: Collection[str], problems: list[Problem]) -> dict[str, Caption]:
    """By name of photo, as the folder spells it; every wrong line is told.

    Arguments:
        data: the file.
        file: how messages call it.
        photos: names of the photos of the folder.
        problems: told what is wrong.
    """
    try:
        lines = decode(data).split("\n")
    except Wrong as wrong:
        problems.append(wrong.at(file, 0))
        return {}
    found: dict[str, Caption] = {}
    first: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            name, caption = _line(line, photos)
        except Wrong as wrong:
            problems.append(wrong.at(file, number))
            continue
        if name in found:
            message = N_("“{name}” stands here twice (first at line {first}). Keep one.")
            problems.append(Problem(file, number, message, {"name": name, "first": first[name]}))
        else:
            found[name], first[name] = caption, number
    return found


def _line(line: str, photos: Collection[str]) -> tuple[str, Caption]:
    written, colon, rest = line.replace("：", ":").partition(":")
    written = written.strip().strip("«»\"'").strip()
    if not colon or not written:
        raise Wrong(N_("“{text}”: write « photo.jpg : caption | what it shows »."), text=shortened(line))
    name = photo_named(written, photos)
    caption, _, description = (" ".join(part.split()) for part in rest.partition("|"))
    if not caption and not description:
        raise Wrong(N_("“{name}” has neither caption nor description: write them, or leave the line out."), name=name)
    if max(len(caption), len(description)) > MOST:
        raise Wrong(N_("“{name}”: a caption and a description have at most {max} characters."), name=name, max=MOST)
    return name, Caption(caption, description)
