"""The centres of a content folder: those that a command names, or all."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from plugins.left_behind import is_left_behind
from publish.errors import N_, BuildError, Reason, cause_of
from publish.paths import CITY_SLUG


def find_centres(content: Path) -> tuple[str, ...]:
    """Names of the folders of centres, in order; `ville` is not one.

    Raises:
        BuildError: the content folder is not there.
    """
    try:
        found = [entry for entry in content.iterdir() if not _is_left_out(entry.name)]
    except OSError as error:
        raise BuildError(
            N_("the content folder {content} can't be read: {cause}"), content=content, cause=cause_of(error)
        ) from error
    return tuple(sorted(entry.name for entry in found if entry.name != CITY_SLUG and _may_be_centre(entry)))


def choose_centres(content: Path, names: Sequence[str]) -> tuple[str, ...]:
    """The centres meant: those named, or all.

    Raises:
        BuildError: a name is no centre's (with the nearest one), or there is none at all.
    """
    known = find_centres(content)
    problems = []
    for name in dict.fromkeys(names):
        if name in known:
            continue
        near = get_close_matches(name.casefold(), known, n=1)
        if near:
            problems.append(
                Reason(N_("there is no centre “{name}”; did you mean “{near}”?"), {"name": name, "near": near[0]})
            )
        else:
            listed = ", ".join(known)
            problems.append(
                Reason(N_("there is no centre “{name}”; the centres are: {known}"), {"name": name, "known": listed})
            )
    if problems:
        raise BuildError(N_("nothing was done:"), reasons=problems)
    if not known:
        raise BuildError(N_("{content} holds no centre: a centre is a folder with its centre.toml"), content=content)
    return tuple(dict.fromkeys(names)) or known


def _is_left_out(name: str) -> bool:
    return name.startswith("_") or is_left_behind(name)


def _may_be_centre(entry: Path) -> bool:
    return entry.is_dir() or entry.is_symlink()
