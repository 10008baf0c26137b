"""`preau demo`: build, publish, and serve behind a demonstration ENT, on this machine alone, until Ctrl-C."""

from __future__ import annotations

import os
import threading
import time as clock_time
from datetime import date as Date  # noqa: N812 - `date` is the name of the option
from datetime import datetime, time
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console

from publish import __version__, report
from publish.build import BuildRequest, Progress, Silent
from publish.demo.road import open_road, sockets
from publish.demo.screen import ready_line, welcome
from publish.demo.state import State, open_state
from publish.errors import N_
from publish.jobs import Failed
from publish.language import say as _
from publish.loopback import stopped_by_signals
from publish.paris import PARIS
from publish.progress import Mode, shown
from publish.sites import Published, publish_sites
from publish.stores.folder import FolderStore

EXAMPLE = Path(__file__).resolve().parents[2] / "content"
"""The project's own content, whose people are invented and whose photos anybody may see."""

MORNING = time(9, 0)
"""Moment of the demonstration's day."""


def run(*, port: int, state: Path, date: Date, content: Path, as_json: bool = False) -> None:
    """Show the whole road on this machine until Ctrl-C or SIGTERM, which end it without an error.

    Arguments:
        port: the gateway's; the ENT takes the next one.
        state: folder that is kept from one run to the next.
        date: the day that the sites are made for.
        content: the content folder.
        as_json: one line of JSON when everything is ready, instead of a table.

    Raises:
        ServeError: a port or the folder is taken, or there is nothing to show.
        BuildError: nothing at all could be built.
    """
    with stopped_by_signals():
        try:
            _run(port=port, state=state, day=date, content=content, as_json=as_json)
        except KeyboardInterrupt:
            # Everything is closed by now.
            click.echo("\n" + _(N_("The demonstration is stopped.")), err=as_json)


def _run(*, port: int, state: Path, day: Date, content: Path, as_json: bool) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 120  # a pipe has no width
    # The port first: somebody who must choose another one should not wait for the photos.
    with sockets(port) as (gateway, ent), open_state(state) as opened:
        failed = _prepare(opened, content, day, as_json=as_json)
        with open_road(opened, gateway, ent) as road:
            if as_json:
                click.echo(ready_line(road, day, failed))
            else:
                welcome(console, road, day, invented=content.resolve() == EXAMPLE)
            _wait_for_a_signal()


def _wait_for_a_signal() -> NoReturn:
    while True:
        threading.Event().wait()


def _prepare(state: State, content: Path, day: Date, *, as_json: bool) -> list[Failed]:
    """Publish what changed since the last run; say what was done, unless a program reads; what can't be published."""
    started = clock_time.monotonic()
    with shown(Mode.AUTO, as_json=as_json) as progress:
        results = publish_content(state, content, day, progress)
    if not as_json and any(isinstance(result, Failed) or result.publication.changed for result in results):
        report.published(results, seconds=clock_time.monotonic() - started, as_json=False)
    return [result for result in results if isinstance(result, Failed)]


def publish_content(
    state: State, content: Path, day: Date, progress: Progress | None = None
) -> tuple[Published | Failed, ...]:
    """Build every centre of a content folder as on a day, and publish what could be built.

    Arguments:
        progress: told of each photo and site.
    """
    return publish_sites(
        BuildRequest(content, state.sites, state.cache, datetime.combine(day, MORNING, PARIS), os.cpu_count() or 1),
        FolderStore(state.store),
        (),
        version=__version__,
        by="preau demo",
        clock=lambda: datetime.now(PARIS),
        progress=progress or Silent(),
    )
