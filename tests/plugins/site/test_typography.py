from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.site.typography import typo


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Bravo !", "Bravo\u202f!"),
        ("Bravo!", "Bravo\u202f!"),
        ("Qui ? Nous : vous ; eux", "Qui\u202f? Nous\u202f: vous\u202f; eux"),
        ("l'été d'Inès", "l’été d’Inès"),
        ("« bonjour »", "«\u202fbonjour\u202f»"),
        ("«bonjour» !", "«\u202fbonjour\u202f»\u202f!"),
        ("à 13h30", "à 13\u202fh\u202f30"),
        ("8H-9h05", "8\u202fh-9\u202fh\u202f05"),
        ("Attendez...", "Attendez…"),
        ("5 ans, 3 €, 20 %", "5\u00a0ans, 3\u00a0€, 20\u00a0%"),
        ("https://a.fr/?x=1;y:2!", "https://a.fr/?x=1;y:2!"),
        ("à a.b@c.fr", "à a.b@c.fr"),
        ("9:30", "9:30"),
        ("M. Exemple, n° 4", "M.\u00a0Exemple, n°\u00a04"),
        ("24 h", "24\u202fh"),
        ("jeudi 10 novembre 2022, 1er mai", "jeudi 10\u00a0novembre 2022, 1er\u00a0mai"),
        ("10 marsouins", "10 marsouins"),
        ("au 01 99 00 12 34.", "au 01\u00a099\u00a000\u00a012\u00a034."),
        ("101 99 00 12 34", "101 99 00 12 34"),
        ("a:b", "a:b"),
        ("de l'", "de l’"),
        ("l'« ail »", "l’«\u202fail\u202f»"),
    ],
)
def test_as_french_typography_writes(text: str, wanted: str) -> None:
    assert typo(text) == wanted


@given(st.text(alphabet=" abé'’13h.:;!?«»€%\u00a0\u202f\n", max_size=40))
def test_twice_changes_nothing_more(text: str) -> None:
    assert typo(typo(text)) == typo(text)


@pytest.mark.parametrize(
    "text", ["A" * 900_000, "@" * 900_000, "a@" * 400_000, "a" + " " * 900_000 + "b", "\u202f" * 900_000, "!" * 900_000]
)
@pytest.mark.timeout(20)
def test_a_pasted_file_takes_no_time(text: str) -> None:
    assert len(typo(text)) >= 1


@pytest.mark.parametrize("text", ["(https://a.fr/?x;y)", "x@y.fr;", "www.a.fr:8!", "a.b@c.d.e:f"])
def test_addresses_inside_words_are_left_alone(text: str) -> None:
    assert typo(text) == text


@pytest.mark.parametrize("text", ["@", "a@b", "@a.b", "www.", "https://"])
def test_what_only_looks_like_an_address_is_text(text: str) -> None:
    assert typo(f"{text} !") == f"{text}\u202f!"
