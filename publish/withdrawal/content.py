"""The content folder without what is withdrawn: files go to a quarantine, texts lose what they said of them."""

from __future__ import annotations

import os
import secrets
import shutil
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from publish.errors import N_, BuildError, cause_of
from publish.withdrawal import words


@dataclass(frozen=True)
class Edit:
    """One change of the content folder.

    Arguments:
        file: from the content folder.
        text: what the file becomes; `None` if it goes to the quarantine.
        by_hand: a text that still places the photo, in a way that only a person can take out.
    """

    file: str
    text: bytes | None
    by_hand: bool = False


def edits(content: Path, files: Collection[str]) -> list[Edit]:
    """What withdrawing these files changes; `files` and what is found are paths from the content folder.

    Raises:
        OSError: a folder or a text beside them can't be read.
    """
    found = [Edit(file, None) for file in sorted(files) if (content / file).is_file()]
    by_folder: defaultdict[str, set[str]] = defaultdict(set)
    for edit in found:
        folder, _, name = edit.file.rpartition("/")
        by_folder[folder].add(name)
    for folder, names in sorted(by_folder.items()):
        for text in _texts(content, folder):
            if text not in files and (change := _edit(content, text, names)):
                found.append(change)
    return found


def apply(content: Path, changes: Collection[Edit], quarantine: Path, name: str) -> None:
    """Change texts, then move files, so that a text never names a file that is gone; run again, it goes on.

    Arguments:
        quarantine: see `publish.withdrawal.quarantine`.
        name: of the withdrawal.

    Raises:
        BuildError: the content folder or the quarantine can't be written.
    """
    try:
        for edit in changes:
            if edit.text is not None and not edit.by_hand:
                _replace(content / edit.file, edit.text)
        for edit in changes:
            if edit.text is None:
                _set_aside(content / edit.file, quarantine / name / edit.file)
    except OSError as error:
        raise not_removed(error, content) from error


def not_removed(error: OSError, content: Path) -> BuildError:
    """What is said once the register has the photo, and a file of the content can be neither read nor written."""
    message = N_("{path} can't be changed or moved: {cause}. Until then the photo stays hidden, but is not removed")
    return BuildError(message, path=error.filename or content, cause=cause_of(error))


def in_git(content: Path) -> Path | None:
    """The folder of the git tree that the content stands in."""
    root = content.resolve()
    return next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), None)


def _texts(content: Path, folder: str) -> Iterator[str]:
    """The article of a folder, and its captions."""
    with os.scandir(content / folder) as entries:
        names = sorted(entry.name for entry in entries if entry.is_file(follow_symlinks=False))
    yield from (f"{folder}/{name}" for name in names if name.lower().endswith(".md") or words.is_captions(name))


def _edit(content: Path, text: str, names: set[str]) -> Edit | None:
    folder, _, own = text.rpartition("/")
    data = (content / text).read_bytes()
    written = data.decode("utf-8", "surrogateescape")
    if words.is_captions(own):
        kept = words.without_captions(written, names, _photos_left(content / folder, names))
    else:
        kept = words.without_photos(written, names, _photos_left(content / folder, names))
    left = not words.is_captions(own) and words.shows(kept, names)
    return Edit(text, kept.encode("utf-8", "surrogateescape"), left) if kept != written or left else None


def _photos_left(folder: Path, names: set[str]) -> list[str]:
    from plugins.site.scan import PHOTOS

    return [path.name for path in folder.iterdir() if path.suffix.lower() in PHOTOS and path.name not in names]


def _replace(path: Path, data: bytes) -> None:
    part = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        part.write_bytes(data)
        shutil.copymode(path, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _set_aside(path: Path, to: Path) -> None:
    """Copied, then removed: the content may be on another disk."""
    for folder in reversed([to.parent, *to.parent.parents]):
        if not folder.exists():
            folder.mkdir(mode=0o700)
    data = path.read_bytes()
    handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(handle)
    path.unlink()
