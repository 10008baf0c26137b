"""`preau demo`: the whole road on this machine."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from publish.command import Command, Count, Day
from publish.errors import N_
from publish.session import JSON, Session, option, session


@click.command(cls=Command, help=N_("Show the whole of Préau on this machine, with a demonstration ENT."))
@option(
    "--port",
    type=Count(1, 65535),
    default=8000,
    show_default=True,
    metavar=N_("NUMBER"),
    help=N_("Where the gateway listens."),
)
@option(
    "--state",
    type=click.Path(path_type=Path),
    default=Path(".preau/demo"),
    show_default=True,
    metavar=N_("DIR"),
    help=N_("Where the demonstration keeps its sites and sessions."),
)
@option(
    "--date",
    "day",
    type=Day(),
    default=date(2022, 11, 9),
    show_default=True,
    metavar=N_("DAY"),
    help=N_("The day that the sites are made for (2022-11-09)."),
)
@JSON
@session
def demo(run: Session, port: int, state: Path, day: date, as_json: bool) -> None:
    """Show the whole of Préau on this machine."""
    from publish.demo.run import run as run_demo

    run_demo(port=port, state=state, date=day, content=run.content, as_json=as_json)
