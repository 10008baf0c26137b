"""`preau access`: who may enter a centre's site, in words; the city's lists; what a change would do."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from plugins.errors import PluginError
from publish import report
from publish.access import LISTS, Admission, Grant, MembershipKind, Policy
from publish.centres import choose_centres
from publish.command import Group
from publish.commands.explain import explain
from publish.commands.letters import letters
from publish.config_reader import access_key
from publish.errors import N_, ConfigError, ListError, Reason, ReleaseError
from publish.language import say as _
from publish.lists.changes import KIND_WORDS, SETS, PolicyChange, propose
from publish.lists.people import PeopleList, read_lists
from publish.policies import PolicyInForce, Signature, read_policy, replace_policy
from publish.policies import history as policies
from publish.session import BY, CENTRE, CENTRES, JSON, Session, option, session, user

LIST_WORDS = {
    "staff": N_("staff of the centre"),
    "city": N_("city officers"),
    "enrolled": N_("enrolled people"),
    "blocked": N_("blocked people"),
}
ADMISSION_WORDS = {
    "ecoles": N_("everybody of these kinds at these schools"),
    "inscrits": N_("those of these kinds at these schools who are on the list of enrolled people"),
}
GRANT_WORDS = {
    Grant.STAFF: N_("the team"),
    Grant.GUARDIAN: N_("a parent ({school})"),
    Grant.CHILD: N_("a child ({school})"),
}
LINES_SHOWN = 12


@click.group(
    cls=Group,
    subcommand_metavar=N_("COMMAND [OPTIONS]…"),
    help=N_("Who may enter the site of a centre: show, compare, import lists, make letters."),
)
def access() -> None:
    """Hold the commands below."""


access.add_command(explain)
access.add_command(letters)


def lists(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that name the city's files."""
    for name, text in (
        ("blocked", N_("CSV file of the people who must never enter.")),
        ("enrolled", N_("CSV file of the people enrolled, for admission = “inscrits”.")),
        ("city", N_("CSV file of the city officers.")),
        ("staff", N_("CSV file of the staff of the centre.")),
    ):
        path = click.Path(path_type=Path, dir_okay=False)
        command = option(f"--{name}", type=path, metavar=N_("FILE"), help=text)(command)
    return command


@access.command(help=N_("Show who may enter: schools, kinds of people, and how many stand on each list."))
@CENTRE
@JSON
@session
def show(run: Session, centre: str, as_json: bool) -> None:
    """Show the policy in force."""
    store = run.store()
    report.check_known(store, centre)
    found = read_policy(store, centre)
    if as_json:
        click.echo(json.dumps(_policy_json(centre, found), ensure_ascii=False, indent=2))
        return
    if found is None:
        click.echo(_("{site}: no rule is in force, so nobody may enter.").format(site=centre))
        return
    text = _("{site}: access rules number {number}, since {moment}, by {by}")
    moment = report.moment_words(found.signed.since)
    click.echo(text.format(site=centre, number=found.number, moment=moment, by=found.signed.by))
    _show(found.policy)


@access.command(help=N_("Show every rule that was ever in force: since when, by whom, and what it changed."))
@CENTRE
@JSON
@session
def history(run: Session, centre: str, as_json: bool) -> None:
    """Show how the rules became what they are, so that the city can say who could enter on any day."""
    store = run.store()
    report.check_known(store, centre)
    rules = list(policies(store, centre))
    changes = [
        (one, PolicyChange(older.policy if older else None, one.policy))
        for one, older in zip(rules, (*rules[1:], None), strict=True)
    ]
    if as_json:
        rows = [{**_policy_json(centre, one), **_change_json(change, {})} for one, change in changes]
        click.echo(json.dumps({"site": centre, "rules": rows}, ensure_ascii=False, indent=2))
        return
    for one, change in changes:
        text = _("{number}, since {moment}, by {by}")
        moment = report.moment_words(one.signed.since)
        click.echo(text.format(number=one.number, moment=moment, by=one.signed.by))
        for line in _lines(change, {}):
            click.echo(f"  {line}")


