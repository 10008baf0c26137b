"""From an attached file to the `Document` that a site holds, through the cache."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path

from plugins.documents.cache import DIGEST_LENGTH, DocumentCache, document_key
from plugins.documents.clean import Copy, advices, make_copy, problem
from plugins.documents.model import Document
from plugins.errors import N_, ContentError, Wrong
from plugins.files import read_file, unreadable
from plugins.posts.words import slugify

MISSING = N_("This PDF is no longer there: was it renamed or moved?")
EMPTY = N_("This file is empty: wait until it has been copied whole, or copy it again.")
_LONGEST_NAME = 80


def prepare_document(source: Path, content: Path, cache: DocumentCache | None = None) -> Document:
    """Make a document ready to be sent, or find it ready.

    Arguments:
        source: the file, below `content`; never read through a link.
        content: the folder that paths in messages start from.
        cache: where copies are kept, if anywhere.

    Raises:
        ContentError: the document can't be used; the problem names it and says what to do.
        LeakError: its copy was not clean.
    """
    file = source.relative_to(content).as_posix()
    data = _read(content, source, file)
    digest = document_key(data)[:DIGEST_LENGTH]
    copy = _copy(data, file, digest, cache)
    name = slugify(source.stem)[:_LONGEST_NAME].strip("-") or "document"
    sha256 = hashlib.sha256(copy.data).hexdigest()
    return Document(file, f"documents/{digest}-{name}.pdf", len(copy.data), sha256, advices(copy, file))


def _copy(data: bytes, file: str, digest: str, cache: DocumentCache | None) -> Copy:
    if cache is not None and (kept := cache.load(digest)) is not None:
        return kept
    copy = make_copy(data, file)
    if cache is not None:
        cache.store(digest, copy)
    return copy


def _read(content: Path, source: Path, file: str) -> bytes:
    try:
        data = read_file(content, source)
    except Wrong as wrong:
        raise ContentError([wrong.at(file, 0)]) from None
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            raise problem(file, MISSING) from error
        raise ContentError([unreadable(error).at(file, 0)]) from error
    if not data:
        raise problem(file, EMPTY)
    return data
