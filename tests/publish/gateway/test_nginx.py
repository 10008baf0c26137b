"""Direct and through nginx: the same answers, header by header, and the same refusals, byte by byte."""

from __future__ import annotations

import asyncio
import gzip
import io
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import brotli  # type: ignore[import-untyped]
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from publish.front import Front
from publish.gateway.app import create_app
from publish.gateway.context import Gateway
from publish.gateway.server import KEEP_ALIVE_SECONDS, listen, listen_at, serving
from publish.stores import Store
from publish.stores.folder import FolderStore
from publish.withdrawn import withdraw
from tests.publish.gateway import nginx
from tests.publish.gateway.cas import LOGOUT
from tests.publish.gateway.corpus import paths
from tests.publish.gateway.house import House, Moment, build_house, digest, files
from tests.publish.gateway.test_server import guardian_of
from tests.publish.gateway.wires import HOST, Told, ask, read, request, say
from tests.publish.stores.seaweed import Server, free_ports

ENDS_OF_TEXTS = ("html", "css", "js", "ics", "txt", "json", "svg")
PDF = b"%PDF-1.7\n" + b"menu de la semaine " * 200_000
EVERY = {
    **files("fessart"),
    "carte.js": b"// une ligne de code\n" * 40,
    "robots.txt": b"rien ici\n" * 40,
    "liste.json": b'["a", "b", "c", "d", "e"]\n' * 40,
    "photos/fedcba9876543210-640.jpg": b"\xff\xd8\xff" + bytes(range(256)) * 900,
    "theme/nunito.0a1b2c3d.woff2": b"wOF2" + bytes(range(256)) * 8,
    "documents/0123456789abcdef01234567-menu.pdf": PDF,
    "vide.txt": b"",
}
PHOTO = "/fessart/photos/fedcba9876543210-640.jpg"
GONE = "photos/00000000deadbeef-640.webp"
"""Withdrawn by a test."""

MENU = "/fessart/documents/0123456789abcdef01234567-menu.pdf"
STYLE = "/fessart/centre.1a2b3c4d.css"
TEXTS = {path for path, data in EVERY.items() if path.rpartition(".")[2] in ENDS_OF_TEXTS and len(data) >= 256}
DECODE: dict[str | None, Callable[[bytes], bytes]] = {None: bytes, "br": brotli.decompress, "gzip": gzip.decompress}


@dataclass(frozen=True)
class Doors:
    """The same gateway twice.

    Arguments:
        direct, through: ports.
        cookie: header of a guardian at Fessart, signed in at both.
        files: the folder that nginx reads.
        gateways: direct, and behind nginx.
    """

    direct: int
    through: int
    cookie: str
    files: Path
    gateways: tuple[Gateway, Gateway]
    store: Store
    clock: Moment

    def both(
        self, target: bytes | str, *headers: str, method: str = "GET", signed_in: bool = True
    ) -> tuple[Told, Told]:
        sent = [*headers, *([self.cookie] if signed_in else [])]
        return ask(self.direct, target, *sent, method=method), ask(self.through, target, *sent, method=method)


@pytest.fixture(scope="module", params=["folder", "S3"])
def doors(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, s3_server: Server
) -> Iterator[Doors]:
    folder = tmp_path_factory.mktemp("doors")
    with ExitStack() as opened:
        patch = opened.enter_context(pytest.MonkeyPatch.context())
        for name, value in zip(("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"), ("AKPUB", "SKPUBSECRET00001"), strict=True):
            patch.setenv(f"AWS_{name}", value)
        loop = opened.enter_context(asyncio.Runner())
        house = build_house(folder, loop)
        house.publish("fessart", {**EVERY, GONE: b"RIFF....WEBP gone"})
        store: Store = FolderStore(folder / "store") if request.param == "folder" else s3_server.store()
        for key, data in house.store.objects.items():
            store.put(key, data)
        cache = None if request.param == "folder" else folder / "cache"
        token = loop.run(house.gateway.sessions.open(guardian_of(house), None))
        loop.run(house.gateway.sessions.close())
        direct = listen("127.0.0.1", 0)
        backend = folder / "passerelle.sock"
        alone = served(house, store, Front(cache=None if cache is None else folder / "other"), folder)
        behind = served(house, store, Front(behind_nginx=True, cache=cache, socket=backend), folder)
        opened.enter_context(serving(alone, direct))
        opened.enter_context(serving(behind, listen_at(backend)))
        port, root = free_ports(1)[0], cache or folder / "store"
        block = nginx.server_block(port=port, backend=backend, files=root, log=folder / "error.log")
        opened.enter_context(nginx.running(folder, nginx.whole(folder, block), port))
        both = alone.state.gateway, behind.state.gateway
        cookie = f"Cookie: __Host-preau={token}"
        yield Doors(direct.getsockname()[1], port, cookie, root, both, store, house.clock)


