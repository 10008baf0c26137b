"""A programme on a fridge: one landscape page a week, black on white."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from publish.demo.road import Road
from publish.manifest import Manifest

Contexts = Callable[..., BrowserContext]


def printable(manifests: dict[str, Manifest]) -> list[tuple[str, str]]:
    """Every programme of every centre."""
    return [
        (slug, path.removesuffix("index.html"))
        for slug, manifest in manifests.items()
        for path in manifest.files
        if path.startswith("programmes/") and path.count("/") == 2 and path.endswith("/index.html")
    ]


def sheets(pdf: bytes) -> list[tuple[float, float]]:
    """Width and height of each page; Chromium writes page objects in plain text."""
    pages = re.findall(rb"/Type /Page\n.*?/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", pdf, re.DOTALL)
    assert len(pages) == len(re.findall(rb"/Type /Page\b(?!s)", pdf)) > 0
    return [(float(width), float(height)) for width, height in pages]


def test_every_programme_prints_one_landscape_page_a_week(
    road: Road, manifests: dict[str, Manifest], signed_in: Contexts
) -> None:
    page = signed_in("ville").new_page()
    wrong = {}
    programmes = printable(manifests)
    assert len(programmes) >= 15
    for slug, path in programmes:
        page.goto(f"{road.address}/{slug}/{path}")
        weeks, days = page.locator("section.weeks").count(), page.locator(".week .day").count()
        printed = sheets(page.pdf(prefer_css_page_size=True))
        landscape = all(width > height for width, height in printed)
        # Weeks of a single day (every Wednesday) are one table, which needs fewer pages than weeks.
        fits = len(printed) == weeks if weeks else 1 <= len(printed) <= max(1, days // 2)
        if not fits or not landscape:
            wrong[f"{slug}/{path}"] = f"{weeks} weeks, {days} days on {len(printed)} pages, landscape: {landscape}"
    assert wrong == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paper_is_white_and_ink_is_black(
    scheme: str, road: Road, manifests: dict[str, Manifest], signed_in: Contexts
) -> None:
    slug, path = printable(manifests)[0]
    page = signed_in("ville", color_scheme=scheme).new_page()
    page.goto(f"{road.address}/{slug}/{path}")
    page.emulate_media(media="print")
    style = page.evaluate(
        """() => {
          const of = (selector) => getComputedStyle(document.querySelector(selector));
          return {paper: of("body").backgroundColor, ink: of(".week [role=cell]").color};
        }"""
    )
    assert style["paper"] in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
    channels = [int(value) for value in style["ink"].removeprefix("rgb(").removesuffix(")").split(",")]
    assert max(channels) < 64
    assert page.locator("nav:visible, .no-print:visible").count() == 0
