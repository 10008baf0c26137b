"""`preau doctor`: a right installation behind a real nginx is told good; each fault is found and says what to do."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner, Result

from publish.cli import main
from publish.config import Config, GatewaySettings
from publish.doctor import outside
from publish.doctor.address import examine_address
from publish.doctor.files import examine_files
from publish.doctor.outside import Outside
from publish.doctor.providers import examine_providers
from publish.errors import ConfigError
from publish.findings import Finding, Level
from publish.front import Front
from publish.gateway.app import create_app
from publish.gateway.server import listen_at, serving
from publish.session import Session
from publish.stores.folder import FolderStore
from tests.publish.gateway import nginx
from tests.publish.gateway.certificate import certificate
from tests.publish.gateway.house import House, build_house, cas_config, ent_config
from tests.publish.stores.seaweed import free_ports

PHOTO = "/fessart/photos/0123456789abcdef-640.webp"
PATHS = ("/fessart/", PHOTO)


def now() -> datetime:
    return datetime.now(UTC)


class Fronted:
    """The shipped nginx configuration with TLS, in front of a gateway."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_ports(1)[0]
        self.address = f"https://localhost:{self.port}"
        self.authority = folder / "fullchain.pem"

    def look(self, clock: Callable[[], datetime] = now, authority: Path | None = None) -> list[Finding]:
        outside = Outside(authority or self.authority)
        return asyncio.run(gathered(examine_address(outside, self.address, clock, PATHS)))


async def gathered(found: AsyncIterator[Finding]) -> list[Finding]:
    return [one async for one in found]


def told(findings: list[Finding], level: Level) -> list[str]:
    return [one.text(str) for one in findings if one.level is level]


@contextmanager
def fronted(folder: Path, days: int = 90, edit: Callable[[str], str] = str) -> Iterator[Fronted]:
    front = Fronted(folder)
    chain, private = certificate(folder, days)
    with ExitStack() as opened:
        loop = opened.enter_context(asyncio.Runner())
        house: House = build_house(folder, loop, address=front.address)
        store = FolderStore(folder / "store")
        for key, data in house.store.objects.items():
            store.put(key, data)
        loop.run(house.gateway.sessions.close())
        backend = folder / "passerelle.sock"
        config = replace(house.config, front=Front(behind_nginx=True, socket=backend))
        app = create_app(config, store, clock=now, security_log=io.StringIO(), theme=folder / "theme")
        opened.enter_context(serving(app, listen_at(backend)))
        block = nginx.server_block(
            port=front.port, backend=backend, files=folder / "store", log=folder / "error.log", name="localhost",
            certificate=(chain, private),
        )  # fmt: skip
        opened.enter_context(nginx.running(folder, nginx.whole(folder, edit(block)), front.port))
        yield front


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fronted]:
    with fronted(tmp_path_factory.mktemp("right")) as front:
        yield front


def test_the_shipped_configuration_is_as_it_must_be(right: Fronted) -> None:
    found = right.look()
    assert told(found, Level.BAD) == []
    assert told(found, Level.TOLD) == []
    assert len(told(found, Level.GOOD)) == 7


def test_a_clock_that_is_wrong(right: Fronted) -> None:
    found = right.look(lambda: now() + timedelta(minutes=5))
    assert [text for text in told(found, Level.BAD) if re.search(r"(299|300|301) s apart: set them", text)]


def test_a_certificate_that_nobody_trusts(right: Fronted, tmp_path: Path) -> None:
    other, _ = certificate(tmp_path, 30)
    (text,) = told(right.look(authority=other), Level.BAD)
    assert "is not trusted" in text
    assert "renew" in text


def test_a_certificate_that_ends_soon(tmp_path: Path) -> None:
    with fronted(tmp_path, days=10) as front:
        (text,) = told(front.look(), Level.TOLD)
    assert "ends in 10 days" in text


def test_nobody_there(tmp_path: Path) -> None:
    front = Fronted(tmp_path)
    certificate(tmp_path, 30)
    (text,) = told(front.look(), Level.BAD)
    assert "can't be reached" in text
    assert "whether nginx runs" in text