def served(house: House, store: Store, front: Front, folder: Path) -> Any:
    config = replace(house.config, front=front)
    return create_app(config, store, clock=house.clock, security_log=io.StringIO(), theme=folder / "theme")


@pytest.mark.parametrize("path", EVERY)
def test_every_kind_of_file_in_every_coding(doors: Doors, path: str) -> None:
    lengths: dict[tuple[str, tuple[str, ...]], str | None] = {}
    for headers in ([], ["Accept-Encoding: gzip"], ["Accept-Encoding: gzip, br"]):
        for method in ("GET", "HEAD"):
            direct, through = doors.both(f"/fessart/{path}", *headers, method=method)
            assert through == direct, (path, headers, method)
            if method == "GET":
                assert direct.status == (404 if path == "404.html" else 200)
                coding = direct.header("content-encoding")
                assert DECODE[coding](direct.body) == EVERY[path]
                # Of photos, and of what has less than 256 bytes, nothing is gained.
                expected = headers[0].rpartition(" ")[2] if headers and path in TEXTS else None
                assert coding == expected, path
                lengths[path, tuple(headers)] = direct.header("content-length")
            else:
                assert direct.header("content-length") == lengths[path, tuple(headers)]
            assert direct.header("vary") == ("Accept-Encoding" if path in TEXTS else None)
            assert direct.header("content-security-policy")
            tag = direct.header("etag")
            if tag is None:
                continue
            again, again_through = doors.both(f"/fessart/{path}", *headers, f"If-None-Match: {tag}", method=method)
            assert again_through == again
            assert (again.status, again.body, again.header("etag")) == (304, b"", tag)
            part, part_through = doors.both(f"/fessart/{path}", *headers, "Range: bytes=1-8", method=method)
            assert part_through == part
            if direct.header("content-encoding"):
                # Only plain bytes are given in parts.
                assert (part.status, part.body, part.header("etag")) == (200, direct.body, tag)
                assert part.header("accept-ranges") is None
            elif method == "GET" and len(direct.body) > 8:
                assert (part.status, part.body) == (206, direct.body[1:9])
                assert part.header("content-range") == f"bytes 1-8/{len(direct.body)}"


@pytest.mark.parametrize(
    "headers",
    [
        ["Range: bytes=0-0"],
        ["Range: bytes=-7"],
        ["Range: bytes=230000-"],
        ["Range: bytes=9999999-"],
        ["Range: bytes=-0"],
        ["Range: bytes=5-2"],
        ["Range: bytes=0-3,5-9"],
        ["Range: bytes=" + ",".join(f"{n}-{n}" for n in range(500))],
        ["Range: bytes=0-999999999999999999999999"],
        ["Range: lines=0-3"],
        ["Range: bytes"],
        ["Range: bytes=-"],
        ["Range: bytes=0-1", "Range: bytes=2-3"],
        ["Range: bytes=0-9", 'If-Range: "other"'],
        ["Range: bytes=0-9", "If-Range: Wed, 09 Nov 2022 08:00:00 GMT"],
        ["If-None-Match: *"],
        ['If-None-Match: "x"'],
        ['If-Match: "x"'],
        ["If-Modified-Since: Wed, 09 Nov 2050 08:00:00 GMT"],
        ["If-Unmodified-Since: Wed, 09 Nov 2002 08:00:00 GMT"],
        ["If-Modified-Since: Wed, 09 Nov 2050 08:00:00 GMT", 'If-None-Match: "x"'],
    ],
)
@pytest.mark.parametrize("target", ["/fessart/", PHOTO, MENU, STYLE])
@pytest.mark.parametrize("coding", [[], ["Accept-Encoding: br"]], ids=["plain", "br"])
def test_conditions_and_parts(doors: Doors, target: str, headers: list[str], coding: list[str]) -> None:
    headers = [*headers, *coding]
    direct, through = doors.both(target, *headers)
    assert through == direct
    # Never more than the file, however many parts are asked for.
    assert len(direct.body) <= len(EVERY[target.removeprefix("/fessart/") or "index.html"])
    for method in ("HEAD", "OPTIONS", "DELETE"):
        direct, through = doors.both(target, *headers, method=method)
        assert through == direct
    direct, through = doors.both(target, *headers, signed_in=False)
    assert through == direct
    assert direct.status == 401


