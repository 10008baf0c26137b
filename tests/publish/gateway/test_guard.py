"""What holds for every request and every answer."""

from __future__ import annotations

import asyncio
import logging

import pytest
from starlette.types import Message

from publish.gateway import site_routes
from publish.gateway.guard import MOST_BODY, MOST_QUERY
from publish.gateway.headers import security_headers
from tests.publish.gateway.browser import Browser
from tests.publish.gateway.house import House


def test_every_answer_has_the_security_headers(house: House) -> None:
    guardian, nobody = house.signed_in("guardian-fessart"), house.browser()
    targets = [
        "/fessart/",
        "/fessart",
        "/fessart/x",
        "/escudier/",
        "/-/compte",
        "/-/x",
        "/-/sante",
        "/-/connexion",
        "/",
    ]
    theme = next(iter(house.gateway.theme.urls.values()))
    answers = [browser.get(target) for browser in (guardian, nobody) for target in [*targets, theme]]
    answers += [
        nobody.fetch("/fessart/"),
        nobody.ask("DELETE", "/-/sante"),
        nobody.ask("GET", "/", host="evil.example"),
    ]
    answers += [nobody.post("/-/connexion/ecoles"), nobody.post("/-/connexion/inconnu")]
    assert {answer.status for answer in answers} >= {200, 303, 308, 401, 403, 404, 405, 421}
    for answer in answers:
        for name, value in security_headers(https=True):
            found = answer.header(name)
            assert found is not None, (answer.status, name)
            if name not in ("content-security-policy", "referrer-policy"):
                assert found == value
        assert answer.header("cache-control"), answer.status
        assert answer.header("server") is None


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "centres.example.evil.example",
        "centres.example:80",
        "centres.example:444",
        "xcentres.example",
        "127.0.0.1",
        "centres.example, evil.example",
        "centres.example.",
        "user@centres.example",
        "[::1]",
        " ",
    ],
)
def test_another_host_gets_nothing(house: House, host: str) -> None:
    browser = house.signed_in("guardian-fessart")
    for target in ("/fessart/", "/-/connexion", "/-/sante"):
        answer = browser.ask("GET", target, host=host)
        assert (answer.status, answer.body) == (421, b"421\n")
    assert house.events()[-1]["event"] == "foreign host"


@pytest.mark.parametrize("host", ["centres.example", "CENTRES.example", "centres.example:443"])
def test_our_own_host(nobody: Browser, host: str) -> None:
    assert nobody.ask("GET", "/-/sante", host=host).status == 200


def test_two_hosts_or_none(nobody: Browser) -> None:
    assert nobody.ask("GET", "/-/sante", more=[(b"host", b"centres.example")]).status == 400
    browser = Browser(nobody.app, nobody.loop, "")
    assert browser.ask("GET", "/-/sante", host="").status == 421


def test_nothing_is_built_from_the_request(house: House) -> None:
    """The return address that a provider gets comes from the configuration alone."""
    headers = {
        "origin": "https://centres.example",
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "http",
        "x-forwarded-prefix": "/evil",
        "forwarded": "host=evil.example",
    }
    answer = house.browser().ask("POST", "/-/connexion/ecoles", headers=headers)
    assert answer.status == 303
    assert "evil" not in answer.location
    assert "redirect_uri=https%3A%2F%2Fcentres.example%2F-%2F" in answer.location


def test_bounds(nobody: Browser) -> None:
    assert nobody.get("/fessart/" + "a/" * 300).status == 414
    assert nobody.get("/-/sante?" + "a" * (MOST_QUERY + 1)).status == 414
    assert nobody.get("/-/sante?" + "a" * MOST_QUERY).status == 200
    assert nobody.post("/-/connexion/ecoles", "x" * (MOST_BODY + 1)).status == 413
    for length in ("-1", "1e9", "99999999999", "x", ""):
        assert nobody.ask("POST", "/-/connexion/ecoles", headers={"content-length": length}).status == 413, length


def chunked(house: House, size: int) -> int:
    """A form sent without saying its length."""
    browser, status = house.browser(), 0
    chunks = [{"type": "http.request", "body": b"x" * 1024, "more_body": True} for _ in range(size)]
    chunks.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> Message:
        return chunks.pop(0)

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    headers = {
        "host": "centres.example",
        "origin": "https://centres.example",
        "content-type": "application/x-www-form-urlencoded",
    }
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "https",
        "path": "/-/connexion/ecoles",
        "raw_path": b"/-/connexion/ecoles",
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    browser.loop.run(browser.app(scope, receive, send))  # type: ignore[arg-type]
    return status


def test_a_body_is_bounded_whatever_it_says(house: House) -> None:
    assert chunked(house, 1) == 303
    assert chunked(house, 17) == 413


def test_websockets_are_closed(house: House, loop: asyncio.Runner) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    scope = {"type": "websocket", "path": "/fessart/", "raw_path": b"/fessart/", "headers": []}
    loop.run(house.browser().app(scope, receive, send))  # type: ignore[arg-type]
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_a_request_without_raw_path_is_refused(house: House, loop: asyncio.Runner) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": "/-/sante", "headers": [(b"host", b"centres.example")]}
    loop.run(house.browser().app(scope, receive, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 400


def test_a_fault_shows_a_number_and_logs_no_value(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    browser = house.signed_in("guardian-fessart")

    def broken(*_: object) -> None:
        raise RuntimeError("canary of " + "a person")

    monkeypatch.setattr(site_routes, "decide", broken)
    with caplog.at_level(logging.DEBUG):
        answer = browser.get("/fessart/?canary")
    assert answer.status == 500
    assert "canary" not in answer.text + caplog.text
    assert "Traceback" not in answer.text
    number = caplog.records[-1].getMessage().split()[1].rstrip(":")
    assert number in answer.text
    assert "RuntimeError" in caplog.text
    assert "site_routes.py" in caplog.text


def test_a_fault_in_the_page_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(house.gateway.pages, "page", broken)
    answer = house.browser().get("/-/connexion")
    assert answer.status == 500
    assert answer.text.startswith("500 (")
    assert answer.header("content-security-policy")
