"""`--sans FILE`: posts that a build leaves out, whole, so that one typing error can't hold back a strike notice."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from publish.errors import N_, BuildError, Reason, cause_of
from publish.paths import CITY_SLUG

_ARTICLES = "articles"


def left_out(content: Path, centres: Sequence[str], files: Sequence[str]) -> tuple[str, ...]:
    """The posts to leave out, by their path from the content folder; an article with its folder is `…/article.md`.

    Arguments:
        content: the content folder.
        centres: those that are built: a file of another one would change nothing.
        files: as typed: from the content folder, or from the working folder.

    Raises:
        BuildError: a file is no post of these centres, with the nearest one.
    """
    found: list[str] = []
    problems: list[Reason] = []
    for file in files:
        try:
            post = next(filter(None, (_post(content, name, centres) for name in _names(content, file))), None)
        except OSError as error:
            problems.append(Reason(N_("{path} can't be read: {cause}"), {"path": file, "cause": cause_of(error)}))
            continue
        if post:
            found.append(post)
        elif near := get_close_matches(_names(content, file)[0], sorted(_posts(content, centres)), n=1, cutoff=0.5):
            message = N_("there is no text “{file}” in what is built; did you mean “{near}”?")
            problems.append(Reason(message, {"file": file, "near": near[0]}))
        else:
            message = N_("there is no text “{file}” in what is built: write its path, such as “{example}”")
            problems.append(Reason(message, {"file": file, "example": f"{centres[0]}/rappels/….md"}))
    if problems:
        raise BuildError(N_("nothing was done:"), reasons=problems)
    return tuple(dict.fromkeys(found))


def _names(content: Path, file: str) -> list[str]:
    """The paths from the content folder that somebody may have meant."""
    typed = [os.path.abspath(content / file), os.path.abspath(file)]  # noqa: PTH100 - names alone: no link is followed
    roots = dict.fromkeys((os.path.abspath(content), os.path.realpath(content)))  # noqa: PTH100
    inside = [path[len(root) + 1 :] for path in typed for root in roots if path.startswith(f"{root}/")]
    return inside or [file]


def _post(content: Path, file: str, centres: Sequence[str]) -> str | None:
    """A file's post; `None` if it is none of these centres or of the city.

    Raises:
        OSError: nobody can tell here.
    """
    from plugins.site.scan import FOLDERS  # few builds leave anything out, and each of them is quicker without

    parts = file.split("/")
    if len(parts) < 3 or parts[0] not in (*centres, CITY_SLUG) or parts[1] not in FOLDERS:
        return None
    try:
        (content / file).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    text = parts[-1].lower().endswith(".md")
    folder = "/".join(parts[:3])
    if parts[1] == _ARTICLES and (content / folder).is_dir():
        return f"{folder}/article.md" if text or len(parts) == 3 else None  # a photo alone is no post
    return file if text and len(parts) == 3 else None


def _posts(content: Path, centres: Sequence[str]) -> Iterator[str]:
    from plugins.site.scan import FOLDERS

    for slug in (*centres, CITY_SLUG):
        for kind in FOLDERS:
            for path in (content / slug / kind).glob("*"):
                yield path.relative_to(content).as_posix()
