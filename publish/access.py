"""Who somebody is and who may enter: persons, memberships, policies and the decision. Pure; no clock, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class MembershipKind(StrEnum):
    """What somebody is to a school. No other kind exists here."""

    CHILD = "child"
    GUARDIAN = "guardian"
    SCHOOL_STAFF = "school staff"


@dataclass(frozen=True, order=True)
class Membership:
    """One (kind, school) pair, vouched for by an ENT. `uai` is upper case."""

    kind: MembershipKind
    uai: str


@dataclass(frozen=True)
class Person:
    """Who signed in: never a name, never an e-mail address.

    Arguments:
        issuer: the ENT that vouches (its issuer URL).
        subject: the ENT's stable identifier (`sub`).
        memberships: only those that this ENT may vouch for.
        identifier: keyed hash of (issuer, value of the configured claim), compared with the policy's lists; empty if
            the claim is missing.
        codes: keyed hashes of the letters' codes that this person typed; a policy says what each gives, if anything.
    """

    issuer: str
    subject: str
    memberships: frozenset[Membership]
    identifier: str = ""
    codes: frozenset[str] = field(default=frozenset(), repr=False)


class Grant(StrEnum):
    """What a letter's code makes of whoever typed it first."""

    STAFF = "staff"
    GUARDIAN = "guardian"
    CHILD = "child"


@dataclass(frozen=True, order=True)
class LetterCode:
    """One code of a letter, as a policy holds it; nothing in it gives the code.

    Arguments:
        ref: the letter's reference, which is the code's first group; unique in the policy.
        hash: keyed hash of the whole code.
        grant: what it gives, in this centre alone.
        school: UAI for which a family's code stands, as if an ENT had said so; empty for staff.
        until: last day on which it can be typed, Europe/Paris. What it gave lasts until the policy drops it.
    """

    ref: str
    hash: str = field(repr=False)
    grant: Grant
    school: str
    until: date

    @property
    def membership(self) -> Membership | None:
        """What a family's code says of whoever typed it."""
        return None if self.grant is Grant.STAFF else Membership(MembershipKind(self.grant), self.school)


@dataclass(frozen=True)
class Policy:
    """`centres/<slug>/policies/NNNNNN.json`: who may enter one centre's site.

    Arguments:
        schools: UAI of the centre's schools.
        admitted: kinds of membership that are admitted.
        admission: `ecoles` (a membership is enough) or `inscrits` (and on the enrolled list).
        blocked, city, staff, enrolled: keyed hashes of (issuer, value of the configured claim).
        codes: of the letters that the city made for this centre.
    """

    schools: frozenset[str]
    admitted: frozenset[MembershipKind] = frozenset({MembershipKind.CHILD, MembershipKind.GUARDIAN})
    admission: str = "ecoles"
    blocked: frozenset[str] = field(default=frozenset(), repr=False)
    city: frozenset[str] = field(default=frozenset(), repr=False)
    staff: frozenset[str] = field(default=frozenset(), repr=False)
    enrolled: frozenset[str] = field(default=frozenset(), repr=False)
    codes: frozenset[LetterCode] = field(default=frozenset(), repr=False)


LISTS = ("blocked", "city", "staff", "enrolled")
"""The lists of a policy, by the names of its fields."""


@dataclass(frozen=True)
class Admission:
    """What `centre.toml` says of who may enter; the lists come from elsewhere.

    Arguments:
        schools: UAI of the centre's schools.
        admission: `ecoles` or `inscrits`.
        admitted: kinds of membership.
    """

    schools: frozenset[str]
    admission: str
    admitted: frozenset[MembershipKind]


class Rule(StrEnum):
    """The rule that gave a decision, in the order in which `decide` tries them."""

    NO_POLICY = "no policy"
    BLOCKED = "blocked"
    CITY = "city"
    STAFF = "staff"
    STAFF_CODE = "staff code"
    MEMBERSHIP = "membership"
    FAMILY_CODE = "family code"
    ENROLLED = "enrolled"
    NOT_ENROLLED = "not enrolled"
    NO_MEMBERSHIP = "no membership"


@dataclass(frozen=True)
class Decision:
    """The answer of `decide`, with the rule that gave it: for the log and for « Mon compte », never for a refusal."""

    allowed: bool
    reason: Rule


def decide(policy: Policy | None, person: Person) -> Decision:
    """Whether a person may read a centre's site. Pure and total; the first rule that matches wins.

    Arguments:
        policy: the centre's policy in force; `None` (no centre, no policy, or one that can't be read) admits nobody.
        person: who asks.
    """
    if policy is None:
        return Decision(False, Rule.NO_POLICY)
    if _listed(person, policy.blocked):
        return Decision(False, Rule.BLOCKED)
    if _listed(person, policy.city):
        return Decision(True, Rule.CITY)
    if _listed(person, policy.staff):
        return Decision(True, Rule.STAFF)
    codes = codes_held(policy, person)
    if any(code.grant is Grant.STAFF for code in codes):
        return Decision(True, Rule.STAFF_CODE)
    # A letter goes to a family that the city enrolled: its code stands for the membership and for the list.
    by_code = any(_admits(policy, code.membership) for code in codes)
    if not by_code and not any(_admits(policy, held) for held in person.memberships):
        return Decision(False, Rule.NO_MEMBERSHIP)
    if by_code and policy.admission in ("ecoles", "inscrits"):
        return Decision(True, Rule.FAMILY_CODE)
    if policy.admission == "ecoles":
        return Decision(True, Rule.MEMBERSHIP)
    if policy.admission == "inscrits" and _listed(person, policy.enrolled):
        return Decision(True, Rule.ENROLLED)
    return Decision(False, Rule.NOT_ENROLLED)


def codes_held(policy: Policy, person: Person) -> tuple[LetterCode, ...]:
    """The letters' codes of this policy that a person typed."""
    if not person.codes:
        return ()
    return tuple(code for code in policy.codes if code.hash in person.codes)


def _admits(policy: Policy, held: Membership | None) -> bool:
    return held is not None and held.kind in policy.admitted and held.uai in policy.schools


def _listed(person: Person, listed: frozenset[str]) -> bool:
    # A person without an identifier is on no list, not even on one that holds an empty line by mistake.
    return bool(person.identifier) and person.identifier in listed
