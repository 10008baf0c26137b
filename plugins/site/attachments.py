"""Which PDF files of a centre's folder its posts link to, and which they don't."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from plugins.documents.links import PDF, attached_file
from plugins.documents.model import Document
from plugins.documents.prepare import prepare_document
from plugins.errors import N_, ContentError, Problem, Severity
from plugins.left_behind import is_left_behind
from plugins.photos import captions
from plugins.posts import keys
from plugins.posts.words import fold
from plugins.site.filters import weight
from plugins.site.scan import PHOTOS, Source

PrepareDocument = Callable[[Path], Document]
"""A PDF of the content folder → a document ready to be sent; raises `ContentError` if it can't be."""

SHORT = 200
"""Characters below which a text says little besides its attachment."""


@dataclass
class Attachments:
    """The attachments of one site; they fill up while bodies are read.

    Arguments:
        content: the content folder.
        prepare: makes a document ready; without it copies are made anew each time.
        linked: files that a link means, whether they can be used or not.
    """

    content: Path
    prepare: PrepareDocument | None = None
    linked: set[Path] = field(default_factory=set)
    _by_post: dict[str, list[Document]] = field(default_factory=dict)

    def link(self, target: str, source: Source, body: str, problems: list[Problem]) -> tuple[str, str] | None:
        """The path of the document that a link means and what to say of it; `None` if it can't be used, which is told.

        Raises:
            Wrong: the link itself is wrong.
        """
        path = attached_file(target, _folder(source), source.name)
        self.linked.add(path)
        try:
            document = self.prepare(path) if self.prepare else prepare_document(path, self.content)
        except ContentError as error:
            problems += [problem for problem in error.problems if problem not in problems]
            return None
        told = list(document.advices)
        if len(body) < SHORT:
            told.append(Problem(source.file, 0, N_(
                "A PDF is hard to read on a telephone: write what “{name}” says into the text too."
            ), {"name": path.name}, Severity.ADVICE))  # fmt: skip
        problems += [advice for advice in told if advice not in problems]
        documents = self._by_post.setdefault(source.file, [])
        if document not in documents:
            documents.append(document)
        return document.path, f"(PDF, {weight(document.size)})"

    def of(self, posts: Iterable[str]) -> tuple[Document, ...]:
        """The documents of these posts, named by their source, in order of path, each once."""
        found = {document.path: document for post in posts for document in self._by_post.get(post, ())}
        return tuple(found[path] for path in sorted(found))

    def unlinked(self, read: Iterable[Source], unread: Iterable[Source]) -> list[Problem]:
        """Advice on files that stand beside texts and that none of them links to.

        Arguments:
            read: posts whose bodies were read.
            unread: drafts and posts in error: what they link to is not known.
        """
        unknown = {_folder(source) for source in unread}
        folders = {folder: source for source in read if (folder := _folder(source)) and folder not in unknown}
        problems: list[Problem] = []
        for folder, source in sorted(folders.items()):
            shown = source.file.rpartition("/")[0]
            for name in _names(folder):
                end = os.path.splitext(name)[1].lower()  # noqa: PTH122 - names alone
                message = ""
                if end == PDF and folder / name not in self.linked:
                    message = N_("No text links to this PDF, so that families can't see it: write « [Menu]({name}) ».")
                elif source.own is not None and end not in (PDF, ".md", *PHOTOS) and fold(name) != captions.NAME:
                    message = N_("This file is never published. To give it to families, save it as PDF.")
                if message:
                    problems.append(Problem(f"{shown}/{name}", 0, message, {"name": name}, Severity.ADVICE))
        return problems


def _folder(source: Source) -> Path | None:
    """Where the attachments of a post stand: in an article's own folder, else beside its file."""
    return source.own if source.kind == keys.ARTICLES else source.path.parent


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
    except OSError:
        return []
    return sorted(name for name in names if name.isprintable() and not is_left_behind(name))
