from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.posts.header import MAX_LINES
from plugins.programmes import items
from plugins.programmes.grammar import read
from plugins.site.text import Reading
from tests.plugins.making import activities, programme, short, words


def test_headings_nest_in_any_order() -> None:
    by_day = "## Mercredi 9 novembre\n### Matin\n- Maternelles : peinture"
    by_group = "## Maternelles\n### Mercredi 9 novembre\n- Matin : peinture"
    by_slot = "## Matin\n### Maternelles\n#### Mercredi 9 novembre\n- peinture"
    flat = "- Mercredi 9 novembre : Matin : Maternelles : peinture"
    nested = "- Mercredi 9 novembre\n  - Matin\n    - Maternelles : peinture"
    compound = "## Mercredi 9 novembre – Matin\n**Maternelles :** peinture"
    for body in (by_day, by_group, by_slot, flat, nested, compound):
        assert activities(body) == ["09 matin Maternelles: peinture"]


def test_a_deeper_heading_of_the_same_kind_replaces_and_a_higher_one_closes() -> None:
    body = "## Lundi 7 novembre\n### Matin\n- a\n### Soir\n- b\n## Mardi 8 novembre\n- c"
    assert activities(body) == ["07 matin *: a", "07 soir *: b", "08 - *: c"]


def test_joined_groups_marks_and_details() -> None:
    found, _, wrong = programme(
        "## Mercredi 9 novembre\n"
        "- Mat. et Élém. : Sortie : à la **ferme**\n"
        "  - Départ : 9h\n  - Retour : vers 17h30\n  - À prévoir : bottes\n  - Lieu : la ferme\n  - 24 places en tout\n"
        "- Annulé : Maternelles : cirque"
    )
    assert wrong == []
    (day,) = found.days
    assert [short(a) for a in day.activities] == [
        "09 - Maternelles: xcirque",
        "09 - Maternelles+Élémentaires: !à la ferme",
    ]
    outing = day.activities[1]
    assert str(outing.html) == "à la <strong>ferme</strong>"
    assert [(d.key, d.label, d.text) for d in outing.details] == [
        ("depart", "Départ", "9\u202fh"),
        ("retour", "Retour", "vers 17\u202fh\u202f30"),
        ("prevoir", "Prévoir", "bottes"),
        ("lieu", "Lieu", "la ferme"),
        ("note", "", "24 places en tout"),
    ]
    assert outing.line == 2


def test_repeated_days_leave_closed_ones_out() -> None:
    body = "## Tous les jours\n- Midi : jeux\n\n## Vendredi 11 novembre : fermé (Armistice)\n\n## Lundi\n- danse"
    found, _, wrong = programme(body, words(date(2022, 11, 10), date(2022, 11, 14)))
    assert wrong == []
    assert [(d.date.day, d.closed, d.closed_reason, [short(a) for a in d.activities]) for d in found.days] == [
        (10, False, "", ["10 midi *: jeux"]),
        (11, True, "Armistice", []),
        (14, False, "", ["14 - *: danse", "14 midi *: jeux"]),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "## Vendredi 11 novembre\nFermé : Armistice",
        "## Vendredi 11 novembre\n- Fermé (Armistice)",
        "- Vendredi 11 novembre : fermé : Armistice",
        "## Vendredi 11 novembre – Fermé (Armistice)",
        "## Vendredi 11 novembre\n### Fermé : Armistice",
    ],
)
def test_a_closed_day_may_be_said_in_several_ways(body: str) -> None:
    found, _, wrong = programme(body)
    assert wrong == []
    assert [(d.date.day, d.closed, d.closed_reason) for d in found.days] == [(11, True, "Armistice")]


def test_weeks_begin_on_monday() -> None:
    found, _, _ = programme("## Lundi\n- a\n## Vendredi 11 novembre\n- b")
    assert [(w.monday.day, [d.date.day for d in w.days]) for w in found.weeks] == [(7, [7, 11]), (14, [14])]


def test_activities_are_ordered_by_hour_then_group_then_as_written() -> None:
    body = "## Mercredi 9 novembre\n- Soir : d\n- Élémentaires : Matin : c\n- Matin : Maternelles : b\n- a\n- a2"
    assert [line[3:] for line in activities(body)] == [
        "- *: a",
        "- *: a2",
        "matin Maternelles: b",
        "matin Élémentaires: c",
        "soir *: d",
    ]


def test_ranks_count_those_of_the_same_day_slot_and_groups() -> None:
    found, _, _ = programme(
        "## Lundi 7 novembre\n- Matin : a\n- Matin : b\n- Mat. : c\n## Lundi 14 novembre\n- Matin : d"
    )
    assert [(a.text, a.rank) for d in found.days for a in d.activities] == [("c", 0), ("a", 0), ("b", 1), ("d", 0)]


