"""`preau new`: a commented example to begin from, with the right dates and the centre's own groups."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from publish.command import Argument, Group
from publish.errors import N_
from publish.language import say as _
from publish.session import CENTRE, Session, option, session

TITLE = click.argument("title", cls=Argument, metavar=N_("TITLE"))


@click.group(
    cls=Group,
    subcommand_metavar=N_("COMMAND [OPTIONS]…"),
    help=N_("Write a commented example to begin from; nothing is written over."),
)
def new() -> None:
    """Hold the commands below."""


@new.command(help=N_("A programme: next Wednesday's, or that of the next school holidays."))
@CENTRE
@click.argument("title", required=False, cls=Argument, metavar=N_("[TITLE]"))
@option("--vacances", "holidays", is_flag=True, help=N_("The first week of the next school holidays (zone C)."))
@session
def programme(run: Session, centre: str, title: str | None, holidays: bool) -> None:
    """Write a programme."""
    from plugins.posts.dates import day_words
    from publish.new import school, texts
    from publish.new.write import read_centre, stem_of, write_post

    today = run.clock().date()
    found = read_centre(run.content, centre)
    week = school.next_week(today) if holidays else None
    if holidays and week is None:
        click.echo(_("The next school holidays are not known yet: write the days instead of JJ/MM/AAAA."), err=True)
    days: tuple[date, ...] = () if holidays else (texts.next_wednesday(today),)
    if week:
        days = week.days
    usual = week.name if week else "Vacances" if holidays else day_words(days[0], days[0]).capitalize()
    closed = {day: name for day in days if (name := school.public_holiday(day))}
    stem = stem_of(title or (f"{usual} {days[0].year}" if days else usual))
    text = texts.programme(found, title or usual, days, closed, today, "vacances" if holidays else "mercredi")
    _next(write_post(run.content, centre, "programmes", stem, text), centre)


@new.command(help=N_("A reminder, until next Wednesday."))
@CENTRE
@TITLE
@session
def rappel(run: Session, centre: str, title: str) -> None:
    """Write a reminder."""
    from publish.new import texts
    from publish.new.write import read_centre, stem_of, write_post

    today = run.clock().date()
    text = texts.reminder(read_centre(run.content, centre), title, today)
    _next(write_post(run.content, centre, "rappels", f"{today}-{stem_of(title)}", text), centre)


@new.command(help=N_("An article in a folder of its own, for its photos."))
@CENTRE
@TITLE
@session
def article(run: Session, centre: str, title: str) -> None:
    """Write an article."""
    from publish.new import texts
    from publish.new.write import read_centre, stem_of, write_post

    today = run.clock().date()
    text = texts.article(read_centre(run.content, centre), title, today)
    _next(write_post(run.content, centre, "articles", f"{today}-{stem_of(title)}", text, folder=True), centre)


@new.command("centre", help=N_("A centre: its folder, its settings, a first page."))
@click.argument("slug", cls=Argument, metavar=N_("FOLDER"))
@click.argument("name", cls=Argument, metavar=N_("NAME"))
@session
def centre_(run: Session, slug: str, name: str) -> None:
    """Write a centre."""
    from publish.new import texts
    from publish.new.write import write_centre

    clean = " ".join("".join(c for c in name if c.isprintable() and c not in '"\\').split())
    place = write_centre(run.content, slug, texts.centre_files(slug, clean, run.clock().date()))
    click.echo(_("Written: {path}").format(path=place))
    click.echo(_("Next: replace in centre.toml what is marked “à remplacer”, then run: preau check {centre}").format(
        centre=slug))  # fmt: skip


def _next(path: Path, centre: str) -> None:
    click.echo(_("Written: {path}").format(path=path))
    text = _(
        "Next: replace the example by your words, run: preau check {centre}, then take out the line “Statut: "
        "brouillon”."
    )
    click.echo(text.format(centre=centre))
