"""What the preview shows now, and who waits for the next. Written by one thread, read by the server's."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plugins.preview.plugin import Shelf


@dataclass(frozen=True)
class Found:
    """One thing to mend.

    Arguments:
        file: path from the content folder; empty if no file is meant.
        line: 1-based; 0 if the whole file is meant.
        sentence: what is wrong and what to do, in the reader's language.
        text: the line as it stands in the file; empty if there is none to show.
        start, end: the part of `text` that is meant; the same number if none is.
    """

    file: str
    line: int
    sentence: str
    text: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Shown:
    """One state of the preview.

    Arguments:
        version: different for each.
        made: when.
        shelf: the last preview without a mistake, if there was one.
        problems: what keeps the texts of now from being shown; empty if `shelf` is what they say.
        advices: what would be better.
    """

    version: str
    made: datetime
    shelf: Shelf | None
    problems: tuple[Found, ...] = ()
    advices: tuple[Found, ...] = ()


class Current:
    """The state of now, and those who want to be told of the next."""

    def __init__(self, now: datetime) -> None:
        self._run = secrets.token_hex(4)
        self._count = 0
        self._lock = threading.Lock()
        self._closed = False
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._shown = Shown(f"{self._run}-0", now, None)

    @property
    def shown(self) -> Shown:
        """What there is to see."""
        return self._shown

    def show(self, shelf: Shelf, advices: Sequence[Found], made: datetime) -> None:
        """Another preview, without a mistake."""
        self._put(Shown(self._version(), made, shelf, advices=tuple(advices)))

    def tell(self, problems: Sequence[Found], made: datetime) -> None:
        """There is something to mend; the last preview without a mistake is kept."""
        self._put(Shown(self._version(), made, self._shown.shelf, tuple(problems)))

    def close(self) -> None:
        """End the waiting of everybody."""
        self._closed = True
        self._wake()

    async def versions(self) -> AsyncIterator[str]:
        """The version of now, then each that follows, until the preview is closed."""
        changed = asyncio.Event()
        me = (asyncio.get_running_loop(), changed)
        with self._lock:
            self._waiting.add(me)
        try:
            while not self._closed:
                changed.clear()
                yield self._shown.version
                await changed.wait()
        finally:
            with self._lock:
                self._waiting.discard(me)

    def _version(self) -> str:
        self._count += 1
        return f"{self._run}-{self._count}"

    def _put(self, shown: Shown) -> None:
        self._shown = shown
        self._wake()

    def _wake(self) -> None:
        with self._lock:
            for loop, changed in self._waiting:
                loop.call_soon_threadsafe(changed.set)
