"""The server that centres' processes are forked from: it loads Pelican once, then forks a process for each centre.

    order →     jobs, how many at a time, and what they need besides
    ← answers   the rank of a job, and what its process said; nothing where that process died

Orders and answers are pickles, in two pipes whose numbers it is given; the first answer is `READY`. What it prints, or
a library does, is no answer. It ends when its orders do: with the command that started it, even one that was killed.

The processes that it forked end before it, or, where it was killed itself, by themselves: it alone holds one end of a
pipe that each of them watches. They hold its answers too, so that the command hears that it ended only after them.
"""

from __future__ import annotations

import gc
import os
import pickle
import select
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib import import_module
from typing import BinaryIO, NoReturn

from publish.errors import N_, Reason, cause_of
from publish.jobs import READY, Failed, Job
from publish.stand_ins import put_stand_ins
from publish.worker import PRELOAD, build_centre, limit_work

GARBAGE = 100_000
"""New objects between two searches for garbage: a centre's process ends soon, and 700 took a tenth of its time."""

NO_PROCESS = N_(
    "the computer has too much to do to build this centre ({cause}): close other programs, then run the same command "
    "again"
)

_PIECE = 1 << 16


def main(numbers: Sequence[str]) -> NoReturn:
    """Serve until there are no more orders.

    Arguments:
        numbers: of the pipes of orders and of answers.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command
    for number in map(int, numbers):
        os.set_inheritable(number, False)
    orders, answers = os.fdopen(int(numbers[0]), "rb"), os.fdopen(int(numbers[1]), "wb")
    life = Life()
    gc.disable()
    put_stand_ins()
    with suppress(BrokenPipeError, EOFError, pickle.UnpicklingError):  # no more orders, or half a one
        pickle.dump(READY, answers)
        answers.flush()
        _load(PRELOAD)
        while True:
            jobs, at_once, besides = pickle.load(orders)  # noqa: S301 - written by the command itself
            _load(besides)
            for rank, said in _each(jobs, at_once, orders, life):
                pickle.dump((rank, said), answers)
                answers.flush()
    os._exit(0)  # nothing of all this needs to be taken down


def _load(names: Sequence[str]) -> None:
    """Load modules; what is loaded is garbage in none of the processes, and stays in memory that they share."""
    for name in names:
        with suppress(Exception):  # each centre meets it again, and says it
            import_module(name)
    gc.freeze()


class Life:
    """A pipe in which nothing is ever written: its end is the end of the server."""

    def __init__(self) -> None:
        self.watched, self._held = os.pipe()

    def leave(self) -> None:
        """In a process that was forked: only the server holds it."""
        os.close(self._held)


def _each(jobs: Sequence[Job], at_once: int, orders: BinaryIO, life: Life) -> Iterator[tuple[int, bytes | None]]:
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
                rank, job = waiting.popleft()
                try:
                    forked = _Forked(rank, job, orders, life)
                except OSError as error:  # too many processes, or no memory: there is room when one has ended
                    if running:
                        waiting.appendleft((rank, job))
                        break
                    yield rank, pickle.dumps(Failed(job.slug, (Reason(NO_PROCESS, {"cause": cause_of(error)}),)))
                else:
                    running[forked.answers] = forked
            if not running:
                continue
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

    def __init__(self, rank: int, job: Job, orders: BinaryIO, life: Life) -> None:
        self.rank = rank
        self._said = bytearray()
        self.answers, says = os.pipe()
        try:
            self.process = os.fork()
        except OSError:
            os.close(self.answers)
            raise
        else:
            if not self.process:
                _build(job, says, orders, life)
        finally:
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


def _build(job: Job, says: int, orders: BinaryIO, life: Life) -> NoReturn:
    """Build one centre, say what became of it, and end."""
    ended = 1
    try:
        life.leave()
        limit_work()
        gc.enable()
        gc.set_threshold(GARBAGE)
        threading.Thread(target=_end_with_others, args=(orders, life), daemon=True).start()
        said = pickle.dumps(build_centre(job))
        with os.fdopen(says, "wb") as stream:
            stream.write(said)
        ended = 0
    finally:
        os._exit(ended)


def _end_with_others(orders: BinaryIO, life: Life) -> None:
    """End with the command or the server, whichever goes first."""
    select.select([orders.fileno(), life.watched], [], [])
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
