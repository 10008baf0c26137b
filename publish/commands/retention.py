"""`preau retention`: which photos are near the end of the time for which the city keeps them, and those past it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import click

from publish import report
from publish.command import Command, Count
from publish.errors import N_
from publish.language import ngettext
from publish.language import say as _
from publish.paths import CITY_SLUG
from publish.progress import Mode, shown
from publish.session import BY, CENTRES, JOBS, JSON, Session, option, session, user
from publish.table import Table, show_table

if TYPE_CHECKING:
    from publish.withdrawal.retention import Kept

NEAR = 30
"""Days before the end from which an article is listed."""


@click.command(
    cls=Command,
    help=N_(
        "List the photos that are near the end of the time for which they are kept, and those past it; --apply "
        "withdraws these."
    ),
)
@CENTRES
@option("--days", type=Count(0, 400), default=NEAR, show_default=True, metavar=N_("NUMBER"),
        help=N_("List what ends within so many days."))  # fmt: skip
@option("--apply", is_flag=True, help=N_("Withdraw for good the photos that are past their day; their articles stay."))
@BY
@JOBS
@JSON
@session
@click.pass_context
def retention(
    ctx: click.Context,
    run: Session,
    centres: tuple[str, ...],
    days: int,
    apply: bool,
    by: str | None,
    jobs: int,
    as_json: bool,
) -> None:
    """List what ends, and withdraw what is past."""
    from publish.centres import choose_centres
    from publish.withdrawal.retention import kept, withdraw_past
    from publish.withdrawal.run import Place
    from publish.withdrawal.told import lines

    now = run.clock()
    today = now.date()
    slugs = choose_centres(run.content, centres)
    articles = [
        one
        for one in kept(run.content, slugs, now)
        if one.until < today + timedelta(days) and (not centres or one.slug != CITY_SLUG)
    ]
    past = [one for one in articles if one.is_past(today)]
    outcomes = {}
    place = None
    if apply and past:
        with shown(Mode.AUTO, as_json=as_json) as progress:
            request = run.request(run.config.work, now, jobs=jobs)
            place = Place(run.store(), request, run.clock, progress, run.config.faces)
            outcomes = withdraw_past(place, past, by or user(), now)
    if as_json:
        withdrawn = {slug: outcome.as_table() for slug, outcome in outcomes.items()}
        report.show_json(
            {"articles": [_table(one, today) for one in articles], "applied": apply, "withdrawn": withdrawn}
        )
    else:
        _show(articles, today, days)
        for slug, outcome in outcomes.items():
            assert place is not None
            for line in lines(slug, outcome, run.content, place.quarantine, dry_run=False):
                click.echo(line)
        if past and not apply:
            click.echo(_("`preau retention --apply` withdraws for good the photos that are past their day."))
    ctx.exit(0 if all(outcome.is_complete for outcome in outcomes.values()) else 1)


def _table(one: Kept, today: date) -> dict[str, object]:
    return {
        "site": one.slug,
        "file": one.file,
        "title": one.title,
        "photos": len(one.photos),
        "until": one.until.isoformat(),
        "past": one.is_past(today),
    }


def _show(articles: list[Kept], today: date, days: int) -> None:
    if not articles:
        text = ngettext(
            "No photo is past its day, nor will be within {count} day.",
            "No photo is past its day, nor will be within {count} days.", days,
        )  # fmt: skip
        click.echo(text.format(count=days))
        return
    table = Table(_("Centre"), _("Article"), _("Photos"), _("Last day"), _("State"), right=(2,))
    for one in articles:
        state = _("past: to be withdrawn") if one.is_past(today) else _("near its end")
        table.add_row(one.slug, one.file, str(len(one.photos)), report.day_words(one.until), state)
    show_table(table)
