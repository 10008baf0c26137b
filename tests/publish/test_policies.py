"""Policies: strict files, lists carried over, nobody named."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.access import Admission, Grant, LetterCode, MembershipKind, Policy
from publish.errors import ConfigError, HeadTaken, ReleaseError
from publish.layout import series_key
from publish.letter_codes import ALPHABET
from publish.lists.changes import PolicyChange
from publish.policies import (
    ADMISSIONS,
    Signature,
    apply_admission,
    dump_policy,
    list_identifier,
    parse_policy,
    read_policy,
    replace_policy,
    set_lists,
)
from publish.stores.folder import FolderStore
from publish.strict_json import Malformed
from tests.publish.stores.memory import MemoryStore

KEY = b"k" * 32
ONE, TWO = "1" * 64, "2" * 64
SIGNED = Signature(datetime(2022, 11, 9, 9, 0, tzinfo=UTC), "Camille")
ADMISSION = Admission(frozenset({"0929010U"}), "ecoles", frozenset({MembershipKind.CHILD}))

hashes = st.frozensets(st.text(alphabet="0123456789abcdef", min_size=64, max_size=64), max_size=4)
policies = st.builds(
    Policy,
    schools=st.frozensets(st.from_regex(r"[0-9]{7}[A-Z]", fullmatch=True), max_size=4),
    admitted=st.frozensets(st.sampled_from(MembershipKind)),
    admission=st.sampled_from(ADMISSIONS),
    blocked=hashes,
    city=hashes,
    staff=hashes,
    enrolled=hashes,
    codes=st.lists(
        st.tuples(
            st.text(alphabet=ALPHABET, min_size=4, max_size=4),
            st.text(alphabet="0123456789abcdef", min_size=64, max_size=64),
            st.sampled_from(Grant),
            st.dates(),
        ),
        max_size=4,
        unique_by=(lambda code: code[0], lambda code: code[1]),
    ).map(
        lambda codes: frozenset(
            LetterCode(ref, hashed, grant, "" if grant is Grant.STAFF else "0929010U", until)
            for ref, hashed, grant, until in codes
        )
    ),
)


@given(policies)
def test_what_is_written_is_read_back(policy: Policy) -> None:
    assert parse_policy(dump_policy(policy, SIGNED)) == (policy, SIGNED)


LETTER = ["X7KD", ONE, "staff", "", "2022-12-01"]
Change = Callable[[dict[str, Any]], object]
BAD: dict[str, Change] = {
    "moment without a zone": lambda raw: raw.update(since="2022-11-09T09:00:00"),
    "nobody's doing": lambda raw: raw.pop("by"),
    "another format": lambda raw: raw.update(format=3),
    "codes in the first format": lambda raw: raw.update(codes=[LETTER]),
    "the second format without codes": lambda raw: raw.update(format=2),
    "a code twice": lambda raw: raw.update(format=2, codes=[LETTER, LETTER]),
    "two codes of one reference": lambda raw: raw.update(format=2, codes=[LETTER, [LETTER[0], TWO, *LETTER[2:]]]),
    "a code of the city": lambda raw: raw.update(format=2, codes=[[*LETTER[:2], "city", "", LETTER[4]]]),
    "a team's code with a school": lambda raw: raw.update(format=2, codes=[[*LETTER[:3], "0929010U", LETTER[4]]]),
    "a family's code without a school": lambda raw: raw.update(
        format=2, codes=[[*LETTER[:2], "guardian", "", LETTER[4]]]
    ),
    "a code as it is": lambda raw: raw.update(format=2, codes=[[LETTER[0], "X7KD3MPT9WCQ", *LETTER[2:]]]),
    "a code's day that is none": lambda raw: raw.update(format=2, codes=[[*LETTER[:4], "2022-02-30"]]),
    "a code too short": lambda raw: raw.update(format=2, codes=[LETTER[:4]]),
    "codes as a table": lambda raw: raw.update(format=2, codes={"X7KD": LETTER}),
    "key missing": lambda raw: raw.pop("blocked"),
    "key too many": lambda raw: raw.update(public=True),
    "unknown admission": lambda raw: raw.update(admission="tous"),
    "unknown kind": lambda raw: raw.update(admitted=["everybody"]),
    "kind as a text": lambda raw: raw.update(admitted="child"),
    "school twice": lambda raw: raw.update(schools=["0929010U", "0929010U"]),
    "no school code": lambda raw: raw.update(schools=["*"]),
    "schools as null": lambda raw: raw.update(schools=None),
    "a name on a list": lambda raw: raw.update(staff=["Camille Exemple"]),
    "an e-mail on a list": lambda raw: raw.update(city=["a@ville.example"]),
    "hash in upper case": lambda raw: raw.update(city=["A" * 64]),
    "list of lists": lambda raw: raw.update(city=[[ONE]]),
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD.keys())
def test_a_policy_that_is_not_as_written_is_refused(change: Change) -> None:
    raw = json.loads(dump_policy(Policy(frozenset({"0929010U"})), SIGNED))
    change(raw)
    store = MemoryStore()
    store.put(series_key("fessart", "policies", 1), dump_policy(Policy(frozenset({"0929010U"})), SIGNED))
    store.put(series_key("fessart", "policies", 2), json.dumps(raw).encode())
    with pytest.raises(Malformed):
        parse_policy(json.dumps(raw).encode())
    with pytest.raises(ReleaseError, match="later version" if raw.get("format") == 3 else "nobody is admitted"):
        read_policy(store, "fessart")


def test_no_policy_is_none() -> None:
    assert read_policy(MemoryStore(), "fessart") is None


def test_admission_changes_make_a_new_number_and_keep_the_lists() -> None:
    store = MemoryStore()
    first, is_new = apply_admission(store, "fessart", ADMISSION, SIGNED)
    assert (first.number, is_new) == (1, True)
    assert apply_admission(store, "fessart", ADMISSION, SIGNED) == (first, False), "nothing changed"
    listed = set_lists(store, "fessart", SIGNED, staff=[ONE], city=[TWO])
    assert listed is not None
    assert listed.number == 2
    changed, is_new = apply_admission(
        store, "fessart", Admission(frozenset({"0929008S"}), "inscrits", frozenset({MembershipKind.CHILD})), SIGNED
    )
    assert is_new
    assert changed == read_policy(store, "fessart")
    assert changed.policy == Policy(
        frozenset({"0929008S"}),
        frozenset({MembershipKind.CHILD}),
        "inscrits",
        staff=frozenset({ONE}),
        city=frozenset({TWO}),
    )
    assert store.exists(series_key("fessart", "policies", 1)), "older ones stay"


def test_a_new_kind_of_people_is_never_admitted_by_publishing(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    apply_admission(store, "fessart", ADMISSION, SIGNED)
    wider = Admission(ADMISSION.schools, "ecoles", frozenset(MembershipKind))
    with pytest.raises(ReleaseError, match="--confirm"):
        apply_admission(store, "fessart", wider, SIGNED)
    monkeypatch.setattr(PolicyChange, "opens", lambda self: ())
    assert apply_admission(store, "fessart", wider, SIGNED)[1], "the check is alive"


def test_a_policy_decided_on_an_older_one_is_not_written() -> None:
    store = MemoryStore()
    before, _ = apply_admission(store, "fessart", ADMISSION, SIGNED)
    set_lists(store, "fessart", SIGNED, blocked=[ONE])
    with pytest.raises(HeadTaken):
        replace_policy(store, "fessart", before, Policy(schools=frozenset()), SIGNED)


def test_lists_before_a_first_publication_admit_no_family() -> None:
    store = MemoryStore()
    made = set_lists(store, "fessart", SIGNED, staff=[ONE])
    assert made is not None
    assert made.policy.schools == frozenset()
    apply_admission(store, "fessart", ADMISSION, SIGNED)
    found = read_policy(store, "fessart")
    assert found is not None
    assert found.policy.staff == {ONE}


def test_each_list_is_replaced_alone() -> None:
    store = MemoryStore()
    set_lists(store, "fessart", SIGNED, staff=[ONE], enrolled=[TWO])
    set_lists(store, "fessart", SIGNED, staff=[])
    found = read_policy(store, "fessart")
    assert found is not None
    assert found.policy.staff == frozenset()
    assert found.policy.enrolled == {TWO}
    assert set_lists(store, "fessart", SIGNED, staff=[]) is None


def test_what_is_no_hash_never_enters_a_list() -> None:
    store = MemoryStore()
    with pytest.raises(ReleaseError):
        set_lists(store, "fessart", SIGNED, staff=["camille@ville.example"])
    assert store.objects == {}


def test_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    apply_admission(store, "fessart", ADMISSION, SIGNED)
    lists = ["blocked", "city", "staff", "enrolled"]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: set_lists(store, "fessart", SIGNED, **{name: [ONE]}), lists))
    found = read_policy(store, "fessart")
    assert found is not None
    assert found.number == 5
    assert all(getattr(found.policy, name) == {ONE} for name in lists)


def test_the_newest_is_probed_without_a_listing() -> None:
    store = MemoryStore()
    apply_admission(store, "fessart", ADMISSION, SIGNED)
    set_lists(store, "fessart", SIGNED, staff=[ONE])
    store.listed = 0
    found = read_policy(store, "fessart", known=1)
    assert found is not None
    assert (found.number, store.listed) == (2, 0)


def test_identifiers_are_keyed_and_bound_to_their_issuer() -> None:
    known = list_identifier(KEY, "https://ent.example", "u-123")
    # Computed apart: printf 'https://ent.example\0u-123' | openssl dgst -sha256 -hmac kkk…k
    assert known == "d3489b01c0fde34fb2b37f74c23628272cde771e51f9d32e163e6cc634c5fe13"
    assert known == list_identifier(KEY, "https://ent.example", "u-123")
    others = {
        list_identifier(b"j" * 32, "https://ent.example", "u-123"),
        list_identifier(KEY, "https://autre.example", "u-123"),
        list_identifier(KEY, "https://ent.example", "u-124"),
        list_identifier(KEY, "https://ent.exampleu", "-123"),
    }
    assert known not in others
    assert len(others) == 4
    with pytest.raises(ConfigError):
        list_identifier(b"short", "https://ent.example", "u-123")
    for issuer, value in (("a\0b", "c"), ("a", "b\0c")):
        with pytest.raises(ValueError, match="NUL"):
            list_identifier(KEY, issuer, value)


def test_a_policy_s_repr_tells_no_list() -> None:
    assert ONE not in repr(Policy(frozenset(), staff=frozenset({ONE})))
