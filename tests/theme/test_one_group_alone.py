"""A programme on a phone: one group alone, without a script, and never less on paper or on a wide screen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.theme import factories
from tests.theme.factories import AFTERNOON, MORNING
from tests.theme.rendering import files, render
from tests.theme.test_browser import ORIGIN, opened

HOLIDAYS = "programmes/2022-10-vacances/"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def grouped() -> dict[str, bytes]:
    """A programme of three groups: a day with something shared across them, one that ends with the whole day of all,
    one on which the last group has nothing, one with an activity for two of them, one closed."""
    site = factories.site()
    names = ("Lutins", "Mosquitos", "Caïmans")
    first, *others = site.programmes
    kept = first.body.weeks[0]
    shapes = ((MORNING, ()), (None, ()), (None, None), (AFTERNOON, names[:2]))
    days = []
    for day, (slot, shared) in zip(kept.days, shapes, strict=False):
        own = names[:2] if shared is None else names
        items = [factories.activity(day.date, AFTERNOON, (name,), f"Jeu des {name}") for name in own]
        if shared is not None:
            who = "Lutins et Mosquitos" if shared else "tous"
            items.append(factories.activity(day.date, slot, shared, f"Fête pour {who}"))
        days.append(replace(day, activities=tuple(items), closed=False))
    days.append(replace(kept.days[4], activities=(), closed=True))
    body = replace(first.body, groups=names, weeks=(replace(kept, days=tuple(days)),))
    told = replace(site, programmes=(replace(first, body=body), *others))
    return {**files(told), **{path: html.encode() for path, html in render(told).items()}}


def shown(page: Page) -> list[list[str]]:
    """Day by day the activities that are seen, which are those that a screen reader finds."""
    return [
        [text.inner_text() for text in day.locator(".activity__text").all() if text.is_visible()]
        for day in page.locator(".day").all()
    ]


ALL = ["Jeu des Lutins", "Jeu des Mosquitos", "Jeu des Caïmans"]
EVERYTHING = [["Fête pour tous", *ALL], ["Fête pour tous", *ALL], ALL[:2], ["Fête pour Lutins et Mosquitos", *ALL], []]


def test_on_a_phone_one_group_is_seen_alone_without_javascript(browser: Browser, grouped: dict[str, bytes]) -> None:
    context = opened(browser, grouped, viewport={"width": 360, "height": 740}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{ORIGIN}/fessart/{HOLIDAYS}")
    assert [sorted(day) for day in shown(page)] == [sorted(day) for day in EVERYTHING]
    page.get_by_role("radio", name="Caïmans").check()
    caimans = "Jeu des Caïmans"
    assert [sorted(day) for day in shown(page)] == [
        ["Fête pour tous", caimans], ["Fête pour tous", caimans], [], [caimans], []]  # fmt: skip
    assert [page.locator(".day").nth(n).locator(".day__none").count() for n in range(5)] == [0, 0, 1, 0, 0]
    assert page.get_by_text("Rien pour ce groupe").is_visible()
    assert page.locator(".day").last.get_by_text("Fermé").is_visible()
    names = page.locator(".group")
    assert {one.inner_text() for one in names.all() if one.is_visible()} == {"Caïmans", "Tous ensemble"}
    page.get_by_role("radio", name="Caïmans").press("ArrowUp")
    assert page.get_by_role("radio", name="Mosquitos").is_checked()
    assert [sorted(day) for day in shown(page)] == [
        ["Fête pour tous", "Jeu des Mosquitos"], ["Fête pour tous", "Jeu des Mosquitos"], ["Jeu des Mosquitos"],
        ["Fête pour Lutins et Mosquitos", "Jeu des Mosquitos"], []]  # fmt: skip
    assert not page.get_by_text("Rien pour ce groupe").is_visible()
    assert context.cookies() == []
    context.close()


def test_paper_and_a_wide_screen_show_every_group_whatever_was_chosen(
    browser: Browser, grouped: dict[str, bytes]
) -> None:
    context = opened(browser, grouped, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(f"{ORIGIN}/fessart/{HOLIDAYS}")
    everything = [sorted(day) for day in shown(page)]
    page.get_by_role("radio", name="Caïmans").check()
    assert [sorted(day) for day in shown(page)] != everything
    page.emulate_media(media="print")
    assert [sorted(day) for day in shown(page)] == everything
    assert not page.locator(".choice").is_visible()
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1280, "height": 800})
    assert [sorted(day) for day in shown(page)] == everything
    assert not page.locator(".choice").is_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_once_a_group_is_chosen(
    browser: Browser, grouped: dict[str, bytes], peers: Path, scheme: str
) -> None:
    axe = (peers / "axe-core" / "axe.min.js").read_text("utf-8")
    context = opened(browser, grouped, viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{ORIGIN}/fessart/{HOLIDAYS}")
    for name in ("Caïmans", "Mosquitos"):
        page.get_by_role("radio", name=name).check()
        page.locator(".one-group summary").click()
        page.evaluate(axe)
        found = page.evaluate("axe.run()")
        assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        sizes = page.locator(".choice__option, .one-group a, .one-group summary").evaluate_all(
            "all => all.map(e => e.getBoundingClientRect()).filter(r => r.width && r.height < 43.9).length"
        )
        assert sizes == 0
    context.close()
