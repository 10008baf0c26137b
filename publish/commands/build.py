"""`preau build`: sites into a folder."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from publish import report
from publish.command import Command
from publish.errors import N_
from publish.progress import Mode, shown
from publish.session import CENTRES, DATE, FORCE, JOBS, JSON, PARANOID, PROGRESS, WHY, WITHOUT, Session, option, session


@click.command(cls=Command, help=N_("Build the sites of the centres named, or of all, into a folder."))
@CENTRES
@option(
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar=N_("DIR"),
    help=N_("Where to: DIR/<centre>/index.html."),
)
@DATE
@WITHOUT
@WHY
@FORCE
@PARANOID
@PROGRESS
@JOBS
@JSON
@session
@click.pass_context
def build(
    ctx: click.Context,
    run: Session,
    centres: tuple[str, ...],
    output: Path,
    day: date | None,
    without: tuple[str, ...],
    why: bool,
    force: bool,
    paranoid: bool,
    progress: str,
    jobs: int,
    as_json: bool,
) -> None:
    """Build sites into a folder."""
    from publish.build import build_sites

    request = run.request(output, run.moment(day), jobs=jobs, without=without, force=force, paranoid=paranoid)
    with shown(Mode(progress), as_json=as_json) as told:
        started = run.clock()
        outcomes = build_sites(request, centres, told)
    failed = report.built(outcomes, seconds=(run.clock() - started).total_seconds(), as_json=as_json, why=why)
    ctx.exit(1 if failed else 0)
