"""Run a command and say what it cost, its children included: wall, processor, memory at the peak (Linux)."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_EVERY = 0.05
"""Seconds between two looks at the memory."""


@dataclass(frozen=True)
class Cost:
    """Seconds of wall and processor; bytes at the peak of the whole tree."""

    wall: float
    processor: float
    peak: int

    def __add__(self, other: Cost) -> Cost:
        """One after the other."""
        return Cost(self.wall + other.wall, self.processor + other.processor, max(self.peak, other.peak))


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Cost:
    """Run to the end.

    Arguments:
        command: program and arguments.
        folder: where it works.
        environment: instead of this process's own.

    Raises:
        RuntimeError: it failed; with the end of what it said.
    """
    _adopt()
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    watch = _Watch(process.pid)
    watch.start()
    said, _ = process.communicate()
    wall = time.perf_counter() - started
    watch.ended.set()
    watch.join()
    _reap(process.pid)
    if process.returncode:
        raise RuntimeError(f"{command[0]} in {folder}: {process.returncode}\n{said[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, processor, watch.peak)


def _adopt() -> None:
    """Processes that outlive their parent (a server that workers are forked from) become children of this one."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def _reap(group: int) -> None:
    """Wait for those, so that their processor time, and that of what they waited for, is counted."""
    try:
        while True:
            os.waitpid(-group, 0)
    except ChildProcessError:
        return


class _Watch(threading.Thread):
    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.root, self.peak, self.ended = root, 0, threading.Event()

    def run(self) -> None:
        while not self.ended.wait(_EVERY):
            self.peak = max(self.peak, sum(map(_share, _tree(self.root))))


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    tree = [root]
    for process in tree:
        tree.extend(children.get(process, ()))
    return tree


def _share(process: int) -> int:
    """Bytes that count for this process, memory shared by several being divided among them (PSS)."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
