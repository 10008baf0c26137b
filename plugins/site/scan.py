"""What stands in a centre's folder: posts, pages, and what must not be there. Reads names, not contents."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from plugins.errors import N_, Problem, Severity
from plugins.files import LINK, SPECIAL, unreadable
from plugins.left_behind import is_left_behind
from plugins.posts import keys
from plugins.posts.words import fold, nearest, slugify

FOLDERS = (keys.INFOS, keys.PROGRAMMES, keys.REMINDERS, keys.ARTICLES)
PHOTOS = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif")
"""Kinds of files that may stand beside an article."""

MAX_NAME = 150


@dataclass(frozen=True)
class Source:
    """One file to read.

    Arguments:
        path: on this machine.
        file: from the content folder, with `/`.
        kind: the folder that decides its kind.
        name: the file's name without its end, or its folder's.
        stem: the same, made safe: the last part of its address.
        own: the folder of its photos, if it has one.
        from_city: stands in `ville/`.
    """

    path: Path
    file: str
    kind: str
    name: str
    stem: str
    own: Path | None
    from_city: bool


def scan(content: Path, folder: str, problems: list[Problem], *, from_city: bool = False) -> list[Source]:
    """Every post and page of one folder of the content, in order of name. Links are refused, wherever they stand."""
    root = content / folder
    sources: list[Source] = []
    for entry in _entries(root, folder, problems):
        name = entry.name
        if entry.is_dir():
            if name in FOLDERS:
                sources += _kind(content, f"{folder}/{name}", name, problems, from_city=from_city)
            else:
                _unknown_folder(f"{folder}/{name}", name, problems)
        elif name.lower().endswith(".md"):
            problems.append(Problem(f"{folder}/{name}", 0, N_(
                "A post stands in one of the folders {folders}; here it is not read."
            ), {"folders": ", ".join(FOLDERS)}))  # fmt: skip
    return sources


def _kind(content: Path, folder: str, kind: str, problems: list[Problem], *, from_city: bool) -> list[Source]:
    sources: list[Source] = []
    for entry in _entries(content / folder, folder, problems):
        file = f"{folder}/{entry.name}"
        if entry.is_dir():
            if kind != keys.ARTICLES:
                problems.append(Problem(file, 0, N_("Only an article has a folder of its own; here it is not read.")))
                continue
            if _article(entry, file, problems):
                own = Path(entry.path)
                sources.append(
                    _source(own / "article.md", f"{file}/article.md", kind, entry.name, own, problems, from_city)
                )
        elif entry.name.lower().endswith(".md"):
            sources.append(_source(Path(entry.path), file, kind, entry.name[:-3], None, problems, from_city))
        elif kind == keys.ARTICLES or not entry.name.lower().endswith(".pdf"):
            problems.append(Problem(file, 0, N_(
                "This file is not read: a post ends in “.md”, photos and PDF files of an article stand in its own "
                "folder, and any other file can only be given to families as PDF."
            ), severity=Severity.ADVICE))  # fmt: skip
    return sources


def _article(entry: os.DirEntry[str], file: str, problems: list[Problem]) -> bool:
    """Check an article's own folder; whether it holds its `article.md`."""
    names: list[str] = []
    folders = [(entry.path, file)]
    while folders:
        path, shown = folders.pop()
        for inside in _entries(Path(path), shown, problems):
            if inside.is_dir():
                folders.append((inside.path, f"{shown}/{inside.name}"))
            elif path == entry.path:
                names.append(inside.name)
    if "article.md" in names:
        return True
    written = [name for name in names if name.lower().endswith(".md")]
    message = N_("The article's text must be called “article.md” (here: {found}).") if written else N_(
        "This folder holds no “article.md”: it is not read.")  # fmt: skip
    severity = Severity.ERROR if written else Severity.ADVICE
    problems.append(Problem(file, 0, message, {"found": ", ".join(written)}, severity))
    return False


def _source(
    path: Path, file: str, kind: str, name: str, own: Path | None, problems: list[Problem], from_city: bool
) -> Source:
    stem = slugify(name)
    if not stem or len(name) > MAX_NAME:
        message = N_("This name can't become an address: use letters and digits, at most {max}.")
        problems.append(Problem(file, 0, message, {"max": MAX_NAME}))
    return Source(path, file, kind, name, stem, own, from_city)


def _entries(path: Path, shown: str, problems: list[Problem]) -> list[os.DirEntry[str]]:
    """What stands in a folder, without what computers leave behind; links and special files are refused."""
    try:
        with os.scandir(path) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        problems.append(unreadable(error).at(shown, 0))
        return []
    kept: list[os.DirEntry[str]] = []
    for entry in entries:
        file = f"{shown}/{entry.name}"
        if entry.is_symlink():
            problems.append(Problem(file, 0, LINK))
        elif not _readable(entry.name):
            problems.append(
                Problem(
                    file.encode("utf-8", "replace").decode(),
                    0,
                    N_("This name holds characters that no computer can show. Rename it."),
                )
            )
        elif not (entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False)):
            problems.append(Problem(file, 0, SPECIAL))
        elif not is_left_behind(entry.name):
            kept.append(entry)
    return kept


def _readable(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return name.isprintable()


def _unknown_folder(file: str, name: str, problems: list[Problem]) -> None:
    meant = nearest(name, FOLDERS, cutoff=0.6)
    if meant or fold(name) in FOLDERS:
        problems.append(
            Problem(
                file, 0, N_("The folder “{name}” is unknown. Did you mean “{meant}”?"), {"name": name, "meant": meant}
            )
        )
    else:
        problems.append(Problem(file, 0, N_("The folder “{name}” is not read. Known folders: {known}."),
                                {"name": name, "known": ", ".join(FOLDERS)}, Severity.ADVICE))  # fmt: skip


def duplicates(sources: list[Source]) -> list[Problem]:
    """Two files that would have the same address."""
    seen: dict[tuple[str, str], Source] = {}
    problems: list[Problem] = []
    for source in sources:
        first = seen.setdefault((source.kind, source.stem), source)
        if first is not source and source.stem:
            message = N_("This file would have the same address as “{first}”. Rename one of them.")
            problems.append(Problem(source.file, 0, message, {"first": first.file}))
    return problems
