"""Centres built each in a process of its own, forked from a server that loaded Pelican (`publish.worker_server`)."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from publish.errors import N_, Reason
from publish.jobs import Failed, Job, Outcome

ROOT = Path(__file__).resolve().parent.parent
"""Of the project: where the server finds this package again."""

WITH_PHOTOS = ("pi_heif", "PIL.features", "PIL.JpegImagePlugin", "PIL.WebPImagePlugin", "plugins.photos.clean")
WITH_DOCUMENTS = ("plugins.documents.proof",)
"""Loaded besides, where a centre that is to be built has some: each of them would load it for itself."""

KILLED = N_("the process that built this centre was killed (memory full?); run the same command again")


class Workers:
    """The server, started when it is first needed, ended with the block, and with it what it had forked."""

    def __init__(self) -> None:
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def start(self) -> None:
        """Start the server: it loads Pelican while this process goes on. Once is enough."""
        if self._server is not None:
            return
        command = [sys.executable, "-P", "-m", "publish.worker_server"]
        places = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])  # Ctrl-C is for this process alone
        try:
            self._server = subprocess.Popen(  # noqa: S603 - our own program
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def run(self, jobs: Sequence[Job], at_once: int, besides: Sequence[str] = ()) -> Iterator[tuple[Job, Outcome]]:
        """Each job with its outcome, as they end. A process that dies takes no other centre with it.

        Arguments:
            jobs: centres to build.
            at_once: that many at a time.
            besides: modules to load once for all, besides those that every centre needs.
        """
        again: list[Job] = []
        for job, outcome in self._each(jobs, at_once, besides):
            if outcome is None:
                again.append(job)  # for want of memory, perhaps: alone it has more
            else:
                yield job, outcome
        for job in sorted(again, key=lambda job: job.slug):
            for _, outcome in self._each([job], 1, besides):
                yield job, outcome or Failed(job.slug, (Reason(KILLED),))

    def _each(self, jobs: Sequence[Job], at_once: int, besides: Sequence[str]) -> Iterator[tuple[Job, Outcome | None]]:
        """Each job with its outcome; with none if its process died, or the server did."""
        if not jobs:
            return
        left = dict(enumerate(jobs))
        try:
            answers = self._order(jobs, at_once, besides)
            while left:
                rank, said = pickle.load(answers)  # noqa: S301 - written by the server that was started here
                yield left.pop(rank), said and pickle.loads(said)  # noqa: S301
        except (BrokenPipeError, EOFError, pickle.UnpicklingError):
            self._end()
        for job in left.values():
            yield job, None

    def _order(self, jobs: Sequence[Job], at_once: int, besides: Sequence[str]) -> IO[bytes]:
        """Tell the server what to build; where its answers come."""
        self.start()
        assert self._server is not None
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        pickle.dump((list(jobs), max(1, at_once), besides), self._server.stdin)
        self._server.stdin.flush()
        return self._server.stdout

    def _end(self) -> None:
        """End the server. What it forked is gone too: each of them holds the other end of its answers."""
        server, self._server = self._server, None
        if server is None:
            return
        assert server.stdin is not None
        assert server.stdout is not None
        with suppress(BrokenPipeError):
            server.stdin.close()
        with server.stdout as rest:
            while rest.read(1 << 16):
                pass
        server.wait()
