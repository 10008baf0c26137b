"""Policies in the store: `policies/NNNNNN.json`, the highest number is in force. Rollbacks never touch them.

A policy holds no person: its lists are keyed hashes (see `list_identifier`).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from publish import series, strict_json
from publish.access import LISTS, Admission, Grant, LetterCode, MembershipKind, Policy
from publish.config import MIN_KEY_BYTES
from publish.errors import N_, ConfigError, HeadTaken, NewerError, ReleaseError
from publish.layout import POLICIES, series_key
from publish.letter_codes import is_reference
from publish.lists.changes import propose
from publish.manifest import parse_moment
from publish.stores import Store
from publish.strict_json import Malformed, Newer

FORMATS = (1, 2)
"""The second has the codes of letters; a policy without any is written in the first, which older gateways read."""

ADMISSIONS = ("ecoles", "inscrits")
MAX_BYTES = 16 * 1024 * 1024
MOST_CODES = 20_000
ATTEMPTS = 5
"""Tries when somebody else writes a policy at the same moment."""

_UAI = re.compile(r"[0-9]{7}[A-Z]")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Signature:
    """Who wrote a policy, and when: the city can show who could enter on any day, and whose doing it was.

    Arguments:
        since: moment from which it is in force, with its zone.
        by: as the operating system or `--by` names them.
    """

    since: datetime
    by: str


@dataclass(frozen=True)
class PolicyInForce:
    """A policy with its number and its signature."""

    number: int
    policy: Policy
    signed: Signature


def list_identifier(key: bytes, issuer: str, value: str) -> str:
    """Keyed hash under which a person stands on a list: HMAC-SHA256 over issuer, NUL, value.

    Arguments:
        key: at least 32 bytes; without it, a list tells nothing about anybody.
        issuer: the ENT's issuer URL.
        value: value of the claim that the ENT's settings name.
    """
    if len(key) < MIN_KEY_BYTES:
        raise ConfigError(N_("the access key must have at least {least} bytes"), least=MIN_KEY_BYTES)
    if "\0" in issuer or "\0" in value:
        raise ValueError("NUL can't be in an issuer or in an identifier")
    return hmac.new(key, f"{issuer}\0{value}".encode(), hashlib.sha256).hexdigest()


def read_policy(store: Store, slug: str, known: int | None = None) -> PolicyInForce | None:
    """The policy in force; `None` if there is none, which admits nobody.

    Arguments:
        known: number of a policy seen before (0: there was none): the next ones are probed, without a listing.

    Raises:
        ReleaseError: the newest policy is damaged; an older one is never taken instead.
    """
    number = series.latest_number(store, slug, POLICIES, known)
    return _read(store, slug, number) if number else None


def apply_admission(store: Store, slug: str, admission: Admission, signed: Signature) -> tuple[PolicyInForce, bool]:
    """Bring the policy in line with `centre.toml`; lists are carried over. The one in force, and whether it is new.

    Raises:
        ReleaseError: the site would open to a kind of people to whom it was closed, which somebody must confirm.
    """

    def change(policy: Policy | None) -> Policy:
        proposed = propose(policy, admission, {})
        if opens := proposed.opens():
            raise ReleaseError(
                N_(
                    "{site}: centre.toml opens the site to people to whom it was closed. If that is meant, run "
                    "`preau access import {site} --confirm`, then publish again:"
                ),
                site=slug,
                reasons=opens,
            )
        return proposed.after

    return _update(store, slug, change, signed)


def replace_policy(
    store: Store, slug: str, found: PolicyInForce | None, policy: Policy, signed: Signature
) -> PolicyInForce:
    """Put a policy in force in the place of the one that was read.

    Arguments:
        found: as `read_policy` gave it.

    Raises:
        HeadTaken: somebody wrote another one since; what was decided on the older one is not written.
    """
    written = _append(store, slug, (found.number if found else 0) + 1, policy, signed)
    if written is None:
        raise HeadTaken(N_("somebody else changed {site} at the same moment; run the same command again"), site=slug)
    return written


def set_lists(
    store: Store,
    slug: str,
    signed: Signature,
    *,
    blocked: Collection[str] | None = None,
    city: Collection[str] | None = None,
    staff: Collection[str] | None = None,
    enrolled: Collection[str] | None = None,
) -> PolicyInForce | None:
    """Replace lists of the policy in force (`None`: leave that list); `None` if nothing had to change.

    Before the first publication, the policy written here admits nobody but the lists.
    """
    given = {"blocked": blocked, "city": city, "staff": staff, "enrolled": enrolled}
    lists = {name: frozenset(hashes) for name, hashes in given.items() if hashes is not None}

    def change(policy: Policy | None) -> Policy:
        return replace(policy or Policy(schools=frozenset()), **lists)  # type: ignore[arg-type]

    return _if_new(_update(store, slug, change, signed))


def add_codes(store: Store, slug: str, codes: Collection[LetterCode], signed: Signature) -> PolicyInForce | None:
    """Put codes of letters in force.

    Raises:
        ReleaseError: there is no policy yet, or one that has no school of theirs.
    """

    def change(policy: Policy | None) -> Policy:
        if policy is None:
            raise ReleaseError(N_("{site} is not published yet: publish it first, then make its letters"), site=slug)
        if {code.school for code in codes if code.school} - policy.schools:
            raise ReleaseError(
                N_("{site}: a letter is for a school that is not in force; run `preau access import {site}` first"),
                site=slug,
            )
        return replace(policy, codes=policy.codes | frozenset(codes))

    return _if_new(_update(store, slug, change, signed))


def remove_codes(store: Store, slug: str, refs: Collection[str], signed: Signature) -> PolicyInForce | None:
    """Take codes back, by the references of their letters; what they gave ends.

    Raises:
        ReleaseError: no letter has such a reference; nothing is taken back then.
    """

    def change(policy: Policy | None) -> Policy:
        held = policy.codes if policy else frozenset()
        if unknown := sorted(set(refs) - {code.ref for code in held}):
            raise ReleaseError(
                N_("{site} has no letter {refs}; see `preau access show {site}`"), site=slug, refs=", ".join(unknown)
            )
        assert policy is not None
        return replace(policy, codes=frozenset(code for code in held if code.ref not in refs))

    return _if_new(_update(store, slug, change, signed))


def dump_policy(policy: Policy, signed: Signature) -> bytes:
    """Canonical bytes of a policy."""
    lists: dict[str, object] = {name: sorted(getattr(policy, name)) for name in LISTS}
    if policy.codes:
        lists["codes"] = [[c.ref, c.hash, c.grant, c.school, c.until.isoformat()] for c in sorted(policy.codes)]
    return strict_json.dump(
        {
            "format": 2 if policy.codes else 1,
            "since": signed.since.isoformat(),
            "by": signed.by,
            "schools": sorted(policy.schools),
            "admitted": sorted(policy.admitted),
            "admission": policy.admission,
            **lists,
        }
    )


def parse_policy(data: bytes) -> tuple[Policy, Signature]:
    """Read a policy and its signature, or refuse it whole.

    Raises:
        Malformed: anything is not as `dump_policy` writes it.
    """
    loaded = strict_json.mapping(strict_json.load(data, most=MAX_BYTES), "policy")
    codes = ("codes",) if strict_json.edition(loaded.get("format"), FORMATS) == 2 else ()
    raw = strict_json.table(
        loaded, ("format", "since", "by", "schools", "admitted", "admission", *LISTS, *codes), "policy"
    )
    admission = strict_json.text(raw["admission"], "admission")
    if admission not in ADMISSIONS:
        raise Malformed("admission is unknown")
    schools = strict_json.texts(raw["schools"], "schools")
    if not all(map(_UAI.fullmatch, schools)):
        raise Malformed("a school is not a UAI")
    admitted = strict_json.texts(raw["admitted"], "admitted")
    if not set(admitted) <= set(MembershipKind):
        raise Malformed("a kind of membership is unknown")
    lists = {name: strict_json.texts(raw[name], name, most=200_000) for name in LISTS}
    if not all(_HASH.fullmatch(item) for items in lists.values() for item in items):
        raise Malformed("a list holds what is not a keyed hash")
    policy = Policy(
        schools=frozenset(schools),
        admitted=frozenset(map(MembershipKind, admitted)),
        admission=admission,
        codes=_codes(raw.get("codes", [])),
        **{name: frozenset(items) for name, items in lists.items()},
    )
    return policy, Signature(parse_moment(raw["since"], "since"), strict_json.text(raw["by"], "by"))


def _codes(value: object) -> frozenset[LetterCode]:
    if not isinstance(value, list) or len(value) > MOST_CODES:
        raise Malformed("codes is not a list")
    found = [_code(item) for item in value]
    if len({code.ref for code in found}) != len(value) or len({code.hash for code in found}) != len(value):
        raise Malformed("two codes are one")
    return frozenset(found)


def _code(value: object) -> LetterCode:
    ref, hashed, grant, school, until = strict_json.texts_in_order(value, "code", number=5)
    if not is_reference(ref) or not _HASH.fullmatch(hashed) or grant not in list(Grant):
        raise Malformed("a code is none")
    if (school == "") != (grant == Grant.STAFF) or (school and not _UAI.fullmatch(school)):
        raise Malformed("a code's school is not a UAI")
    try:
        return LetterCode(ref, hashed, Grant(grant), school, date.fromisoformat(until))
    except ValueError as error:
        raise Malformed("a code's last day is no day") from error


def history(store: Store, slug: str) -> Iterator[PolicyInForce]:
    """Every policy of a centre that can be read, newest first.

    Raises:
        ReleaseError: one is damaged.
    """
    for number in reversed(series.numbers(store, slug, POLICIES)):
        yield _read(store, slug, number)


def _read(store: Store, slug: str, number: int) -> PolicyInForce:
    try:
        return PolicyInForce(number, *parse_policy(series.read(store, slug, POLICIES, number)))
    except Newer as error:
        raise NewerError(slug, series_key(slug, POLICIES, number)) from error
    except Malformed as error:
        raise ReleaseError(
            N_("policy {number} of {site} is damaged: nobody is admitted until a new one is written"),
            site=slug,
            number=number,
        ) from error


def _update(
    store: Store, slug: str, change: Callable[[Policy | None], Policy], signed: Signature
) -> tuple[PolicyInForce, bool]:
    """The policy in force after a change, and whether the change made it."""
    for _ in range(ATTEMPTS):
        found = read_policy(store, slug)
        policy = change(found.policy if found else None)
        if found and found.policy == policy:
            return found, False
        if written := _append(store, slug, (found.number if found else 0) + 1, policy, signed):
            return written, True
    raise HeadTaken(N_("somebody else changed {site} at the same moment; run the same command again"), site=slug)


def _if_new(updated: tuple[PolicyInForce, bool]) -> PolicyInForce | None:
    found, is_new = updated
    return found if is_new else None


def _append(store: Store, slug: str, number: int, policy: Policy, signed: Signature) -> PolicyInForce | None:
    """Write a policy that a reader takes; `None` if its number is taken."""
    data = dump_policy(policy, signed)
    try:
        parse_policy(data)
    except Malformed as error:
        raise ReleaseError(N_("the access rules of {site} can't be used"), site=slug) from error
    return PolicyInForce(number, policy, signed) if series.append(store, slug, POLICIES, number, data) else None
