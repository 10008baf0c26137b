"""Nothing that a browser or a provider says stays in a log: secrets are planted, and every file is searched."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from publish.stores.folder import FolderStore
from tests.publish.gateway.deployment import PREAU, Deployment, deployed, said_in, session_of

WITHOUT = """
import logging
from publish.gateway import app
app.quiet_loggers = lambda: logging.getLogger("httpx2").setLevel(logging.INFO)
from publish.cli import main
main()
"""
LOUD = ("-c", WITHOUT)
"""The command, without what keeps the addresses of calls out of its error stream."""


def canary() -> str:
    return f"canari{secrets.token_hex(12)}"


def speak(city: Deployment, data: bytes) -> bytes:
    """Raw bytes over TLS, read until the other end closes."""
    with (
        socket.create_connection(("127.0.0.1", city.port), timeout=20) as plain,
        city.context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        connection.sendall(data)
        answer = bytearray()
        # What closes without reading the rest of a request resets the connection.
        with suppress(OSError):
            while part := connection.recv(65536):
                answer += part
    return bytes(answer)


def sign_in_and_read(city: Deployment, planted: dict[str, str]) -> None:
    """What goes well."""
    with city.browser() as browser:
        back = city.at_the_provider(browser)
        said = said_in(back)
        planted["code"], planted["state"] = said["code"], said["state"]
        planted["start cookie"] = next(value for name, value in browser.cookies.items() if "connexion" in name)
        planted["referer"] = canary()
        answer = browser.get(back, headers={"referer": f"https://ent.example/{planted['referer']}"})
        assert answer.status_code == 303
        planted["session"] = session_of(answer)
        (planted["access token"], _) = city.given
        planted["query"], planted["header"] = canary(), canary()
        headers = {"referer": f"{city.address}/?{planted['referer']}", "authorization": f"Basic {planted['header']}"}
        read = browser.get(f"{city.address}/fessart/?{planted['query']}", headers=headers)
        assert read.status_code == 200
        page = browser.get(f"{city.address}/-/code").text
        token = page.partition('name="jeton" value="')[2].partition('"')[0]
        planted["letter"], planted["wrong letter"], planted["password"] = city.letter, canary(), canary()
        for code, status in ((planted["wrong letter"], 400), (planted["letter"], 303)):
            form = {"jeton": token, "code": code, "mot_de_passe": planted["password"], "password": planted["password"]}
            answer = browser.post(f"{city.address}/-/code", data=form, headers={"origin": city.address})
            assert answer.status_code == status, answer.text
    with city.browser() as browser:
        planted["ticket"] = f"ST-1-{canary()}"
        start = browser.post(
            f"{city.address}/-/connexion/academie", data={"retour": "/"}, headers={"origin": city.address}
        )
        service = said_in(str(start.headers["location"]))["service"]
        answer = browser.get(f"{service}&ticket={planted['ticket']}")
        assert answer.status_code == 303, answer.text


def fail_to_sign_in(city: Deployment, planted: dict[str, str]) -> None:
    """What a provider refuses, and what nobody asked for."""
    with city.browser() as browser:
        back = city.at_the_provider(browser)
        planted["refused state"], planted["refused code"] = said_in(back)["state"], canary()
        answer = browser.get(back.replace(said_in(back)["code"], planted["refused code"]))
        assert answer.status_code == 400
        planted["unasked"] = canary()
        for path in ("ecoles/retour?code={0}&state={0}", "academie/retour?ticket=ST-{0}&state={0}", "ecoles?{0}"):
            answer = browser.get(f"{city.address}/-/connexion/{path.format(planted['unasked'])}")
            assert answer.status_code in (303, 400, 405)
        planted["forged"], planted["logout"] = canary(), f"ST-9-{canary()}"
        answer = browser.post(
            f"{city.address}/-/connexion/ecoles", data={"mot_de_passe": planted["forged"]}, headers={"origin": "null"}
        )
        assert answer.status_code == 403
        form = {"logoutRequest": f"<x><SessionIndex>{planted['logout']}</SessionIndex></x>"}
        browser.post(f"{city.address}/-/connexion/academie/retour", data=form)
        planted["guessed session"] = canary()
        cookie = {"cookie": f"__Host-preau={planted['guessed session']}"}
        assert browser.get(f"{city.address}/fessart/", headers=cookie).status_code == 303


def say_what_is_none(city: Deployment, planted: dict[str, str]) -> None:
    """Malformed, foreign, too long."""
    planted["malformed"] = malformed = canary()
    host, word = f"Host: localhost:{city.port}\r\nConnection: close\r\n", malformed
    long = word * 700
    requests = {
        f"GET /fessart/?{word} {word} HTTP/1.1\r\n{host}\r\n": 400,
        f"GET /fessart/?{word}\x01 HTTP/1.1\r\n{host}\r\n": 400,
        f"GET /{word} HTTP/9.9\r\n{host}\r\n": 505,
        f"{word} / HTTP/1.1\r\n{host}\r\n": 400,
        f"GET /?{word} HTTP/1.1\r\nHost: {word}.example\r\nConnection: close\r\n\r\n": 421,
        f"GET https://{word}.example/ HTTP/1.1\r\n{host}\r\n": 400,
        f"GET /?{word} HTTP/1.1\r\n{host}X: {long}\r\n\r\n": 431,
        f"GET /?{long} HTTP/1.1\r\n{host}\r\n": 414,
        f"POST /-/code?{word} HTTP/1.1\r\n{host}Content-Length: {len(long)}\r\n\r\n{long}": 413,
        f"POST /-/code HTTP/1.1\r\n{host}Content-Length: {word}\r\n\r\n": 400,
        f"POST /-/code?{word} HTTP/1.1\r\n{host}Transfer-Encoding: {word}\r\n\r\n{word}": 501,
        f"BREW /?{word} HTTP/1.1\r\n{host}Cookie: __Host-preau={word}\r\n\r\n": 405,
    }
    told = {data: speak(city, data.encode()) for data in requests}
    got = {data[:60]: int(answer.split(b" ")[1]) for data, answer in told.items()}
    assert all(400 <= status < 600 for status in got.values()), got


def ask_while_it_is_away(city: Deployment, planted: dict[str, str]) -> None:
    """The gateway dies, then its socket is gone, as after a stop."""
    (gateway,) = city.gateways
    planted["away"] = canary()
    with city.browser() as browser:
        back = city.at_the_provider(browser)
        planted["code of nobody"] = said_in(back)["code"]
        gateway.kill()
        for _ in range(2):
            headers = {"referer": f"https://ent.example/{planted['away']}"}
            assert browser.get(f"{back}&{planted['away']}", headers=headers).status_code == 503
            gateway.socket.unlink(missing_ok=True)


def plant(city: Deployment) -> dict[str, str]:
    planted: dict[str, str] = {}
    for way in (sign_in_and_read, fail_to_sign_in, say_what_is_none, ask_while_it_is_away):
        way(city, planted)
    assert all(len(value) >= 8 for value in planted.values()), planted
    return planted


def kept(city: Deployment, planted: Mapping[str, str]) -> set[tuple[str, str]]:
    """Which secret stands in which file: logs, error streams, sessions, accounts, counts, temporary files."""
    found = set()
    for path in city.folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            words = {name: {value, value.replace("-", "")} for name, value in planted.items()}
            found |= {
                (name, path.name)
                for name, spellings in words.items()
                if any(word.encode() in data for word in spellings)
            }
    return found


def leaked(
    folder: Path, program: tuple[str, ...] = PREAU, change: Callable[[str], str] = str
) -> tuple[Deployment, set[tuple[str, str]]]:
    own, store = folder / "city", folder / "store"
    own.mkdir()
    with deployed(own, FolderStore(store), store, gateways=1, environ={}, program=program, change=change) as city:
        planted = plant(city)
    return city, kept(city, planted)


def test_no_secret_stays_anywhere(tmp_path: Path) -> None:
    city, found = leaked(tmp_path)
    assert found == set()
    # What was searched was written: the security log has its lines, the accounts their code.
    (gateway,) = city.gateways
    written = {path.name.partition("-2")[0] for path in gateway.folder.rglob("*") if path.is_file()}
    assert {"sessions.sqlite3", "accounts.sqlite3", "counts.sqlite3", "securite", "stderr"} <= written
    (journal,) = (gateway.folder / ".preau" / "journal").iterdir()
    for event in ("sign-in", "sign-in failed", "code bound", "foreign host"):
        assert f'"event": "{event}"' in journal.read_text()
    assert (city.folder / "preau-error.log").exists()


def test_without_the_protections_they_are_found(tmp_path: Path) -> None:
    """A client of providers that writes what it calls; nginx at « crit », where a missing socket tells the request."""
    _, found = leaked(tmp_path, LOUD, lambda block: block.replace("preau-error.log emerg;", "preau-error.log crit;"))
    assert ("ticket", "stderr") in found
    assert {("away", "preau-error.log"), ("code of nobody", "preau-error.log")} <= found