def test_pages_of_the_gateway_and_refusals(doors: Doors) -> None:
    targets = [
        "/",
        "/-/compte",
        "/-/connexion",
        "/-/sante",
        "/-/x",
        "/-/refus",
        "/fessart",
        "/fessart/rien",
        "/escudier/",
    ]
    targets += [f"/escudier/{path}" for path in EVERY] + ["/-/mentions-legales", "/-/theme/x.css", "/@octets"]
    for signed_in in (True, False):
        for target in targets:
            for accept in ("Accept: text/html", "Accept: image/*"):
                direct, through = doors.both(target, accept, signed_in=signed_in)
                if target == "/-/compte":  # a form's token is new at each session, not at each request
                    assert direct.status in (200, 303, 401)
                assert through == direct, (target, accept, signed_in)


@pytest.mark.parametrize("corpus", ["paths_inside.txt", "paths_outside.txt"])
@pytest.mark.parametrize("signed_in", [True, False])
def test_the_path_corpus(doors: Doors, corpus: str, signed_in: bool) -> None:
    raw_paths = paths(corpus, centre="fessart", other="escudier")
    raw_paths += [b"/fessart/" + b"a" * length for length in (190, 201, 500, 591, 600, 5_000, 14_000)]
    raw_paths += [b"/fessart/?" + b"a" * length for length in (5_000, 14_000)]
    for raw in raw_paths:
        direct, through = doors.both(raw, signed_in=signed_in)
        assert through == direct, raw
        assert b"des nouvelles de escudier" not in direct.body
        assert direct.status != 200 or raw.startswith(b"/fessart/?")


@pytest.mark.parametrize(
    "data",
    [
        b"GET /fessart/ HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET /fessart/ HTTP/1.1\r\nHost: centres.example\r\nHost: centres.example\r\nConnection: close\r\n\r\n",
        b"GET /fessart/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        b"GET http://evil.example/fessart/ HTTP/1.1\r\nHost: centres.example\r\nConnection: close\r\n\r\n",
        b"GET /fess art/ HTTP/1.1\r\nHost: centres.example\r\nConnection: close\r\n\r\n",
        b"GET /fessart/\x01 HTTP/1.1\r\nHost: centres.example\r\nConnection: close\r\n\r\n",
        b"GET /fessart/\x00 HTTP/1.1\r\nHost: centres.example\r\nConnection: close\r\n\r\n",
        b"POST /-/compte HTTP/1.1\r\nHost: centres.example\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"POST /-/compte HTTP/1.1\r\nHost: centres.example\r\nContent-Length: 20000\r\nConnection: close\r\n\r\n",
        b"POST /-/compte HTTP/1.1\r\nHost: centres.example\r\nContent-Length: x\r\nConnection: close\r\n\r\n",
        b"GET /fessart/ HTTP/1.1\r\nHost: centres.example\r\nX: " + b"y" * 15_900 + b"\r\nConnection: close\r\n\r\n",
        b"GET /fessart/ HTTP/1.1\r\nHost: centres.example\r\nX: " + b"y" * 40_000 + b"\r\nConnection: close\r\n\r\n",
    ],
)
def test_requests_that_are_none(doors: Doors, data: bytes) -> None:
    direct, through = read(say(doors.direct, data)), read(say(doors.through, data))
    assert through == direct
    assert direct.status in (400, 401, 413, 421, 431)


@pytest.mark.parametrize("sent", [LOGOUT, f"logoutRequest={quote_plus(LOGOUT)}"], ids=["XML", "form"])
def test_single_logout_of_a_cas_server_reaches_the_gateway(doors: Doors, sent: str) -> None:
    """As servers send it: no type, no cookie, no origin."""
    head = f"POST /-/connexion/academie/retour?state=x HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n"
    data = f"{head}Content-Length: {len(sent)}\r\n\r\n{sent}".encode()
    direct, through = read(say(doors.direct, data)), read(say(doors.through, data))
    assert through == direct
    assert (direct.status, direct.body) == (200, b"")


def test_nothing_but_the_gateway_leads_to_a_file(doors: Doors) -> None:
    """What a browser says about files counts for nothing, and neither does the folder's layout."""
    assert ask(doors.through, PHOTO, doors.cookie).status == 200
    held = next(path for path in doors.files.rglob("*") if path.is_file() and len(path.name) == 64)
    name = held.relative_to(doors.files).as_posix()
    for headers in ([f"X-Preau-File: {name}", "X-Accel-Redirect: @octets"], []):
        for target in (f"/{name}", f"/@octets/{name}", f"/-/refus/{name}", f"/fessart/../{name}"):
            for signed_in in (True, False):
                _, through = doors.both(target, *headers, signed_in=signed_in)
                assert through.status in (400, 401, 403, 404)
                assert held.read_bytes()[:200] not in through.body or not held.stat().st_size


