"""The command, as a person starts it in a terminal: in a process of its own, and ended with the test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.project import ROOT

PREAU = [sys.executable, "-c", "from publish.cli import main; main(prog_name='preau')"]

STRICT = [sys.executable, "-W", "error", *PREAU[1:]]
"""A warning of Python's ends it."""


@contextmanager
def starting(**environment: str) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """A function that starts the command with these arguments; what still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*STRICT, *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