@access.command(help=N_("Say what importing would change, and change nothing."))
@CENTRES
@lists
@JSON
@session
def diff(run: Session, /, centres: tuple[str, ...], as_json: bool, **files: Path | None) -> None:
    """Compare the rules in force with `centre.toml` and with lists."""
    people, found = _proposed(run, centres, files)
    _tell(found, people, as_json=as_json, applied=False)


@access.command("import", help=N_("Put centre.toml and the city's lists in force: each file replaces its list whole."))
@CENTRES
@lists
@option("--confirm", is_flag=True, help=N_("Apply even what opens the site wider or removes many people."))
@BY
@JSON
@session
def import_(
    run: Session, /, centres: tuple[str, ...], confirm: bool, by: str | None, as_json: bool, **files: Path | None
) -> None:
    """Write new rules: for every centre named, or for none."""
    people, found = _proposed(run, centres, files)
    if not confirm:
        doubts = [
            Reason(N_("{site}: {what}"), {"site": slug, "what": what})
            for slug, (_in_force, change) in found.items()
            for what in change.to_confirm()
        ]
        if doubts:
            raise ListError(
                N_("nothing was applied. If this is meant, run the same command again with --confirm:"), reasons=doubts
            )
    store, signed = run.store(), Signature(run.clock(), by or user())
    for slug, (in_force, change) in found.items():
        if change.changes:
            replace_policy(store, slug, in_force, change.after, signed)
    _tell(found, people, as_json=as_json, applied=True)


Found = Mapping[str, tuple[PolicyInForce | None, PolicyChange]]


def _proposed(
    run: Session, centres: tuple[str, ...], files: Mapping[str, Path | None]
) -> tuple[dict[str, PeopleList], Found]:
    """What the files and each `centre.toml` ask for; raises before anything is written."""
    from plugins.site.loader import load_centre

    given = {name: file for name, file in files.items() if file is not None}
    people: dict[str, PeopleList] = {}
    if given:
        if not run.config.gateway.ents:
            raise ConfigError(N_("preau.toml names no [[ent]]: a list can't say whose identifiers it holds"))
        people = read_lists(given, run.config.gateway.ents, access_key(os.environ))
    store = run.store()
    found: dict[str, tuple[PolicyInForce | None, PolicyChange]] = {}
    for slug in choose_centres(run.content, centres):
        try:
            centre = load_centre(run.content, slug)
        except PluginError as error:
            raise ReleaseError(
                N_("nothing was applied: {site} can't be read"), site=slug, reasons=error.problems
            ) from error
        admission = Admission(
            frozenset(centre.schools), centre.admission, frozenset(map(MembershipKind, centre.admitted))
        )
        in_force = read_policy(store, slug)
        hashes = {name: one.hashes for name, one in people.items()}
        found[slug] = in_force, propose(in_force.policy if in_force else None, admission, hashes)
    return people, found


def _tell(found: Found, people: Mapping[str, PeopleList], *, as_json: bool, applied: bool) -> None:
    if as_json:
        changes = {slug: _change_json(change, people) for slug, (_in_force, change) in found.items()}
        click.echo(json.dumps({"applied": applied, "centres": changes}, ensure_ascii=False, indent=2))
        return
    for name, one in people.items():
        _tell_read(name, one)
    for slug, (_in_force, change) in found.items():
        if not change.changes:
            click.echo(_("{site}: nothing changes.").format(site=slug))
            continue
        click.echo((_("{site}: new rules are in force.") if applied else _("{site}: would change.")).format(site=slug))
        for line in _lines(change, people):
            click.echo(f"  {line}")
        if not applied:
            for what in change.to_confirm():
                click.echo("  " + _("To be confirmed: {what}").format(what=what.text(_)))


def _tell_read(name: str, one: PeopleList) -> None:
    parts = [_("{list}: {count} read").format(list=_(LIST_WORDS[name]), count=len(one.lines))]
    if one.repeated:
        parts.append(_("{count} lines name somebody already named").format(count=one.repeated))
    if one.unread:
        parts.append(_("columns left out: {columns}").format(columns=", ".join(one.unread)))
    click.echo(" – ".join(parts))


