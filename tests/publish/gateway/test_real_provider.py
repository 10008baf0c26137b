"""The whole sign-in with a real, strict provider (npm oidc-provider) over real sockets."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx2
import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client

from publish.gateway.server import listen
from tests.publish.gateway.house import ent_config
from tests.publish.gateway.real import client, real_gateway, real_provider

SECRET = "the client's secret"


@dataclass
class Street:
    """A real gateway and a real provider."""

    address: str
    issuer: str
    log: io.StringIO
    opened: list[httpx2.Client] = field(default_factory=list)

    def browser(self, cookies: dict[str, str] | None = None) -> httpx2.Client:
        headers = {"accept": "text/html"}
        browser = httpx2.Client(base_url=self.address, headers=headers, cookies=cookies, trust_env=False)
        self.opened.append(browser)
        return browser

    def press(self, browser: httpx2.Client, back: str = "/") -> str:
        answer = browser.post("/-/connexion/ecoles", data={"retour": back}, headers={"origin": self.address})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def at_provider(self, browser: httpx2.Client, url: str, subject: str) -> str:
        """Sign in at the provider; the address to which it sends back."""
        while not url.startswith(self.address):
            separator = "&" if "?" in url else "?"
            asked = f"{url}{separator}as={subject}" if "/interaction/" in url else url
            answer = browser.get(asked)
            assert answer.status_code in (302, 303), answer.text
            url = urljoin(url, answer.headers["location"])
        return url

    def signed_in(self, subject: str, back: str = "/") -> httpx2.Client:
        browser = self.browser()
        answer = browser.get(self.at_provider(browser, self.press(browser, back), subject))
        assert (answer.status_code, answer.headers["location"]) == (303, back), self.log.getvalue()
        return browser


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory, node: Path, peers: Path) -> Iterator[Street]:
    folder = tmp_path_factory.mktemp("street")
    listener = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with (
        real_provider(folder, node, peers, client(address, SECRET, session_required=True)) as issuer,
        real_gateway(folder, listener, ent_config("ecoles", issuer, secret=SECRET)) as log,
    ):
        street = Street(address, issuer, log)
        yield street
        for browser in street.opened:
            browser.close()


def test_a_guardian_reads_what_is_theirs_and_signs_out_everywhere(street: Street) -> None:
    browser = street.signed_in("guardian-fessart", "/fessart/plan/")
    assert browser.get("/fessart/plan/").status_code == 200
    assert browser.get("/escudier/").status_code == 403
    account = browser.get("/-/compte").text
    assert "Paul Exemple" in account
    token = account.split('name="jeton" value="')[1].split('"')[0]
    kept = dict(browser.cookies)
    answer = browser.post("/-/deconnexion", data={"jeton": token}, headers={"origin": street.address})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{street.issuer}/session/end?")
    ended = browser.get(answer.headers["location"])
    assert ended.status_code == 200, "the provider did not accept the farewell"
    assert "xsrf" in ended.text
    again = street.browser(kept)
    assert again.get("/fessart/").status_code == 303


def test_whoever_signs_out_at_the_provider_is_signed_out_here(street: Street) -> None:
    """Back-channel logout: the provider tells the gateway by itself, of that session alone."""
    browser, elsewhere = street.signed_in("guardian-fessart"), street.signed_in("guardian-fessart")
    page = browser.get(f"{street.issuer}/session/end")
    xsrf = re.search(r'name="xsrf" value="([^"]+)"', page.text)
    assert xsrf is not None, page.text
    done = browser.post(f"{street.issuer}/session/end/confirm", data={"xsrf": xsrf[1], "logout": "yes"})
    assert done.status_code == 303
    assert browser.get("/fessart/").status_code == 303
    assert elsewhere.get("/fessart/").status_code == 200
    line = json.loads(street.log.getvalue().splitlines()[-1])
    assert (line["event"], line["sessions"]) == ("provider sign-out", "1")


@pytest.mark.parametrize("subject", ["child-escudier", "guardian-outside", "nobody-known"])
def test_other_people(street: Street, subject: str) -> None:
    browser = street.signed_in(subject)
    opened = {slug for slug in ("fessart", "escudier", "billancourt") if browser.get(f"/{slug}/").status_code == 200}
    assert opened == ({"escudier"} if subject == "child-escudier" else set())


def finish(street: Street, change: Callable[[dict[str, str]], dict[str, str]]) -> int:
    browser = street.browser()
    back = urlsplit(street.at_provider(browser, street.press(browser), "guardian-fessart"))
    query = change(dict(parse_qsl(back.query)))
    return browser.get(f"{back.path}?{urlencode(query)}").status_code


def test_the_provider_states_itself_and_an_answer_without_is_refused(street: Street) -> None:
    assert finish(street, lambda query: query) == 303
    assert finish(street, lambda query: {**query, "iss": "http://127.0.0.1:1"}) == 400
    assert finish(street, lambda query: {name: value for name, value in query.items() if name != "iss"}) == 400


def test_state_and_code(street: Street) -> None:
    assert finish(street, lambda query: {**query, "state": "x" * 43}) == 400
    assert finish(street, lambda query: {**query, "code": "x" * 43}) == 400
    assert finish(street, lambda query: {**query, "code": query["code"] + "x"}) == 400


def test_a_code_is_good_once(street: Street) -> None:
    """Even under a new state: the provider refuses the code, the gateway the old state."""
    browser = street.browser()
    back = street.at_provider(browser, street.press(browser), "guardian-fessart")
    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 400


def test_a_stolen_code_is_worth_nothing_in_another_sign_in(street: Street) -> None:
    """Code injection: the verifier is another one, so the provider refuses (PKCE); the nonce would differ too."""
    victim, thief = street.browser(), street.browser()
    stolen = dict(parse_qsl(urlsplit(street.at_provider(victim, street.press(victim), "guardian-fessart")).query))
    own = urlsplit(street.at_provider(thief, street.press(thief), "nobody-known"))
    query = {**dict(parse_qsl(own.query)), "code": stolen["code"]}
    assert thief.get(f"{own.path}?{urlencode(query)}").status_code == 400


def test_without_its_verifier_the_provider_gives_nothing(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    real = AsyncOAuth2Client.fetch_token

    async def other(self: Any, *args: Any, **given: Any) -> Any:
        return await real(self, *args, **{**given, "code_verifier": "v" * 43})

    monkeypatch.setattr(AsyncOAuth2Client, "fetch_token", other)
    assert finish(street, lambda query: query) == 400


def test_cancelled_at_the_provider(street: Street) -> None:
    browser = street.browser()
    state = dict(parse_qsl(urlsplit(street.press(browser)).query))["state"]
    query = urlencode({"error": "access_denied", "state": state, "iss": street.issuer})
    answer = browser.get(f"/-/connexion/ecoles/retour?{query}")
    assert answer.status_code == 400
    assert "start again" in answer.text


def test_several_tabs(street: Street) -> None:
    browser = street.browser()
    first, second = street.press(browser, "/fessart/"), street.press(browser, "/fessart/plan/")
    for begun, back in ((second, "/fessart/plan/"), (first, "/fessart/")):
        answer = browser.get(street.at_provider(browser, begun, "guardian-fessart"))
        assert (answer.status_code, answer.headers["location"]) == (303, back)


def test_no_secret_in_any_log(
    street: Street, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        browser = street.browser()
        back = street.at_provider(browser, street.press(browser), "guardian-fessart")
        # The test's own client logs; what counts is what the gateway writes from here on.
        caplog.clear()
        answer = browser.get(back)
        assert answer.status_code == 303
        browser.get("/fessart/?canary=1")
        browser.get("/escudier/?canary=1")
    query = dict(parse_qsl(urlsplit(back).query))
    secrets = [query["code"], query["state"], SECRET, "canary", *browser.cookies.values(), "guardian-fessart"]
    ours = ("publish", "uvicorn", "authlib", "joserfc", "httpcore2.connection")
    gateway_lines = "\n".join(line.getMessage() for line in caplog.records if line.name.startswith(ours))
    captured = capfd.readouterr()
    for secret in secrets:
        assert secret not in gateway_lines + street.log.getvalue() + captured.out + captured.err
