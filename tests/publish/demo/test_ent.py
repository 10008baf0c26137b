"""The ENT's pages as a browser without JavaScript reads them. Their look is checked in tests/browser."""

from __future__ import annotations

from gettext import NullTranslations
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from publish.demo.ent import MOST_BODY, create_ent
from publish.demo.memory import Client
from publish.demo.people import PEOPLE

ISSUER = "http://localhost:9001"
BACK = "http://127.0.0.1:9000/-/connexion/demo/retour"
QUERY = {
    "client_id": "preau",
    "response_type": "code",
    "scope": "openid",
    "redirect_uri": BACK,
    "state": "st",
    "nonce": "n",
    "code_challenge": "c" * 43,
    "code_challenge_method": "S256",
}
PAGES = ["/", "/connexion", "/deconnexion", "/nowhere"]


class Parts(HTMLParser):
    """Elements with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def web() -> FlaskClient:
    client = Client("preau", "s3cret", BACK, "http://127.0.0.1:9000/-/connexion/au-revoir")
    app = create_ent(ISSUER, client, {"fessart": "Fessart"}, NullTranslations(), lambda: 0.0)
    app.config.update(TESTING=True, SERVER_NAME=urlsplit(ISSUER).netloc)
    return app.test_client()


def test_there_is_one_button_a_person_and_one_to_go_back(web: FlaskClient) -> None:
    page = web.get("/connexion", query_string=QUERY)
    assert page.status_code == 200
    buttons = [attrs for tag, attrs in Parts(page.text).found if tag == "button"]
    assert [button["value"] for button in buttons] == [*(one.key for one in PEOPLE), ""]
    for one in PEOPLE:
        assert one.name in page.text
        assert one.expectation({"fessart": "Fessart"}, str) in page.text
        assert one.role.replace("’", "&#39;") in page.text or one.role in page.text


def test_every_page_says_that_this_is_a_demonstration(web: FlaskClient) -> None:
    for path in PAGES:
        assert "Demonstration ENT" in web.get(path, query_string=QUERY).text


def test_no_page_asks_anything_of_another_address_or_needs_javascript(web: FlaskClient) -> None:
    for path in PAGES:
        for tag, attrs in Parts(web.get(path, query_string=QUERY).text).found:
            assert tag not in ("script", "style", "img", "iframe")
            assert not any(name == "style" or name.startswith("on") for name in attrs)
            if tag == "link":
                assert attrs["href"] == "/ent.css"


@pytest.mark.parametrize("path", [*PAGES, "/ent.css", "/.well-known/openid-configuration", "/jwks", "/profil"])
def test_every_answer_is_protected(web: FlaskClient, path: str) -> None:
    headers = web.get(path, query_string=QUERY).headers
    assert headers["Cache-Control"] == "no-store"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' http://127.0.0.1:9000;" in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("host", ["evil.example", "evil.example:9001", "127.0.0.1:9001", "localhost", "localhost:1"])
@pytest.mark.parametrize("path", ["/connexion", "/.well-known/openid-configuration", "/jwks"])
def test_another_host_is_refused(web: FlaskClient, host: str, path: str) -> None:
    assert web.get(path, query_string=QUERY, headers={"Host": host}).status_code == 400


def test_a_large_form_is_refused(web: FlaskClient) -> None:
    data = {"personne": "ville", "more": "x" * MOST_BODY}
    assert web.post("/connexion", query_string=QUERY, data=data).status_code == 413


def test_the_key_told_to_everybody_is_public(web: FlaskClient) -> None:
    keys = web.get("/jwks").json
    assert keys is not None
    assert [set(key) & {"d", "p", "q", "dp", "dq", "qi"} for key in keys["keys"]] == [set()]


def test_what_it_says_of_itself_is_what_it_does(web: FlaskClient) -> None:
    said = web.get("/.well-known/openid-configuration").json
    assert said is not None
    assert said["issuer"] == ISSUER
    rules = {rule.rule for rule in web.application.url_map.iter_rules()}
    addresses = [value for name, value in said.items() if name.endswith(("_endpoint", "_uri"))]
    assert len(addresses) == 5
    for address in addresses:
        assert address.removeprefix(ISSUER) in rules
