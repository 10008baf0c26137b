"""Which file a link to an attachment means: a real PDF beside its post, and nothing else."""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path
from urllib.parse import unquote

from plugins.errors import N_, Wrong
from plugins.posts.words import fold, nearest

PDF = ".pdf"
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif", ".gif")
_PAGES = (".md", ".html", ".htm", ".ics")
_END = re.compile(r"\.[a-zA-Z][a-zA-Z0-9]{0,9}")


def is_attachment(target: str) -> bool:
    """Whether a link's target is a file to attach, rather than a page or an address."""
    path = unquote(target.strip()).partition("#")[0]
    end = posixpath.splitext(path)[1]
    if path.startswith(("/", "~", "www.")) or any(sign in path for sign in "\\{|?"):
        return False  # said by the rules for links
    return ":" not in path and bool(_END.fullmatch(end)) and end.lower() not in _PAGES


def attached_file(target: str, folder: Path | None, name: str) -> Path:
    """The PDF that a link means.

    Arguments:
        target: as written.
        folder: where attachments of this post stand; `None` for an article without a folder of its own.
        name: of the post, for the message.

    Raises:
        Wrong: it is no PDF, stands elsewhere, or is not there.
    """
    path = unquote(target.strip()).partition("#")[0]
    end = posixpath.splitext(path)[1].lower()
    if end in PICTURES:
        raise Wrong(
            N_("“{target}” is a photo. In an article a photo is shown by « ![what it shows]({target}) »."),
            target=target,
        )
    if end != PDF:
        raise Wrong(
            N_("“{target}”: only a PDF can be attached. Open this file, save it as PDF, and link to that."),
            target=target,
        )
    if folder is None:
        raise Wrong(N_(
            "“{target}”: an article with a PDF has a folder of its own, « {name}/article.md », with the PDF beside."
        ), target=target, name=name)  # fmt: skip
    wanted = posixpath.normpath(path)
    if not _simple(wanted):
        raise Wrong(
            N_("“{target}”: a PDF stands in the same folder as the text that links to it; write its name alone."),
            target=target,
        )
    file = folder / wanted
    if file.is_file() and not file.is_symlink():
        return file
    with os.scandir(folder) as entries:
        there = sorted(e.name for e in entries if e.name.lower().endswith(PDF) and e.is_file(follow_symlinks=False))
    meant = next((entry for entry in there if fold(entry) == fold(wanted)), None) or nearest(wanted, there)
    if meant:
        raise Wrong(N_("The PDF “{target}” is not there. Did you mean “{meant}”?"), target=target, meant=meant)
    raise Wrong(N_("The PDF “{target}” is not there: put it in the same folder as this text."), target=target)


def _simple(name: str) -> bool:
    return "/" not in name and "\\" not in name and "\0" not in name and name not in (".", "..")
