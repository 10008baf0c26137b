"""`preau access explain`: who a set of claims is, what it gives or not and why, and which centres open."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from publish import report, stored
from publish.access import Decision, Membership, MembershipKind, Policy, Rule, decide
from publish.command import Command
from publish.config import MIN_KEY_BYTES
from publish.config_reader import ACCESS_KEY, access_key
from publish.ents import EntConfig
from publish.errors import N_, ConfigError, ListError, cause_of
from publish.gateway.claims import Finding, Mapped, Why, read_claims
from publish.gateway.sign_in import ProviderDown, SignInRefused
from publish.language import say as _
from publish.paths import CITY_SLUG
from publish.policies import read_policy
from publish.session import JSON, MAYBE_CENTRE, Session, option, session
from publish.stores import Store

KINDS = {
    MembershipKind.CHILD: N_("pupil"),
    MembershipKind.GUARDIAN: N_("parent or guardian"),
    MembershipKind.SCHOOL_STAFF: N_("staff of the school"),
}
WHY = {
    Why.KEPT: N_("{kind} at the school {uai} (profile “{profile}”)"),
    Why.FOREIGN_SCHOOL: N_("school {school}: not among those that this ENT may vouch for (uai in preau.toml)"),
    Why.NO_CODE: N_("school “{school}”: this is not a school's code"),
    Why.UNKNOWN_PROFILE: N_("profile “{profile}” at the school {school}: it means nothing here ([ent.profiles])"),
    Why.NO_PROFILE: N_("no profile: “{claim}” is missing or empty"),
    Why.NO_SCHOOL: N_("no school: “{claim}” is missing or empty"),
    Why.NO_PAIR: N_("no pair of profile and school: “{claim}” is empty"),
    Why.SEVERAL_PROFILES: N_("several profiles ({profile}) that nobody paired with schools: none is guessed"),
    Why.UNREADABLE: N_("“{claim}” is not in a form that can be read: all of it is left out"),
}
RULES = {
    Rule.NO_POLICY: N_("no rule is in force, so nobody may enter"),
    Rule.BLOCKED: N_("on the list of blocked people, which goes before everything"),
    Rule.CITY: N_("on the list of city officers"),
    Rule.STAFF: N_("on the list of the staff of the centre"),
    Rule.STAFF_CODE: N_("by a letter's code for the staff"),
    Rule.MEMBERSHIP: "{members}",
    Rule.FAMILY_CODE: N_("by a letter's code for a family"),
    Rule.ENROLLED: N_("{members}, and on the list of enrolled people"),
    Rule.NOT_ENROLLED: N_("{members}, but not on the list of enrolled people, which this centre asks for"),
    Rule.NO_MEMBERSHIP: N_("no membership of a kind that is admitted, at a school of the centre, and on no list"),
}
REFUSED = {
    "answer malformed": N_("the answer is not what a CAS server answers"),
    "answer ambiguous": N_("the answer can be read in two ways: something stands twice, or where it has no place"),
    "ticket not accepted": N_("the server did not accept the ticket"),
    "ticket of a proxy": N_("another application got this ticket in the person's name"),
    "no usable principal": N_("the answer names nobody"),
    "principal is a school": N_("the answer names a school instead of a person"),
    "no sub": N_("the claims name nobody: “sub” is missing"),
    "users malformed": N_("the answer of “users” is not a table"),
    "users without an id": N_("the answer of “users” names nobody"),
    "schools malformed": N_("the answer about schools can't be read"),
    "schools of somebody else": N_("the answer about schools is about somebody else"),
    "headers name nobody": N_("the headers name nobody"),
    "headers without the identifier": N_("the header is missing by which the city's lists know people (identifier)"),
    "header in another spelling": N_("a header is spelled in another way than in preau.toml"),
    "header twice": N_("a header stands twice"),
    "header too long": N_("a header is too long"),
    "header badly encoded": N_("a header is not encoded as preau.toml says"),
}


@dataclass(frozen=True)
class Judged:
    """One centre: the decision about the person, and the memberships that it rests on."""

    decision: Decision
    members: tuple[Membership, ...]


@click.command(
    cls=Command,
    help=N_("Say who the claims of an ENT are, which memberships they give and why, and which centres open."),
)
@MAYBE_CENTRE
@option(
    "--claims",
    "file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar=N_("FILE"),
    help=N_("What the ENT said: claims or headers in JSON, or a CAS server's answer in XML."),
)
@option("--ent", "ent_id", metavar=N_("ID"), help=N_("Which [[ent]] of preau.toml said it, if there are several."))
@JSON
@session
def explain(run: Session, centre: str | None, file: Path, ent_id: str | None, as_json: bool) -> None:
    """Explain one file; nothing is written, and nobody is asked."""
    # The gateway's own readers, with what they are made of: no other command needs them.
    from publish.claims_file import MOST_BYTES, read_said

    ent = _chosen(run.config.gateway.ents, ent_id)
    try:
        with file.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise ListError(N_("{path} can't be read: {cause}"), path=file, cause=cause_of(error)) from error
    key = access_key(os.environ) if os.environ.get(ACCESS_KEY) else None
    try:
        said = read_said(ent, data)
    except (SignInRefused, ProviderDown) as error:
        _tell_refused(ent, error.reason, as_json=as_json)
        return
    # Without the real key, any other: what it hashes is compared with nothing.
    mapped = read_claims(ent, said.subject, said.claims, key or os.urandom(MIN_KEY_BYTES))
    judged = dict(_judge(run.store(), centre, mapped)) if key is not None else None
    if as_json:
        click.echo(json.dumps(_json(ent, mapped, judged, withheld=said.withheld), ensure_ascii=False, indent=2))
        return
    _tell(ent, mapped, withheld=said.withheld)
    _tell_centres(judged)


def _chosen(ents: tuple[EntConfig, ...], ent_id: str | None) -> EntConfig:
    if not ents:
        raise ConfigError(N_("preau.toml names no [[ent]]: nobody could sign in"))
    if ent_id is None and len(ents) == 1:
        return ents[0]
    for ent in ents:
        if ent.id == ent_id:
            return ent
    known = ", ".join(ent.id for ent in ents)
    if ent_id is None:
        raise ConfigError(N_("several [[ent]]: say which one with --ent ({known})"), known=known)
    raise ConfigError(N_("no [[ent]] has the id “{value}”; there are: {known}"), value=ent_id, known=known)


def _judge(store: Store, centre: str | None, mapped: Mapped) -> Iterator[tuple[str, Judged]]:
    """The same decision as the gateway's, centre by centre."""
    if centre is None:
        slugs = tuple(slug for slug in sorted(stored.published(store)) if slug != CITY_SLUG)
    else:
        report.check_known(store, centre)
        slugs = (centre,)
    for slug in slugs:
        found = read_policy(store, slug)
        policy = found.policy if found else None
        yield slug, Judged(decide(policy, mapped.person), _members(policy, mapped))


