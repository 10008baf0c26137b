"""Real web servers in front: Apache with mod_auth_openidc, which says who somebody is; nginx, which must not."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urljoin

import httpx2
import pytest
from playwright.sync_api import expect, sync_playwright

from publish.gateway.addresses import ACCOUNT, GOODBYE, SIGN_IN
from publish.gateway.server import listen
from tests.publish.gateway import apache, nginx
from tests.publish.gateway.front import PREFIX, RETURN, SECRET, SECRET_HEADER
from tests.publish.gateway.house import ESCUDIER, headers_config
from tests.publish.gateway.real import real_gateway, real_provider
from tests.publish.stores.seaweed import free_ports

WHO = "guardian-fessart"
UAI = f"{PREFIX}ENTPersonStructRattachUAI"


@dataclass
class Street:
    """Apache, a gateway behind it, and the provider behind both.

    Arguments:
        address: of Apache, which is the public one.
        direct: of the gateway itself.
    """

    address: str
    direct: str
    issuer: str
    log: io.StringIO

    def events(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory, node: Path, peers: Path) -> Iterator[Street]:
    folder = tmp_path_factory.mktemp("street")
    for name in ("provider", "gateway", "apache"):
        (folder / name).mkdir()
    listener, port = listen("127.0.0.1", 0), free_ports(1)[0]
    address, backend = f"http://127.0.0.1:{port}", listener.getsockname()[1]
    away = f"{address}{apache.CALLBACK}?logout={quote(f'{address}{GOODBYE}', safe='')}"
    with ExitStack() as stack:
        issuer = stack.enter_context(real_provider(folder / "provider", node, peers, apache.client(address)))
        ent = headers_config("passerelle", issuer, sign_out=away)
        log = stack.enter_context(real_gateway(folder / "gateway", listener, ent, address=address))
        written = apache.configuration(folder / "apache", address=address, issuer=issuer, backend=backend)
        stack.enter_context(apache.running(folder / "apache", written, port))
        yield Street(address, f"http://127.0.0.1:{backend}", issuer, log)


@pytest.mark.browser
def test_a_guardian_behind_apache_enters_their_centre_and_signs_out_for_good(street: Street, chromium: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"])
        context = browser.new_context(locale="fr-FR")
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.goto(f"{street.address}/fessart/plan/")
        page.locator(f"button[formaction='{SIGN_IN}/passerelle']").click()
        page.locator(f"button[value='{WHO}']").click()
        page.wait_for_url(f"{street.address}/fessart/plan/")
        for path, status in (("/fessart/", 200), ("/escudier/", 403), ("/billancourt/", 403), ("/inconnu/", 403)):
            answer = page.goto(f"{street.address}{path}")
            assert answer is not None
            assert (path, answer.status) == (path, status)
        page.goto(f"{street.address}{ACCOUNT}")
        expect(page.locator("main")).to_contain_text("Paul Exemple")
        (kept,) = [cookie["value"] for cookie in context.cookies(street.address) if cookie["name"] == "preau-demo"]
        page.locator("form[action='/-/deconnexion'] button").click()
        page.wait_for_url(f"{street.issuer}/session/end**")
        page.locator("button[value='yes']").click()
        page.wait_for_url(f"{street.address}{GOODBYE}**")
        page.goto(f"{street.address}/fessart/")
        page.locator(f"button[formaction='{SIGN_IN}/passerelle']").click()
        # Apache and the provider have forgotten them too.
        expect(page.locator(f"button[value='{WHO}']")).to_be_visible()
        context.add_cookies([{"name": "preau-demo", "value": kept, "url": street.address}])
        page.goto(f"{street.address}/fessart/")
        assert page.url.startswith(f"{street.address}{SIGN_IN}"), "the session lives on"
        browser.close()


@pytest.fixture
def client() -> Iterator[httpx2.Client]:
    with httpx2.Client(headers={"accept": "text/html"}, trust_env=False) as client:
        yield client


def press(client: httpx2.Client, street: Street) -> str:
    answer = client.post(
        f"{street.address}{SIGN_IN}/passerelle", data={"retour": "/"}, headers={"origin": street.address}
    )
    assert answer.status_code == 303
    return str(answer.headers["location"])


def follow(client: httpx2.Client, url: str, subject: str, spoofed: dict[str, str]) -> httpx2.Response:
    """To Apache and the provider and back, with these headers wherever Apache is asked for the one address."""
    while True:
        headers = spoofed if RETURN in url else {}
        answer = client.get(f"{url}?as={subject}" if "/interaction/" in url else url, headers=headers)
        if answer.status_code not in (302, 303) or "preau-demo=" in str(answer.headers.get("set-cookie")):
            return answer
        url = urljoin(url, answer.headers["location"])


@pytest.mark.parametrize(
    "name", [UAI, UAI.lower(), UAI.replace("_", "-"), SECRET_HEADER.lower(), "OIDC_CLAIM_sub", "OIDC-CLAIM-sub"]
)
def test_apache_takes_away_what_a_browser_says_of_itself(street: Street, client: httpx2.Client, name: str) -> None:
    """At the one address: what comes from a browser there is replaced, whatever its spelling."""
    value = ESCUDIER if "UAI" in name.upper() else "city-officer"
    answer = follow(client, press(client, street), WHO, {name: value})
    assert answer.status_code == 303, street.events()[-1]
    opened = {slug for slug in ("fessart", "escudier") if client.get(f"{street.address}/{slug}/").status_code == 200}
    assert opened == {"fessart"}


@pytest.mark.parametrize("name", [f"{PREFIX}sub", f"{PREFIX}ENTPersonProfils", UAI, SECRET_HEADER])
def test_apache_takes_nothing_away_for_a_browser(street: Street, client: httpx2.Client, name: str) -> None:
    """CVE-2022-31813: a header named in `Connection` is for this hop alone, even one that Apache itself wrote."""
    answer = follow(client, press(client, street), WHO, {"connection": f"keep-alive, {name}"})
    assert answer.status_code == 303, street.events()[-1]
    assert client.get(f"{street.address}/fessart/").status_code == 200


def test_without_that_line_apache_does(street: Street, client: httpx2.Client, tmp_path: Path) -> None:
    """The same Apache without `RequestHeader unset Connection`: what it writes is gone where a browser says so."""
    port, host = free_ports(1)[0], street.address.removeprefix("http://")
    backend = int(street.direct.rpartition(":")[2])
    written = apache.configuration(tmp_path, address=f"http://127.0.0.1:{port}", issuer=street.issuer, backend=backend)
    # Who somebody is stands there without a provider: only the line is looked at.
    for line, other in (
        ("    RequestHeader unset Connection\n", f'    RequestHeader set {PREFIX}sub "x"\n'),
        ("    AuthType openid-connect\n", ""),
        ("    Require valid-user\n", ""),
    ):
        assert line in written
        written = written.replace(line, other)
    with apache.running(tmp_path, written, port):
        for connection, status in (("keep-alive", 303), (f"keep-alive, {SECRET_HEADER}", 400)):
            state = press(client, street).partition("?")[2]
            cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
            headers = {"host": host, "cookie": cookies, "connection": connection}
            url = f"http://127.0.0.1:{port}{RETURN}?{state}"
            assert httpx2.get(url, headers=headers, trust_env=False).status_code == status
    assert street.events()[-1]["reason"] == "headers without the secret"


def test_the_secret_in_another_spelling_passes_apache_and_is_refused(street: Street, client: httpx2.Client) -> None:
    answer = follow(client, press(client, street), WHO, {"X_Preau_Secret": SECRET})
    assert answer.status_code == 400
    assert street.events()[-1]["reason"] == "header in another spelling"


@pytest.mark.parametrize(
    "name", ["OIDC_CLAIM_sub", "Oidc-Claim-Sub", "oidc-claim_sub", "X_PREAU_SECRET", SECRET_HEADER]
)
@pytest.mark.parametrize("path", ["/fessart/", "/-/connexion", "/-/sante"])
def test_a_spoofed_header_through_apache_is_refused(
    street: Street, client: httpx2.Client, name: str, path: str
) -> None:
    assert client.get(f"{street.address}{path}", headers={name: "city-officer"}).status_code == 400
    assert street.events()[-1]["event"] == "identity header"


def test_past_apache_there_is_nothing_without_the_secret(street: Street, client: httpx2.Client) -> None:
    """A program on the same machine, so at a listed address, that guesses the secret."""
    host = street.address.removeprefix("http://")
    state = press(client, street).partition("?")[2]
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    answer = httpx2.get(
        f"{street.direct}{RETURN}?{state}",
        headers={"host": host, "cookie": cookies, "OIDC_CLAIM_sub": "x", SECRET_HEADER: "guessed"},
        trust_env=False,
    )
    assert answer.status_code == 400
    assert street.events()[-1]["reason"] == "headers without the secret"


@pytest.mark.parametrize(("underscores", "status"), [("on", 400), ("off", 303)])
def test_nginx_in_front(street: Street, client: httpx2.Client, tmp_path: Path, underscores: str, status: int) -> None:
    """`underscores_in_headers`: off (as shipped) drops what Apache lets pass; on, it is refused here."""
    port, host = free_ports(1)[0], street.address.removeprefix("http://")
    block = (
        f"server {{ listen 127.0.0.1:{port}; underscores_in_headers {underscores}; access_log off;"
        f" location / {{ proxy_pass {street.direct}; proxy_set_header Host {host}; }} }}"
    )
    with nginx.running(tmp_path, nginx.whole(tmp_path, block), port):
        front = f"http://127.0.0.1:{port}/fessart/"
        assert client.get(front, headers={"X_Preau_Secret": "x", "OIDC_CLAIM_sub": "x"}).status_code == status
        assert client.get(front, headers={"X-Preau-Secret": "x"}).status_code == 400
        assert client.get(front, headers={"OIDC-CLAIM-SUB": "x"}).status_code == 400
