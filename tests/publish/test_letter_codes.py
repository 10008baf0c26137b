"""Codes of letters: made at random, read as people type them, and every slip of the hand found."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.letter_codes import ALPHABET, code_hash, is_reference, new_code, reference, shown, typed

CODES = st.lists(st.integers(0, len(ALPHABET) - 1), min_size=11, max_size=11).map(
    lambda numbers: new_code(lambda _below: numbers.pop())
)


@given(CODES, st.sampled_from(["{}", " {} ", "{}\t", "\N{NO-BREAK SPACE}{}"]), st.sampled_from("-‑– ._"))
def test_a_code_is_read_however_it_is_typed(code: str, around: str, between: str) -> None:
    text = around.format(shown(code).replace("-", between))
    assert typed(text) == typed(text.lower()) == code
    assert is_reference(reference(code))
    assert shown(code).startswith(reference(code))


@given(CODES, st.data())
def test_a_wrong_sign_is_found(code: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, 11))
    other = data.draw(st.sampled_from([sign for sign in ALPHABET if sign != code[place]]))
    assert typed(code[:place] + other + code[place + 1 :]) is None


@given(CODES, st.integers(0, 10))
def test_two_signs_that_changed_places_are_found(code: str, place: int) -> None:
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert (typed(swapped) is None) == (swapped != code)


@given(st.text(max_size=80))
def test_whatever_is_typed_has_an_answer(text: str) -> None:
    code = typed(text)
    assert code is None or len(code) == 12


@pytest.mark.parametrize("text", ["", "-", "x" * 100_000, "XH7K-3MPT", "O123-4567-89AB", "\0" * 12])
def test_what_is_no_code(text: str) -> None:
    assert typed(text) is None


def test_no_sign_is_taken_for_another_and_no_word_comes_out() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 23, "a prime, for the check sign"
    assert not set(ALPHABET) & set("0O1IL5SBG8"[:-1] + "AEIOUYZ".replace("Y", "")), "one could be misread"


def test_codes_differ() -> None:
    codes = {new_code(secrets.randbelow) for _ in range(1000)}
    assert len(codes) == 1000


def test_the_hash_needs_the_key() -> None:
    code = new_code(secrets.randbelow)
    assert code_hash(b"k" * 32, code) != code_hash(b"x" * 32, code)
    assert len(code_hash(b"k" * 32, code)) == 64
