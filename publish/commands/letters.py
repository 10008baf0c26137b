"""`preau access letters`: one-time codes on paper, for whom the ENT knows too little of; made, and taken back."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import click

from plugins.errors import PluginError
from plugins.site.model import Centre, City
from publish import language, report
from publish.access import Grant, Policy
from publish.command import Command, Count, Day
from publish.config_reader import access_key
from publish.errors import N_, ConfigError, ListError, PublishError, Reason, ReleaseError
from publish.language import say as _
from publish.letter_codes import is_reference
from publish.lists.names import Names, read_names
from publish.paths import is_slug
from publish.policies import Signature, add_codes, read_policy, remove_codes
from publish.session import BY, CENTRE, Session, option, session, user

ROLES = {"equipe": Grant.STAFF, "responsable": Grant.GUARDIAN, "enfant": Grant.CHILD}
DEFAULT_DAYS = 60
MOST_DAYS = 400
MOST_LETTERS = 500


@click.command(cls=Command, help=N_("Make letters with one-time codes, on a page to print; or take codes back."))
@CENTRE
@option("--for", "role", type=click.Choice(list(ROLES)), help=N_("Whom the letters are for."))
@option(
    "--number",
    type=Count(1, MOST_LETTERS),
    metavar=N_("NUMBER"),
    help=N_("How many letters, without names (1 by default)."),
)
@option(
    "--names", type=click.Path(path_type=Path, dir_okay=False), metavar=N_("FILE"),
    help=N_("CSV file with a person a line, to be printed on the letters and kept nowhere."),
)  # fmt: skip
@option("--school", metavar=N_("UAI"), help=N_("The school of the families, where the centre has several."))
@option(
    "--until", type=Day(), metavar=N_("DAY"), help=N_("Last day on which a code can be typed (in 60 days by default).")
)
@option("--revoke", multiple=True, metavar=N_("REFERENCE"), help=N_("Take this letter's code back, and what it gave."))
@BY
@session
def letters(
    run: Session, /, centre: str, role: str | None, number: int | None, names: Path | None, school: str | None,
    until: date | None, revoke: tuple[str, ...], by: str | None,
) -> None:  # fmt: skip
    """Write the page, then the codes' hashes; or take codes back."""
    store, signed = run.store(), Signature(run.clock(), by or user())
    found = read_policy(store, centre) if is_slug(centre) else None
    if found is None:
        report.check_known(store, centre)
        raise ReleaseError(N_("{site} is not published yet: publish it first, then make its letters"), site=centre)
    if revoke:
        if role or number or names or school or until:
            raise ConfigError(N_("--revoke takes codes back, and goes with none of the options that make letters"))
        _revoke(run, centre, revoke, signed)
        return
    if number and names:
        raise ConfigError(N_("--names makes a letter for each person of the file: it goes without --number"))
    if role is None:
        raise ConfigError(N_("say whom the letters are for: --for {known}"), known=" | ".join(ROLES))
    grant, today = ROLES[role], run.clock().date()
    last = until or today + timedelta(days=DEFAULT_DAYS)
    if not today <= last <= today + timedelta(days=MOST_DAYS):
        raise ConfigError(N_("--until must be a day from today to {most} days from now"), most=MOST_DAYS)
    settings, key = run.config.gateway, access_key(os.environ)
    if not settings.address or not settings.ents:
        raise ConfigError(N_("a letter says where to go: [gateway] address and an [[ent]] are missing in preau.toml"))
    from publish.letters import Wanted, make_letters, page_text
    from publish.private_page import write_page

    written, city = _settings(run, centre)
    people = read_names(names) if names else Names(("",) * (number or 1), ())
    place = _school(centre, grant, found.policy, school)
    made = make_letters(
        [Wanted(name, place) for name in people.printed], grant, last, key=key,
        taken={code.ref for code in found.policy.codes}, choose=secrets.randbelow,
    )  # fmt: skip
    text = page_text(
        made, written, city, address=settings.address, ents=[ent.name for ent in settings.ents], day=today,
        language=language.spoken(),
    )  # fmt: skip
    folder = [run.config.store] if isinstance(run.config.store, Path) else []
    name = f"{centre}-{today.isoformat()}-{made[0].entry.ref}"
    page = write_page(run.config.letters, name, text, (run.content.resolve(), run.config.work, *folder))
    try:
        add_codes(store, centre, [letter.entry for letter in made], signed)
    except PublishError:
        # Letters whose codes open nothing must not be handed out.
        page.unlink(missing_ok=True)
        raise
    click.echo(_("{site}: letters made: {refs}").format(site=centre, refs=", ".join(one.entry.ref for one in made)))
    if people.unread:
        click.echo(_("columns left out: {columns}").format(columns=", ".join(people.unread)))
    click.echo(_("Open this page in a browser and print it: {page}").format(page=page))
    click.echo(_("It holds the codes, which stand nowhere else: remove it once it is printed."))


def _revoke(run: Session, centre: str, revoke: Sequence[str], signed: Signature) -> None:
    refs = {text.strip().upper()[:4] if is_reference(text.strip().upper()[:4]) else text for text in revoke}
    remove_codes(run.store(), centre, refs, signed)
    text = _("{site}: taken back: {refs}. What these letters gave ends within seconds.")
    click.echo(text.format(site=centre, refs=", ".join(sorted(refs))))


def _settings(run: Session, slug: str) -> tuple[Centre, City]:
    from plugins.site.loader import load_centre, load_city

    try:
        return load_centre(run.content, slug), load_city(run.content, run.clock())[0]
    except PluginError as error:
        raise ReleaseError(N_("no letter was made: {site} can't be read"), site=slug, reasons=error.problems) from error


def _school(slug: str, grant: Grant, policy: Policy, asked: str | None) -> str:
    """The school for which a family's code stands; empty for the staff."""
    if grant is Grant.STAFF:
        if asked:
            raise ConfigError(N_("--school is for families: the staff belongs to the centre"))
        return ""
    if not any(kind.value == grant.value for kind in policy.admitted):
        raise ListError(N_("{site} does not admit these people: their letters would open nothing"), site=slug)
    schools = sorted(policy.schools)
    if asked is None and len(schools) == 1:
        return schools[0]
    if asked is None or asked.upper() not in policy.schools:
        reasons = [Reason("{uai}", {"uai": uai}) for uai in schools]
        raise ConfigError(N_("say for which school of {site}, with --school:"), site=slug, reasons=reasons)
    return asked.upper()
