"""With a keyboard alone: the skip link, a visible focus, and the photo viewer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page

from publish.demo.road import Road
from publish.manifest import Manifest
from tests.browser.kinds import READER, SITE, SITE_KINDS, site_pages

Contexts = Callable[..., BrowserContext]
Manifests = dict[str, Manifest]

VISIBLE = """() => {
  const one = document.activeElement;
  const style = getComputedStyle(one);
  return {tag: one.tagName, outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2};
}"""
INSIDE = """() => {
  const box = document.activeElement.getBoundingClientRect();
  return box.width > 0 && box.height > 0
    && box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight;
}"""


@pytest.fixture
def article(width: int, road: Road, manifests: Manifests, signed_in: Contexts) -> Page:
    """An article with several photos."""
    page = signed_in(READER, width).new_page()
    page.goto(f"{road.address}/{SITE}/{site_pages(manifests[SITE])['article']}")
    assert page.locator("a[data-photo]").count() > 1
    return page


@pytest.mark.parametrize("kind", SITE_KINDS)
def test_the_skip_link_comes_first_and_leads_to_the_content(
    kind: str, width: int, road: Road, manifests: Manifests, signed_in: Contexts
) -> None:
    page = signed_in(READER, width).new_page()
    page.goto(f"{road.address}/{SITE}/{site_pages(manifests[SITE])[kind]}")
    page.keyboard.press("Tab")
    link = page.locator("a.skip")
    assert link.evaluate("(one) => one === document.activeElement")
    box = link.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenu"


def test_the_focus_is_always_visible_and_reaches_everything(article: Page) -> None:
    reachable = article.locator("a[href]:visible, button:visible:enabled, summary:visible, input:visible").count()
    assert reachable > 10
    seen = 0
    for _ in range(reachable + 5):
        article.keyboard.press("Tab")
        found = article.evaluate(VISIBLE)
        if found["tag"] == "BODY":
            break
        seen += 1
        assert found["outlined"], article.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        article.wait_for_function(INSIDE)  # the window may glide there
    assert seen >= reachable


def test_the_viewer_opens_moves_closes_and_gives_the_focus_back(article: Page) -> None:
    links = article.locator("a[data-photo]")
    last = links.count() - 1
    links.first.focus()
    article.keyboard.press("Enter")
    viewer = article.locator("dialog.viewer")
    viewer.wait_for(state="visible")
    assert article.evaluate("document.querySelector('dialog.viewer').contains(document.activeElement)")
    shown = "document.querySelector('dialog.viewer img').currentSrc || document.querySelector('dialog.viewer img').src"
    first = article.evaluate(shown)
    article.keyboard.press("ArrowRight")
    article.wait_for_function(f"({shown}) !== '{first}'")
    article.keyboard.press("End")
    # The page behind can't be reached: Tab stays inside, or goes to the browser's own bar.
    for _ in range(8):
        article.keyboard.press("Tab")
        assert article.evaluate("document.activeElement === document.body || document.activeElement.closest('dialog')")
    article.keyboard.press("Escape")
    viewer.wait_for(state="hidden")
    assert links.nth(last).evaluate("(one) => one === document.activeElement")


def test_the_viewer_says_which_photo_and_shows_it_whole(article: Page, width: int) -> None:
    links = article.locator("a[data-photo]")
    count = links.count()
    links.first.click()
    viewer = article.locator("dialog.viewer")
    viewer.wait_for(state="visible")
    spoken = viewer.locator("[aria-live]")
    alt = links.first.locator("img").get_attribute("alt") or ""
    assert alt
    said = spoken.text_content() or ""
    assert alt in said
    assert str(count) in said
    image = viewer.locator("img")
    article.wait_for_function("document.querySelector('dialog.viewer img').complete")
    box = image.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width + 0.5
    viewer.locator("[data-close]").click()
    viewer.wait_for(state="hidden")
    assert links.first.evaluate("(one) => one === document.activeElement")
