"""`preau preview`, as it is typed."""

from __future__ import annotations

from datetime import date
from functools import partial

import click

from publish.command import Command, Count
from publish.errors import N_
from publish.session import CENTRE, DATE, JSON, Session, option, session


@click.command(
    "preview",
    cls=Command,
    help=N_("Show one centre while it is written, drafts included, on this machine alone."),
)
@CENTRE
@option(
    "--port",
    type=Count(1, 65535),
    metavar=N_("NUMBER"),
    help=N_("Where the preview listens (a free port by default)."),
)
@option("--open", "open_browser", is_flag=True, help=N_("Open the preview in the browser."))
@DATE
@JSON
@session
def preview(run: Session, centre: str, port: int | None, open_browser: bool, day: date | None, as_json: bool) -> None:
    """Show one centre while it is written."""
    from publish.preview.run import PreviewRequest
    from publish.preview.run import run as run_preview

    run_preview(
        PreviewRequest(
            content=run.content,
            centre=centre,
            cache=run.config.photos,
            port=port or 0,
            clock=partial(run.moment, day),
            open_browser=open_browser,
            as_json=as_json,
        )
    )
