"""A programme's page: one table, told once, with a word for everything that matters."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, time

import pytest
from markupsafe import Markup

from tests.theme import factories
from tests.theme.html import parse, with_class, words
from tests.theme.rendering import STATIC, render, sample


def test_a_programme_is_one_table_with_explicit_roles() -> None:
    tree = parse(sample()["programmes/2022-11-mercredis/index.html"])
    tables = [e for e in tree.iter() if e.get("role") == "table"]
    assert len(tables) == 1
    assert tables[0].get("aria-label")
    allowed = {"table": {"rowgroup"}, "rowgroup": {"row"}, "row": {"rowheader", "columnheader", "cell"}}
    seen = set()
    for parent in tables[0].iter():
        for child in parent:
            if parent.get("role") in allowed:
                assert child.get("role") in allowed[parent.get("role", "")]
                seen.add(child.get("role"))
    assert seen == {"rowgroup", "row", "rowheader", "columnheader", "cell"}


@pytest.mark.parametrize("stem", ["2022-11-mercredis", "2022-10-vacances", "2022-11-midi"])
def test_every_row_fills_the_table(stem: str) -> None:
    """Spans cover each place of the grid exactly once: what a screen reader counts is what is seen."""
    tree = parse(sample()[f"programmes/{stem}/index.html"])
    for table in (e for e in tree.iter() if e.get("role") == "table"):
        columns = sum(e.get("role") == "columnheader" for e in table.iter())
        for group in table:
            rows = [row for row in group if row.get("role") == "row"]
            taken: set[tuple[int, int]] = set()
            for y, row in enumerate(rows):
                for cell in row:
                    x = next(x for x in range(columns + 1) if (x, y) not in taken)
                    places = {
                        (x + dx, y + dy)
                        for dx in range(int(cell.get("aria-colspan", "1")))
                        for dy in range(int(cell.get("aria-rowspan", "1")))
                    }
                    assert not places & taken
                    taken |= places
            assert taken == {(x, y) for x in range(columns) for y in range(len(rows))}


@pytest.mark.parametrize("programme", factories.site().programmes, ids=lambda p: p.stem)
def test_every_activity_is_told_once(programme: object) -> None:
    body, stem = programme.body, programme.stem  # type: ignore[attr-defined]
    told = [words(e) for e in with_class(parse(sample()[f"programmes/{stem}/index.html"]), "activity__text")]
    assert sorted(told) == sorted(words(parse(item.html)) for day in body.days for item in day.activities)


def test_what_matters_has_a_word() -> None:
    tree = parse(sample()["programmes/2022-11-mercredis/index.html"])
    today = with_class(tree, "day--today")
    assert [words(e) for day in today for e in with_class(day, "tag")] == ["Aujourd’hui"]
    assert [words(e) for e in with_class(tree, "cell--alone")] == ["Fermé journée de formation de l’équipe"]
    cancelled = with_class(tree, "activity--cancelled")
    assert [words(e) for e in cancelled] == ["Annulé Sortie Piscine municipale"]
    outing = words(with_class(tree, "activity--outing")[0])
    assert outing.startswith("Sortie Forêt de Meudon")
    assert "Départ 9 h (arriver avant 8 h 45) Retour 17 h Prévoir un pique-nique, des bottes" in outing


def test_what_everybody_does_is_one_cell_across_the_groups() -> None:
    tree = parse(sample()["programmes/2022-11-mercredis/index.html"])
    across = {words(cell): cell.get("aria-rowspan") for cell in with_class(tree, "cell--across")}
    assert len(across) == 3
    assert set(across.values()) == {"2"}
    assert any(text.startswith("Tous ensemble Matin") and "marionnettes" in text for text in across)


def test_a_programme_of_whole_weeks_has_a_table_a_week() -> None:
    tree = parse(sample()["programmes/2022-10-vacances/index.html"])
    assert sum(e.get("role") == "table" for e in tree.iter()) == 2
    assert [words(e) for e in with_class(tree, "weeks__title")] == [
        "Du lundi 24 octobre au vendredi 28 octobre", "Du lundi 31 octobre au vendredi 4 novembre"]  # fmt: skip


def test_print_waits_for_javascript_and_the_calendar_does_not() -> None:
    tree = parse(sample()["programmes/2022-11-mercredis/index.html"])
    button = next(e for e in tree.iter("button"))
    assert "hidden" in button.attrib
    assert "../../programmes/2022-11-mercredis.ics" in {a.get("href") for a in tree.iter("a")}


def test_each_group_has_a_calendar_of_its_own_where_groups_differ() -> None:
    tree = parse(sample()["programmes/2022-11-mercredis/index.html"])
    (details,) = with_class(tree, "one-group")
    assert details.tag == "details"
    assert {words(a): a.get("href") for a in details.iter("a")} == {
        "Ajouter à mon agenda : Maternelles": "../../programmes/2022-11-mercredis/maternelles.ics",
        "Ajouter à mon agenda : Élémentaires": "../../programmes/2022-11-mercredis/elementaires.ics",
    }
    assert not with_class(parse(sample()["programmes/2022-11-midi/index.html"]), "one-group")


def choice(html: str) -> dict[str, str]:
    """What can be shown alone: words of each label → its radio button's identifier."""
    labels = [one for group in with_class(parse(html), "choice") for one in group.iter("label")]
    return {words(one): one[0].get("id") or "" for one in labels}


