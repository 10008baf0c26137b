from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.posts.words import fold, nearest, quoted, shortened, slugify


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jusqu’au", "JUSQU'AU"),
        ("Résumé", "resume"),
        ("À  faire ", "a faire"),
        ("Droit à l\u2019image", "droit a l'image"),
        ("E\u0301lém.", "élém."),
        ("cœur", "coeur"),
        ("mercredi\u00a09", "Mercredi 9"),
        ("Ti\u200btre", "titre"),
    ],
)
def test_two_spellings_of_one_word_are_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_a_shortened_text_ends_between_words() -> None:
    assert shortened("on  paille\nle potager") == "on paille le potager"
    assert shortened("on compte les derniers oignons, au chaud", 33) == "on compte les derniers oignons…"
    assert shortened("x" * 70) == "x" * 59 + "…"


@given(st.text(), st.integers(2, 80))
def test_a_shortened_text_is_never_longer_than_asked(text: str, most: int) -> None:
    assert len(shortened(text, most)) <= most


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_the_nearest_choice_keeps_its_right_spelling() -> None:
    assert nearest("elementaire", ["Maternelles", "Élémentaires"]) == "Élémentaires"
    assert nearest("piscine", ["Maternelles", "Élémentaires"]) is None


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Les vacances d’automne", "les-vacances-d-automne"),
        ("2022-11-09-Potager", "2022-11-09-potager"),
        ("Œufs & crêpes !", "oeufs-crepes"),
        ("…", ""),
        ("日本", ""),
    ],
)
def test_a_name_becomes_an_address(name: str, slug: str) -> None:
    assert slugify(name) == slug


@given(st.text())
def test_an_address_is_always_safe_or_empty(name: str) -> None:
    slug = slugify(name)
    assert slug == "" or (slug.isascii() and slug[0].isalnum() and slug[-1].isalnum() and slug == slug.lower())


def test_words_of_a_message() -> None:
    assert quoted(["a", "b"]) == "« a », « b »"
