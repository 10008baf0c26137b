"""`preau`: build, publish, look at the history, go back, serve, show a demonstration."""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path

import click

from publish import __version__, due_report, language, report
from publish.command import Count, Day, Option, Program
from publish.commands.access import access
from publish.commands.check import check
from publish.commands.counts import counts
from publish.commands.doctor import doctor
from publish.commands.explain import explain
from publish.commands.faces import faces
from publish.commands.new import new
from publish.commands.preview import preview
from publish.commands.prune import prune
from publish.commands.releases import diff, export, releases, rollback
from publish.commands.retention import retention
from publish.commands.verify import verify
from publish.commands.withdraw import withdraw
from publish.config_reader import gateway_config, read_config
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
from publish.stores import Store
from publish.stores.dry_run import DryRunStore
from publish.stores.opening import open_store
from publish.withdrawal.quarantine import purge, quarantine_of


def _language(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        language.use(value)
    return value


@click.group(
    "preau",
    cls=Program,
    subcommand_metavar=N_("COMMAND [OPTIONS]…"),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@option(
    "--lang",
    type=click.Choice(language.LANGUAGES),
    callback=_language,
    is_eager=True,
    help=N_("Language of the messages (French by default)."),
)
@option(
    "--content",
    type=click.Path(path_type=Path),
    default=Path("content"),
    metavar=N_("DIR"),
    help=N_("The content folder: one folder a centre, and ville/."),
    show_default=True,
)
@option(
    "--config",
    type=click.Path(path_type=Path),
    metavar=N_("FILE"),
    help=N_("The technical settings, instead of preau.toml."),
)
@option("--debug", is_flag=True, help=N_("Show the whole trace of an error."))
@click.version_option(__version__, prog_name="preau", cls=Option, help=N_("Show the version and exit."))
@click.pass_context
def main(ctx: click.Context, lang: str | None, content: Path, config: Path | None, debug: bool) -> None:
    """Choose the language and read the settings, before any command."""
    ctx.obj = ctx.obj or Session()
    ctx.obj.content = content
    ctx.obj.config = read_config(config or Path("preau.toml"), required=config is not None)
    if lang is None:
        language.use(ctx.obj.config.language)


main.help = N_("Private news sites for the leisure centres of a city.")
main.add_command(access)
access.add_command(explain)
main.add_command(check)
main.add_command(counts)
main.add_command(doctor)
main.add_command(new)
main.add_command(preview)
main.add_command(releases)
main.add_command(diff)
main.add_command(rollback)
main.add_command(prune)
main.add_command(retention)
main.add_command(verify)
main.add_command(withdraw)
main.add_command(export)
main.add_command(faces)


@main.command(help=N_("Build the sites of the centres named, or of all, into a folder."))
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
    from publish.build import BuildRequest, build_sites

    request = BuildRequest(
        run.content,
        output,
        run.config.photos,
        run.moment(day),
        jobs,
        run.config.cache_limit,
        without=without,
        force=force,
        paranoid=paranoid,
    )
    with shown(Mode(progress), as_json=as_json) as told:
        started = run.clock()
        outcomes = build_sites(request, centres, told)
    failed = report.built(outcomes, seconds=(run.clock() - started).total_seconds(), as_json=as_json, why=why)
    ctx.exit(1 if failed else 0)


@main.command(help=N_("Build the sites of the centres named, or of all, and put them in force."))
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
    if not dry_run:
        _empty_quarantine(run)
    verdicts = _judged(run, store, centres, run.moment(day)) if due else ()
    waiting = {verdict.slug: verdict for verdict in verdicts if verdict.state is State.DUE} if due else None
    if due and not as_json:
        due_report.held(verdicts)
    if waiting == {}:
        if as_json:
            report.published((), seconds=0, as_json=True, dry_run=dry_run, due=due_report.as_table(verdicts))
        else:
            due_report.nothing(verdicts)
        return
    from publish.build import BuildRequest
    from publish.memory import Memory
    from publish.sites import publish_sites

    request = BuildRequest(
        run.content,
        run.config.work,
        run.config.photos,
        run.moment(day),
        jobs,
        run.config.cache_limit,
        without=without,
        force=force,
        paranoid=paranoid,
    )
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
            log=report.log(verbose=verbose or dry_run, as_json=as_json),
            memory=Memory(None if dry_run else run.config.known, store),
            due=waiting,
        )
    seconds = (run.clock() - started).total_seconds()
    table = due_report.as_table(verdicts) if due else None
    failed = report.published(results, seconds=seconds, as_json=as_json, dry_run=dry_run, due=table, why=why)
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


@main.command(help=N_("Serve the published sites to the people who may see them."))
@session
def serve(run: Session) -> None:
    """Serve the published sites."""
    from publish.gateway.server import serve as serve_gateway

    serve_gateway(gateway_config(run.config, os.environ), open_store(run.config.store, serving=True))


@main.command(help=N_("Show the whole of Préau on this machine, with a demonstration ENT."))
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