def test_one_group_can_be_shown_alone_where_groups_differ() -> None:
    assert choice(sample()["programmes/2022-11-mercredis/index.html"]) == {
        "Tous les groupes": "groupe-0", "Maternelles": "groupe-1", "Élémentaires": "groupe-2"}  # fmt: skip
    assert choice(sample()["programmes/2022-11-midi/index.html"]) == {}


def test_a_choice_hides_nothing_that_the_stylesheet_could_not_show_again() -> None:
    """More groups than the stylesheet has rules for: no choice, everything is there."""
    site = factories.site()
    (first, *others) = site.programmes
    for count in (12, 13):
        groups = tuple(f"Groupe {number}" for number in range(count))
        (week, *_) = first.body.weeks
        (day, *_) = week.days
        items = tuple(replace(day.activities[0], groups=(group,)) for group in groups)
        body = replace(first.body, groups=groups, weeks=(replace(week, days=(replace(day, activities=items),)),))
        told = render(replace(site, programmes=(replace(first, body=body), *others)))[f"{first.path}index.html"]
        assert len(choice(told)) == (13 if count == 12 else 0)
        assert bool(with_class(parse(told), "for-12")) is (count == 12)
    sheet = (STATIC / "preau.css").read_text("utf-8")
    rules = set(re.findall(r"#groupe-(\d+):checked\) :is\(\.row--of:not\(\.row--holds, \.for-\1\)", sheet))
    assert rules == {str(number) for number in range(1, 13)}


NOTE = "Le fichier d’agenda montre"
CHANGES = "ne suit pas les changements"


def test_a_centre_without_calendar_offers_none() -> None:
    site = factories.site()
    site = replace(site, centre=replace(site.centre, functions=frozenset()))
    assert not [path for path, html in render(site).items() if ".ics" in html or NOTE in html]
    assert [path for path, html in sample().items() if ".ics" in html]


def test_whoever_adds_a_calendar_reads_that_it_does_not_follow_changes() -> None:
    offered = {path for path, html in sample().items() if ".ics" in html}
    assert offered == {path for path, html in sample().items() if NOTE in html and CHANGES in html}


def test_a_programme_without_summary_or_html_still_renders() -> None:
    site = factories.site()
    bare = tuple(replace(p, html=Markup(""), blocks=(), summary="") for p in site.programmes)
    assert render(replace(site, programmes=bare))


@pytest.mark.parametrize(
    ("today", "told"),
    [
        (date(2022, 11, 9), None),
        (date(2022, 11, 10), ("Aller au mercredi 16 novembre", "jour-2022-11-16")),
        (date(2022, 11, 16), ("Aller à aujourd’hui", "jour-2022-11-16")),
        (date(2022, 12, 8), None),
    ],
)
def test_whoever_opens_it_in_the_middle_is_led_to_the_next_day(today: date, told: tuple[str, str] | None) -> None:
    now = datetime.combine(today, time(9), factories.PARIS)
    tree = parse(render(replace(factories.site(), now=now))["programmes/2022-11-mercredis/index.html"])
    links = [
        (words(a), (a.get("href") or "")[1:]) for a in tree.iter("a") if (a.get("href") or "").startswith("#jour-")
    ]
    assert links == ([told] if told else [])
    assert {target for _, target in links} <= {e.get("id") for e in with_class(tree, "day")}
