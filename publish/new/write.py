"""Put an example where it belongs in the content folder; nothing that is there is ever written over."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from plugins.errors import PluginError, Wrong
from plugins.posts.words import slugify
from plugins.site.centre import check_slug
from plugins.site.loader import load_centre
from plugins.site.model import Centre
from publish.centres import choose_centres
from publish.errors import N_, BuildError, Reason, cause_of


def read_centre(content: Path, slug: str) -> Centre:
    """The centre that a text is written for.

    Raises:
        BuildError: there is none of this name (with the nearest one), or its settings are in error.
    """
    choose_centres(content, [slug])
    try:
        return load_centre(content, slug)
    except PluginError as error:
        raise BuildError(N_("nothing was written:"), reasons=error.problems) from error


def stem_of(title: str) -> str:
    """The file's name for a title.

    Raises:
        BuildError: nothing of it can be an address.
    """
    if stem := slugify(title):
        return stem
    raise BuildError(N_("“{title}” can't become the name of a file: use letters or digits"), title=title)


def write_post(content: Path, slug: str, kind: str, stem: str, text: str, *, folder: bool = False) -> Path:
    """Write one post; its path.

    Raises:
        BuildError: something of the same address is there, or the disk refuses.
    """
    place = content / slug / kind
    if place.is_symlink():
        raise BuildError(N_("{path} is a link to somewhere else: put the folder itself there"), path=place)
    same = [path for path in place.glob("*") if slugify(path.stem if path.suffix == ".md" else path.name) == stem]
    if same:
        raise BuildError(N_("{path} is there already: nothing is written over"), path=same[0])
    path = place / stem / "article.md" if folder else place / f"{stem}.md"
    _write({path: text})
    return path


def write_centre(content: Path, slug: str, files: Mapping[str, str]) -> Path:
    """Write a new centre's folder; its path.

    Raises:
        BuildError: the name can't be an address, the folder is there, or the disk refuses.
    """
    try:
        check_slug(slug)
    except Wrong as wrong:
        raise BuildError(N_("nothing was written:"), reasons=[Reason(wrong.message, wrong.values)]) from wrong
    place = content / slug
    if not content.is_dir():
        raise BuildError(N_("there is no content folder {content}"), content=content)
    if os.path.lexists(place):
        raise BuildError(N_("{path} is there already: nothing is written over"), path=place)
    _write({place / name: text for name, text in files.items()})
    for name in ("programmes", "rappels", "articles"):
        (place / name).mkdir(exist_ok=True)
    return place


def _write(files: Mapping[Path, str]) -> None:
    """Write all of them, or none: half an example would stand in the way of the same command."""
    made: list[Path] = []
    for path, text in files.items():
        try:
            for folder in reversed([path.parent, *path.parent.parents]):
                if not folder.exists():
                    folder.mkdir()
                    made.append(folder)
            with path.open("x", encoding="utf-8", newline="\n") as stream:
                made.append(path)
                stream.write(text)
        except OSError as error:
            for one in reversed(made):
                with suppress(OSError):
                    one.rmdir() if one.is_dir() else one.unlink()
            raise BuildError(N_("{path} can't be written: {cause}"), path=path, cause=cause_of(error)) from error
