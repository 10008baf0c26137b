"""`Photos: toutes`: the photos of an article's own folder, in order, with what `legendes.txt` says of them."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from plugins.errors import N_, Problem, Severity, Wrong
from plugins.files import read_file, unreadable
from plugins.photos import captions
from plugins.photos.captions import Caption
from plugins.photos.taken import taken_at
from plugins.posts import keys
from plugins.posts.header import Document
from plugins.posts.words import fold, quoted
from plugins.site.scan import PHOTOS, Source
from plugins.site.written import Image


class Order(StrEnum):
    """In which order the photos of a folder follow each other; the value is what people write."""

    NAME = "toutes"
    TIME = "toutes, par heure"


_ORDERS = {
    "toutes": Order.NAME, "toutes par nom": Order.NAME, "toutes par ordre de nom": Order.NAME,
    "toutes par heure": Order.TIME, "toutes par heure de prise de vue": Order.TIME,
}  # fmt: skip
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Folder:
    """What stands beside an article.

    Arguments:
        photos: real files, by name, in order of name.
        captions: what `legendes.txt` says of them.
    """

    photos: Mapping[str, Path]
    captions: Mapping[str, Caption]

    def caption(self, path: Path) -> Caption:
        """What is said of one photo."""
        return self.captions.get(path.name, captions.NONE)


NOTHING = Folder({}, {})


def read_folder(content: Path, source: Source, problems: list[Problem]) -> Folder:
    """The photos of an article's folder, with their captions; nothing for an article without a folder."""
    if source.own is None:
        return NOTHING
    with os.scandir(source.own) as entries:
        names = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
    photos = {n: source.own / n for n in sorted(names, key=natural) if n.lower().endswith(PHOTOS) and n[0] not in ".~#"}
    said: dict[str, Caption] = {}
    for name in names:
        if fold(name) != captions.NAME:
            continue
        file = f"{source.file.rpartition('/')[0]}/{name}"
        try:
            said |= captions.read_captions(read_file(content, source.own / name), file, photos, problems)
        except Wrong as wrong:
            problems.append(wrong.at(file, 0))
        except OSError as error:
            problems.append(unreadable(error).at(file, 0))
    return Folder(photos, said)


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """Sorts `photo 2` before `photo 10`."""
    parts = _DIGITS.split(fold(name))
    return (*((int(part), "") if part.isdecimal() and len(part) < 19 else (0, part) for part in parts), (0, name))


def order(document: Document) -> Order | None:
    """What `Photos:` asks for; `None` if it is not written. Raises `Wrong`."""
    text = document.value(keys.PHOTOS)
    if not text:
        return None
    found = _ORDERS.get(" ".join(fold(text).replace(",", " ").split()))
    if found is None:
        raise Wrong(N_("“{text}” is unknown here. Possible: {choices}."), text=text, choices=quoted(Order))
    return found


def gallery(
    folder: Folder, placed: Collection[Path], by: Order, content: Path, document: Document, problems: list[Problem]
) -> list[tuple[Image, Path]]:
    """The images of the folder that the text does not place itself.

    Arguments:
        folder: what stands beside the article.
        placed: photos that the text shows at a place of their own.
        by: order asked for.
        content: the content folder.
        document: the article, for messages.
        problems: told what is wrong, and what would make the gallery better.
    """
    line = document.line(keys.PHOTOS)
    if not folder.photos:
        problems.append(Problem(document.file, line, N_("There is no photo in the folder of this article.")))
    left = [path for path in folder.photos.values() if path not in placed]
    if by is Order.TIME:
        left = _by_time(left, content, document.file, line, problems)
    said = {path: folder.caption(path) for path in left}
    return [(Image(path.name, said[path].description, said[path].caption, line), path) for path in left]


def _by_time(photos: list[Path], content: Path, file: str, line: int, problems: list[Problem]) -> list[Path]:
    times = {path: taken_at(content, path) for path in photos}
    if unknown := [path.name for path in photos if times[path] is None]:
        problems.append(Problem(file, line, N_(
            "No time of taking can be read in {photos}: they come after the others, in the order of their names."
        ), {"photos": quoted(unknown)}, Severity.ADVICE))  # fmt: skip
    return sorted(photos, key=lambda path: (times[path] is None, times[path] or datetime.min))  # noqa: DTZ901
