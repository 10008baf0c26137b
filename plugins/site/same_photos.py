"""One photo in two articles of a centre: what is blurred in it for one family is not to be seen one page further on."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path

from plugins.errors import N_, ContentError, Problem, Severity
from plugins.photos.blur import Blur
from plugins.photos.source import read_source


@dataclass(frozen=True)
class Asked:
    """A photo of an article, and what is blurred in it there.

    Arguments:
        path: of the photo.
        wanted: nothing, perhaps.
        file, line: where the article shows it.
        from_city: the centre can't mend that article.
    """

    path: Path
    wanted: Blur
    file: str
    line: int
    from_city: bool


def same_photos(content: Path, asked: Iterable[Asked]) -> list[Problem]:
    """Every photo that is blurred in one article and otherwise, or not at all, in another.

    The same photo is the same bytes: one that was saved again is another to this check.
    """
    problems: list[Problem] = []
    for sized in _groups(asked, lambda each: _size(each.path)):
        if _differ(sized):
            for group in _groups(sized, lambda each: _sha256(content, each.path)):
                problems += _told(group)
    return problems


def _told(group: list[Asked]) -> list[Problem]:
    if not _differ(group):
        return []
    first = min((each for each in group if each.wanted), key=lambda each: (each.from_city, each.file))
    return [
        Problem(each.file, each.line, N_(
            "The photo “{name}” is also in {other}, where something else is blurred in it: write the same after “Flou” "
            "in both, or leave it out of one."
        ), {"name": each.path.name, "other": first.file}, Severity.ADVICE if each.from_city else Severity.ERROR)
        for each in sorted(group, key=lambda each: (each.file, each.line))
        if _meant(each.wanted) != _meant(first.wanted)
    ]  # fmt: skip


def _differ(group: list[Asked]) -> bool:
    return any(each.wanted for each in group) and len({_meant(each.wanted) for each in group}) > 1


def _meant(blur: Blur) -> Hashable:
    """What is hidden, however it was written."""
    numbers = () if blur.faces else tuple(sorted(set(blur.numbers)))
    return blur.faces, numbers, tuple(sorted(set(blur.zones)))


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None  # told where it is read


def _sha256(content: Path, path: Path) -> bytes | None:
    try:
        return hashlib.sha256(read_source(content, path, path.name)).digest()
    except (OSError, ContentError):
        return None


def _groups(asked: Iterable[Asked], key: Callable[[Asked], Hashable]) -> list[list[Asked]]:
    """Those with the same key; those without are left out."""
    found: dict[Hashable, list[Asked]] = defaultdict(list)
    for each in asked:
        if (known := key(each)) is not None:
            found[known].append(each)
    return list(found.values())