def _members(policy: Policy | None, mapped: Mapped) -> tuple[Membership, ...]:
    held = sorted(mapped.person.memberships)
    return tuple(one for one in held if policy and one.kind in policy.admitted and one.uai in policy.schools)


def _tell_refused(ent: EntConfig, reason: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"ent": ent.id, "signed_in": False, "reason": reason}, ensure_ascii=False, indent=2))
        return
    click.echo(_("With this, nobody would be signed in: {reason}.").format(reason=_(REFUSED.get(reason, reason))))


def _tell(ent: EntConfig, mapped: Mapped, *, withheld: bool) -> None:
    person = mapped.person
    click.echo(_("ENT “{name}” ({ent}, {kind})").format(name=ent.name, ent=ent.id, kind=ent.kind))
    click.echo(_("Known here as “{subject}” of {issuer}").format(subject=person.subject, issuer=person.issuer))
    if mapped.display_name:
        click.echo("  " + _("shown on the account page: {name}").format(name=mapped.display_name))
    if not mapped.person.identifier:
        text = _("no usable value under “{claim}”: on no list of the city, and can't be blocked")
        click.echo("  " + text.format(claim=ent.claims.identifier))
    click.echo(_("Memberships"))
    if withheld:
        click.echo("  − " + _("the ENT did not tell the schools: as after a refusal (403) of that route"))
    for one in mapped.findings:
        # Where schools are withheld, that none is there says the same twice.
        if not (withheld and one.why is Why.NO_SCHOOL):
            click.echo(f"  {'+' if one.membership else '−'} {_why(one)}")
    if not person.memberships:
        click.echo("  " + _("none: this person is a member of no school here"))


def _why(one: Finding) -> str:
    held = one.membership
    return _(WHY[one.why]).format(
        claim=one.claim,
        profile=one.profile,
        school=one.school,
        kind=_(KINDS[held.kind]) if held else "",
        uai=held.uai if held else "",
    )


def _tell_centres(judged: Mapping[str, Judged] | None) -> None:
    click.echo(_("Centres"))
    if judged is None:
        text = _("not said: without {name}, the key of the lists, nobody can be looked up on them")
        click.echo("  " + text.format(name=ACCESS_KEY))
        return
    width = max(map(len, judged), default=0)
    for slug, one in judged.items():
        members = ", ".join(f"{_(KINDS[held.kind])}, {held.uai}" for held in one.members)
        opens = _("opens") if one.decision.allowed else _("stays shut")
        click.echo(f"  {slug:<{width}}  {opens} – {_(RULES[one.decision.reason]).format(members=members)}")
    if not judged:
        click.echo("  " + _("none is published"))


def _json(ent: EntConfig, mapped: Mapped, judged: Mapping[str, Judged] | None, *, withheld: bool) -> dict[str, object]:
    return {
        "ent": ent.id,
        "signed_in": True,
        "issuer": mapped.person.issuer,
        "subject": mapped.person.subject,
        "identifier": bool(mapped.person.identifier),
        "withheld": withheld,
        "memberships": [{"kind": one.kind, "uai": one.uai} for one in sorted(mapped.person.memberships)],
        "findings": [
            {"why": one.why, "claim": one.claim, "profile": one.profile, "school": one.school}
            for one in mapped.findings
        ],
        "centres": None
        if judged is None
        else {slug: {"allowed": one.decision.allowed, "rule": one.decision.reason} for slug, one in judged.items()},
    }
