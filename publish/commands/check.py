"""`preau check`: everything that is wrong in what people wrote, and what to change."""

from __future__ import annotations

from datetime import date

import click

from publish.centres import choose_centres
from publish.command import Command
from publish.errors import N_
from publish.session import CENTRES, DATE, JSON, Session, session


@click.command(cls=Command, help=N_("Check everything that people wrote, and say what to change; publish nothing."))
@CENTRES
@DATE
@JSON
@session
@click.pass_context
def check(ctx: click.Context, run: Session, centres: tuple[str, ...], day: date | None, as_json: bool) -> None:
    """Check what people wrote."""
    from publish import check_report  # Markdown and its friends: only what reads posts needs them
    from publish.check import check_centres

    started = run.clock()
    checked = check_centres(run.content, choose_centres(run.content, centres), run.moment(day))
    show = check_report.as_json if as_json else check_report.shown
    show(checked, seconds=(run.clock() - started).total_seconds())
    ctx.exit(1 if checked.errors else 0)
