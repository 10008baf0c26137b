"""The Back button in Chromium, with and without JavaScript: after sign-out, after idle expiry, after a withdrawal.

Chromium's back/forward cache is on here, as people have it: what it may keep must be as gone as the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Error, Page
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from publish.demo.road import Road
from publish.demo.state import State
from publish.gateway import endpoints, site_routes
from publish.gateway.context import Gateway
from publish.gateway.headers import REVALIDATE
from publish.manifest import Manifest
from publish.stores.folder import FolderStore
from publish.withdrawn import withdraw
from tests.browser.conftest import NewContext
from tests.browser.demonstration import opened
from tests.browser.ways import ACCOUNT, SIGN_IN, path_of, samples, sign_in, sign_out

WHO = "responsable-fessart"
Later = tuple[Road, list[timedelta], FolderStore]


@pytest.fixture(scope="module")
def later(published: State, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Later]:
    """A demonstration whose clock can be moved on, and its store."""
    passed, folder = [timedelta()], tmp_path_factory.mktemp("back")
    with opened(published, folder, lambda: datetime.now(UTC) + passed[0]) as road:
        yield road, passed, FolderStore(State(folder, folder).store)


@pytest.fixture(params=[True, False], ids=["javascript", "bare"])
def page(request: pytest.FixtureRequest, new_context: NewContext) -> Page:
    return new_context(360, java_script_enabled=request.param).new_page()


def back(page: Page) -> None:
    """Press the Back button."""
    pressed(page, lambda: page.go_back(wait_until="commit"))  # a page out of the cache never loads


def pressed(page: Page, button: Callable[[], object]) -> None:
    """Press a button of the browser.

    Playwright asks Chromium too soon while a page out of the cache takes another's place: nothing has moved yet.
    """
    for _ in range(100):
        try:
            button()
        except Error as error:
            if "Not attached to an active page" not in str(error):
                raise
            page.wait_for_timeout(20)
        else:
            return
    raise AssertionError("Chromium does not answer its buttons")


def read_some(page: Page, road: Road, manifest: Manifest) -> str:
    """Open a page, then a photo by its own address; the photo's path inside the site."""
    photos = [path for path in sorted(manifest.files) if path.startswith("photos/") and path.endswith(".jpg")]
    assert page.goto(f"{road.address}/fessart/{samples(manifest).inner}").status == 200  # type: ignore[union-attr]
    # One that no test before has withdrawn.
    for path in photos:
        if page.goto(f"{road.address}/fessart/{path}").status == 200:  # type: ignore[union-attr]
            return path
    raise AssertionError("every photo is withdrawn")


def assert_nothing_behind(page: Page, road: Road, steps: int) -> None:
    """Every page that Back leads to is a sign-in page; none says or shows anything of a centre."""
    for _ in range(steps):
        back(page)
        if not page.url.startswith(road.address):
            return  # the ENT's own page, before everything
        assert path_of(page).startswith(SIGN_IN), page.url
        assert page.locator("img[src*='photos/']").count() == 0
        assert page.locator("a.account").count() == 0


def test_after_signing_out(page: Page, later: Later, manifests: dict[str, Manifest]) -> None:
    road, _, _ = later
    sign_in(page, road, WHO)
    read_some(page, road, manifests["fessart"])
    page.goto(f"{road.address}/fessart/")
    sign_out(page, road)
    assert_nothing_behind(page, road, 4)


def test_after_idle_expiry(page: Page, later: Later, manifests: dict[str, Manifest]) -> None:
    """A tablet is left lying on a page; the next person who touches it is asked to sign in, and goes back."""
    road, passed, _ = later
    sign_in(page, road, WHO)
    read_some(page, road, manifests["fessart"])
    page.goto(f"{road.address}/fessart/")
    passed[0] += timedelta(minutes=31)
    page.locator("a[href*='programmes/']").first.click()
    assert path_of(page) == SIGN_IN
    assert_nothing_behind(page, road, 3)


def test_the_cookie_that_is_taken_back_empties_the_history(
    page: Page, later: Later, manifests: dict[str, Manifest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative: Chromium keeps pages for Back in spite of `no-store`, for minutes, until their cookie changes."""

    async def keep(gateway: Gateway, request: Request) -> Response:
        return RedirectResponse(SIGN_IN, 303, {"cache-control": "no-store"})

    monkeypatch.setattr(endpoints, "no_session", keep)
    with pytest.raises(AssertionError, match="/fessart/"):
        test_after_idle_expiry(page, later, manifests)


def test_after_a_withdrawal(page: Page, later: Later, manifests: dict[str, Manifest]) -> None:
    """Whatever asks for the photo again, from wherever in the history, gets none of it."""
    road, passed, store = later
    sign_in(page, road, WHO)
    path = read_some(page, road, manifests["fessart"])
    photo = f"/fessart/{path}"
    page.goto(f"{road.address}{ACCOUNT}")
    withdraw(store, "fessart", digests=[], paths=[path], since=datetime.now(UTC), by="test")
    passed[0] += timedelta(seconds=11)
    back(page)
    pressed(page, page.reload)
    assert path_of(page) == photo
    assert page.locator("body.door").count() == 1
    assert page.locator("img[src*='photos/']").count() == 0
    assert page.context.request.get(f"{road.address}{photo}").status == 410


@pytest.mark.parametrize("alone", [True, False], ids=["no-store", "no-cache"])
def test_a_photo_opened_by_itself_is_no_page_that_is_kept(
    alone: bool,
    later: Later,
    manifests: dict[str, Manifest],
    new_context: NewContext,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Inside a page it may be kept and asked for again; as a page, Chromium would show it without asking."""
    if not alone:
        monkeypatch.setattr(site_routes, "NO_STORE", REVALIDATE)
    road, passed, _ = later
    page = new_context(360).new_page()
    sign_in(page, road, WHO)
    path = read_some(page, road, manifests["fessart"])
    passed[0] += timedelta(minutes=31)
    # Until the cookie changes, Chromium may keep even what is `no-store` for Back.
    page.goto(f"{road.address}/fessart/")
    assert path_of(page) == SIGN_IN
    back(page)
    assert path_of(page) == (SIGN_IN if alone else f"/fessart/{path}")
