"""What an ENT says about somebody → memberships. Pure and total: whatever arrives, the answer is a value.

What is malformed or ambiguous gives nothing. Each ENT's names are in its configuration. Whatever is not kept has its
reason beside it: `preau access explain` shows what the gateway found, by this same code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from publish.access import Membership, MembershipKind, Person
from publish.ents import EntConfig
from publish.policies import list_identifier

MOST_VALUES = 64
"""Most profiles, schools or pairs that one answer may hold; no real person comes near."""

MOST_CHARACTERS = 64
"""Longest profile or UAI that is looked at."""

MOST_IDENTIFIER = 255
"""Longest `sub` (OpenID Connect Core, section 2) and longest identifier."""

MOST_NAME = 80

_SEPARATORS = re.compile(r"[\s,;|]+")
_UAI = re.compile(r"[0-9]{7}[A-Z]")

Pairs = list[tuple[str, str]]
"""(profile, school), as they were said."""


class Why(StrEnum):
    """What became of something that an ENT said."""

    KEPT = "kept"
    FOREIGN_SCHOOL = "school that this provider may not vouch for"
    NO_CODE = "not a school's code"
    UNKNOWN_PROFILE = "profile without a meaning"
    NO_PROFILE = "no profile"
    NO_SCHOOL = "no school"
    NO_PAIR = "no pair"
    SEVERAL_PROFILES = "several profiles that nobody paired with schools"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Finding:
    """One thing that an ENT said, and what became of it; never written to a log.

    Arguments:
        why: what became of it.
        claim: where it stands, if it is about a claim as a whole.
        profile, school: as they were said, if it is about them.
        membership: what it gives; `None` unless it was kept.
    """

    why: Why
    claim: str = ""
    profile: str = field(default="", repr=False)
    school: str = field(default="", repr=False)
    membership: Membership | None = None


@dataclass(frozen=True)
class Mapped:
    """What an answer gives.

    Arguments:
        person: whom it describes.
        display_name: shown to this person alone, on « Mon compte »; empty if there is none.
        findings: how the memberships came about, and why others did not.
    """

    person: Person
    display_name: str = field(repr=False)
    findings: tuple[Finding, ...] = field(repr=False)

    @property
    def dropped(self) -> tuple[str, ...]:
        """UAIs that this ENT may not vouch for, in order; `malformed` stands for anything that is no UAI."""
        foreign = {one: one.school.upper() for one in self.findings if one.why is Why.FOREIGN_SCHOOL}
        none = {one: "malformed" for one in self.findings if one.why is Why.NO_CODE}
        said = {**foreign, **none}
        return tuple(dict.fromkeys(said[one] for one in self.findings if one in said))


def read_claims(ent: EntConfig, subject: str, claims: Mapping[str, object], key: bytes) -> Mapped:
    """The person whom `claims` describe.

    Arguments:
        ent: who sent them, and what its claims are called.
        subject: the verified `sub`.
        claims: verified claims, of any shape.
        key: key of the lists' hashes.
    """
    findings = _findings(ent, claims)
    person = Person(
        issuer=ent.issuer,
        subject=subject,
        memberships=frozenset(one.membership for one in findings if one.membership),
        identifier=_identifier(ent, claims, key),
    )
    name = _stated(claims, ent.claims.display_name)
    return Mapped(person, _name(name), findings)


def _stated(claims: Mapping[str, object], name: str | None) -> object:
    """What a configured name stands for: the claim, or all that its dots lead to; `None` if there is nothing."""
    if name is None or name in claims or "." not in name:
        return claims.get(name) if name is not None else None
    found: list[object] = [claims]
    for step in name.split("."):
        inner = [item[step] for item in found if isinstance(item, dict) and item.get(step) is not None]
        found = [value for item in inner for value in (item if isinstance(item, list) else [item])]
    return found or None


def _findings(ent: EntConfig, claims: Mapping[str, object]) -> tuple[Finding, ...]:
    stated = _stated(claims, ent.claims.paired)
    if stated is None:
        pairs, why_not = _unpaired(ent, claims)
    else:
        pairs, why_not = _paired(stated), ()
        if not pairs:
            why_not = (Finding(Why.NO_PAIR if _is_empty(stated) else Why.UNREADABLE, ent.claims.paired or ""),)
    return (*why_not, *dict.fromkeys(_judge(ent, profile, school) for profile, school in pairs))


def _judge(ent: EntConfig, profile: str, school: str) -> Finding:
    """What one pair gives, if anything."""
    uai = school.upper()
    if uai not in ent.uais:
        why = Why.FOREIGN_SCHOOL if _UAI.fullmatch(uai) else Why.NO_CODE
        return Finding(why, profile=profile, school=school)
    kind = _kind(ent, profile)
    if kind is None:
        return Finding(Why.UNKNOWN_PROFILE, profile=profile, school=school)
    return Finding(Why.KEPT, profile=profile, school=school, membership=Membership(kind, uai))


def _unpaired(ent: EntConfig, claims: Mapping[str, object]) -> tuple[Pairs, tuple[Finding, ...]]:
    stated, named = _stated(claims, ent.claims.profile), _stated(claims, ent.claims.school)
    profiles = dict.fromkeys(value.lower() for value in _values(stated))
    schools = _values(named)
    why_not = []
    if not profiles:
        why_not.append(Finding(Why.NO_PROFILE if _is_empty(stated) else Why.UNREADABLE, ent.claims.profile))
    if not schools:
        why_not.append(Finding(Why.NO_SCHOOL if _is_empty(named) else Why.UNREADABLE, ent.claims.school))
    # Several profiles and schools that nobody paired could be a teacher here and a parent there: none is guessed.
    if len(profiles) > 1:
        why_not.append(Finding(Why.SEVERAL_PROFILES, ent.claims.profile, profile=", ".join(profiles)))
        return [], tuple(why_not)
    return [(profile, school) for profile in profiles for school in schools], tuple(why_not)


def _is_empty(stated: object) -> bool:
    """Whether a claim says nothing, rather than something that can't be read."""
    items = stated if isinstance(stated, list) else [stated]
    return all(item is None or (isinstance(item, str) and not _SEPARATORS.sub("", item)) for item in items)


