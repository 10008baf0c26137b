"""`preau doctor`: whether an installation can be trusted; what is not as it should be, and what to do about it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import click

from publish import report
from publish.command import Command, Group
from publish.errors import N_, PublishError
from publish.findings import Finding, Level, bad
from publish.language import say as _
from publish.session import JSON, Session, option, session
from publish.stores.doctor import examine, place

SIGNS = {Level.GOOD: N_("good"), Level.TOLD: N_("note"), Level.BAD: N_("TO MEND")}
AUTHORITY = option(
    "--authority",
    type=click.Path(path_type=Path),
    metavar=N_("FILE"),
    help=N_("Certificate of an authority of the city's own (PEM), besides those that this machine trusts."),
)
Section = tuple[str, list[Finding]]


@click.group(
    cls=Group,
    invoke_without_command=True,
    subcommand_metavar=N_("COMMAND [OPTIONS]…"),
    help=N_(
        "Look whether an installation is as it must be, and say what to mend: public address, providers, files of this "
        "machine, store. Run it where the gateway runs, as its user."
    ),
)
@AUTHORITY
@JSON
@session
@click.pass_context
def doctor(ctx: click.Context, run: Session, authority: Path | None, as_json: bool) -> None:
    """Look at everything, or hold the commands below."""
    if ctx.invoked_subcommand is None:
        sections = asyncio.run(_everything(run, authority, Path(ctx.find_root().params.get("config") or "preau.toml")))
        ctx.exit(_show(sections, as_json=as_json))


@doctor.command(cls=Command, help=N_("Look at the store: who can read and write it, what it keeps, its clock."))
@option("--reader", is_flag=True, help=N_("The account or key in use is the gateway's: it must not be able to write."))
@JSON
@session
@click.pass_context
def store(ctx: click.Context, run: Session, reader: bool, as_json: bool) -> None:
    """Look at the store."""
    opened = run.store()
    findings = list(examine(opened, run.clock, reader=reader))
    if as_json:
        report.show_json({"store": repr(opened), "findings": _as_table(findings)})
        ctx.exit(_is_bad(findings))
    ctx.exit(_show([(_("Store: {store}").format(store=place(opened)), findings)], as_json=False))


async def _everything(run: Session, authority: Path | None, settings: Path) -> list[Section]:
    from publish.doctor.address import examine_address
    from publish.doctor.files import examine_files
    from publish.doctor.outside import Outside
    from publish.doctor.providers import examine_providers
    from publish.doctor.versions import examine_versions

    gateway, outside, opened = run.config.gateway, Outside(authority), run.store()
    address = [bad(N_("[gateway] address is missing: the public address, https://…"))]
    if gateway.address:
        paths = _paths(run)
        address = [one async for one in examine_address(outside, gateway.address, run.clock, paths)]
    providers = [one async for one in examine_providers(outside, gateway.ents)]
    return [
        (_("Public address: {address}").format(address=gateway.address or "–"), address),
        (_("Sign-in"), providers or [bad(N_("preau.toml names no [[ent]]: nobody could sign in"))]),
        (_("Files of this machine"), list(examine_files(run.config, settings))),
        (
            _("Store: {store}").format(store=place(opened)),
            [*examine(opened, run.clock, reader=True), *examine_versions(opened)],
        ),
    ]


def _paths(run: Session) -> list[str]:
    """One page, one calendar and one photo of every published site."""
    from publish.heads import current
    from publish.paths import CITY_SLUG
    from publish.stored import slugs

    found: list[str] = []
    opened = run.store()
    try:
        for slug in slugs(opened):
            held = None if slug == CITY_SLUG else current(opened, slug)
            if held is not None:
                photo = next((path for path in held[1].files if path.startswith("photos/")), None)
                found += [f"/{slug}/", f"/{slug}/calendrier.ics", *([f"/{slug}/{photo}"] if photo else [])]
    except PublishError:
        # The store is looked at by itself; its faults are told there.
        return found
    return found


def _show(sections: Iterable[Section], *, as_json: bool) -> int:
    sections = list(sections)
    if as_json:
        report.show_json({"sections": [{"title": title, "findings": _as_table(found)} for title, found in sections]})
    else:
        for title, found in sections:
            click.echo(title)
            for finding in found:
                click.echo("  " + _("{sign}: {what}").format(sign=_(SIGNS[finding.level]), what=finding.text(_)))
    return max((_is_bad(found) for _title, found in sections), default=0)


def _as_table(findings: Iterable[Finding]) -> list[dict[str, str]]:
    return [{"level": finding.level.value, "text": finding.text(_)} for finding in findings]


def _is_bad(findings: Iterable[Finding]) -> int:
    return int(any(finding.level is Level.BAD for finding in findings))