FAULTS = {
    # A copy of a site in nginx's own folder, served without a decision.
    "a door open": (
        lambda block: block.replace("location / {", "location /fessart/ { return 200 'photo'; }\n    location / {", 1),
        "Something in front of the gateway serves them: stop it now",
    ),
    "a header lost": (
        lambda block: block.replace("proxy_pass http://preau;", "proxy_pass http://preau; proxy_hide_header "
                                    "Content-Security-Policy;"),
        "content-security-policy",
    ),
    "kept by caches": (
        lambda block: block.replace("proxy_pass http://preau;", "proxy_pass http://preau; proxy_hide_header "
                                    "Cache-Control;"),
        "cache-control",
    ),
    "any host": (
        lambda block: block.replace("proxy_set_header Host $http_host;", "proxy_set_header Host localhost:PORT;"),
        "another host name is answered (200)",
    ),
    "no gateway": (
        lambda block: block.replace("passerelle.sock", "personne.sock"),
        "answers 503 instead of 200: is the gateway running?",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_what_stands_in_front_is_wrong(tmp_path: Path, fault: str) -> None:
    edit, expected = FAULTS[fault]

    def spoilt(block: str) -> str:
        changed = edit(block)
        assert changed != block
        port = block.split("listen 127.0.0.1:", 1)[1].split(" ", 1)[0]
        return changed.replace(":PORT", f":{port}")

    with fronted(tmp_path, edit=spoilt) as front:
        assert [text for text in told(front.look(), Level.BAD) if expected in text]


def test_providers_that_can_not_be_reached_are_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        issuer = f"http://127.0.0.1:{taken.getsockname()[1]}"
        ents = [ent_config("ecoles", issuer), cas_config("academie", issuer)]
        found = asyncio.run(gathered(examine_providers(Outside(), ents)))
    bad = told(found, Level.BAD)
    assert len(bad) == 2
    assert all(issuer in text and "living sessions go on" in text for text in bad)


def test_files_that_others_can_read(tmp_path: Path) -> None:
    settings = tmp_path / "preau.toml"
    settings.touch(mode=0o644)
    front = Front(cache=tmp_path / "blobs", behind_nginx=True)
    config = Config(
        gateway=GatewaySettings(sessions=tmp_path / "sessions.sqlite3", journal=tmp_path / "journal", front=front)
    )
    (tmp_path / "sessions.sqlite3").touch(mode=0o600)
    (tmp_path / "journal").mkdir(mode=0o700)
    (tmp_path / "blobs").mkdir(mode=0o750)
    assert told(list(examine_files(config, settings)), Level.BAD) == []
    (tmp_path / "sessions.sqlite3").chmod(0o640)
    (tmp_path / "journal").chmod(0o755)
    (tmp_path / "blobs").chmod(0o755)
    settings.chmod(0o666)
    bad = told(list(examine_files(config, settings)), Level.BAD)
    assert [Path(text.split(" ")[-1]).name for text in bad] == ["sessions.sqlite3", "journal", "blobs", "preau.toml"]
    assert "chmod go-w" in bad[-1]


@pytest.mark.parametrize("content", [b"", b"no certificate"])
def test_an_authority_that_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ca.pem").write_bytes(content)
    with pytest.raises(ConfigError, match="no certificate of an authority"):
        Outside(tmp_path / "ca.pem")


def command(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(folder / "preau.toml"), "doctor", *options], obj=Session())


def test_the_command_looks_at_everything_and_says_it_in_french(right: Fronted) -> None:
    (right.folder / "preau.toml").write_text(f"""
[store]
folder = "store"
[gateway]
address = "{right.address}"
behind = "nginx"
[[ent]]
id = "ecoles"
name = "l’ENT des écoles"
issuer = "https://127.0.0.1:1/oidc"
client_id = "preau"
uai = ["0929010U"]
""")
    answer = command(right.folder, "--authority", str(right.authority))
    assert answer.exit_code == 1
    assert "Adresse publique" in answer.output
    assert "9 adresses de sites répondent 401" in answer.output or "10 adresses de sites répondent 401" in answer.output
    assert "l’ENT des écoles" in answer.output
    assert "À CORRIGER" in answer.output
    assert f"Stockage : {right.folder / 'store'}\n" in answer.output.replace("\u00a0", " ")
    sections = json.loads(command(right.folder, "--authority", str(right.authority), "--json").output)["sections"]
    assert len(sections) == 4
    assert {one["level"] for section in sections for one in section["findings"]} <= {"good", "told", "bad"}


def test_without_settings_the_command_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "preau.toml").touch()
    answer = command(tmp_path)
    assert answer.exit_code == 1
    assert "[gateway] address" in answer.output
    assert "[[ent]]" in answer.output
    assert os.sep in answer.output


class Endless(BaseHTTPRequestHandler):
    """A server that never comes to an end."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        with suppress(OSError):
            while True:
                self.wfile.write(b"x" * 65536)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_an_answer_without_end_neither_fills_the_memory_nor_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Endless) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/"
        try:
            assert len(asyncio.run(Outside().get(url)).content) == outside.MOST_BYTES
            monkeypatch.setattr(outside, "MOST_BYTES", 10**12)
            monkeypatch.setattr(outside, "SECONDS", 0.2)
            with pytest.raises(httpx2.ReadTimeout):
                asyncio.run(Outside().get(url))
        finally:
            server.shutdown()
            thread.join()
