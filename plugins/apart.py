"""Programs of ours that read what strangers made: each in a process of its own, with little memory and little time.

A decoder that crashes, loops or fills the memory on a crafted file then ends its own process and nothing else.
"""

from __future__ import annotations

import contextlib
import resource
import subprocess
import sys
import threading
from typing import IO


class Refused(ValueError):
    """The program crashed, was too slow, asked for too much memory, or gave up."""


MOST = 256 * 1024**2
"""Bytes of an answer: the pixels of the largest photo are fewer."""


def run_apart(module: str, arguments: list[str], data: bytes, seconds: float) -> bytes:
    """What the program `module` answers to `data` on its standard input.

    Arguments:
        module: called with `python -m`; calls `confine` before it reads anything.
        seconds: how long it may compute; it is killed after twice as long.

    Raises:
        Refused: it gave no answer, or one of more than `MOST`.
    """
    with subprocess.Popen(  # noqa: S603 - a module of ours
        [*program(module), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        late = threading.Timer(2 * seconds, process.kill)
        feeder = threading.Thread(target=_feed, args=(process.stdin, data))
        late.start()
        feeder.start()
        answer = process.stdout.read(MOST + 1)
        if len(answer) > MOST:
            process.kill()
        status = process.wait()
        late.cancel()
        feeder.join()
    if status != 0 or len(answer) > MOST:
        raise Refused(f"{module} gave no answer")
    return answer


def program(module: str) -> list[str]:
    """The command of a module that is run apart, without the caller's folder or environment."""
    return [sys.executable, "-I", "-m", module]


def _feed(stdin: IO[bytes], data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError), stdin:
        stdin.write(data)


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
