"""Programs of ours that read what strangers made: each in a process of its own, with little memory and little time.

A decoder that crashes, loops or fills the memory on a crafted file then ends its own process and nothing else.
"""

from __future__ import annotations

import resource
import subprocess
import sys


class Refused(ValueError):
    """The program crashed, was too slow, asked for too much memory, or gave up."""


def run_apart(module: str, arguments: list[str], data: bytes, seconds: int) -> bytes:
    """What the program `module` answers to `data` on its standard input.

    Arguments:
        module: called with `python -m`; calls `confine` before it reads anything.
        seconds: how long it may compute; it is killed after twice as long.

    Raises:
        Refused: it gave no answer.
    """
    command = [sys.executable, "-I", "-m", module, *arguments]
    try:
        done = subprocess.run(command, input=data, capture_output=True, check=True, timeout=2 * seconds)  # noqa: S603
    except subprocess.SubprocessError as reason:
        raise Refused(f"{module} gave no answer") from reason
    return done.stdout


def confine(seconds: int, memory: int) -> None:
    """Called first by such a program: bounds on it, no file written, no core file with somebody's content in it.

    Arguments:
        seconds: of computing.
        memory: bytes of address space.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
