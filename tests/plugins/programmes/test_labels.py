from __future__ import annotations

import contextlib
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.errors import Wrong
from plugins.programmes.labels import Label, Vocabulary
from tests.plugins.making import words

WORDS = words()


def read(text: str, vocabulary: Vocabulary = WORDS) -> Label:
    label = vocabulary.read(text)
    assert label is not None
    return label


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("Matin", "matin"),
        ("le matin", "matin"),
        ("Après-midi", "apres-midi"),
        ("APRES MIDI", "apres-midi"),
        ("L’après-midi :", "apres-midi"),
        ("Soirée", "soir"),
        ("Toute la journée", "journee"),
        ("Midi", "midi"),
        ("de 11h45 à 12h30", "1145-1230"),
        ("11 h 45 – 12 h 30", "1145-1230"),
        ("14h-15h", "1400-1500"),
    ],
)
def test_a_slot(text: str, slot: str) -> None:
    found = read(text).slot
    assert found is not None
    assert found.key == slot


def test_a_named_slot_has_the_centres_hours_unless_its_own_are_written() -> None:
    matin = read("Matin").slot
    early = read("Matin (9h-10h30)").slot
    assert matin
    assert (matin.start, matin.end, matin.label) == (time(8, 30), time(11, 45), "Matin")
    assert early
    assert (early.key, early.start, early.end) == ("matin", time(9), time(10, 30))


def test_written_hours_are_labelled_in_french() -> None:
    slot = read("de 11h45 à 12h").slot
    assert slot
    assert slot.label == "11\u202fh\u202f45 – 12\u202fh"


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("Maternelles", ("Maternelles",)),
        ("maternelle", ("Maternelles",)),
        ("Les maternelles", ("Maternelles",)),
        ("Mat.", ("Maternelles",)),
        ("mat", ("Maternelles",)),
        ("3-5 ans", ("Maternelles",)),
        ("Élém", ("Élémentaires",)),
        ("Maternelles et Élémentaires", ("Maternelles", "Élémentaires")),
        ("Mat. / Élém.", ("Maternelles", "Élémentaires")),
        ("Maternelles (3-5 ans)", ("Maternelles",)),
        ("Pour tous", ()),
        ("Tous les groupes", ()),
    ],
)
def test_groups(text: str, groups: tuple[str, ...]) -> None:
    assert read(text).groups == groups


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Mercredi 9 novembre", [9]),
        ("mercredi 9 novembre 2022", [9]),
        ("9 novembre", [9]),
        ("09/11", [9]),
        ("Vendredi 11", [11]),
        ("Lundi", [7, 14]),
        ("Tous les lundis", [7, 14]),
        ("Lundi et jeudi", [7, 10, 14, 17]),
        ("Tous les jours", [7, 8, 9, 10, 11, 14, 15, 16, 17, 18]),
        ("Du lundi 7 au mercredi 9 novembre", [7, 8, 9]),
        ("Du 10 novembre au 14 novembre", [10, 11, 14]),
    ],
)
def test_days(text: str, days: list[int]) -> None:
    label = read(text)
    assert [day.day for day in label.days or ()] == days
    assert label.repeated is (len(days) > 1)


def test_every_day_means_the_days_of_the_programmes_moment() -> None:
    midday = words(weekdays=(0, 1, 3, 4))
    assert [day.day for day in read("Tous les jours", midday).days or ()] == [7, 8, 10, 11, 14, 15, 17, 18]


def test_the_year_is_that_of_the_period_even_over_its_turn() -> None:
    winter = words(date(2022, 12, 17), date(2023, 1, 6))
    assert read("Samedi 31 décembre", winter).days == (date(2022, 12, 31),)
    assert read("Mercredi 4 janvier", winter).days == (date(2023, 1, 4),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Mercredi 10 novembre", "Write « Jeudi 10 novembre », or « Mercredi 9 novembre »"),
        (
            "Mercredi 30 novembre",
            "outside the programme, which goes from lundi 7 novembre 2022 to vendredi 18 novembre",
        ),
        ("Mecredi 9 novembre", "Did you mean “mercredi”?"),
        ("9 novenbre", "Did you mean “novembre”?"),
        ("Dimanche 32 novembre", "not in the calendar"),
        ("Vendredi 30", "write the month too"),
        ("de 12h à 11h", "the end must come after the beginning"),
        ("Du 14 au 9 novembre", "the end must come after the beginning"),
    ],
)
def test_a_label_that_can_not_be_right(text: str, said: str) -> None:
    with pytest.raises(Wrong) as wrong:
        WORDS.read(text)
    assert said in str(wrong.value)


def test_marks_and_compounds() -> None:
    assert read("Sortie").outing
    assert read("Annulé").cancelled
    assert read("Annulée").cancelled
    assert read("Fermé").closed == ""
    assert read("Fermé (Armistice)").closed == "Armistice"
    both = read("Vendredi 11 novembre : fermé")
    assert (both.closed, both.days) == ("", (date(2022, 11, 11),))
    three = read("Mercredi 9 novembre – Matin, Maternelles")
    assert three.slot
    assert (three.slot.key, three.groups) == ("matin", ("Maternelles",))


@pytest.mark.parametrize("text", ["Bon à savoir", "Cuisine", "Salle 2 mai", "", "http", "x" * 500, "Grands et moyens"])
def test_other_words_are_no_label(text: str) -> None:
    assert WORDS.read(text) is None


def test_the_nearest_label_is_suggested() -> None:
    assert WORDS.suggest("Matinn") == "Matin"
    assert WORDS.suggest("Elementaire s") == "Élémentaires"
    assert WORDS.suggest("Cuisine") is None


@given(st.text(max_size=80))
def test_no_text_crashes_it(text: str) -> None:
    with contextlib.suppress(Wrong):
        WORDS.read(text)
    WORDS.suggest(text)
