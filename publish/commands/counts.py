"""`preau counts`: how many people of the families read what, week by week, for the evaluation; nothing of anybody."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from datetime import timedelta

import click

from publish import report
from publish.command import Command, Count
from publish.config_reader import with_password
from publish.errors import N_, StoreError
from publish.gateway.counts import HOME, KINDS, LEAST, SITE, Figure, monday, week_of
from publish.gateway.sessions import SessionsDown
from publish.language import say as _
from publish.session import CENTRES, JSON, Session, option, session
from publish.table import Table, show_table

WEEKS = 8

_TITLES = {
    SITE: N_("Site"),
    HOME: N_("Home"),
    "programmes": N_("Programmes"),
    "rappels": N_("Reminders"),
    "articles": N_("Articles"),
    "infos": N_("Information"),
    "moments": N_("Moments"),
    "calendrier": N_("Calendars"),
}


@click.command(
    cls=Command,
    help=N_(
        "Say how many different people of the families read each site, week by week. Fewer than 5 people are never "
        "shown, nor kept once the week is over. Run it where the gateway runs."
    ),
)
@CENTRES
@option("--weeks", type=Count(1, 108), default=WEEKS, show_default=True, metavar=N_("NUMBER"),
        help=N_("Show so many weeks, the running one included."))  # fmt: skip
@option("--posts", is_flag=True, help=N_("Show each post, not only kinds of posts."))
@JSON
@session
def counts(run: Session, centres: tuple[str, ...], weeks: int, posts: bool, as_json: bool) -> None:
    """Show the figures."""
    now = run.clock()
    oldest = week_of(now - timedelta(weeks=weeks - 1))
    figures = asyncio.run(_figures(run))
    read = {one.subject.centre for one in figures}
    for name in centres:
        if name not in read:
            report.check_known(run.store(), name)
    found = sorted(
        (one for one in figures if one.week >= oldest and (not centres or one.subject.centre in centres)),
        key=lambda one: (one.subject.centre, one.week, KINDS.index(one.subject.kind), one.subject.post),
    )
    shown = [one for one in found if posts or as_json or not one.subject.post]
    if as_json:
        report.show_json({"least": LEAST, "figures": [_table(one) for one in shown]})
        return
    for slug in dict.fromkeys(one.subject.centre for one in shown):
        mine = [one for one in shown if one.subject.centre == slug]
        click.echo(click.style(slug, bold=True))
        _show_kinds([one for one in mine if not one.subject.post])
        if posts:
            _show_posts([one for one in mine if one.subject.post])
    if not shown:
        click.echo(_("Nothing was read by 5 people or more in these weeks."))
        return
    click.echo(
        _(
            "Different people of the families in each week, to within a few hundredths; –: fewer than 5, or nobody. "
            "Staff and city are not counted."
        )
    )


async def _figures(run: Session) -> list[Figure]:
    # Sketches and Valkey are of the gateway's extras.
    from publish.gateway.kept import open_counts

    settings = run.config.gateway
    ledger = open_counts(settings.sessions, with_password(settings.sessions_server, os.environ))
    try:
        return await ledger.figures()
    except SessionsDown:
        raise StoreError(
            N_("the counts can't be read: their file or the sessions' server does not answer; try again in a moment")
        ) from None
    finally:
        await ledger.close()


def _show_kinds(figures: Iterable[Figure]) -> None:
    weeks: dict[tuple[str, bool], dict[str, int]] = {}
    for one in figures:
        weeks.setdefault((one.week, one.ended), {})[one.subject.kind] = one.people
    columns = [_(_TITLES[kind]) for kind in KINDS]
    table = Table(_("Week of"), *columns, right=tuple(range(1, len(columns) + 1)))
    for (week, ended), people in weeks.items():
        table.add_row(_week(week, ended=ended), *(str(people.get(kind, "–")) for kind in KINDS))
    show_table(table)


def _show_posts(figures: Iterable[Figure]) -> None:
    table = Table(_("Week of"), _("Kind"), _("Post"), _("People"), right=(3,))
    for one in figures:
        kind = _(_TITLES[one.subject.kind])
        table.add_row(_week(one.week, ended=one.ended), kind, one.subject.post, str(one.people))
    show_table(table)


def _week(week: str, *, ended: bool) -> str:
    day = report.day_words(monday(week))
    return day if ended else _("{day} (running)").format(day=day)


def _table(one: Figure) -> dict[str, object]:
    subject = one.subject
    return {
        "centre": subject.centre,
        "week": one.week,
        "kind": subject.kind,
        "post": subject.post or None,
        "people": one.people,
        "ended": one.ended,
    }
