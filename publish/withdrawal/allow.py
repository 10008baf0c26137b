"""Letting pass a photo that only looks like a withdrawn one: by name, with a reason, and noted."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from pathlib import Path

from plugins.errors import ContentError
from plugins.photos.refused import Withdrawal
from plugins.photos.source import read_source
from publish import stored
from publish.errors import N_, BuildError
from publish.stores import Store
from publish.withdrawal import record


def allow(store: Store, content: Path, slug: str, text: str, *, why: str, now: datetime, by: str) -> Withdrawal:
    """Note that this file, these very bytes, may be shown.

    Arguments:
        text: as typed: a path from the content folder, the centre's, or the working folder.

    Raises:
        BuildError: there is no such file, or these very bytes were withdrawn: that is never allowed.
    """
    register = record.of_content(content)
    file = next((file for base in (content, content / slug, Path()) if (file := _below(content, base / text))), None)
    if file is None or file.partition("/")[0] != slug:
        raise BuildError(
            N_("“{asked}” is no photo of {site}: write its path, as the refusal says it"), asked=text, site=slug
        )
    try:
        digest = hashlib.sha256(read_source(content, content / file, file)).hexdigest()
    except ContentError as error:
        raise BuildError(N_("nothing was done:"), reasons=error.problems) from error
    if (withdrawn := register.exact(digest)) is not None:
        raise BuildError(
            N_(
                "“{asked}” is a withdrawn photo itself (withdrawal {name}), not one that looks like it: it stays "
                "withdrawn"
            ),
            asked=text,
            name=withdrawn.name,
        )
    entry = Withdrawal(record.moment(now), by, why, frozenset({slug}), allowed=frozenset({digest}))
    slugs = [slug] if slug in stored.slugs(store) else []
    record.settle(store, content, register.with_entry(entry), slugs, record.moment(now), by)
    return entry


def _below(content: Path, path: Path) -> str | None:
    """The path of a file from the content folder."""
    for root in (os.path.abspath(content), os.path.realpath(content)):  # noqa: PTH100 - names alone: no link is followed
        full = os.path.abspath(path)  # noqa: PTH100
        if full.startswith(f"{root}/") and os.path.lexists(full):
            return full[len(root) + 1 :]
    return None
