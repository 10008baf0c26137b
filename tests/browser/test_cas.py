"""A person's way in Chromium with real servers: django-cas-server, and LemonLDAP::NG with CAS and OpenID Connect."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx2
import pytest
from playwright.sync_api import Page, expect

from publish.gateway.server import listen
from tests.browser.conftest import NewContext
from tests.browser.ways import ACCOUNT, GOODBYE, SIGN_IN, assert_signed_out, assert_theirs_alone, path_of
from tests.publish.gateway import llng
from tests.publish.gateway.django_cas import django_cas
from tests.publish.gateway.house import PEOPLE, cas_config, ent_config
from tests.publish.gateway.real import real_gateway

KNOWN = {key: claims for key, claims in PEOPLE.items() if "paired" not in claims}
ENTS, CAS = ("django", "llng-cas", "llng-oidc"), ("django", "llng-cas")


@dataclass
class Street:
    """A real gateway, and real servers behind which people sign in.

    Arguments:
        logouts: of each server, the address of its own sign-out.
    """

    address: str
    log: io.StringIO
    logouts: dict[str, str]

    def events(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    folder = tmp_path_factory.mktemp("street")
    listener = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    service = f"{address}{SIGN_IN}/"
    for name in ("django", "llng"):
        (folder / name).mkdir()
    with (
        django_cas(folder / "django", KNOWN, service=service) as django,
        llng.running(
            folder / "llng",
            KNOWN,
            service=service,
            redirect_uri=f"{address}{SIGN_IN}/llng-oidc/retour",
            goodbye=f"{address}{GOODBYE}",
        ) as portal,
        real_gateway(
            folder,
            listener,
            cas_config("django", django, validation="/serviceValidate"),
            cas_config("llng-cas", f"{portal}/cas"),
            ent_config("llng-oidc", f"{portal}/", secret=llng.SECRET),
        ) as log,
    ):
        out = f"{portal}/?logout=1"
        yield Street(address, log, {"django": f"{django}/logout", "llng-cas": out, "llng-oidc": out})


def sign_in(page: Page, street: Street, ent: str, key: str, path: str) -> None:
    """Open an address without a session, choose the ENT, fill in its form, and come back to where one was going."""
    page.goto(f"{street.address}{path}")
    press(page, ent)
    page.locator(f"input[name='{'username' if ent == 'django' else 'user'}']").fill(key)
    page.locator("input[name='password']").fill(key)
    page.locator("input[name='password']").press("Enter")
    page.wait_for_url(f"{street.address}{path}")


def press(page: Page, ent: str) -> None:
    page.locator(f"button[formaction='{SIGN_IN}/{ent}']").click()


@pytest.mark.parametrize("ent", ENTS)
def test_a_guardian_enters_their_centre_and_signs_out_for_good(
    street: Street, new_context: NewContext, ent: str
) -> None:
    context = new_context()
    page = context.new_page()
    sign_in(page, street, ent, "guardian-fessart", "/fessart/plan/")
    assert_theirs_alone(page, street.address)
    page.goto(f"{street.address}{ACCOUNT}")
    expect(page.locator("main")).to_contain_text("Paul Exemple")
    (kept,) = [cookie["value"] for cookie in context.cookies(street.address) if cookie.get("name") == "preau-demo"]
    page.locator("form[action='/-/deconnexion'] button").click()
    page.wait_for_url(f"{street.address}{GOODBYE}**")
    assert_signed_out(page, street.address)
    # Out there too: the server asks again who this is.
    press(page, ent)
    expect(page.locator("input[name='password']")).to_be_visible()
    context.add_cookies([{"name": "preau-demo", "value": kept, "url": street.address}])
    assert_signed_out(page, street.address)


@pytest.mark.parametrize(
    ("ent", "key", "opened"), [("django", "child-escudier", {"escudier"}), ("llng-oidc", "guardian-outside", set())]
)
def test_other_people(street: Street, new_context: NewContext, ent: str, key: str, opened: set[str]) -> None:
    page = new_context().new_page()
    sign_in(page, street, ent, key, "/escudier/")
    seen = {slug: page.goto(f"{street.address}/{slug}/") for slug in ("fessart", "escudier", "billancourt")}
    assert {slug for slug, answer in seen.items() if answer and answer.status == 200} == opened


@pytest.mark.parametrize("ent", CAS)
def test_whoever_signs_out_at_the_ent_is_out_here(street: Street, new_context: NewContext, ent: str) -> None:
    context = new_context()
    page, tab = context.new_page(), context.new_page()
    sign_in(page, street, ent, "guardian-fessart", "/fessart/")
    tab.goto(street.logouts[ent])
    page.reload()
    assert path_of(page) == SIGN_IN, street.events()[-3:]
    ended = [event for event in street.events() if event["event"] == "provider sign-out" and event["ent"] == ent]
    assert ended[-1]["sessions"] == "1"
    assert_signed_out(page, street.address)


@pytest.mark.parametrize("ent", CAS)
def test_a_ticket_is_good_once_and_for_one_sign_in(street: Street, new_context: NewContext, ent: str) -> None:
    page, asked = new_context().new_page(), list[str]()
    page.on("request", lambda request: asked.append(request.url) if "ticket=ST-" in request.url else None)
    sign_in(page, street, ent, "guardian-fessart", "/fessart/")
    (used,) = asked
    again = page.goto(used)
    assert again is not None
    assert again.status == 400
    ticket = parse_qs(urlsplit(used).query)["ticket"][0]
    with httpx2.Client(base_url=street.address, trust_env=False) as thief:
        begun = thief.post(f"{SIGN_IN}/{ent}", data={"retour": "/"}, headers={"origin": street.address})
        service = dict(parse_qsl(urlsplit(begun.headers["location"]).query))["service"]
        own = {"state": dict(parse_qsl(urlsplit(service).query))["state"], "ticket": ticket}
        assert thief.get(f"{SIGN_IN}/{ent}/retour?{urlencode(own)}").status_code == 400
    assert street.events()[-1]["reason"] == "ticket not accepted"
    assert ticket not in street.log.getvalue()