def test_bytes_changed_on_the_disk_are_not_sent(doors: Doors) -> None:
    """nginx reads what the gateway verified; what was changed since is verified again."""
    target = "/fessart/rappels/gourde/"
    assert ask(doors.through, target, doors.cookie).status == 200
    body = EVERY["carte.js"]
    held = [path for path in doors.files.rglob("*") if path.is_file() and path.read_bytes() == body]
    assert ask(doors.through, "/fessart/carte.js", doors.cookie).body == body
    held = [path for path in doors.files.rglob("*") if path.is_file() and path.read_bytes() == body]
    assert held
    for path in held:
        path.write_bytes(body[:-2] + b"!\n")
    try:
        answer = ask(doors.through, "/fessart/carte.js", doors.cookie)
        # A cache reads the right bytes again; a store that holds wrong ones has no others.
        assert (answer.status, answer.body) == (200, body) or answer.status == 503
    finally:
        for path in held:
            path.write_bytes(body)


def test_what_is_withdrawn_is_gone_on_every_gateway_within_ten_seconds(doors: Doors) -> None:
    """No gateway is started again, and no copy stays on a gateway's disk."""
    target, data = f"/fessart/{GONE}", b"RIFF....WEBP gone"
    for answer in doors.both(target):
        assert (answer.status, answer.body) == (200, data)
    withdraw(doors.store, "fessart", digests=[digest(data)], paths=[], since=doors.clock(), by="test")
    doors.clock.later(seconds=10)
    direct, through = doors.both(target)
    assert through == direct
    assert direct.status == 410
    if isinstance(doors.store, FolderStore):
        return  # nginx reads the releases themselves, which the withdrawal's later steps remove
    assert list(doors.files.rglob(digest(data))) == []


def test_what_a_browser_says_of_its_address_is_replaced(doors: Doors) -> None:
    rates = doors.gateways[1].rates
    ask(doors.through, "/-/connexion", "X-Forwarded-For: 203.0.113.9", "Forwarded: for=203.0.113.9")
    assert set(rates._left) == {"127.0.0.1"}


def test_nginx_lets_go_of_a_connection_before_the_gateway_does() -> None:
    """Else a request now and then meets a connection that is being closed, and a family an error."""
    upstream = nginx.TEMPLATE.read_text().partition("upstream preau {")[2].partition("}")[0]
    found = re.search(r"keepalive_timeout (\d+)s;", upstream)
    assert found is not None
    assert int(found[1]) < KEEP_ALIVE_SECONDS


def test_the_whole_server_block_over_tls(doors: Doors, tmp_path: Path) -> None:
    """As a city has it, but for ports, paths and a certificate of its own."""
    port, plain = free_ports(2)
    text = nginx.TEMPLATE.read_text()
    for old, new in (
        ("unix:/run/preau/passerelle.sock", f"127.0.0.1:{doors.direct}"),
        ("listen 443 ssl http2 default_server;", f"listen 127.0.0.1:{port} ssl http2 default_server;"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen [::]:443 ssl http2 default_server;", ""),
        ("listen [::]:80;", ""),
        ("/etc/ssl/preau/", f"{tmp_path}/"),
        ("/var/log/nginx/", f"{tmp_path}/"),
        ("/var/lib/preau/passerelle/blobs", str(doors.files)),
    ):
        assert old in text, old
        text = text.replace(old, new)
    write_certificate(tmp_path)
    with nginx.running(tmp_path, nginx.whole(tmp_path, text), port):
        context = ssl.create_default_context(cafile=str(tmp_path / "fullchain.pem"))
        context.set_alpn_protocols(["h2"])
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as plainly,
            context.wrap_socket(plainly, server_hostname="centres.example.fr") as wrapped,
        ):
            assert (wrapped.version(), wrapped.selected_alpn_protocol()) == ("TLSv1.3", "h2")
        context.set_alpn_protocols(["http/1.1"])
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as plainly,
            context.wrap_socket(plainly, server_hostname="centres.example.fr") as wrapped,
        ):
            wrapped.sendall(request("/-/sante"))
            assert wrapped.recv(65536).startswith(b"HTTP/1.1 200")
        moved = read(say(plain, request("/fessart/?code=secret", host="centres.example.fr")))
        assert (moved.status, moved.header("location")) == (301, "https://centres.example.fr/")
        assert "secret" not in "".join(path.read_text() for path in tmp_path.glob("*.log"))


def write_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "centres.example.fr")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("centres.example.fr")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