def test_prose_stays_prose_and_in_its_day() -> None:
    found, prose, wrong = programme(
        "Bonjour *à tous* !\n\n## Mercredi 9 novembre\n\nPensez aux bottes.\n\n- peinture\n\n"
        "## Bon à savoir\n\n- un pull\n"
    )
    assert wrong == []
    assert "<em>à tous</em>" in prose
    assert "<h2>Bon à savoir</h2>" in prose
    assert "un pull" in prose
    (day,) = found.days
    assert str(day.notes).strip() == "<p>Pensez aux bottes.</p>"
    assert [a.text for a in day.activities] == ["peinture"]


@pytest.mark.parametrize(
    "body",
    [
        "## Lundi 7 novembre\n- Matin : jeux ![x](a.jpg)",
        "![x](a.jpg)",
        "# ![x](a.jpg)",
        "| Jour | Matin |\n|-|-|\n| Lundi 7 | jeux ![](a.jpg) |",
    ],
)
def test_no_photo_is_lost_in_silence(body: str) -> None:
    assert [problem for problem in programme(body)[2] if "Photos may stand in articles only (“a.jpg”)" in problem]


def test_a_mark_or_a_link_over_two_lines_holds_in_each() -> None:
    met: list[str] = []

    def resolve(target: str) -> str:
        met.append(target)
        return "preau:/infos/x/"

    reading = Reading("p.md", resolve)
    found, _ = read("## Lundi 7 novembre\nMatin : **a [b\nSoir : c](x.md) d** e", 1, words(), "", reading)
    assert [str(activity.html) for activity in found.days[0].activities] == [
        '<strong>a <a href="preau:/infos/x/">b</a></strong>', '<strong><a href="preau:/infos/x/">c</a> d</strong> e',
    ]  # fmt: skip
    assert (reading.problems, met) == ([], ["x.md", "x.md"])


def test_where_reading_stops_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "MAX_ACTIVITIES", 3)
    found, _, wrong = programme("## Lundi 7 novembre\n" + "- jeux\n" * 5)
    assert [short(activity) for activity in found.days[0].activities] == ["07 - *: jeux"] * 3
    assert wrong == ["p.md:5 : Reading stopped here: there is too much, or too much is wrong, above."]


def test_one_line_alone_under_a_slot_is_what_is_done() -> None:
    assert activities("## Mercredi 9 novembre\n### Matin\n\nPeinture et jeux") == ["09 matin *: Peinture et jeux"]


def test_titles_may_stand_above_days() -> None:
    body = (
        "# Les vacances\n## Semaine 1 : les pirates\n### Lundi 7 novembre\n- a\n## Novembre\n### Mardi 8 novembre\n- b"
    )
    assert activities(body) == ["07 - *: a", "08 - *: b"]


def test_a_programme_of_one_day_needs_no_day() -> None:
    assert activities("- Maternelles : peinture", words(date(2022, 11, 9), date(2022, 11, 9))) == [
        "09 - Maternelles: peinture"
    ]


def test_a_colon_in_the_text_is_no_label() -> None:
    body = "## Mercredi 9 novembre\n- rendez-vous à 9:30, voir https://exemple.fr : tout y est"
    assert activities(body) == ["09 - *: rendez-vous à 9:30, voir https://exemple.fr\u202f: tout y est"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "## Mercredi 10 novembre\n- a\n- b",
            [
                (
                    "p.md:1 : “Mercredi 10 novembre”: this day is a jeudi. Write « Jeudi 10 novembre », "
                    "or « Mercredi 9 novembre » if the day of the week is right."
                )
            ],
        ),
        ("## Mercredi 9 novembre\n- Matinn : a", ["p.md:2 : “Matinn” is unknown here. Did you mean “Matin”?"]),
        (
            "## Mercredi 9 novembre\n### Maternele\n- a",
            ["p.md:2 : “Maternele” is unknown here. Did you mean “Maternelles”?"],
        ),
        (
            "- Matin : a",
            [
                (
                    "p.md:1 : “Matin : a” has no day. Put it under a heading: « Lundi 7 novembre », « Mercredi », "
                    "« Tous les jours »."
                )
            ],
        ),
        ("## Mercredi 9 novembre\n- Matin :", ["p.md:2 : “Matin :” says no activity: write it after the colon."]),
        ("- Fermé", ["p.md:1 : “Fermé” is said of no day: write it under a day, or « Vendredi 11 novembre : fermé »."]),
        ("## Mercredi 9 novembre\n- a\n  - Depar : 9h", ["p.md:3 : “Depar” is unknown here. Did you mean “Départ”?"]),
        ("## Mercredi 9 novembre\n- a\n  - Lieu :", ["p.md:3 : “Lieu :” has no value."]),
        (
            "## Vendredi 11 novembre : fermé\n## Vendredi 11 novembre\n- a",
            ["p.md:3 : “a” stands on vendredi 11 novembre 2022, which is closed (line 1)."],
        ),
        ("## Mercredi 9 novembre\n![x](a.jpg)", ["p.md:2 : Photos may stand in articles only (“a.jpg”)."]),
    ],
)
def test_an_error_says_where_what_and_what_to_do(body: str, said: list[str]) -> None:
    assert programme(body)[2] == said


