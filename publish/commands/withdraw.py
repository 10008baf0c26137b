"""`preau withdraw`: a family takes back its agreement; the photo goes, everywhere, for good."""

from __future__ import annotations

from threading import Event

import click

from plugins.photos.refused import ALLOWED_WHY, WITHDRAWN_WHY
from publish import report
from publish.centres import choose_centres
from publish.command import Argument, Command
from publish.errors import N_, ConfigError
from publish.language import say as _
from publish.paths import CITY_SLUG
from publish.progress import Mode, shown
from publish.session import BY, CENTRE, JOBS, JSON, Session, option, session, user

NOT_HIDDEN = N_("Stopped before everything that is meant was hidden: run the same command again.")
HIDDEN = N_("What is to be withdrawn is hidden already: run the same command again to finish.")


@click.command(
    cls=Command,
    help=N_(
        "Take a photo, or a whole article, off a site for good: its file, an address, or the reference that a family "
        "sends. Gateways hide it within 10 seconds; then it leaves the content, every release and this machine, and no "
        "build takes it again."
    ),
)
@CENTRE
@click.argument("paths", nargs=-1, cls=Argument, metavar=N_("[PATH]…"))
@option(
    "--motif",
    "why",
    type=click.Choice((*WITHDRAWN_WHY, *ALLOWED_WHY)),
    help=N_("Why, for the register, which names no child; the last two go with --autoriser."),
)
@option(
    "--autoriser", "allowed", metavar=N_("FILE"), help=N_("Let pass this photo, which only looks like a withdrawn one.")
)
@option(
    "--reappliquer",
    "again",
    is_flag=True,
    help=N_("Withdraw once more all that ever was: after a backup of the content or of the store was restored."),
)
@option("--dry-run", is_flag=True, help=N_("Say all that would go, and change nothing."))
@BY
@JOBS
@JSON
@session
@click.pass_context
def withdraw(
    ctx: click.Context,
    run: Session,
    centre: str,
    paths: tuple[str, ...],
    why: str | None,
    allowed: str | None,
    again: bool,
    dry_run: bool,
    by: str | None,
    jobs: int,
    as_json: bool,
) -> None:
    """Take a photo off a site for good."""
    from publish.withdrawal.run import Place, Withdrawing, look
    from publish.withdrawal.run import withdraw as do

    if centre != CITY_SLUG:
        choose_centres(run.content, [centre])
    _check(paths, why, allowed, again=again, dry_run=dry_run)
    if allowed is not None:
        _allow(run, centre, allowed, why or "", by or user(), as_json=as_json)
        return
    now = run.clock()
    hidden = Event()
    try:
        with shown(Mode.AUTO, as_json=as_json) as progress:
            request = run.request(run.config.work, now, jobs=jobs)
            place = Place(run.store(), request, run.clock, progress, run.config.faces)
            what = Withdrawing(centre, paths, why or "autre", by or user(), now)
            outcome = look(place, what) if dry_run else do(place, what, hidden.set)
    except KeyboardInterrupt:
        if not dry_run:
            click.echo(_(HIDDEN if hidden.is_set() else NOT_HIDDEN), err=True)
        raise
    if as_json:
        report.show_json({"site": centre, "dry_run": dry_run, **outcome.as_table()})
    else:
        from publish.withdrawal.told import lines

        for line in lines(centre, outcome, run.content, place.quarantine, dry_run=dry_run):
            click.echo(line)
    ctx.exit(0 if outcome.is_complete else 1)


def _check(paths: tuple[str, ...], why: str | None, allowed: str | None, *, again: bool, dry_run: bool) -> None:
    """Refuse what does not go together."""
    if sum((bool(paths), allowed is not None, again)) != 1:
        raise ConfigError(N_("name what to withdraw, or give --autoriser FILE, or --reappliquer: one of the three"))
    if allowed is not None and dry_run:
        raise ConfigError(N_("--dry-run shows what would be withdrawn, and goes with no --autoriser: nothing was done"))
    known = ALLOWED_WHY if allowed is not None else WITHDRAWN_WHY
    if not again and why not in known:
        raise ConfigError(N_("say why: --motif {known}"), known=" | ".join(known))


def _allow(run: Session, centre: str, file: str, why: str, by: str, *, as_json: bool) -> None:
    from publish.withdrawal.allow import allow

    entry = allow(run.store(), run.content, centre, file, why=why, now=run.clock(), by=by)
    if as_json:
        report.show_json({"site": centre, "name": entry.name, "allowed": sorted(entry.allowed)})
        return
    text = _("{file}: allowed by name ({why}), noted as {name}. Any other photo that looks like it stays refused.")
    click.echo(text.format(file=file, why=why, name=entry.name))
