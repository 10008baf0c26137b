from __future__ import annotations

import pytest

from plugins.posts import keys
from plugins.posts.words import fold


@pytest.mark.parametrize("spelling", ["Jusqu'au", "JUSQU’AU", "jusqu'au"])
def test_a_key_is_found_whatever_its_spelling(spelling: str) -> None:
    assert keys.find(spelling) is keys.UNTIL


@pytest.mark.parametrize(
    ("spelling", "kind", "meant"),
    [
        ("Tire", keys.ARTICLES, "Titre"),
        ("Jusquau", keys.REMINDERS, "Jusqu'au"),
        ("Droit image", keys.ARTICLES, "Droit à l'image"),
        ("Afaire", keys.REMINDERS, "À faire"),
        ("Save_as", keys.ARTICLES, None),
    ],
)
def test_the_nearest_right_key_is_proposed(spelling: str, kind: str, meant: str | None) -> None:
    assert keys.suggest(spelling, kind) == meant


def test_a_key_of_another_kind_is_never_proposed() -> None:
    assert keys.suggest("Jusquau", keys.PROGRAMMES) != "Jusqu'au"


def test_what_each_kind_must_have() -> None:
    assert {kind: [key.name for key in keys.required(kind)] for kind in sorted(keys.ALL)} == {
        "articles": ["Titre"],
        "infos": ["Titre"],
        "programmes": ["Titre", "Du", "Au"],
        "rappels": ["Titre", "Jusqu'au"],
    }


def test_no_two_keys_share_a_spelling() -> None:
    spellings = [fold(s) for key in keys.KEYS for s in {fold(n) for n in (key.name, *key.aliases)}]
    assert len(spellings) == len(set(spellings))
