"""What an ENT says about somebody → memberships. Pure and total: whatever arrives, the answer is a value.

What is malformed or ambiguous gives nothing. Each ENT's names are in its configuration. Values of the ENT are repeated
nowhere but in the person's own display name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Mapped:
    """What an answer gives.

    Arguments:
        person: whom it describes.
        display_name: shown to this person alone, on « Mon compte »; empty if there is none.
        dropped: UAIs that this ENT may not vouch for, in order; `malformed` stands for anything that is no UAI.
    """

    person: Person
    display_name: str
    dropped: tuple[str, ...]


def read_claims(ent: EntConfig, subject: str, claims: Mapping[str, object], key: bytes) -> Mapped:
    """The person whom `claims` describe.

    Arguments:
        ent: who sent them, and what its claims are called.
        subject: the verified `sub`.
        claims: verified claims, of any shape.
        key: key of the lists' hashes.
    """
    pairs, dropped = _pairs(ent, claims)
    person = Person(
        issuer=ent.issuer,
        subject=subject,
        memberships=frozenset(Membership(kind, uai) for kind, uai in pairs),
        identifier=_identifier(ent, claims, key),
    )
    name = _stated(claims, ent.claims.display_name)
    return Mapped(person, _name(name), dropped)


def _stated(claims: Mapping[str, object], name: str | None) -> object:
    """What a configured name stands for: the claim, or all that its dots lead to; `None` if there is nothing."""
    if name is None or name in claims or "." not in name:
        return claims.get(name) if name is not None else None
    found: list[object] = [claims]
    for step in name.split("."):
        inner = [item[step] for item in found if isinstance(item, dict) and item.get(step) is not None]
        found = [value for item in inner for value in (item if isinstance(item, list) else [item])]
    return found or None


def _pairs(ent: EntConfig, claims: Mapping[str, object]) -> tuple[set[tuple[MembershipKind, str]], tuple[str, ...]]:
    stated = _stated(claims, ent.claims.paired)
    raw = _unpaired(ent, claims) if stated is None else _paired(stated)
    kept: set[tuple[MembershipKind, str]] = set()
    dropped: dict[str, None] = {}
    for profile, school in raw:
        uai = school.upper()
        if uai not in ent.uais:
            dropped[uai if _UAI.fullmatch(uai) else "malformed"] = None
            continue
        kind = _kind(ent, profile)
        if kind is not None:
            kept.add((kind, uai))
    return kept, tuple(dropped)


def _unpaired(ent: EntConfig, claims: Mapping[str, object]) -> list[tuple[str, str]]:
    # Several profiles and schools that nobody paired could be a teacher here and a parent there: none is guessed.
    profiles = {value.lower() for value in _values(_stated(claims, ent.claims.profile))}
    if len(profiles) != 1:
        return []
    profile = profiles.pop()
    return [(profile, school) for school in _values(_stated(claims, ent.claims.school))]


def _paired(stated: object) -> list[tuple[str, str]]:
    """`TUT:0929010U;ENS:0929004M`, a list of such texts, or a list of `{"profile": …, "uai": …}`."""
    items: list[object] = [stated] if isinstance(stated, str | dict) else stated if isinstance(stated, list) else []
    if len(items) > MOST_VALUES:
        return []
    pairs: list[tuple[str, str]] = []
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
    if len(found) > MOST_VALUES or any(len(part) > MOST_CHARACTERS for part in found):
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