def _paired(stated: object) -> Pairs:
    """`TUT:0929010U;ENS:0929004M`, a list of such texts, or a list of `{"profile": …, "uai": …}`."""
    items: list[object] = [stated] if isinstance(stated, str | dict) else stated if isinstance(stated, list) else []
    if len(items) > MOST_VALUES:
        return []
    pairs: Pairs = []
    for item in items:
        if isinstance(item, dict):
            profiles, schools = _values(item.get("profile")), _values(item.get("uai"))
            if len(profiles) != 1 or not schools:
                return []
            pairs += [(profiles[0], school) for school in schools]
        elif isinstance(item, str):
            for packed in _values(item):
                profile, colon, school = packed.partition(":")
                if not colon or not profile or not school or ":" in school:
                    return []
                pairs.append((profile, school))
        else:
            return []
    return pairs if len(pairs) <= MOST_VALUES else []


def _values(stated: object) -> list[str]:
    """One text, a separated text or a list of texts; anything else in it makes the whole nothing."""
    items: list[object] = [stated] if isinstance(stated, str) else stated if isinstance(stated, list) else []
    if len(items) > MOST_VALUES:
        return []
    found: list[str] = []
    for item in items:
        # A list of 64 texts of a megabyte each, or letters that change length with case, are nobody's profile.
        if not isinstance(item, str) or not item.isascii() or len(item) > MOST_VALUES * MOST_CHARACTERS:
            return []
        found += [part for part in _SEPARATORS.split(item) if part]
    # What is no text at all would speak to the terminal of whoever has it explained.
    if len(found) > MOST_VALUES or any(len(part) > MOST_CHARACTERS or not part.isprintable() for part in found):
        return []
    return found


def _kind(ent: EntConfig, profile: str) -> MembershipKind | None:
    """The kind of a profile, in full (`National_TUT`) or as packed values shorten it (`TUT`)."""
    name = profile.lower()
    # Letters alone: « 2 » must not become `National_2`, on whose meaning vendors disagree.
    return ent.profiles.get(name) or (ent.profiles.get(f"national_{name}") if name.isalpha() else None)


def _identifier(ent: EntConfig, claims: Mapping[str, object], key: bytes) -> str:
    value = _stated(claims, ent.claims.identifier)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str) or not 0 < len(value) <= MOST_IDENTIFIER or not value.isprintable():
        return ""
    return list_identifier(key, ent.issuer, value)


def _name(value: object) -> str:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str):
        return ""
    text = " ".join(value.split())
    return text if len(text) <= MOST_NAME and text.isprintable() else ""
