"""`decide`: first match wins, whatever the policy and the person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.access import Decision, Grant, LetterCode, Membership, MembershipKind, Person, Policy, Rule, decide

CHILD, GUARDIAN, STAFF = MembershipKind.CHILD, MembershipKind.GUARDIAN, MembershipKind.SCHOOL_STAFF
HERE, THERE = "0929010U", "0929008S"

PERSON = Person("https://ent.example", "1", frozenset({Membership(GUARDIAN, HERE)}), "me")
POLICY = Policy(schools=frozenset({HERE}))


@pytest.mark.parametrize(
    ("policy", "person", "decision"),
    [
        (None, PERSON, Decision(False, Rule.NO_POLICY)),
        (POLICY, PERSON, Decision(True, Rule.MEMBERSHIP)),
        (replace(POLICY, schools=frozenset({THERE})), PERSON, Decision(False, Rule.NO_MEMBERSHIP)),
        (replace(POLICY, admitted=frozenset({CHILD})), PERSON, Decision(False, Rule.NO_MEMBERSHIP)),
        (replace(POLICY, schools=frozenset()), PERSON, Decision(False, Rule.NO_MEMBERSHIP)),
        (replace(POLICY, blocked=frozenset({"me"})), PERSON, Decision(False, Rule.BLOCKED)),
        (replace(POLICY, admission="inscrits"), PERSON, Decision(False, Rule.NOT_ENROLLED)),
        (
            replace(POLICY, admission="inscrits", enrolled=frozenset({"me"})),
            PERSON,
            Decision(True, Rule.ENROLLED),
        ),
        (replace(POLICY, admission="tous"), PERSON, Decision(False, Rule.NOT_ENROLLED)),
        (
            replace(POLICY, staff=frozenset({"me"})),
            replace(PERSON, memberships=frozenset()),
            Decision(True, Rule.STAFF),
        ),
        (replace(POLICY, city=frozenset({"me"})), replace(PERSON, memberships=frozenset()), Decision(True, Rule.CITY)),
        (
            replace(POLICY, enrolled=frozenset({"me"}), admission="inscrits"),
            replace(PERSON, memberships=frozenset()),
            Decision(False, Rule.NO_MEMBERSHIP),
        ),
    ],
)
def test_each_rule(policy: Policy | None, person: Person, decision: Decision) -> None:
    assert decide(policy, person) == decision


TEAM = LetterCode("2222", "t" * 64, Grant.STAFF, "", date(2022, 12, 1))
FAMILY = LetterCode("3333", "f" * 64, Grant.GUARDIAN, HERE, date(2022, 12, 1))
NOBODY = Person("https://ent.example", "1", frozenset())
LETTERS = replace(POLICY, codes=frozenset({TEAM, FAMILY}))


def typed(*codes: LetterCode, person: Person = NOBODY) -> Person:
    return replace(person, codes=frozenset(code.hash for code in codes))


@pytest.mark.parametrize(
    ("policy", "person", "decision"),
    [
        (LETTERS, NOBODY, Decision(False, Rule.NO_MEMBERSHIP)),
        (LETTERS, typed(TEAM), Decision(True, Rule.STAFF_CODE)),
        (LETTERS, typed(FAMILY), Decision(True, Rule.FAMILY_CODE)),
        (LETTERS, typed(TEAM, FAMILY), Decision(True, Rule.STAFF_CODE)),
        (POLICY, typed(TEAM, FAMILY), Decision(False, Rule.NO_MEMBERSHIP)),
        (replace(LETTERS, admission="inscrits"), typed(FAMILY), Decision(True, Rule.FAMILY_CODE)),
        (replace(LETTERS, admission="tous"), typed(FAMILY), Decision(False, Rule.NOT_ENROLLED)),
        (replace(LETTERS, admitted=frozenset({CHILD})), typed(FAMILY), Decision(False, Rule.NO_MEMBERSHIP)),
        (replace(LETTERS, schools=frozenset({THERE})), typed(FAMILY), Decision(False, Rule.NO_MEMBERSHIP)),
        (replace(LETTERS, blocked=frozenset({"me"})), typed(TEAM, person=PERSON), Decision(False, Rule.BLOCKED)),
        (replace(LETTERS, city=frozenset({"me"})), typed(TEAM, person=PERSON), Decision(True, Rule.CITY)),
        (replace(LETTERS, staff=frozenset({"me"})), typed(TEAM, person=PERSON), Decision(True, Rule.STAFF)),
    ],
)
def test_codes_of_letters(policy: Policy, person: Person, decision: Decision) -> None:
    assert decide(policy, person) == decision


def test_the_first_rule_that_matches_wins() -> None:
    order = [("blocked", Rule.BLOCKED), ("city", Rule.CITY), ("staff", Rule.STAFF)]
    for (first, rule), (second, _) in combinations(order, 2):
        lists: dict[str, Any] = {first: frozenset({"me"}), second: frozenset({"me"})}
        policy = replace(POLICY, **lists)
        assert decide(policy, PERSON).reason is rule


@pytest.mark.parametrize("listed", ["blocked", "city", "staff", "enrolled"])
def test_a_person_without_identifier_is_on_no_list(listed: str) -> None:
    lists: dict[str, Any] = {listed: frozenset({""})}
    policy = replace(POLICY, admission="inscrits", **lists)
    assert decide(policy, replace(PERSON, identifier="")).reason is Rule.NOT_ENROLLED


def test_kind_and_school_must_be_of_one_membership() -> None:
    held = frozenset({Membership(STAFF, HERE), Membership(GUARDIAN, THERE)})
    assert not decide(POLICY, replace(PERSON, memberships=held)).allowed


def test_school_staff_enter_only_where_the_centre_admits_them() -> None:
    person = replace(PERSON, memberships=frozenset({Membership(STAFF, HERE)}))
    assert not decide(POLICY, person).allowed
    assert decide(replace(POLICY, admitted=frozenset({STAFF})), person).allowed


names = st.sampled_from(["", "me", "you", "0929010U", "0929008S"])
held = st.builds(Membership, st.sampled_from(MembershipKind), names)
sets = st.frozensets(names)
letters = st.frozensets(st.builds(LetterCode, names, names, st.sampled_from(Grant), names, st.dates()))


@given(
    st.builds(Policy, sets, st.frozensets(st.sampled_from(MembershipKind)), st.text(), sets, sets, sets, sets, letters),
    st.builds(Person, st.text(), st.text(), st.frozensets(held), names, sets),
)
def test_total_and_never_more_than_what_is_written(policy: Policy, person: Person) -> None:
    decision = decide(policy, person)
    listed = person.identifier in (policy.city | policy.staff) - {""}
    member = any(item.kind in policy.admitted and item.uai in policy.schools for item in person.memberships)
    codes = [code for code in policy.codes if code.hash in person.codes]
    team = any(code.grant is Grant.STAFF for code in codes)
    given = [code.membership for code in codes if code.membership]
    family = any(item.kind in policy.admitted and item.uai in policy.schools for item in given)
    assert decision.allowed <= (listed or member or team or family)
    if person.identifier and person.identifier in policy.blocked:
        assert decision == Decision(False, Rule.BLOCKED)
