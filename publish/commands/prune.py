"""`preau prune`: old releases, and bytes that nothing needs, leave the store."""

from __future__ import annotations

from dataclasses import asdict

import click

from publish import report, stored
from publish.command import Command, Count
from publish.errors import N_
from publish.language import ngettext
from publish.language import say as _
from publish.prune import KEEP_DAYS, KEEP_RELEASES, MOST, Pruned
from publish.prune import prune as prune_site
from publish.session import CENTRES, JSON, Session, option, session
from publish.withdrawal.quarantine import purge, quarantine_of


@click.command(
    cls=Command,
    help=N_(
        "Remove old releases of the centres named, or of all, and what nothing needs any more: what this run finds is "
        "only noted, and removed by a run at least 24 hours later."
    ),
)
@CENTRES
@option("--most", type=Count(1, 1_000_000), default=MOST, show_default=True, metavar=N_("NUMBER"),
        help=N_("Files removed for each centre at most."))  # fmt: skip
@option("--dry-run", is_flag=True, help=N_("Say all that would go, and change nothing."))
@JSON
@session
def prune(run: Session, centres: tuple[str, ...], most: int, dry_run: bool, as_json: bool) -> None:
    """Remove what nothing needs any more."""
    store = run.store()
    for centre in centres:
        report.check_known(store, centre)
    slugs = centres or stored.slugs(store)
    found = [
        prune_site(store, slug, run.clock(), most=most, dry_run=dry_run)
        for slug in dict.fromkeys(slugs)
        if stored.is_published(store, slug)
    ]
    removed = _quarantine(run) if not dry_run else 0
    if as_json:
        report.show_json({"dry_run": dry_run, "sites": [asdict(one) for one in found], "quarantine": removed})
        return
    if dry_run:
        click.echo(_("Dry run, nothing was changed. This would go:"))
    for one in found:
        click.echo(_line(one))
    if not found:
        click.echo(_("The store is empty: nothing was published yet."))
    text = _("Kept: the last {releases} releases of each centre, and all that was in force in the last {days} days.")
    click.echo(text.format(releases=KEEP_RELEASES, days=KEEP_DAYS))


def _quarantine(run: Session) -> int:
    return purge(quarantine_of(run.config.cache), run.clock())


def _line(one: Pruned) -> str:
    text = _("{site}: {releases} and {files} removed, {waiting} to be removed in a day or more")
    if one.left:
        text = _(
            "{site}: {releases} and {files} removed, {waiting} to be removed in a day or more; {left} more next time"
        )
    return text.format(
        site=one.site,
        releases=ngettext("{count} release", "{count} releases", one.releases).format(count=one.releases),
        files=ngettext("{count} file", "{count} files", one.blobs).format(count=one.blobs),
        waiting=one.waiting,
        left=one.left,
    )
