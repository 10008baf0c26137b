"""What pages ask of a browser: little, from here alone, without a fault; and what they say without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebError

from publish.demo.road import Road
from publish.manifest import Manifest
from tests.browser.kinds import ENT_KINDS, GATEWAY_KINDS, READER, SITE, SITE_KINDS, ent_page, gateway_page, site_pages

Contexts = Callable[..., BrowserContext]
Manifests = dict[str, Manifest]
HOME_BYTES = 60_000
HOME_REQUESTS = 12
SHIFT = 0.05
"""Cumulative layout shift: half of what is called good; titles may change their face once, nothing else may move."""


@dataclass
class Watch:
    """Everything that a context's pages ask for and complain of."""

    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> Watch:
        context.on("request", self._note_request)
        context.on("console", self._note_message)
        context.on("weberror", self._note_error)
        return self

    def _note_request(self, request: Request) -> None:
        self.requests.append(request)

    def _note_error(self, error: WebError) -> None:
        self.complaints.append(str(error.error))

    def _note_message(self, message: ConsoleMessage) -> None:
        # Chromium repeats the status of a page that is refused or missing on purpose.
        if (
            message.type in ("error", "warning")
            and "Failed to load resource: the server responded with" not in message.text
        ):
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def origins(self) -> set[str]:
        return {f"{parts.scheme}://{parts.netloc}" for parts in (urlsplit(request.url) for request in self.requests)}


def read_to_the_end(page: Page) -> list[str]:
    """Scroll through the whole page and wait for what is loaded late; addresses of the pictures that can't be shown."""
    found: list[str] = page.evaluate(
        """async () => {
          for (let top = 0; top < document.documentElement.scrollHeight; top += innerHeight / 2) {
            scrollTo(0, top);
            await new Promise(requestAnimationFrame);
          }
          const broken = [];
          for (const one of document.images) {
            one.loading = "eager";
            await one.decode().catch(() => broken.push(one.currentSrc || one.src));
          }
          return broken;
        }"""
    )
    return found


@pytest.mark.parametrize("kind", SITE_KINDS)
def test_a_page_of_a_site_asks_nothing_elsewhere_and_complains_of_nothing(
    kind: str, width: int, road: Road, manifests: Manifests, signed_in: Contexts
) -> None:
    context = signed_in(READER, width)
    watch = Watch().over(context)
    page = context.new_page()
    page.goto(f"{road.address}/{SITE}/{site_pages(manifests[SITE])[kind]}")
    assert read_to_the_end(page) == []
    assert watch.origins() == {road.address}
    assert watch.complaints == []


@pytest.mark.parametrize("kind", GATEWAY_KINDS)
def test_a_page_of_the_gateway_asks_nothing_elsewhere(
    kind: str, width: int, road: Road, signed_in: Contexts, new_context: Contexts
) -> None:
    watch = Watch()

    def watched(*args: object) -> BrowserContext:
        context = new_context(*args)
        watch.over(context)
        return context

    def watched_signed_in(*args: object) -> BrowserContext:
        context = signed_in(*args)
        watch.over(context)
        return context

    with gateway_page(kind, road, watched_signed_in, watched, width) as page:
        assert read_to_the_end(page) == []
    assert watch.requests
    assert watch.origins() <= {road.address, road.issuer}
    assert (road.issuer in watch.origins()) == (kind == "sign-in failed")
    assert watch.complaints == []


@pytest.mark.parametrize("kind", ENT_KINDS)
def test_a_page_of_the_ent_asks_nothing_elsewhere(kind: str, width: int, road: Road, new_context: Contexts) -> None:
    watch = Watch()

    def watched(*args: object) -> BrowserContext:
        context = new_context(*args)
        watch.over(context)
        return context

    ent_page(kind, road, watched, width)
    assert watch.origins() <= {road.address, road.issuer}
    assert watch.complaints == []


def test_the_watch_sees_a_fault_and_a_foreign_request(road: Road, new_context: Contexts) -> None:
    context = new_context()
    watch = Watch().over(context)
    page = context.new_page()
    page.goto(f"{road.address}/-/connexion")
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://ailleurs.example/x.png'}))")
    page.evaluate("setTimeout(() => { throw new Error('fault of a test') })")
    page.wait_for_function("performance.now() > 0")
    with page.expect_event("console", lambda message: "Content Security Policy" in message.text):
        page.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: '1'}))")
    assert any("fault of a test" in text for text in watch.complaints)
    assert any("Content Security Policy" in text for text in watch.complaints)


@pytest.mark.parametrize("slug", ["billancourt", "escudier", "fessart", "maitre-jacques", "point-du-jour"])
def test_the_home_page_is_light(slug: str, width: int, road: Road, signed_in: Contexts) -> None:
    context = signed_in("ville", width)
    watch = Watch().over(context)
    page = context.new_page()
    page.goto(f"{road.address}/{slug}/", wait_until="networkidle")
    weights = {
        urlsplit(request.url).path: request.sizes()["responseBodySize"]
        for request in watch.requests
        if "/photos/" not in request.url
    }
    assert sum(weights.values()) <= HOME_BYTES, weights
    # The emblem is also the tab's icon: asked for twice, sent once.
    assert len({request.url for request in watch.requests}) <= HOME_REQUESTS, [one.url for one in watch.requests]


@pytest.mark.parametrize("slug", ["billancourt", "escudier", "fessart", "maitre-jacques", "point-du-jour"])
def test_nothing_on_the_home_page_jumps_while_it_loads(slug: str, width: int, road: Road, signed_in: Contexts) -> None:
    page = signed_in("ville", width).new_page()
    page.add_init_script(
        """window.shift = 0;
        new PerformanceObserver((list) => { for (const one of list.getEntries()) window.shift += one.value; })
          .observe({type: "layout-shift", buffered: true});"""
    )
    page.goto(f"{road.address}/{slug}/", wait_until="networkidle")
    assert page.evaluate("window.shift") < SHIFT


@pytest.mark.parametrize("kind", SITE_KINDS)
def test_a_page_reads_the_same_without_javascript(
    kind: str, road: Road, manifests: Manifests, signed_in: Contexts
) -> None:
    address = f"{road.address}/{SITE}/{site_pages(manifests[SITE])[kind]}"
    rich = signed_in(READER, 360).new_page()
    rich.goto(address)
    added = " ".join(rich.locator("main button[data-print]").all_inner_texts()).split()
    bare = signed_in(READER, 360, java_script_enabled=False).new_page()
    bare.goto(address)
    assert sorted(words_shown(rich)) == sorted([*words_shown(bare), *added])


def words_shown(page: Page) -> list[str]:
    """Every word that a reader sees."""
    return page.locator("body").inner_text().split()


def test_a_photo_opens_without_javascript(road: Road, manifests: Manifests, signed_in: Contexts) -> None:
    page = signed_in(READER, 360, java_script_enabled=False).new_page()
    page.goto(f"{road.address}/{SITE}/{site_pages(manifests[SITE])['article']}")
    with page.expect_response("**/photos/**") as answer:
        page.locator("a.photo__link").first.click()
    page.wait_for_url("**/photos/*.jpg")
    assert answer.value.ok
