"""A browser that speaks ASGI: raw paths as they stand, its own cookies, no redirect followed unasked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message

NAVIGATION = {"accept": "text/html,*/*;q=0.8", "sec-fetch-mode": "navigate", "sec-fetch-site": "none"}
IMAGE = {"accept": "image/*", "sec-fetch-mode": "no-cors", "sec-fetch-site": "same-origin"}


@dataclass(frozen=True)
class Answer:
    status: int
    raw_headers: list[tuple[bytes, bytes]]
    body: bytes

    def header(self, name: str) -> str | None:
        found = [value.decode("latin-1") for key, value in self.raw_headers if key.decode() == name.lower()]
        assert len(found) < 2 or name == "set-cookie", f"{name} twice: {found}"
        return found[0] if found else None

    @property
    def location(self) -> str:
        found = self.header("location")
        assert found is not None, f"{self.status} without a location"
        return found

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Browser:
    app: ASGIApp
    loop: asyncio.Runner
    origin: str
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(
        self,
        method: str,
        target: str | bytes,
        *,
        headers: dict[str, str] | None = None,
        more: list[tuple[bytes, bytes]] | None = None,
        body: bytes = b"",
        host: str | None = None,
    ) -> Answer:
        """One request, exactly as given."""
        raw = target.encode() if isinstance(target, str) else target
        path, _, query = raw.partition(b"?")
        sent = [(b"host", (host or urlsplit(self.origin).netloc).encode())]
        sent += [(name.encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
        if self.cookies:
            sent.append((b"cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()).encode()))
        if body:
            sent.append((b"content-length", str(len(body)).encode()))
        scope: dict[str, object] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "server": ("127.0.0.1", 80),
            "client": ("127.0.0.1", 12345),
            "scheme": urlsplit(self.origin).scheme,
            "method": method,
            "root_path": "",
            "path": path.decode("latin-1"),
            "raw_path": path,
            "query_string": query,
            "headers": sent + (more or []),
            "state": {},
        }
        answer = self.loop.run(_run(self.app, scope, body))
        self._keep(answer)
        return answer

    def get(self, target: str | bytes, **headers: str) -> Answer:
        """Open a page."""
        return self.ask("GET", target, headers={**NAVIGATION, **_names(headers)})

    def fetch(self, target: str | bytes, **headers: str) -> Answer:
        """Ask as an image does."""
        return self.ask("GET", target, headers={**IMAGE, **_names(headers)})

    def post(self, target: str, fields: str = "", **headers: str) -> Answer:
        """Send one of our forms from one of our pages."""
        own = {
            **NAVIGATION,
            "sec-fetch-site": "same-origin",
            "origin": self.origin,
            "content-type": "application/x-www-form-urlencoded",
        }
        return self.ask("POST", target, headers={**own, **_names(headers)}, body=fields.encode())

    def _keep(self, answer: Answer) -> None:
        for name, value in answer.raw_headers:
            if name != b"set-cookie":
                continue
            pair, *attributes = value.decode().split("; ")
            cookie, _, token = pair.partition("=")
            if "Max-Age=0" in attributes:
                self.cookies.pop(cookie, None)
            else:
                self.cookies[cookie] = token


def _names(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


async def _run(app: ASGIApp, scope: dict[str, object], body: bytes) -> Answer:
    status, headers, sent = 0, [], bytearray()
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()  # nobody goes away before the answer is there
        return waiting.pop(0)

    async def send(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message["headers"])
        else:
            sent.extend(message.get("body", b""))

    await app(scope, receive, send)
    return Answer(status, headers, bytes(sent))
