"""A person's way in Chromium with real servers: django-cas-server, and LemonLDAP::NG with CAS and OpenID Connect."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from publish.config import GatewayConfig
from publish.gateway.addresses import GOODBYE
from publish.gateway.app import create_app
from publish.gateway.server import listen, serving
from tests.publish.gateway import llng
from tests.publish.gateway.house import KEY, PEOPLE, build_house, cas_config, ent_config

pytestmark = pytest.mark.browser

ENTS = ("django", "llng-cas", "llng-oidc")
KNOWN = {key: claims for key, claims in PEOPLE.items() if "paired" not in claims}


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


@contextmanager
def django_cas(folder: Path, port: int, service: str) -> Iterator[None]:
    given = {"port": port, "service": service, "database": str(folder / "cas.sqlite3"), "people": KNOWN}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, Path(__file__).parent / "real_cas_server.py"],
            env={"PATH": os.environ["PATH"], "SETTINGS": json.dumps(given)},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"listening\n", (folder / "log").read_text()
        yield
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def free_ports(number: int) -> list[int]:
    sockets = [listen("127.0.0.1", 0) for _ in range(number)]
    ports = [found.getsockname()[1] for found in sockets]
    for found in sockets:
        found.close()
    return ports


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    folder = tmp_path_factory.mktemp("street")
    listener = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    django_port, llng_port = free_ports(2)
    llng_cas, llng_oidc = llng.addresses(llng_port)
    django = f"http://127.0.0.1:{django_port}/cas"
    log = io.StringIO()
    for name in ("house", "django", "llng"):
        (folder / name).mkdir()
    with asyncio.Runner() as loop, ExitStack() as stack:
        house = build_house(folder / "house", loop)
        house.close()
        stack.enter_context(django_cas(folder / "django", django_port, f"{address}/-/connexion/"))
        stack.enter_context(
            llng.running(
                folder / "llng",
                llng_port,
                KNOWN,
                service=f"{address}/-/connexion/",
                redirect_uri=f"{address}/-/connexion/llng-oidc/retour",
                goodbye=f"{address}{GOODBYE}",
            )
        )
        config = GatewayConfig(
            address=address,
            store=folder,
            sessions=folder / "sessions.sqlite3",
            ents=(
                cas_config("django", django, validation="/serviceValidate"),
                cas_config("llng-cas", llng_cas),
                ent_config("llng-oidc", llng_oidc, secret=llng.SECRET),
            ),
            access_key=KEY,
            language="en",
            demonstration=True,
        )
        theme = folder / "house" / "theme"
        app = create_app(config, house.store, clock=lambda: datetime.now(UTC), security_log=log, theme=theme)
        stack.enter_context(serving(app, listener))
        portal = f"http://127.0.0.1:{llng_port}/?logout=1"
        yield Street(address, log, {"django": f"{django}/logout", "llng-cas": portal, "llng-oidc": portal})


@pytest.fixture(scope="module")
def chrome(chromium: Path) -> Iterator[object]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture
def context(chrome) -> Iterator[BrowserContext]:
    opened = chrome.new_context(locale="fr-FR")
    opened.set_default_timeout(20_000)
    yield opened
    opened.close()


def sign_in(page: Page, street: Street, ent: str, key: str, path: str = "/") -> None:
    """Open an address without a session, choose the ENT, fill in its form, and come back."""
    page.goto(f"{street.address}{path}")
    press(page, ent)
    name = "username" if ent == "django" else "user"
    page.locator(f"input[name='{name}']").fill(key)
    page.locator("input[name='password']").fill(key)
    page.locator("input[name='password']").press("Enter")
    page.wait_for_url(f"{street.address}/**")


def press(page: Page, ent: str) -> None:
    page.locator(f"form[action='/-/connexion/{ent}'] button").click()


@pytest.mark.parametrize("ent", ENTS)
def test_a_guardian_enters_their_centre_and_signs_out_for_good(
    street: Street, context: BrowserContext, ent: str
) -> None:
    page = context.new_page()
    sign_in(page, street, ent, "guardian-fessart", "/fessart/plan/")
    assert page.url == f"{street.address}/fessart/plan/", "not back where they were going"
    for path, status in (("/fessart/", 200), ("/escudier/", 403), ("/billancourt/", 403), ("/inconnu/", 403)):
        answer = page.goto(f"{street.address}{path}")
        assert answer is not None
        assert (path, answer.status) == (path, status)
    page.goto(f"{street.address}/-/compte")
    expect(page.locator("main")).to_contain_text("Paul Exemple")
    (kept,) = [cookie["value"] for cookie in context.cookies(street.address) if cookie.get("name") == "preau-demo"]
    page.locator("form[action='/-/deconnexion'] button").click()
    page.wait_for_url(f"{street.address}{GOODBYE}")
    assert "preau-demo" not in {cookie.get("name") for cookie in context.cookies(street.address)}
    page.goto(f"{street.address}/fessart/")
    press(page, ent)
    expect(page.locator("input[name='password']")).to_be_visible()
    context.add_cookies([{"name": "preau-demo", "value": kept, "url": street.address}])
    page.goto(f"{street.address}/fessart/")
    assert page.url.startswith(f"{street.address}/-/connexion"), "the session lives on"


@pytest.mark.parametrize(
    ("ent", "key", "opened"), [("django", "child-escudier", {"escudier"}), ("llng-oidc", "guardian-outside", set())]
)
def test_other_people(street: Street, context: BrowserContext, ent: str, key: str, opened: set[str]) -> None:
    page = context.new_page()
    sign_in(page, street, ent, key, "/escudier/")
    seen = {slug: page.goto(f"{street.address}/{slug}/") for slug in ("fessart", "escudier", "billancourt")}
    assert {slug for slug, answer in seen.items() if answer and answer.status == 200} == opened


@pytest.mark.parametrize("ent", ["django", "llng-cas"])
def test_single_logout_ends_the_session_here(street: Street, context: BrowserContext, ent: str) -> None:
    page = context.new_page()
    sign_in(page, street, ent, "guardian-fessart", "/fessart/")
    assert page.url == f"{street.address}/fessart/"
    other = context.new_page()
    other.goto(street.logouts[ent])
    page.reload()
    assert page.url.startswith(f"{street.address}/-/connexion"), street.events()[-3:]
    ended = [event for event in street.events() if event["event"] == "provider sign-out" and event["ent"] == ent]
    assert ended[-1]["sessions"] == "1"


@pytest.mark.parametrize("ent", ["django", "llng-cas"])
def test_a_ticket_is_good_once_and_for_one_sign_in(street: Street, context: BrowserContext, ent: str) -> None:
    """At the server itself: asked directly, with the right service, a ticket that was used is refused."""
    page = context.new_page()
    answers: list[str] = []
    page.on("request", lambda request: answers.append(request.url) if "ticket=ST-" in request.url else None)
    sign_in(page, street, ent, "guardian-fessart", "/fessart/")
    (used,) = answers
    assert page.goto(used).status == 400  # type: ignore[union-attr]
    query = dict(parse_qsl(urlsplit(used).query))
    with httpx2.Client(trust_env=False) as thief:
        begun = thief.post(
            f"{street.address}/-/connexion/{ent}", data={"retour": "/"}, headers={"origin": street.address}
        )
        (service,) = [
            value for name, value in parse_qsl(urlsplit(begun.headers["location"]).query) if name == "service"
        ]
        state = dict(parse_qsl(urlsplit(service).query))["state"]
        answer = thief.get(
            f"{street.address}/-/connexion/{ent}/retour?{urlencode({'state': state, 'ticket': query['ticket']})}"
        )
    assert answer.status_code == 400
    assert street.events()[-1]["reason"] == "ticket not accepted"
    assert query["ticket"] not in street.log.getvalue()
