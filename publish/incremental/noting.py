"""In the process that builds a centre: what it was made of, noted only if nothing of it changed meanwhile."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from publish.incremental.files import Known, look, not_left_behind, read
from publish.incremental.means import ROOT, is_known
from publish.incremental.record import Record, read_record, write_record
from publish.jobs import Built, Job, Noting

THEMES = ROOT / "themes"
_ENTRY = {"__main__", "__mp_main__"}
"""The program that was started: the command itself, which makes no page."""


@dataclass(frozen=True)
class Before:
    """The centre's folder, as it was read before the build."""

    folder: Path
    known: Known
    looked: int


def look_before(job: Job) -> Before | None:
    """Read the centre's folder; `None` if nothing is to be noted, or can be."""
    if job.noting is None:
        return None
    folder, looked = job.content / job.slug, time.time_ns()
    record = read_record(job.noting.known, job.output)
    try:
        looks = look(folder, not_left_behind)
        known = read(folder, looks, record.files if record else Known(), paranoid=job.noting.paranoid)
    except OSError:
        return None
    return Before(folder, known, looked)


def note(job: Job, before: Before | None, built: Built, settings: Mapping[str, Any], tree: Known) -> None:
    """Note how a site was made, unless something of it changed meanwhile or comes from where nobody looks.

    Arguments:
        tree: what was built, by `look_at_site` before it was read.

    Raises:
        OSError: the note can't be written.
    """
    if before is None or job.noting is None or not is_traced(job, settings):
        return
    if look(before.folder, not_left_behind) != before.known.looks:
        return
    write_record(job.noting.to, _record(job, job.noting, before, tree, built))


def _record(job: Job, noting: Noting, before: Before, tree: Known, built: Built) -> Record:
    known = before.known.settled(before.looked)
    return Record(noting.parts, known, noting.city, tree, built, job.now, noting.boot)


def is_traced(job: Job, settings: Mapping[str, Any]) -> bool:
    """Whether all that made the site is looked at before the next build: its theme, and every module that is loaded."""
    theme = Path(settings["THEME"]).resolve()
    return theme.is_relative_to(THEMES) and not strangers(job.settings)


def strangers(settings: Path) -> list[str]:
    """Modules of this process that come from elsewhere than the program, the settings, Python and its libraries."""
    return [
        name
        for name, module in list(sys.modules.items())
        if name not in _ENTRY and not is_known(module) and getattr(module, "__file__", "") != str(settings)
    ]
