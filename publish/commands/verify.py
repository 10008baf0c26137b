"""`preau verify`: whether the store still holds everything that was published, byte for byte; and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict

import click

from plugins.errors import PluginError
from publish import report, stored
from publish.command import Command
from publish.errors import N_, NewerError
from publish.integrity import Health, LocalBuild, examine
from publish.language import ngettext
from publish.language import say as _
from publish.paths import CITY_SLUG
from publish.session import CENTRES, JSON, Session, option, session

SHOWN = 20
"""Lines shown for one centre; the rest is counted."""


@click.command(
    cls=Command,
    help=N_(
        "Read the whole store and prove that every release of the centres named, or of all, is complete and intact."
    ),
)
@CENTRES
@option("--repair", is_flag=True, help=N_("Write again what is damaged, from the last build on this machine."))
@JSON
@session
@click.pass_context
def verify(ctx: click.Context, run: Session, centres: tuple[str, ...], repair: bool, as_json: bool) -> None:
    """Read the whole store."""
    store = run.store()
    for centre in centres:
        report.check_known(store, centre)
    slugs = centres or stored.slugs(store)
    found: list[Health] = []
    newer: dict[str, NewerError] = {}
    for slug in dict.fromkeys(slugs):
        try:
            found.append(examine(store, slug, _build(run, slug) if repair else None))
        except NewerError as error:
            newer[slug] = error
    if as_json:
        sites = [{**asdict(health), "unmended": health.unmended} for health in found]
        unread = [{"site": slug, "problem": error.text(_)} for slug, error in newer.items()]
        report.show_json({"sites": sites, "unread": unread})
    else:
        if found or not newer:
            _tell(found, repair=repair)
        for slug, problem in newer.items():
            click.echo(_("{site}: {what}").format(site=slug, what=problem.text(_)))
    ctx.exit(1 if newer or any(health.unmended for health in found) else 0)


def _build(run: Session, slug: str) -> LocalBuild:
    """Where the last publication from this machine built the site."""
    from plugins.site.loader import load_centre

    name = slug if slug == CITY_SLUG else ""
    with suppress(PluginError, OSError):
        name = name or load_centre(run.content, slug).name
    return LocalBuild(run.config.work / slug, name, run.clock())


def _tell(found: Sequence[Health], *, repair: bool) -> None:
    if not found:
        click.echo(_("The store is empty: nothing was published yet."))
        return
    for health in found:
        text = _("{site}: {releases}, {files} ({weight})")
        if not health.damages:
            text = _("{site}: {releases}, {files} ({weight}): all is right")
        click.echo(
            text.format(
                site=health.site,
                releases=ngettext("{count} release", "{count} releases", health.releases).format(count=health.releases),
                files=ngettext("{count} file read", "{count} files read", health.files).format(count=health.files),
                weight=report.weight(health.size),
            )
        )
        for damage in health.damages[:SHOWN]:
            line = "  " + _("{file}: {what}").format(file=damage.what, what=_(damage.reason))
            if damage.mended:
                line += _("; written again")
            elif not damage.in_force:
                line += _("; only an earlier release holds it")
            click.echo(line)
        if (more := len(health.damages) - SHOWN) > 0:
            click.echo("  " + ngettext("… and {count} more", "… and {count} more", more).format(count=more))
    if any(health.unmended for health in found):
        click.echo(
            _("What is left can't be mended from this machine: publish the centre again, or restore a backup.")
            if repair
            else _("`preau verify --repair` writes again what the last build on this machine still holds.")
        )
