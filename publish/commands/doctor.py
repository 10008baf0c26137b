"""`preau doctor`: whether an installation can be trusted; what is not as it should be, and what to do about it."""

from __future__ import annotations

import click

from publish import report
from publish.command import Command, Group
from publish.errors import N_
from publish.language import say as _
from publish.session import JSON, Session, option, session
from publish.stores.doctor import Level, examine

SIGNS = {Level.GOOD: N_("good"), Level.TOLD: N_("note"), Level.BAD: N_("TO MEND")}


@click.group(
    cls=Group,
    subcommand_metavar=N_("COMMAND [OPTIONS]…"),
    help=N_("Look whether an installation is as it must be, and say what to mend."),
)
def doctor() -> None:
    """Hold the commands below."""


@doctor.command(cls=Command, help=N_("Look at the store: who can read and write it, what it keeps, its clock."))
@option("--reader", is_flag=True, help=N_("The account or key in use is the gateway's: it must not be able to write."))
@JSON
@session
@click.pass_context
def store(ctx: click.Context, run: Session, reader: bool, as_json: bool) -> None:
    """Look at the store."""
    opened = run.store()
    findings = list(examine(opened, run.clock, reader=reader))
    bad = any(finding.level is Level.BAD for finding in findings)
    if as_json:
        told = [{"level": finding.level.value, "text": finding.text(_)} for finding in findings]
        report.show_json({"store": repr(opened), "findings": told})
    else:
        click.echo(_("Store: {store}").format(store=opened))
        for finding in findings:
            click.echo(f"  {_(SIGNS[finding.level])} : {finding.text(_)}")
    ctx.exit(1 if bad else 0)
