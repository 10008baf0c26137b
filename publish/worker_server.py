"""The server that centres' processes are forked from: it loads Pelican once, then forks a process for each centre.

    order →     jobs, how many at a time, and what they need besides
    ← answers   the rank of a job, and what its process said; nothing where that process died

Orders and answers are pickles, on standard input and output. It ends when its input does: with the command that started
it, even one that was killed. The processes that it forked end before it, or, where it was killed itself, by themselves.
"""

from __future__ import annotations

import gc
import os
import pickle
import select
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib import import_module
from typing import BinaryIO, NoReturn

from publish.jobs import Job
from publish.left_out import leave_out
from publish.worker import PRELOAD, build_centre, limit_work

GARBAGE = 100_000
"""New objects between two searches for garbage: a centre's process ends soon, and 700 took a tenth of its time."""

_PIECE = 1 << 16


def main() -> NoReturn:
    """Serve until there are no more orders."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command
    orders, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # what a library reads is no order, and what it prints no answer
    os.dup2(2, 1)
    gc.disable()
    leave_out()
    _load(PRELOAD)
    with suppress(BrokenPipeError, EOFError):
        while True:
            jobs, at_once, besides = pickle.load(orders)  # noqa: S301 - written by the command itself
            _load(besides)
            for rank, said in _each(jobs, at_once, orders):
                pickle.dump((rank, said), answers)
                answers.flush()
    os._exit(0)  # nothing of all this needs to be taken down


def _load(names: Sequence[str]) -> None:
    """Load modules; what is loaded is garbage in none of the processes, and stays in memory that they share."""
    for name in names:
        with suppress(Exception):  # each centre meets it again, and says it
            import_module(name)
    gc.freeze()


def _each(jobs: Sequence[Job], at_once: int, orders: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Each job's rank and what its process said, as they end.

    Raises:
        EOFError: the command is gone, or does not want the rest.
    """
    waiting = deque(enumerate(jobs))
    running: dict[int, _Forked] = {}
    command = orders.fileno()
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                forked = _Forked(*waiting.popleft(), orders)
                running[forked.answers] = forked
            ready, _, _ = select.select([command, *running], [], [])
            if command in ready:
                raise EOFError  # nobody sends an order before the answers to the last one
            for answers in ready:
                if running[answers].hear():
                    forked = running.pop(answers)
                    yield forked.rank, forked.end()
    finally:
        for forked in running.values():
            os.kill(forked.process, signal.SIGKILL)
            forked.end()


class _Forked:
    """A process that builds one centre."""

    def __init__(self, rank: int, job: Job, orders: BinaryIO) -> None:
        self.rank = rank
        self._said = bytearray()
        self.answers, says = os.pipe()
        self.process = os.fork()
        if not self.process:
            _build(job, says, orders)
        os.close(says)

    def hear(self) -> bool:
        """Take in what it says; whether that was all."""
        piece = os.read(self.answers, _PIECE)
        self._said += piece
        return not piece

    def end(self) -> bytes | None:
        """What it said, if it ended well; it is no more."""
        os.close(self.answers)
        _, status = os.waitpid(self.process, 0)
        return None if status else bytes(self._said)


def _build(job: Job, says: int, orders: BinaryIO) -> NoReturn:
    """Build one centre, say what became of it, and end."""
    ended = 1
    try:
        limit_work()
        gc.enable()
        gc.set_threshold(GARBAGE)
        threading.Thread(target=_end_with_command, args=(orders,), daemon=True).start()
        said = pickle.dumps(build_centre(job))
        with os.fdopen(says, "wb") as stream:
            stream.write(said)
        ended = 0
    finally:
        os._exit(ended)


def _end_with_command(orders: BinaryIO) -> None:
    select.select([orders], [], [])
    os._exit(1)


if __name__ == "__main__":
    main()
