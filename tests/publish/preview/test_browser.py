"""What somebody who writes sees in Chromium: the page follows each save, and a mistake says how it is mended."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from plugins.preview.plugin import Workshop
from publish.language import say
from publish.loopback import LOOPBACK, listen, port_of
from publish.preview.app import create_app
from publish.preview.making import Maker
from publish.preview.server import serving
from tests.browser.test_accessibility import FLAT
from tests.plugins.conftest import FILES
from tests.plugins.making import NOW, make_content
from tests.plugins.preview.making import WAITING, plain
from tests.project import ROOT

pytestmark = pytest.mark.browser

SECONDS = 20
VISIBLE, DRAFT = "rappels/visible/", "rappels/brouillon/"
SOURCE = "lilas/rappels/visible.md"
GOOD = str(WAITING[SOURCE])
BAD = GOOD.replace("Jusqu'au", "Jusq")
WIDTHS = (360, 1280)
BARE = "[...document.images].filter((image) => !image.naturalWidth && image.loading !== 'lazy').length"
UNDRAWN = "[...document.querySelectorAll('svg.icon use')].filter((use) => !use.getBBox().width).length"


@dataclass(frozen=True)
class Running:
    """A preview that runs."""

    home: str
    content: Path

    def save(self, text: str) -> None:
        """As an editor does: written aside, then put in its place."""
        aside = self.content / "lilas/rappels/.visible.md.swp"
        aside.write_text(text, "utf-8")
        aside.replace(self.content / SOURCE)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Workshop]:
    folder = tmp_path_factory.mktemp("browser")
    content = make_content(folder / "content", {**FILES, **WAITING})
    return content, Workshop(content, "lilas", ROOT / "pelicanconf.py", folder / "cache")


@pytest.fixture
def running(workshop: tuple[Path, Workshop]) -> Iterator[Running]:
    content, made = workshop
    (content / SOURCE).write_text(GOOD, "utf-8")
    told, stop = threading.Event(), threading.Event()
    folders = [content / "lilas", content / "ville"]
    maker = Maker(made, content, folders, lambda: NOW, say, lambda current, seconds: told.set())
    thread = threading.Thread(target=maker.work, args=(stop,))
    thread.start()
    try:
        assert told.wait(SECONDS)
        with listen(0) as listener:
            port = port_of(listener)
            with serving(create_app(maker.current, "lilas", content, port, "fr"), listener):
                yield Running(f"http://{LOOPBACK}:{port}/lilas/", content)
                maker.current.close()
    finally:
        stop.set()
        thread.join()


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context() as context:
        context.set_default_timeout(SECONDS * 1000)
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def texts(page: Page) -> str:
    return plain(page.locator("main").inner_text())


def test_a_save_shows_in_the_open_page(running: Running, page: Page) -> None:
    page.goto(running.home + VISIBLE)
    running.save(f"{GOOD}\nSix enregistré.\n")
    page.get_by_text("Six enregistré.").wait_for()
    assert page.url == running.home + VISIBLE


def test_a_mistake_is_shown_with_its_line_and_cure_until_it_is_mended(running: Running, page: Page) -> None:
    page.goto(running.home + VISIBLE)
    running.save(BAD)
    page.get_by_role("heading", name="2 choses à corriger").wait_for()
    assert SOURCE in texts(page)
    assert "Ligne 3\n\nLa clé « Jusq » n’existe pas ici. Vouliez-vous écrire « Jusqu'au » ?" in texts(page)
    assert page.locator("mark").inner_text() == "Jusq"
    running.save(GOOD)
    page.get_by_role("heading", name="En ce moment").wait_for()
    assert page.url == running.home + VISIBLE


def test_the_last_page_without_a_mistake_is_whole_whatever_is_saved_meanwhile(running: Running, page: Page) -> None:
    page.goto(running.home)
    running.save(BAD)
    page.get_by_role("link", name="Voir le dernier aperçu sans erreur").click()
    banner = page.locator(".apercu", has_text="dernier aperçu sans erreur")
    seen = ""
    for number in range(3):
        expect(banner).not_to_have_attribute("data-apercu-version", seen)
        seen = banner.get_attribute("data-apercu-version") or ""
        page.wait_for_load_state("load")
        page.wait_for_function(f"document.images.length > 1 && {BARE} + {UNDRAWN} === 0")
        running.save(f"{BAD}\nEncore {number}.\n")
    page.get_by_role("link", name="Voir ce qu’il faut corriger").click()
    page.get_by_role("heading", name="2 choses à corriger").wait_for()


def test_axe_finds_nothing_wrong(running: Running, page: Page) -> None:
    def check() -> None:
        for scheme, width in itertools.product(("light", "dark"), WIDTHS):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            page.set_viewport_size({"width": width, "height": 740})
            page.evaluate(FLAT)
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_snapshot()
            unsure = [one for one in found.response["incomplete"] if one["id"] == "color-contrast"]
            assert unsure == [], scheme
            assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.goto(running.home)
    assert page.locator(".apercu-badge").count() >= 3
    check()
    page.goto(running.home + DRAFT)
    assert page.locator(".apercu-notice", has_text="Brouillon").count() == 1
    check()
    running.save(BAD)
    page.get_by_role("heading", name="2 choses à corriger").wait_for()
    check()
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    with pytest.raises(AssertionError, match="image-alt"):
        check()


def test_without_javascript_a_page_is_read_and_loaded_again_by_hand(
    running: Running, browser: Browser, page: Page
) -> None:
    page.goto(running.home)
    with browser.new_context(java_script_enabled=False) as context:
        context.set_default_timeout(SECONDS * 1000)
        plainly = context.new_page()
        plainly.goto(running.home + DRAFT)
        assert "Aperçu – pas publié." in plain(plainly.locator(".apercu").inner_text())
        assert "Un." in texts(plainly)
        running.save(BAD)
        page.get_by_role("heading", name="2 choses à corriger").wait_for()  # the other browser says when
        plainly.reload()
        assert "Ligne 3" in texts(plainly)
        plainly.get_by_role("link", name="Voir le dernier aperçu sans erreur").click()
        plainly.get_by_role("heading", name="Inachevé").wait_for()


def test_the_banner_is_not_printed(running: Running, page: Page) -> None:
    page.goto(running.home + VISIBLE)
    assert page.locator(".apercu").is_visible()
    page.emulate_media(media="print")
    assert page.locator(".apercu").is_hidden()
    assert page.get_by_role("heading", name="En ce moment").is_visible()