def test_an_unknown_heading_above_days_is_an_error_not_silence() -> None:
    _, _, wrong = programme("## Grands\n### Jeudi 10 novembre\n- c")
    assert len(wrong) == 1
    assert wrong[0].startswith("p.md:1 : The heading “Grands” is neither a day")
    _, _, wrong = programme("## Jeudi 10 novembre\n### Grands\n- c")
    assert wrong[0].startswith("p.md:2 : The heading “Grands” is neither a day")


def test_an_unknown_label_beside_known_ones_is_an_error_not_silence() -> None:
    _, _, wrong = programme("## Jeudi 10 novembre\n- Maternelles : a\n- Moyens : foot")
    assert len(wrong) == 1
    assert "“Moyens” is neither a group nor a part of the day" in wrong[0]
    assert "« Moyens – foot »" in wrong[0]


def test_several_mistakes_are_told_together() -> None:
    _, _, wrong = programme(
        "## Mercredi 10 novembre\n- a\n## Jeudi 10 novembre\n- Matinn : a\n## Lundi 28 novembre\n- b"
    )
    assert [text.split(" : ")[0] for text in wrong] == ["p.md:1", "p.md:4", "p.md:5"]


def test_no_markup_is_ever_active() -> None:
    found, prose, _ = programme(
        "<script>alert(1)</script>\n\n## Mercredi 9 novembre\n- <img src=x onerror=alert(1)> {{ 7*7 }} "
        "[x](javascript:alert(1))\n"
        "- <b>gras</b>"
    )
    html = prose + "".join(str(a.html) for d in found.days for a in d.activities)
    assert "<script" not in html
    assert "<img" not in html
    assert "<b>" not in html
    assert "{{ 7*7 }}" in html


PIECES = st.sampled_from(
    [
        "## ",
        "### ",
        "- ",
        "  - ",
        "Mercredi 9 novembre",
        "Tous les jours",
        "Lundi",
        "Matin",
        "de 9h à 10h",
        "Maternelles",
        " : ",
        " et ",
        "Sortie : ",
        "Annulé : ",
        "Fermé",
        "Départ : 9h",
        "peinture",
        "\n",
        "\n\n",
        "**",
        "|",
        "![x](y)",
        "[a](b)",
        "    ",
        "1. ",
        "---",
        "> ",
        "Grands",
        "`",
        "\u202e",
        "<b>",
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_no_programme_crashes_it(body: str) -> None:
    found, prose, _ = programme(body)
    assert all(a.text for d in found.days for a in d.activities)
    assert "<script" not in prose


@given(st.text(max_size=200))
def test_no_text_crashes_it(body: str) -> None:
    programme(body)


@pytest.mark.parametrize(
    "body",
    [
        "## Mercredi 9 novembre\n" * MAX_LINES,
        "## Titre inconnu\n" * MAX_LINES,
        "## Tous les jours\n" + "- a\n" * (MAX_LINES - 1),
        "\n".join("  " * i + "- a" for i in range(1_000)),
        "- Matinn : a\n" * MAX_LINES,
        "## " + "[" * 20_000,
    ],
    ids=["days", "unknown", "activities", "deep", "mistakes", "brackets"],
)
def test_no_programme_takes_long(body: str) -> None:
    start = time.process_time()
    programme(body)
    assert time.process_time() - start < 4  # under one second where nothing else runs


@pytest.mark.timeout(20)
def test_a_line_of_spaces_that_are_none_takes_no_time() -> None:
    programme("## Mercredi 9 novembre\n- x" + "\u00a0" * 200_000 + "y\n- \u200b" + "\u00a0" * 200_000 + "y\n")


def test_a_programme_that_repeats_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    body = "## Tous les jours\n" + "- jeux\n" * 3
    assert len(activities(body)) == 30
    monkeypatch.setattr("plugins.programmes.placing.MAX_PLACED", 29)
    _, _, wrong = programme(body)
    assert wrong == ["p.md:4 : Repeated over its period, this programme has more than 29 activities."]


def test_below_a_heading_in_error_only_what_is_wrong_in_itself_is_told() -> None:
    found, _, told = programme(
        "## Mardi 9 novembre\n- Maternelles : pain\n- Elementires : ballon\n- Fermé\n- jeux\n### Matin\n- Lundi 40 : x"
    )
    assert [words.partition(". ")[0] for words in told] == [
        "p.md:1 : “Mardi 9 novembre”: this day is a mercredi", "p.md:3 : “Elementires” is unknown here",
        "p.md:7 : “Lundi 40”: write the month too, « Vendredi 11 novembre ».",
    ]  # fmt: skip
    assert not any(day.activities or day.closed for day in found.days), "what stands below is not taken"
