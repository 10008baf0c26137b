"""Connections are kept, given up where they fail, and over https trust only what they were told to trust."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from select import select

import pytest

from publish.stores.kept_open import KeptOpen
from tests.publish.gateway.certificate import certificate


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    opened = 0
    early = ""
    heard = threading.Event()

    def setup(self) -> None:
        type(self).opened += 1
        super().setup()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
        """Nothing is logged."""

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/cut":
            self.close_connection = True
            return
        if self.path == "/early":
            self.wfile.write(f"HTTP/1.1 {self.early}\r\n\r\n".encode())
            self.heard.wait(10)
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        if self.path == "/last":
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data[:1] if self.path == "/half" else data)
        if self.path in ("/half", "/gone"):
            self.close_connection = True


@pytest.fixture
def served() -> Iterator[ThreadingHTTPServer]:
    class Fresh(Service):
        opened = 0
        heard = threading.Event()

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request, client_address) -> None:
            """A client that refuses a certificate goes away."""

    with Quiet(("127.0.0.1", 0), Fresh) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def asking(server: ThreadingHTTPServer, scheme: str = "http", trust: Path | None = None) -> KeptOpen:
    origin = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    return KeptOpen(origin, connect=5, read=5, certificates=str(trust) if trust else None)


def test_one_connection_serves_many_requests(served: ThreadingHTTPServer) -> None:
    service = asking(served)
    for data in (b"one", b"", b"x" * 200_000):
        answer = service.ask("PUT", "/a", data or None, {"Host": "x"})
        assert (answer.status, answer.data) == (200, data)
    assert served.RequestHandlerClass.opened == 1  # type: ignore[attr-defined]
    service.ask("PUT", "/last", b"x", {})
    service.ask("PUT", "/a", b"x", {})
    assert served.RequestHandlerClass.opened == 2, "the service asked to close the first"  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["/cut", "/half"])
def test_what_fails_is_said_and_its_connection_given_up(served: ThreadingHTTPServer, path: str) -> None:
    service = asking(served)
    service.ask("PUT", "/a", b"xx", {})
    with pytest.raises(ConnectionError):
        service.ask("PUT", path, b"xx", {})
    assert service.ask("PUT", "/a", b"xx", {}).data == b"xx"


@pytest.mark.parametrize("status", ["102 Processing", "103 Early Hints"])
def test_an_answer_that_comes_late_answers_nothing_else(served: ThreadingHTTPServer, status: str) -> None:
    service = asking(served)
    served.RequestHandlerClass.early = status  # type: ignore[attr-defined]
    assert service.ask("PUT", "/early", b"one", {}).status < 200
    served.RequestHandlerClass.heard.set()  # type: ignore[attr-defined]
    answer = service.ask("PUT", "/a", b"two", {})
    assert (answer.status, answer.data) == (200, b"two")


@pytest.mark.parametrize("looks", [True, False])
def test_a_connection_that_the_service_closed_is_not_used(
    served: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch, looks: bool
) -> None:
    if not looks:
        monkeypatch.setattr("publish.stores.kept_open._has_more", lambda connection: False)
    service = asking(served)
    service.ask("PUT", "/gone", b"one", {})
    (kept,) = service._idle
    assert select([kept.sock], [], [], 10)[0], "it is closed"
    with nullcontext() if looks else pytest.raises(ConnectionError):
        assert service.ask("PUT", "/a", b"two", {}).data == b"two"


@pytest.mark.parametrize(
    ("address", "trusted", "refused"),
    [("127.0.0.1", True, ""), ("127.0.0.1", False, "self-signed"), ("127.0.0.9", True, "not valid for '127.0.0.1'")],
    ids=["trusted", "of nobody", "of another host"],
)
def test_a_certificate_must_be_trusted_and_of_that_host(
    served: ThreadingHTTPServer, tmp_path: Path, address: str, trusted: bool, refused: str
) -> None:
    chain, private = certificate(tmp_path, 10, address)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, private)
    served.socket = context.wrap_socket(served.socket, server_side=True)
    service = asking(served, "https", trust=chain if trusted else None)
    if not refused:
        assert service.ask("PUT", "/a", b"x", {}).data == b"x"
        return
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        service.ask("PUT", "/a", b"x", {})
    assert refused in str(caught.value).replace("self signed", "self-signed")