def _lines(change: PolicyChange, people: Mapping[str, PeopleList]) -> list[str]:
    lines = [what.text(_) for what in change.opens()]
    if change.before is None or change.before.admission != change.after.admission:
        lines.append(_("admission: {words}").format(words=_(ADMISSION_WORDS[change.after.admission])))
    if change.before is None or change.before.admitted != change.after.admitted:
        kinds = ", ".join(_(KIND_WORDS[kind]) for kind in MembershipKind if kind in change.after.admitted)
        lines.append(_("kinds of people: {kinds}").format(kinds=kinds or "–"))
    for name in SETS:
        added, removed = change.added(name), change.removed(name)
        if not added and not removed:
            continue
        if name == "schools":
            moved = [f"+ {uai}" for uai in sorted(added)] + [f"− {uai}" for uai in sorted(removed)]
            lines.append(_("schools: {moved}").format(moved=", ".join(moved)))
            continue
        text = _("{list}: {added} added, {removed} removed").format(
            list=_(LIST_WORDS[name]), added=len(added), removed=len(removed)
        )
        if numbers := _numbers(name, added, people):
            shown = ", ".join(map(str, numbers[:LINES_SHOWN])) + (", …" if len(numbers) > LINES_SHOWN else "")
            text += " " + _("(new at the lines {numbers})").format(numbers=shown)
        lines.append(text)
    was = change.before.codes if change.before else frozenset()
    if change.after.codes != was:
        made, gone = sorted(c.ref for c in change.after.codes - was), sorted(c.ref for c in was - change.after.codes)
        moved = [f"+ {ref}" for ref in made] + [f"− {ref}" for ref in gone]
        lines.append(_("letters: {moved}").format(moved=", ".join(moved)))
    return lines


def _numbers(name: str, added: frozenset[str], people: Mapping[str, PeopleList]) -> list[int]:
    """Lines of the city's file at which those added stand: hashes name nobody, lines do, to whoever has the file."""
    return sorted(people[name].lines[one] for one in added) if name in people else []


def _show(policy: Policy) -> None:
    kinds = [_(KIND_WORDS[kind]) for kind in MembershipKind if kind in policy.admitted]
    rows = [
        (_("schools"), ", ".join(sorted(policy.schools)) or "–"),
        (_("kinds of people"), ", ".join(kinds) or "–"),
        (_("admission"), _(ADMISSION_WORDS[policy.admission])),
        *((_(LIST_WORDS[name]), str(len(getattr(policy, name)))) for name in LIST_WORDS),
        (_("letters with codes"), str(len(policy.codes))),
    ]
    width = max(len(name) for name, _text in rows)
    for name, text in rows:
        click.echo(f"  {name:<{width}}  {text}")
    for code in sorted(policy.codes):
        text = _("letter {ref}: {who}, to be typed by {day}").format(
            ref=code.ref, who=_(GRANT_WORDS[code.grant]).format(school=code.school), day=report.day_words(code.until)
        )
        click.echo(f"  {text}")


def _policy_json(slug: str, found: PolicyInForce | None) -> dict[str, object]:
    if found is None:
        return {"site": slug, "number": None}
    policy = found.policy
    return {
        "site": slug,
        "number": found.number,
        "since": found.signed.since.isoformat(),
        "by": found.signed.by,
        "schools": sorted(policy.schools),
        "admission": policy.admission,
        "admitted": sorted(policy.admitted),
        **{name: len(getattr(policy, name)) for name in LISTS},
        "letters": [
            {"ref": code.ref, "for": code.grant, "school": code.school, "until": code.until.isoformat()}
            for code in sorted(policy.codes)
        ],
    }


def _change_json(change: PolicyChange, people: Mapping[str, PeopleList]) -> dict[str, object]:
    return {
        "changes": change.changes,
        "to_confirm": [what.text(_) for what in change.to_confirm()],
        "schools": {"added": sorted(change.added("schools")), "removed": sorted(change.removed("schools"))},
        **{
            name: {
                "added": len(added := change.added(name)),
                "removed": len(change.removed(name)),
                "lines": _numbers(name, added, people),
            }
            for name in LISTS
        },
    }
