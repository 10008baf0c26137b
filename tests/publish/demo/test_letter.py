"""The demonstration's letter opens one centre to whoever types its code, and stays the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from publish.access import MembershipKind, Person, Policy, decide
from publish.demo.letter import write_letter
from publish.letter_codes import code_hash, typed
from publish.policies import Signature, read_policy, replace_policy
from tests.publish.stores.memory import MemoryStore

KEY = b"k" * 32
NOW = datetime(2022, 11, 9, 8, tzinfo=UTC)
POLICY = Policy(schools=frozenset({"0929010U"}))
CENTRES = {"escudier": "Escudier", "fessart": "Fessart"}


def store_with(policy: Policy) -> MemoryStore:
    store = MemoryStore()
    for slug in CENTRES:
        replace_policy(store, slug, None, policy, Signature(NOW, "test"))
    return store


def test_it_opens_one_centre_and_stays_the_same() -> None:
    store = store_with(POLICY)
    letter = write_letter(store, CENTRES, KEY, NOW)
    assert letter is not None
    assert letter == write_letter(store, CENTRES, KEY, NOW)
    found, other = read_policy(store, "fessart"), read_policy(store, "escudier")
    assert found is not None
    assert other is not None
    assert found.number == 2, "written once"
    code = typed(letter.code)
    assert code
    holder = Person("x", "x", frozenset(), codes=frozenset({code_hash(KEY, code)}))
    assert decide(found.policy, holder).allowed
    assert not decide(other.policy, holder).allowed
    assert letter != write_letter(store_with(POLICY), CENTRES, b"x" * 32, NOW), "another machine's is the same"


def test_there_is_none_where_it_would_open_nothing() -> None:
    children = replace(POLICY, admitted=frozenset({MembershipKind.CHILD}))
    for policy in (children, replace(POLICY, schools=frozenset())):
        assert write_letter(store_with(policy), CENTRES, KEY, NOW) is None
    assert write_letter(MemoryStore(), CENTRES, KEY, NOW) is None
