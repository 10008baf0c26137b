"""How a file looks from outside: enough to know, without reading it, that it holds what it held.

A file whose size, times and place on the disk are what they were when it was read holds what it held: any write moves
its change time, which no program can set back. One that was written within seconds of being looked at is not trusted
so: the clock of a disk is coarse, and a second write could leave no trace.
"""

from __future__ import annotations

import os

Look = list[int]
"""Of a regular file: size, time of writing, time of change, place on the disk."""

YOUNG = 3 * 10**9
"""Nanoseconds: two seconds is the clock of the coarsest disk (FAT), and a tick more."""


def look_of(about: os.stat_result) -> Look:
    """How a regular file looks."""
    return [about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino]


def is_young(seen: Look, looked: int, young: int = YOUNG) -> bool:
    """Whether a file was written after that moment, or just before. A time of writing far ahead is a camera's clock."""
    return seen[2] > looked - young or abs(looked - seen[1]) < young
