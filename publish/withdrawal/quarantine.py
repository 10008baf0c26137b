"""What was withdrawn, set aside on the machine for some days, so that a mistake can be taken back; then it goes."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

QUARANTINE = "quarantaine"
"""Beside the cache: private to the machine, in no content, no site and no store."""

KEPT = timedelta(days=7)
"""How long a mistake can be taken back; then nothing is left on this machine either."""


def quarantine_of(cache: Path) -> Path:
    """The quarantine of a machine, from the folder of its cache."""
    return cache.parent / QUARANTINE


def purge(quarantine: Path, now: datetime) -> int:
    """Remove for good what was set aside more than `KEPT` ago; the number of files.

    When something was set aside is what its withdrawal's name says: clocks of disks can be wrong.
    """
    removed = 0
    for place in quarantine.glob("*"):
        day = place.name[:8]
        if not day.isdigit() or day > f"{now - KEPT:%Y%m%d}":
            continue
        removed += sum(path.is_file() for path in place.rglob("*"))
        shutil.rmtree(place)
    return removed
