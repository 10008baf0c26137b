"""Worker processes, fed with photos under a bound of memory. A photo that ends its worker ends nothing else.

    order →        {"path": …}
    ← needing      {"bytes": …}     before pixels are decoded
    go →
    ← ready, refused, leak, fault or error

Answers are JSON, not pickles: a worker may have been taken over by a hostile photo, and can then say nothing worse
than that a photo is refused; what it wrote into the cache is proved clean again before it enters a site.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from plugins.errors import ContentError, LeakError, PluginError, Problem
from plugins.photos.ready import Wanted
from plugins.photos.source import DAMAGED, problem
from plugins.photos.worker import order_of

MEMORY_EACH = 180_000_000
"""Bytes that each worker may plan for on average: two share 360 MB, so that one may decode 50 megapixels of HEIC while
the other makes small photos or waits. A photo that needs more than all of it is made alone."""

_LONGEST = 65_536
_PATIENCE = 20.0


@dataclass(frozen=True)
class Ready:
    """A photo is in the cache, under this key; `made` unless it was there already."""

    key: str
    made: bool


Outcome = Ready | PluginError | OSError | RuntimeError
"""`PluginError`: the photo can't be used, or something leaked. `OSError`: the cache can't be written."""


@dataclass(eq=False)
class _Worker:
    """One process and what it is doing."""

    process: subprocess.Popen[bytes]
    wanted: Wanted | None = None
    rest: bytes = b""
    planned: int = 0
    asks: int = 0

    @property
    def answers(self) -> int:
        assert self.process.stdout is not None
        return self.process.stdout.fileno()

    def tell(self, message: object) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it ended; its output says so
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()


@dataclass
class Workers:
    """At most `count` processes, started when they are first needed, ended with the block.

    Arguments:
        cache: folder of the photos already made.
        count: photos worked on at a time.
    """

    cache: Path
    count: int
    _all: list[_Worker] = field(default_factory=list)

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End them: each finishes the photo in hand, so that the cache holds no half of it; the queue is dropped."""
        workers, self._all = self._all, []
        for worker in workers:
            assert worker.process.stdin is not None
            assert worker.process.stdout is not None
            worker.process.stdout.close()
            with contextlib.suppress(BrokenPipeError):
                worker.process.stdin.close()
        for worker in workers:
            try:
                worker.process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()

    def make(self, photos: Iterable[Wanted]) -> Iterator[tuple[Wanted, Outcome]]:
        """Each photo with what became of it, as they end.

        Leaving the iteration early starts no further photo; `with` then waits for those in hand.
        """
        queue = deque(photos)
        asking: deque[_Worker] = deque()
        with selectors.DefaultSelector() as selector:
            idle = [worker for worker in self._all if worker.wanted is None]
            busy = 0
            while queue or busy:
                while queue and (idle or len(self._all) < self.count):
                    worker = idle.pop() if idle else self._start()
                    worker.wanted = queue.popleft()
                    selector.register(worker.answers, selectors.EVENT_READ, worker)
                    worker.tell(order_of(worker.wanted, self.cache))
                    busy += 1
                self._let_go(asking)
                for key, _ in selector.select():
                    worker = key.data
                    for outcome in self._heard(worker, asking):
                        assert worker.wanted is not None
                        wanted, worker.wanted, worker.planned = worker.wanted, None, 0
                        selector.unregister(key.fd)
                        busy -= 1
                        if worker in self._all:
                            idle.append(worker)
                        yield wanted, outcome

    def _start(self) -> _Worker:
        command = [sys.executable, "-I", "-m", "plugins.photos.worker"]
        process = subprocess.Popen(  # noqa: S603 - our own program
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        worker = _Worker(process)
        self._all.append(worker)
        return worker

    def _let_go(self, asking: deque[_Worker]) -> None:
        """Let those that ask decode, in the order of asking, while memory is left; always one."""
        limit = MEMORY_EACH * self.count
        while asking:
            planned = sum(worker.planned for worker in self._all)
            if planned and planned + asking[0].asks > limit:
                return
            worker = asking.popleft()
            worker.planned = worker.asks
            worker.tell("go")

    def _heard(self, worker: _Worker, asking: deque[_Worker]) -> Iterator[Outcome]:
        """What a worker's output says: nothing yet, or the outcome of its photo."""
        assert worker.wanted is not None
        data = os.read(worker.answers, _LONGEST)
        worker.rest += data
        if not data or len(worker.rest) > _LONGEST:
            yield self._lost(worker, asking)
        elif worker.rest.endswith(b"\n"):
            line, worker.rest = worker.rest, b""
            try:
                answer = json.loads(line)
                if answer["is"] == "needing":
                    worker.asks = max(0, int(answer["bytes"]))
                    asking.append(worker)
                else:
                    yield _outcome(answer, worker.wanted)
            except (ValueError, LookupError, TypeError, AttributeError):
                yield self._lost(worker, asking)

    def _lost(self, worker: _Worker, asking: deque[_Worker]) -> Outcome:
        """A worker that ended, or speaks nonsense, met a photo that its decoder does not bear."""
        self._all.remove(worker)
        if worker in asking:
            asking.remove(worker)
        worker.process.kill()
        worker.process.wait()
        for stream in (worker.process.stdin, worker.process.stdout):
            assert stream is not None
            with contextlib.suppress(BrokenPipeError):
                stream.close()
        assert worker.wanted is not None
        return problem(worker.wanted.file, DAMAGED)


def _outcome(answer: dict[str, Any], wanted: Wanted) -> Outcome:
    kind = answer["is"]
    if kind == "ready":
        return Ready(str(answer["key"]), bool(answer["made"]))
    if kind in {"refused", "leak"}:
        problems = [
            Problem(wanted.file, 0, str(found["message"]), dict(found["values"])) for found in answer["problems"]
        ]
        return LeakError(problems) if kind == "leak" else ContentError(problems)
    if kind == "fault":
        return OSError(int(answer["number"]), str(answer["text"]), str(answer["path"]))
    return RuntimeError(str(answer["text"]))
