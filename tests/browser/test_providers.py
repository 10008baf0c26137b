"""A guardian in Chromium, with a real OpenID provider and with OAuth 2: in, refused elsewhere, out for good."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from publish.gateway.server import listen, serving
from tests.browser.conftest import NewContext
from tests.browser.ways import ACCOUNT, GOODBYE, SIGN_IN, assert_signed_out, assert_theirs_alone, path_of
from tests.publish.gateway.beneylu import Beneylu
from tests.publish.gateway.house import PEOPLE, ent_config, oauth2_config
from tests.publish.gateway.real import client, real_gateway, real_provider

SECRET = "the client's secret"
WHO = "guardian-fessart"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, node: Path, peers: Path) -> Iterator[str]:
    """A gateway, and a provider whose logout tokens name people, never sessions, as some ENTs do."""
    folder = tmp_path_factory.mktemp("openid")
    listener, other = listen("127.0.0.1", 0), listen("127.0.0.1", 0)
    address, classe = (f"http://127.0.0.1:{one.getsockname()[1]}" for one in (listener, other))
    with (
        serving(Beneylu(classe, f"{address}/-/connexion/classe/retour", PEOPLE), other),
        real_provider(folder, node, peers, client(address, SECRET, session_required=False)) as issuer,
        real_gateway(folder, listener, ent_config("ecoles", issuer, secret=SECRET), oauth2_config("classe", classe)),
    ):
        yield address


def sign_in(page: Page, address: str, ent: str = "ecoles") -> str:
    """From a centre's page to the provider and back; the provider's address."""
    page.goto(f"{address}/fessart/plan/")
    assert path_of(page) == SIGN_IN
    page.locator(f"button[formaction='{SIGN_IN}/{ent}']").click()
    page.locator(f"button[value='{WHO}']").wait_for()
    issuer = "/".join(page.url.split("/")[:3])
    page.locator(f"button[value='{WHO}']").click()
    page.wait_for_url(f"{address}/fessart/plan/")
    return issuer


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
    page.locator(f"button[formaction='{SIGN_IN}/ecoles']").click()
    # Out there too: the provider asks again who this is.
    expect(page.locator(f"button[value='{WHO}']")).to_be_visible()


def test_in_and_out_with_oauth2(address: str, new_context: NewContext) -> None:
    page = new_context().new_page()
    sign_in(page, address, "classe")
    assert_theirs_alone(page, address)
    page.goto(f"{address}{ACCOUNT}")
    expect(page.locator("main")).to_contain_text("Paul Exemple")
    page.locator("form[action='/-/deconnexion'] button").click()
    page.wait_for_url(f"{address}{GOODBYE}")
    assert_signed_out(page, address)


def test_whoever_signs_out_at_the_ent_is_out_here_on_every_device(address: str, new_context: NewContext) -> None:
    page, telephone = new_context().new_page(), new_context(360).new_page()
    issuer = sign_in(page, address)
    sign_in(telephone, address)
    page.goto(f"{issuer}/session/end")
    page.locator("button[value='yes']").click()
    page.wait_for_url(f"{issuer}/session/end/success**")
    assert_signed_out(page, address)
    assert_signed_out(telephone, address)
