"""How far a build is, while it runs, on the error stream: bars for a person, lines for a log, or nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

import click

from publish.build import Progress, Silent
from publish.errors import N_
from publish.jobs import Built, Outcome
from publish.language import say as _
from publish.report import number

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

    from publish.publication import Publication

WAITING = N_("Another build is working in the same folder: waiting for it to end…")


class Mode(StrEnum):
    """`--progress`, as it is typed."""

    AUTO = "auto"
    BARS = "bars"
    PLAIN = "plain"
    QUIET = "quiet"


@contextmanager
def shown(mode: Mode, *, as_json: bool) -> Iterator[Progress]:
    """Show progress inside the block.

    Arguments:
        mode: `AUTO` shows bars on a terminal, and nothing in a pipe.
        as_json: the answer is for a program: nothing is shown unless it was asked for.
    """
    if mode is Mode.AUTO:
        mode = Mode.BARS if sys.stderr.isatty() and not as_json else Mode.QUIET
    if mode is Mode.PLAIN:
        yield Lines(time.monotonic)
    elif mode is Mode.BARS:
        with _bars() as bars:
            yield OnTerminal(bars)
    else:
        yield Quiet()


class Quiet(Silent):
    """Says only that it waits."""

    def waiting(self) -> None:
        """Another build is working there."""
        click.echo(_(WAITING), err=True)


class Lines(Quiet):
    """A line for each centre, and one for photos every few seconds: for a log, or a screen reader.

    Arguments:
        clock: seconds.
    """

    EVERY = 5.0

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._last = clock, clock()

    def photos(self, done: int, total: int) -> None:
        """Photos made ready, of how many."""
        if done == total or self._clock() - self._last >= self.EVERY:
            self._last = self._clock()
            click.echo(_("photos: {done} of {total}").format(done=done, total=total), err=True)

    def judged(self, unchanged: int, total: int) -> None:
        """How many sites stand there already."""
        text = _("sites: {unchanged} of {total} are as they must be")
        click.echo(text.format(unchanged=unchanged, total=total), err=True)

    def built(self, outcome: Outcome, done: int, total: int) -> None:
        """A centre was built, or failed."""
        click.echo(f"{outcome_words(outcome)} ({done}/{total})", err=True)

    def published(self, publication: Publication) -> None:
        """A site was published, or was in force already."""
        if publication.changed:
            click.echo(_("{site}: in force").format(site=publication.site), err=True)


class OnTerminal(Silent):
    """One bar for photos, one for sites, with the time that is left; each centre above them as it ends."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._photos = bars.add_task(_("Photos"), total=None, visible=False)
        self._sites = bars.add_task(_("Sites"), total=None, visible=False)

    def waiting(self) -> None:
        """Another build is working there."""
        self._bars.console.print(_(WAITING), markup=False, highlight=False)

    def photos(self, done: int, total: int) -> None:
        """Photos made ready, of how many."""
        self._bars.update(self._photos, completed=done, total=total, visible=True)

    def judged(self, unchanged: int, total: int) -> None:
        """How many sites stand there already: what is left is what takes time."""
        self._bars.update(self._sites, completed=0, total=total - unchanged, visible=unchanged < total)

    def built(self, outcome: Outcome, done: int, total: int) -> None:
        """A centre was built, or failed."""
        left = total - done
        task = next(task for task in self._bars.tasks if task.id == self._sites)
        self._bars.update(self._sites, completed=(task.total or total) - left, visible=True)
        self._bars.console.print(outcome_words(outcome), markup=False, highlight=False)


def outcome_words(outcome: Outcome) -> str:
    """What became of one centre, in a line."""
    if not isinstance(outcome, Built):
        return _("{site}: not built").format(site=outcome.slug)
    return _("{site}: built in {seconds} s").format(site=outcome.name, seconds=number(outcome.seconds))


@contextmanager
def _bars() -> Iterator[Bars]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        yield bars
