from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping

import pytest

from publish.access import Membership, MembershipKind, Policy, decide
from publish.demo.people import (
    CLAIM_NAMES,
    OUTSIDE_SCHOOL,
    PEOPLE,
    SCHOOLS,
    DemoPerson,
    city_list,
    grouped,
    person,
    staff_list,
)
from publish.ents import ClaimsConfig, EntConfig, OidcConfig
from publish.gateway.claims import read_claims
from publish.policies import list_identifier
from tests.project import ROOT

KEY = b"k" * 32
ISSUER = "http://localhost:1"
NAMES = {"fessart": "Fessart", "escudier": "Escudier", "billancourt": "Billancourt"}


def ent() -> EntConfig:
    return OidcConfig(
        id="demo",
        name="ENT",
        issuer=ISSUER,
        client_id="preau",
        secret="x",
        uais=frozenset({*SCHOOLS.values(), OUTSIDE_SCHOOL}),
        claims=ClaimsConfig(**CLAIM_NAMES),
    )


def identify(value: str) -> str:
    return list_identifier(KEY, ISSUER, value)


def policies() -> Mapping[str, Policy]:
    return {
        slug: Policy(
            schools=frozenset({uai}),
            city=city_list(identify),
            staff=staff_list(slug, identify),
        )
        for slug, uai in SCHOOLS.items()
    }


@pytest.mark.parametrize("one", PEOPLE, ids=lambda one: one.key)
def test_the_rules_admit_whom_the_page_promises(one: DemoPerson) -> None:
    """What a person `sees` is written by hand; the real claims mapping and the real decision must agree."""
    mapped = read_claims(ent(), one.subject, one.says(), KEY)
    entered = {slug for slug, policy in policies().items() if decide(policy, mapped.person).allowed}
    assert entered == (set(SCHOOLS) if one.everything else set(one.sees))


def test_the_teacher_and_guardian_has_two_roles_that_stay_apart() -> None:
    one = person("enseignante-et-responsable")
    mapped = read_claims(ent(), one.subject, one.says(), KEY)
    assert mapped.person.memberships == {
        Membership(MembershipKind.SCHOOL_STAFF, SCHOOLS["billancourt"]),
        Membership(MembershipKind.GUARDIAN, SCHOOLS["maitre-jacques"]),
    }


def test_a_city_profile_alone_opens_nothing() -> None:
    """The city officer and the activity leaders have one profile; the lists make the difference, and nothing else."""
    officer = person("ville")
    mapped = read_claims(ent(), officer.subject, officer.says(), KEY)
    assert not mapped.person.memberships
    unlisted = [Policy(schools=frozenset(SCHOOLS.values()), admitted=frozenset(MembershipKind)) for _ in SCHOOLS]
    assert not any(decide(policy, mapped.person).allowed for policy in unlisted)


def test_the_schools_are_those_of_the_centres() -> None:
    stated = {
        file.parent.name: tomllib.loads(file.read_text("utf-8"))["ecoles"]
        for file in (ROOT / "content").glob("*/centre.toml")
    }
    assert {slug: [uai] for slug, uai in SCHOOLS.items()} == stated


def test_keys_and_names_are_their_own() -> None:
    for values in ([one.key for one in PEOPLE], [one.name for one in PEOPLE], [one.subject for one in PEOPLE]):
        assert len(set(values)) == len(values)
    assert [one for _, some in grouped() for one in some] == list(PEOPLE)


def test_a_login_is_not_the_subject() -> None:
    """The lists name a configured claim; a list made from `sub` must fail here."""
    assert all(one.login != one.subject for one in PEOPLE)


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("ville", "Enters every centre’s site."),
        ("responsable-fessart", "Enters one site: Fessart."),
        ("responsable-deux-ecoles", "Chooses between these sites: Escudier and Fessart."),
        ("profil-inconnu", "Enters no site: a page kindly says why."),
        ("responsable-point-du-jour", "Enters no site: a page kindly says why."),  # that centre is not published here
    ],
)
def test_what_somebody_should_see_is_said_with_the_centres_own_names(key: str, sentence: str) -> None:
    assert person(key).expectation(NAMES, str) == sentence


def test_the_sentences_are_french(french: Callable[[str], str]) -> None:
    for one in PEOPLE:
        assert french(one.role) != one.role
        assert one.expectation(NAMES, french) != one.expectation(NAMES, str)
        assert french(one.group.value) != one.group.value
