"""A guardian in Chromium, with a real OpenID provider: in, refused elsewhere, out for good – here and there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from publish.gateway.server import listen
from tests.browser.conftest import NewContext
from tests.browser.ways import ACCOUNT, GOODBYE, SIGN_IN, path_of
from tests.publish.gateway.house import ent_config
from tests.publish.gateway.real import client, real_gateway, real_provider

SECRET = "the client's secret"
WHO = "guardian-fessart"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, node: Path, peers: Path) -> Iterator[str]:
    """A gateway, and a provider whose logout tokens name people, never sessions, as some ENTs do."""
    folder = tmp_path_factory.mktemp("openid")
    listener = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with (
        real_provider(folder, node, peers, client(address, SECRET, session_required=False)) as issuer,
        real_gateway(folder, listener, ent_config("ecoles", issuer, secret=SECRET)),
    ):
        yield address


def sign_in(page: Page, address: str) -> str:
    """From a centre's page to the provider and back; the provider's address."""
    page.goto(f"{address}/fessart/plan/")
    assert path_of(page) == SIGN_IN
    page.locator(f"form[action='{SIGN_IN}/ecoles'] button").click()
    page.wait_for_url("**/interaction/**")
    issuer = page.url.partition("/interaction/")[0]
    page.locator(f"button[value='{WHO}']").click()
    page.wait_for_url(f"{address}/fessart/plan/")
    return issuer


def assert_theirs_alone(page: Page, address: str) -> None:
    for slug in ("fessart", "escudier", "billancourt"):
        answer = page.goto(f"{address}/{slug}/")
        assert answer is not None
        assert answer.status == (200 if slug == "fessart" else 403)


def assert_signed_out(page: Page, address: str) -> None:
    for path in ("/fessart/", "/fessart/photos/0123456789abcdef-640.webp", ACCOUNT):
        page.goto(f"{address}{path}")
        assert path_of(page) == SIGN_IN
    page.go_back(wait_until="commit")
    assert path_of(page) == SIGN_IN


def test_in_and_out(address: str, new_context: NewContext) -> None:
    page = new_context().new_page()
    issuer = sign_in(page, address)
    assert_theirs_alone(page, address)
    page.goto(f"{address}{ACCOUNT}")
    page.locator("form[action='/-/deconnexion'] button").click()
    page.wait_for_url(f"{issuer}/session/end**")
    page.locator("button[value='yes']").click()
    page.wait_for_url(f"{address}{GOODBYE}**")
    assert_signed_out(page, address)
    page.locator(f"form[action='{SIGN_IN}/ecoles'] button").click()
    # Out there too: the provider asks again who this is.
    expect(page.locator(f"button[value='{WHO}']")).to_be_visible()


def test_whoever_signs_out_at_the_ent_is_out_here_on_every_device(address: str, new_context: NewContext) -> None:
    page, telephone = new_context().new_page(), new_context(360).new_page()
    issuer = sign_in(page, address)
    sign_in(telephone, address)
    page.goto(f"{issuer}/session/end")
    page.locator("button[value='yes']").click()
    page.wait_for_url(f"{issuer}/session/end/success**")
    assert_signed_out(page, address)
    assert_signed_out(telephone, address)
