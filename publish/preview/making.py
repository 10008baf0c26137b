"""From what is written to what the preview shows: again at each change, whatever somebody writes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

from plugins.errors import PluginError, Problem
from plugins.excerpt import excerpt
from plugins.files import read_file
from plugins.preview.plugin import Shelf, Workshop
from publish.errors import N_, Translate, cause_of
from publish.preview.current import Current, Found
from publish.preview.watch import Look, look, moments, still

DOUBT_SECONDS = 0.15
"""A mistake is shown when it is still there after this time: some programs empty a file before they write it."""

Tell = Callable[[Current, float], None]
"""Told of each new state, with the seconds that it took."""


class Maker:
    """Keeps the preview up to date.

    Arguments:
        workshop: makes it.
        content: the content folder.
        folders: what is looked at, below it.
        clock: the moment that the site is shown for.
        translate: to the reader's language.
        tell: told of each new state.
    """

    def __init__(
        self, workshop: Workshop, content: Path, folders: Sequence[Path], clock: Callable[[], datetime],
        translate: Translate, tell: Tell,
    ) -> None:  # fmt: skip
        self._workshop, self._content, self._folders = workshop, content.resolve(), folders
        self._clock, self._translate, self._tell = clock, translate, tell
        self.current = Current(clock())

    def work(self, stop: threading.Event) -> None:
        """Follow every change until `stop` is set."""
        seen = self._made(stop, look(self._folders))
        for _ in moments(self._folders, stop):
            found = (look(self._folders), self._clock().date())
            if found != seen:
                seen = self._made(stop, still(self._folders, stop))

    def _made(self, stop: threading.Event, seen: Look) -> tuple[Look, object]:
        """Make a preview, and say so; what it was made of."""
        while True:
            started, now = time.monotonic(), self._clock()
            made = self._make(now)
            if isinstance(made, Shelf):
                self.current.show(made, self._founds(made.site.advices), now)
                break
            if self.current.shown.shelf is not None:
                stop.wait(DOUBT_SECONDS)
            again = look(self._folders)
            if again == seen or stop.is_set():
                self.current.tell(made, now)
                break
            seen = still(self._folders, stop)
        self._tell(self.current, time.monotonic() - started)
        return seen, now.date()

    def _make(self, now: datetime) -> Shelf | list[Found]:
        try:
            return self._workshop.make(now)
        except PluginError as error:
            return self._founds(error.problems)
        except OSError as error:
            text = self._translate(N_("{path} can't be read or written: {cause}"))
            cause = cause_of(error).text(self._translate)
            return [Found("", 0, text.format(path=error.filename or self._content, cause=cause))]
        except Exception as error:  # noqa: BLE001 - the preview must outlive whatever a text makes fail
            return [Found("", 0, own_fault(error, self._translate))]

    def _founds(self, problems: Iterable[Problem]) -> list[Found]:
        return founds(problems, self._content, self._translate)


def own_fault(error: Exception, translate: Translate) -> str:
    """What is said of an error of the program itself: never a traceback."""
    text = translate(N_("Préau met an error of its own ({kind}: {cause}). The other pages can still be looked at."))
    return text.format(kind=type(error).__name__, cause=error)


def founds(problems: Iterable[Problem], content: Path, translate: Translate) -> list[Found]:
    """Problems in the reader's language, each with the line that it means."""
    return [_found(problem, content, translate) for problem in problems]


def _found(problem: Problem, content: Path, translate: Translate) -> Found:
    shown = excerpt(problem, _lines(content, problem.file)) if problem.line else None
    sentence = problem.sentence(translate)
    if shown is None:
        return Found(problem.file, problem.line, sentence)
    if not shown.column:
        return Found(problem.file, problem.line, sentence, shown.text)
    start = len(shown.marks) - len(shown.marks.lstrip())
    return Found(problem.file, problem.line, sentence, shown.text, start, len(shown.marks))


def _lines(content: Path, file: str) -> list[str]:
    """The lines of a file of the content, as it stands there now; none where there are none to show."""
    try:
        text = read_file(content, content / file).decode("utf-8-sig", "replace")
    except (OSError, ValueError):
        return []
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
