"""axe finds nothing on any kind of page, at both widths, light and dark; nothing overflows at 320 px."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from publish.demo.road import Road
from publish.manifest import Manifest
from tests.browser.conftest import WIDTHS
from tests.browser.kinds import ENT_KINDS, GATEWAY_KINDS, READER, SITE, SITE_KINDS, ent_page, gateway_page, site_pages

Contexts = Callable[..., BrowserContext]
Manifests = dict[str, Manifest]
SCHEMES = ("light", "dark")
# axe can't tell a colour behind which a pseudo-element paints, and says so; without them it must be able to tell all.
FLAT = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("*::before, *::after { background: none !important }");
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""
RUN = """async () => {
  const all = await axe.run({resultTypes: ["violations", "incomplete"]});
  return [...all.violations, ...all.incomplete.filter((one) => one.id === "color-contrast")];
}"""
NARROWEST = 320
"""WCAG 1.4.10: a page 1280 px wide, zoomed to 400 %."""

CENTRES = ("billancourt", "escudier", "maitre-jacques", "point-du-jour")


@pytest.fixture(scope="session")
def axe(peers: Path) -> str:
    return (peers / "axe-core" / "axe.min.js").read_text("utf-8")


def findings(page: Page, axe: str) -> list[dict[str, Any]]:
    """What axe finds wrong, in short."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(axe)
        page.evaluate(FLAT)
    found = page.evaluate(RUN)
    return [
        {
            "rule": one["id"],
            "where": [node["target"] for node in one["nodes"]][:5],
            "why": one["nodes"][0]["failureSummary"],
        }
        for one in found
    ]


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def assert_accessible(page: Page, axe: str, widths: Iterable[int] = WIDTHS) -> None:
    """Widths and colour schemes of one page."""
    wrong = {}
    for width in widths:
        page.set_viewport_size({"width": width, "height": WIDTHS[width]})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            if found := findings(page, axe):
                wrong[f"{width} px, {scheme}"] = found
    page.set_viewport_size({"width": NARROWEST, "height": 600})
    if (wide := overflow(page)) > 0:
        wrong[f"{NARROWEST} px"] = [{"rule": f"{wide} px too wide"}]
    assert not wrong, json.dumps(wrong, indent=1, ensure_ascii=False)


@pytest.mark.parametrize("kind", SITE_KINDS)
def test_a_page_of_a_site(kind: str, road: Road, manifests: Manifests, signed_in: Contexts, axe: str) -> None:
    page = signed_in(READER).new_page()
    answer = page.goto(f"{road.address}/{SITE}/{site_pages(manifests[SITE])[kind]}")
    assert answer is not None
    assert answer.status == (404 if kind == "missing" else 200)
    assert_accessible(page, axe)


@pytest.mark.parametrize("slug", CENTRES)
def test_the_other_centres_colours(slug: str, road: Road, manifests: Manifests, signed_in: Contexts, axe: str) -> None:
    page = signed_in("ville").new_page()
    kinds = site_pages(manifests[slug])
    for kind in ("home", "programme", "article"):
        page.goto(f"{road.address}/{slug}/{kinds[kind]}")
        assert_accessible(page, axe, [360])


@pytest.mark.parametrize("kind", GATEWAY_KINDS)
def test_a_page_of_the_gateway(kind: str, road: Road, signed_in: Contexts, new_context: Contexts, axe: str) -> None:
    with gateway_page(kind, road, signed_in, new_context, 1280) as page:
        assert page.locator("body.door").count() == 1
        assert_accessible(page, axe)


@pytest.mark.parametrize("kind", ENT_KINDS)
def test_a_page_of_the_ent(kind: str, road: Road, new_context: Contexts, axe: str) -> None:
    page = ent_page(kind, road, new_context, 1280)
    assert page.locator(".banner").count() == 1
    assert_accessible(page, axe)


def test_axe_and_the_ruler_see_what_is_wrong(road: Road, new_context: Contexts, axe: str) -> None:
    page = new_context(360).new_page()
    page.goto(f"{road.address}/-/connexion")
    page.evaluate(
        """() => {
          const image = document.createElement("img");
          const wide = document.createElement("p");
          wide.textContent = "m".repeat(400);
          wide.id = "wide";
          document.querySelector("main").append(image, wide);
          wide.style.color = "#ccc";
          wide.style.background = "#fff";
          document.querySelector("main").style.overflowWrap = "normal";
          wide.style.overflowWrap = "normal";
        }"""
    )
    assert {"image-alt", "color-contrast"} <= {one["rule"] for one in findings(page, axe)}
    assert overflow(page) > 0
