"""What nobody may do by mistake: open a site wider, or empty a list."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publish.access import Admission, MembershipKind, Policy
from publish.lists.changes import propose

CHILD, GUARDIAN, STAFF = MembershipKind
SCHOOLS = frozenset({"0929010U", "0929008S", "0929001J"})
ADMISSION = Admission(SCHOOLS, "inscrits", frozenset({CHILD, GUARDIAN}))
BEFORE = Policy(SCHOOLS, ADMISSION.admitted, "inscrits", enrolled=frozenset("abcdef"))


def told(before: Policy | None, admission: Admission = ADMISSION, **lists: frozenset[str]) -> list[str]:
    return [reason.text(str) for reason in propose(before, admission, lists).to_confirm()]


def test_nothing_to_confirm_where_nothing_changes() -> None:
    change = propose(BEFORE, ADMISSION, {})
    assert not change.changes
    assert change.to_confirm() == ()


def test_a_first_policy_opens_nothing_that_was_closed() -> None:
    assert told(None) == []
    assert told(Policy(schools=frozenset(), staff=frozenset("x"))) == [], "lists came before the first publication"


@pytest.mark.parametrize("kind", MembershipKind)
def test_a_new_kind_of_people_is_to_be_confirmed(kind: MembershipKind) -> None:
    before = replace(BEFORE, admitted=frozenset(MembershipKind) - {kind})
    found = told(before, replace(ADMISSION, admitted=frozenset(MembershipKind)))
    assert len(found) == 1
    assert found[0].startswith("it would open to ")


def test_no_longer_asking_to_be_enrolled_is_to_be_confirmed() -> None:
    assert told(BEFORE, replace(ADMISSION, admission="ecoles")) == [
        "it would open to families of its schools who are not enrolled"
    ]
    assert told(replace(BEFORE, admission="ecoles")) == [], "closing is not"


def test_more_than_a_third_removed_is_to_be_confirmed() -> None:
    assert told(BEFORE, enrolled=frozenset("abcd")) == [], "a third is not more than a third"
    assert told(BEFORE, enrolled=frozenset("abc")) == ["3 of the 6 people enrolled would be removed"]
    assert told(BEFORE, enrolled=frozenset("uvwxyz")) == ["6 of the 6 people enrolled would be removed"], "replaced"
    assert told(BEFORE, replace(ADMISSION, schools=frozenset({"0929010U"}))) == [
        "2 of its 3 schools would lose their access"
    ]


def test_a_list_that_is_not_given_stays() -> None:
    assert propose(BEFORE, ADMISSION, {"staff": frozenset("x")}).after.enrolled == BEFORE.enrolled


def test_an_unknown_list_is_refused() -> None:
    with pytest.raises(ValueError, match="no such list"):
        propose(BEFORE, ADMISSION, {"friends": frozenset()})
