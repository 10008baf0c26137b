"""Only this machine's own browser, on a page of the preview itself, gets an answer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import anyio
import httpx2
import pytest

from publish.preview import guard as module
from publish.preview.app import create_app
from publish.preview.current import Current
from tests.plugins.making import NOW, make_content
from tests.plugins.preview.making import WAITING, shelf_of

PORT = 8765


@pytest.fixture(scope="module")
def current(tmp_path_factory: pytest.TempPathFactory) -> Current:
    folder = tmp_path_factory.mktemp("guard")
    current = Current(NOW)
    current.show(shelf_of(make_content(folder / "content", WAITING), folder / "cache"), [], NOW)
    return current


def ask(current: Current, path: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> httpx2.Response:
    app = create_app(current, "lilas", Path(), PORT, "fr")

    async def asked() -> httpx2.Response:
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url=f"http://127.0.0.1:{PORT}") as client:
            return await client.request(method, path, headers=headers)

    return anyio.run(asked)


FOREIGN = [
    "evil.example",
    "evil.example:8765",
    "127.0.0.1.evil.example",
    "localhost.evil.example:8765",
    "localhost.",
    "127.0.0.1:9999",
    "127.0.0.2",
    "127.1",
    "0.0.0.0:8765",
    "[::1]:8765",
    "2130706433",
    "LOCALHOST:8765",
    "",
]


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_name_that_points_here_gets_nothing(current: Current, host: str) -> None:
    answer = ask(current, "/lilas/", {"host": host})
    assert answer.status_code == 421
    assert answer.text == "421\n"


def test_without_the_check_the_name_would_be_enough(current: Current, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NAMES", (*module.NAMES, "evil.example"))
    assert "Inachevé" in ask(current, "/lilas/rappels/", {"host": "evil.example"}).text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.1:8765", "localhost:8765"])
def test_our_own_names_are_answered(current: Current, host: str) -> None:
    assert ask(current, "/lilas/", {"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
    ],
    ids=str,
)
def test_another_website_gets_nothing(
    current: Current, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("/lilas/", "/-/apercu/versions", "/lilas/calendrier.ics"):
        answer = ask(current, path, headers)
        assert answer.status_code == 403
        assert answer.text == "403\n"
    monkeypatch.setattr(module.Guard, "_refusal", lambda self, scope: 0)
    assert ask(current, "/lilas/", headers).status_code == 200


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_page_of_ours_and_a_typed_address_are_answered(current: Current, site: str) -> None:
    headers = {"sec-fetch-site": site, "origin": f"http://127.0.0.1:{PORT}"}
    assert ask(current, "/lilas/", headers).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_can_be_sent(current: Current, method: str) -> None:
    assert ask(current, "/lilas/", method=method).status_code == 405


def test_headers_are_those_of_production(current: Current) -> None:
    answer = ask(current, "/lilas/")
    policy = answer.headers["content-security-policy"]
    assert "'unsafe-inline'" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in answer.headers


def test_a_fault_shows_a_sentence_and_no_traceback(current: Current, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("<b>inattendu</b>")

    monkeypatch.setattr("publish.preview.app.Preview._site", fail)
    answer = ask(current, "/lilas/")
    assert answer.status_code == 500
    assert "RuntimeError" in answer.text
    assert "&lt;b&gt;" in answer.text
    assert "Traceback" not in answer.text
    assert ".py" not in answer.text
