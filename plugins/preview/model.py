"""What a preview shows: everything that is written, each with the reason why families don't see it yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from plugins.errors import Problem
from plugins.preview.marks import Mark
from plugins.site.model import Site


@dataclass(frozen=True, kw_only=True)
class PreviewSite(Site):
    """A centre with its drafts: never what a build accepts: `site_of` wants a `Site`, and no subclass.

    Arguments:
        marks: address of a post or page (`rappels/bottes/`) → why it does not leave as it is; without those that do.
        unfinished: address of a draft that can't be shown yet → what is wrong in it.
    """

    marks: Mapping[str, tuple[Mark, ...]]
    unfinished: Mapping[str, tuple[Problem, ...]]
