"""Chromium, and the demonstration's servers, for every test of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, StorageState, sync_playwright

from publish.demo.road import Road
from publish.demo.state import State
from publish.gateway import app
from publish.gateway.clients import Rates
from tests.browser.demonstration import manifests, opened, published
from tests.browser.ways import sign_in

__all__ = ["manifests", "published"]  # fixtures

PER_MINUTE = 100_000
"""Requests without a session."""

WIDTHS = {360: 740, 1280: 800}
"""Width → height of the window: a phone, a computer."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def road(published: State, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    """The running demonstration. From one address, these tests ask more in a minute than a whole school does."""
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:  # for this gateway alone: other tests of the process try the bound
            patch.setattr(app, "Rates", lambda _per_minute, *rest: Rates(PER_MINUTE, *rest))
            road = stack.enter_context(opened(published, tmp_path_factory.mktemp("road")))
        yield road


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """One Chromium a module, with the back/forward cache that people have and that Playwright turns off.

    Not one a session: Playwright refuses a second in its thread, which another folder's tests may need.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-dev-shm-usage"],
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield browser
        browser.close()


@pytest.fixture(params=WIDTHS, ids=lambda width: f"{width}px")
def width(request: pytest.FixtureRequest) -> int:
    """Of the window."""
    return int(request.param)


NewContext = Callable[..., BrowserContext]


@pytest.fixture
def new_context(browser: Browser) -> Iterator[NewContext]:
    """A function that opens a browser of its own (cookies, cache, history) at a width; closed at the end."""
    contexts: list[BrowserContext] = []

    def make(width: int = 1280, **options: Any) -> BrowserContext:
        context = browser.new_context(
            viewport={"width": width, "height": WIDTHS.get(width, 740)},
            locale="fr-FR",
            timezone_id="Europe/Paris",
            has_touch=width < 600,
            **options,
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def sessions() -> dict[str, StorageState]:
    """Cookies of people who signed in before, by key."""
    return {}


@pytest.fixture
def signed_in(new_context: NewContext, road: Road, sessions: dict[str, StorageState]) -> NewContext:
    """A function that opens a browser in which somebody is signed in already; not for tests that sign out."""

    def make(key: str, width: int = 1280, **options: Any) -> BrowserContext:
        if key not in sessions:
            first = new_context()
            sign_in(first.new_page(), road, key)
            sessions[key] = first.storage_state()
        return new_context(width, storage_state=sessions[key], **options)

    return make
