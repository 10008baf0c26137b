"""What an ENT says → memberships: exactly those that a reader of the design would write down."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.access import Membership, MembershipKind
from publish.ents import DEFAULT_PROFILES, ClaimsConfig, OidcConfig
from publish.gateway.claims import Mapped, read_claims
from publish.policies import list_identifier

CHILD, GUARDIAN, STAFF = MembershipKind.CHILD, MembershipKind.GUARDIAN, MembershipKind.SCHOOL_STAFF
A, B, FOREIGN = "0929010U", "0929004M", "0699999Z"
KEY = b"k" * 32
ENT = OidcConfig(
    id="ent",
    name="ENT",
    issuer="https://ent.example",
    client_id="preau",
    uais=frozenset({A, B}),
    claims=ClaimsConfig(profile="profils", school="ecoles", paired="couples", identifier="login", display_name="nom"),
    profiles={**DEFAULT_PROFILES, "relative": GUARDIAN, "national_2": GUARDIAN},
)


def read(**claims: Any) -> Mapped:
    return read_claims(ENT, "1", claims, KEY)


def held(**claims: Any) -> set[tuple[MembershipKind, str]]:
    return {(item.kind, item.uai) for item in read(**claims).person.memberships}


@pytest.mark.parametrize(
    ("profile", "kind"),
    [
        ("National_ELV", CHILD),
        ("national_tut", GUARDIAN),
        ("NATIONAL_ENS", STAFF),
        ("National_DIR", STAFF),
        ("Relative", GUARDIAN),
        ("National_2", GUARDIAN),
        ("tut", GUARDIAN),
        (["National_TUT"], GUARDIAN),
        (["National_TUT", "national_tut", ""], GUARDIAN),
    ],
)
def test_one_profile(profile: object, kind: MembershipKind) -> None:
    assert held(profils=profile, ecoles=A) == {(kind, A)}


@pytest.mark.parametrize("schools", [[A, B], f"{A};{B}", f"{A}, {B}", f"{A}|{B}", [f"{A} {B}"], [A, B.lower(), A]])
def test_one_profile_at_several_schools(schools: object) -> None:
    assert held(profils="National_TUT", ecoles=schools) == {(GUARDIAN, A), (GUARDIAN, B)}


@pytest.mark.parametrize(
    "profile", ["National_COL", "National_ACA", "2", "4", 2, "Personnel", "", "National_TUTEUR", None]
)
def test_profiles_that_give_nothing(profile: object) -> None:
    assert held(profils=profile, ecoles=A) == set()


@pytest.mark.parametrize(
    ("profiles", "schools"),
    [
        (["National_ENS", "National_TUT"], [A, B]),
        (["National_ENS", "National_TUT"], A),
        ("National_ENS;National_TUT", A),
        (["National_TUT", "National_COL"], A),
        (["National_ENS", "National_DIR"], [A, B]),
    ],
)
def test_several_unpaired_profiles_are_never_guessed(profiles: object, schools: object) -> None:
    assert held(profils=profiles, ecoles=schools) == set()


@pytest.mark.parametrize(
    "paired",
    [
        f"TUT:{A};ENS:{B}",
        f"National_TUT:{A.lower()} national_ens:{B}",
        [f"TUT:{A}", f"ENS:{B}"],
        [{"profile": "National_TUT", "uai": A}, {"profile": "National_ENS", "uai": [B]}],
        [{"profile": "TUT", "uai": A, "classe": "CP"}, f"ENS:{B}"],
    ],
)
def test_pairs(paired: object) -> None:
    assert held(couples=paired) == {(GUARDIAN, A), (STAFF, B)}


def test_pairs_go_before_what_is_unpaired() -> None:
    assert held(couples=f"ENS:{B}", profils="National_TUT", ecoles=A) == {(STAFF, B)}
    assert held(couples=None, profils="National_TUT", ecoles=A) == {(GUARDIAN, A)}


@pytest.mark.parametrize(
    "paired",
    [
        f"TUT:{A};ENS",
        f"TUT:{A};:{B}",
        f"TUT:{A}:{B}",
        [f"TUT:{A}", 7],
        [{"profile": ["TUT", "ENS"], "uai": A}],
        [{"profile": "TUT"}],
        [{"uai": A}],
        {"profile": {}, "uai": A},
        {"TUT": A},
        [[f"TUT:{A}"]],
        7,
        True,
        "",
        [f"TUT:{A}"] * 65,
        ";".join([f"TUT:{A}"] * 65),
    ],
)
def test_malformed_pairs_give_nothing_even_beside_good_values(paired: object) -> None:
    assert held(couples=paired, profils="National_TUT", ecoles=A) == set()


@pytest.mark.parametrize(
    ("profiles", "schools"),
    [
        ({"0": "National_TUT"}, A),
        ("National_TUT", {"uai": A}),
        ([["National_TUT"]], A),
        ("National_TUT", [A, None]),
        ("National_TUT", [A] * 65),
        ("National_TUT", "x" * 100_000),
        ("National_TUT", A[:7] + "ᵁ"),
        ("National_TUT", A.replace("0", "０")),
        ("Nationaſ_TUT", A),
        ("National_TUT", True),
    ],
)
def test_malformed_values_give_nothing(profiles: object, schools: object) -> None:
    assert held(profils=profiles, ecoles=schools) == set()


def test_schools_of_others_are_dropped_and_named() -> None:
    mapped = read(profils="National_TUT", ecoles=[FOREIGN, A, "<script>", "0929010"])
    assert mapped.person.memberships == {Membership(GUARDIAN, A)}
    assert mapped.dropped == (FOREIGN, "malformed")


def test_the_identifier_is_hashed_with_its_issuer() -> None:
    assert read(login="paul").person.identifier == list_identifier(KEY, ENT.issuer, "paul")
    assert read(login=["paul"]).person.identifier == read(login="paul").person.identifier
    assert "paul" not in repr(read(login="paul"))


@pytest.mark.parametrize("login", [None, "", 7, ["a", "b"], {}, "a\0b", "a\nb", "\ud800", "x" * 256])
def test_identifiers_that_are_none(login: object) -> None:
    assert read(login=login).person.identifier == ""


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Paul  Exemple\n", "Paul Exemple"),
        (7, ""),
        ("x" * 81, ""),
        ("a\u202eb", ""),
        (None, ""),
        (["Paul"], "Paul"),
        (["Paul", "Ann"], ""),
    ],
)
def test_the_display_name(name: object, shown: str) -> None:
    assert read(nom=name).display_name == shown


NESTED = replace(
    ENT,
    claims=ClaimsConfig(
        profile="person.type",
        school="person.children.schools.uai",
        identifier="person.login",
        display_name="person.name",
    ),
)


def nested(person: object, **claims: object) -> Mapped:
    return read_claims(NESTED, "1", {"person": person, **claims}, KEY)


def test_dots_lead_through_nested_claims() -> None:
    child = {"schools": [{"uai": A}, {"uai": None}, {"name": "sans code"}]}
    mapped = nested(
        {"type": ["Relative"], "login": "paul", "name": "Paul", "children": [child, {"schools": {"uai": [B, FOREIGN]}}]}
    )
    assert mapped.person.memberships == {Membership(GUARDIAN, A), Membership(GUARDIAN, B)}
    assert mapped.person.identifier == list_identifier(KEY, ENT.issuer, "paul")
    assert (mapped.display_name, mapped.dropped) == ("Paul", (FOREIGN,))


def test_a_claim_whose_own_name_has_dots_goes_first() -> None:
    other = {"type": "National_TUT", "children": {"schools": {"uai": B}}}
    mapped = nested(other, **{"person.type": "National_ELV", "person.children.schools.uai": A})
    assert mapped.person.memberships == {Membership(CHILD, A)}


@pytest.mark.parametrize(
    "person",
    [
        None,
        "National_TUT",
        {"type": "National_TUT"},
        {"type": "National_TUT", "children": {"schools": {"uai": {"uai": A}}}},
        {"type": "National_TUT", "children": {"schools": {"uai": [[A]]}}},
        {"type": "National_TUT", "children": {"schools": {"uai": [A, None]}}},
        {"type": "National_TUT", "children": {"schools": [{"uai": A}] * 65}},
        {"type": ["National_TUT", "National_ENS"], "children": {"schools": {"uai": A}}},
        [{"type": "National_TUT"}, {"type": "National_ENS", "children": {"schools": {"uai": A}}}],
    ],
)
def test_nested_claims_that_give_nothing(person: object) -> None:
    assert nested(person).person.memberships == frozenset()


json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["National_TUT", A, f"TUT:{A}"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["profile", "uai", "x"]), inner),
    max_leaves=12,
)


@given(
    st.recursive(json, lambda inner: st.dictionaries(st.sampled_from(["type", "children", "schools", "uai"]), inner))
)
def test_nested_claims_are_read_without_a_fault(person: object) -> None:
    assert all(item.uai in ENT.uais for item in nested(person).person.memberships)


@given(st.dictionaries(st.sampled_from(["profils", "ecoles", "couples", "login", "nom", "x"]), json))
def test_total(claims: dict[str, object]) -> None:
    mapped = read_claims(ENT, "1", claims, KEY)
    assert all(item.uai in ENT.uais for item in mapped.person.memberships)
    assert mapped.person.subject == "1"
    assert mapped.person.issuer == ENT.issuer
