"""`preau publish`: sites built and put in force; what a timer calls every five minutes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import click

from publish import __version__, due_report, report
from publish.command import Command
from publish.due import State, Verdict, judge
from publish.errors import N_, cause_of
from publish.language import say as _
from publish.progress import Mode, shown
from publish.session import (
    BY,
    CENTRES,
    DATE,
    FORCE,
    JOBS,
    JSON,
    PARANOID,
    PROGRESS,
    WHY,
    WITHOUT,
    Session,
    option,
    refuse_later,
    session,
    user,
)
from publish.steps import Step
from publish.stores import Store
from publish.stores.dry_run import DryRunStore
from publish.withdrawal.quarantine import purge, quarantine_of


@click.command(cls=Command, help=N_("Build the sites of the centres named, or of all, and put them in force."))
@CENTRES
@DATE
@WITHOUT
@option("--due", is_flag=True, help=N_("Only the centres whose site changes by itself now: for a timer."))
@option("--dry-run", is_flag=True, help=N_("Say what would be written, and write nothing to the store."))
@option("--verbose", "-v", is_flag=True, help=N_("Name every file written, and why."))
@WHY
@FORCE
@PARANOID
@PROGRESS
@BY
@JOBS
@JSON
@session
@click.pass_context
def publish(
    ctx: click.Context,
    run: Session,
    centres: tuple[str, ...],
    day: date | None,
    without: tuple[str, ...],
    due: bool,
    dry_run: bool,
    verbose: bool,
    why: bool,
    force: bool,
    paranoid: bool,
    progress: str,
    by: str | None,
    jobs: int,
    as_json: bool,
) -> None:
    """Build sites and put them in force."""
    refuse_later(day, run.clock().date())
    store = DryRunStore(run.store()) if dry_run else run.store()
    plan: list[Step] | None = [] if dry_run else None
    if not dry_run:
        _empty_quarantine(run)
    verdicts = _judged(run, store, centres, run.moment(day)) if due else ()
    waiting = {verdict.slug: verdict for verdict in verdicts if verdict.state is State.DUE} if due else None
    if due and not as_json:
        due_report.held(verdicts)
    if waiting == {}:
        if as_json:
            report.published((), seconds=0, as_json=True, plan=plan, due=due_report.as_table(verdicts))
        else:
            due_report.nothing(verdicts)
        return
    from publish.memory import Memory
    from publish.sites import Published, publish_sites

    steps: list[Step] = []
    request = run.request(run.config.work, run.moment(day), jobs=jobs, without=without, force=force, paranoid=paranoid)
    with shown(Mode(progress), as_json=as_json) as told:
        started = run.clock()
        results = publish_sites(
            request,
            store,
            centres,
            version=__version__,
            by=by or user(),
            clock=run.clock,
            progress=told,
            log=steps.append if dry_run else report.log(verbose=verbose, as_json=as_json),
            memory=Memory(None if dry_run else run.config.known, store, believed=not (force or paranoid)),
            due=waiting,
        )
    seconds = (run.clock() - started).total_seconds()
    would: Iterable[str] = ()
    if dry_run:
        from publish.dry_run_report import lines, planned

        plan = planned(steps, run.store(), {result.slug for result in results if isinstance(result, Published)})
        would = lines(plan, every_file=verbose)
    failed = report.published(
        results,
        seconds=seconds,
        as_json=as_json,
        plan=plan,
        told=would,
        due=due_report.as_table(verdicts) if due else None,
        why=why,
    )
    ctx.exit(1 if failed else 0)


def _empty_quarantine(run: Session) -> None:
    """What was withdrawn long enough ago leaves this machine too, whoever publishes, a timer included."""
    folder = quarantine_of(run.config.cache)
    try:
        purge(folder, run.clock())
    except OSError as error:
        text = _("{folder} holds what was withdrawn, and can't be emptied: {cause}")
        click.echo(text.format(folder=folder, cause=cause_of(error)), err=True)


def _judged(run: Session, store: Store, centres: tuple[str, ...], now: datetime) -> tuple[Verdict, ...]:
    """What `--due` must do with each centre named, or with all."""
    from publish.centres import choose_centres

    return judge(store, run.content, choose_centres(run.content, centres), now)
