"""What changed between two releases, as a city officer would say it: posts, pages, photos, documents. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from publish.manifest import FileEntry, Manifest

_POST = re.compile(r"(articles|programmes|rappels|infos)/[^/]+/index\.html")
_PHOTO = re.compile(r"photos/(.+)-[0-9]+\.[a-z0-9]+")


class Subject(StrEnum):
    """What a file of a site is for those who read it, in the order in which changes are told."""

    PROGRAMME = "programme"
    REMINDER = "reminder"
    ARTICLE = "article"
    PAGE = "page"
    PHOTO = "photo"
    DOCUMENT = "document"
    CALENDAR = "calendar"
    LIST = "list"
    LOOK = "look"


TEXTS = (Subject.PROGRAMME, Subject.REMINDER, Subject.ARTICLE, Subject.PAGE)
"""Subjects whose things are pages with a text of their own."""

_FOLDERS = {
    "articles": Subject.ARTICLE,
    "programmes": Subject.PROGRAMME,
    "rappels": Subject.REMINDER,
    "infos": Subject.PAGE,
}
_SUFFIXES = {"pdf": Subject.DOCUMENT, "ics": Subject.CALENDAR, "html": Subject.LIST}


@dataclass(frozen=True)
class Changes:
    """What happened to the files of one subject, by path (a photo: by its reference, whatever its sizes)."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


Differences = Mapping[Subject, Changes]


Alike = Callable[[Sequence[tuple[str, str]]], Sequence[bool]]
"""For pairs of digests of pages: whether they say the same to those who read them."""


def by_bytes(pairs: Sequence[tuple[str, str]]) -> Sequence[bool]:
    """Pages are alike only if they are the same bytes."""
    return [old == new for old, new in pairs]


def differences(before: Manifest | None, after: Manifest, alike: Alike = by_bytes) -> Differences:
    """What `after` adds, changes and removes; a subject without a change is absent.

    Arguments:
        before: the earlier release; `None` if there was none: everything is added.
        after: the later release.
        alike: asked of each text whose bytes changed: a new stylesheet alone changes the bytes of every page.
    """
    old, new = _things(before.files if before else {}), _things(after.files)
    found: dict[Subject, Changes] = {}
    for subject in Subject:
        was, now = old.get(subject, {}), new.get(subject, {})
        changed = sorted(name for name in now.keys() & was.keys() if now[name] != was[name])
        if before and subject in TEXTS:
            pairs = [(before.files[path].sha256, after.files[path].sha256) for path in changed]
            changed = [path for path, same in zip(changed, alike(pairs), strict=True) if not same]
        changes = Changes(
            added=tuple(sorted(now.keys() - was.keys())),
            changed=tuple(changed),
            removed=tuple(sorted(was.keys() - now.keys())),
        )
        if changes != Changes():
            found[subject] = changes
    return MappingProxyType(found)


def subject_of(path: str) -> Subject:
    """What a file of a site is for those who read it."""
    if post := _POST.fullmatch(path):
        return _FOLDERS[post[1]]
    if _PHOTO.fullmatch(path):
        return Subject.PHOTO
    return _SUFFIXES.get(path.rpartition(".")[2], Subject.LOOK)


def thing(path: str) -> tuple[Subject, str]:
    """What a file is for readers, and its name: its path, or of a photo its reference, which its sizes share."""
    photo = _PHOTO.fullmatch(path)
    return subject_of(path), photo[1] if photo else path


def _things(files: Mapping[str, FileEntry]) -> dict[Subject, dict[str, frozenset[str]]]:
    """Subject → name → digests of its files."""
    found: dict[Subject, dict[str, set[str]]] = {}
    for path, entry in files.items():
        subject, name = thing(path)
        found.setdefault(subject, {}).setdefault(name, set()).add(entry.sha256)
    return {subject: _frozen(things.items()) for subject, things in found.items()}


def _frozen(things: Iterable[tuple[str, set[str]]]) -> dict[str, frozenset[str]]:
    return {name: frozenset(digests) for name, digests in things}
