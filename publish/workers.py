"""Centres built each in a process of its own, forked from a server that loaded Pelican (`publish.worker_server`)."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from fcntl import F_DUPFD_CLOEXEC, fcntl
from pathlib import Path
from types import TracebackType
from typing import IO

from publish.errors import N_, Reason, cause_of
from publish.jobs import READY, Failed, Job, Outcome

ROOT = Path(__file__).resolve().parent.parent
"""Of the project: where the server finds this package again."""

WITH_PHOTOS = ("pi_heif", "PIL.features", "PIL.JpegImagePlugin", "PIL.WebPImagePlugin", "plugins.photos.clean")
WITH_DOCUMENTS = ("plugins.documents.proof",)
"""Loaded besides, where a centre that is to be built has some: each of them would load it for itself."""

KILLED = N_("the process that built this centre was killed (memory full?); run the same command again")
NOT_STARTED = N_("the program that builds centres can't be started ({cause}); run the same command again")
NEVER_READY = N_(
    "the program that builds centres ended before it began; the lines above say why: send them to the person who looks "
    "after Préau. If there are none, memory may be full: run the same command again"
)


@dataclass(frozen=True)
class _Server:
    """The server, and the command's ends of its pipes."""

    process: subprocess.Popen[bytes]
    orders: IO[bytes]
    answers: IO[bytes]


class _NeverReady(Exception):
    """The server ended before it said that it had started."""


class Workers:
    """The server, started when it is first needed, ended with the block, and with it what it had forked."""

    def __init__(self) -> None:
        self._server: _Server | None = None
        self._ready = False

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def start(self) -> None:
        """Start the server: it loads Pelican while this process goes on. Once is enough."""
        with suppress(OSError):  # said of each centre that asks for it
            self._started()

    def run(self, jobs: Sequence[Job], at_once: int, besides: Sequence[str] = ()) -> Iterator[tuple[Job, Outcome]]:
        """Each job with its outcome, as they end. A process that dies takes no other centre with it.

        Arguments:
            jobs: centres to build.
            at_once: that many at a time.
            besides: modules to load once for all, besides those that every centre needs.
        """
        again: list[Job] = []
        for job, outcome in self._each(jobs, at_once, besides):
            if isinstance(outcome, Reason):
                again.append(job)  # for want of memory, perhaps: alone it has more
            else:
                yield job, outcome
        for job in sorted(again, key=lambda job: job.slug):
            shutil.rmtree(job.output, ignore_errors=True)  # half a site, which is in nobody's hands any more
            for _, outcome in self._each([job], 1, besides):
                yield job, Failed(job.slug, (outcome,)) if isinstance(outcome, Reason) else outcome

    def _each(
        self, jobs: Sequence[Job], at_once: int, besides: Sequence[str]
    ) -> Iterator[tuple[Job, Outcome | Reason]]:
        """Each job with its outcome, or with why it has none: its process died, or the server did."""
        if not jobs:
            return
        left, why = dict(enumerate(jobs)), Reason(KILLED)
        try:
            answers = self._order(jobs, at_once, besides)
            while left:
                rank, said = pickle.load(answers)  # noqa: S301 - written by the server that was started here
                outcome = why if said is None else pickle.loads(said)  # noqa: S301
                yield left.pop(rank), outcome  # only now: one whose answer can't be read is not forgotten
        except (BrokenPipeError, EOFError, pickle.UnpicklingError):
            self._end()
        except _NeverReady:
            self._end()
            why = Reason(NEVER_READY)
        except OSError as error:
            self._end()
            why = Reason(NOT_STARTED, {"cause": cause_of(error)})
        for job in left.values():
            yield job, why

    def _order(self, jobs: Sequence[Job], at_once: int, besides: Sequence[str]) -> IO[bytes]:
        """Tell the server what to build; where its answers come."""
        server = self._started()
        if not self._ready:
            try:
                self._ready = pickle.load(server.answers) == READY  # noqa: S301 - as above
            except EOFError:
                raise _NeverReady from None
        pickle.dump((list(jobs), max(1, at_once), besides), server.orders)
        server.orders.flush()
        return server.answers

    def _started(self) -> _Server:
        if self._server is None:
            self._server, self._ready = _start(), False
        return self._server

    def _end(self) -> None:
        """End the server. What it forked is gone too: each of them holds the other end of its answers."""
        server, self._server = self._server, None
        if server is None:
            return
        with suppress(BrokenPipeError):
            server.orders.close()
        with server.answers as rest:
            while rest.read(1 << 16):
                pass
        server.process.wait()


def _start() -> _Server:
    """Start the server.

    Raises:
        OSError: there are too many processes or open files, or no memory.
    """
    places = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    told = subprocess.DEVNULL if sys.__stderr__ is None else 2  # its number may be any file's where it is closed
    with ExitStack() as ours, ExitStack() as theirs:
        reads, orders = _pipe(theirs, ours)
        answers, writes = _pipe(ours, theirs)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])  # Ctrl-C is for this process alone
        try:
            process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-P", "-m", "publish.worker_server", str(reads), str(writes)],
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=told,
                pass_fds=(reads, writes),
                env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        ours.pop_all()
    return _Server(process, os.fdopen(orders, "wb"), os.fdopen(answers, "rb"))


def _pipe(reader: ExitStack, writer: ExitStack) -> tuple[int, int]:
    """A pipe whose ends have no number of a standard stream, which they would get where one of these is closed.

    Arguments:
        reader, writer: what closes each end.
    """
    with ExitStack() as low:
        ends = os.pipe()
        for end in ends:
            low.callback(os.close, end)
        reads, writes = (_high(end, closing) for end, closing in zip(ends, (reader, writer), strict=True))
    return reads, writes


def _high(end: int, closing: ExitStack) -> int:
    number = fcntl(end, F_DUPFD_CLOEXEC, 3)
    closing.callback(os.close, number)
    return number
