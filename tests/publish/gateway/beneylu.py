"""An OAuth 2 server in the shape of Beneylu School's public client, in memory or over a socket.

Strict where an honest one is (codes and clients and return addresses are looked at, each code is good once), and able
to lie where a hostile one would. There is no such server to install: this is the project's own, for tests alone.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

Claims = dict[str, Any]

WITH_UAI = frozenset({"read_full", "read_with_uai"})
CODE_SECONDS = 30


@dataclass
class Beneylu:
    """One server.

    Arguments:
        people: key → SDET claims, told in this server's own words.
        users, schools, token: change an answer's JSON, or replace the whole answer.
        asked: path and parameters of every call.
    """

    issuer: str
    redirect_uri: str
    people: Mapping[str, Mapping[str, object]]
    client_id: str = "preau"
    client_secret: str = "beneylu secret"
    now: Callable[[], float] = time.time
    down: bool = False
    users: Callable[[Claims], Any] = lambda answer: answer
    schools: Callable[[Claims], Any] = lambda answer: answer
    token: Callable[[Claims], Any] = lambda answer: answer
    codes: dict[str, tuple[str, str, float]] = field(default_factory=dict)
    tokens: dict[str, tuple[str, str]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def authorize(self, url: str, subject: str) -> str:
        """Sign somebody in; the address to which the browser is sent back."""
        back = urlsplit(self._authorize(dict(parse_qsl(urlsplit(url).query)), subject).headers["location"])
        return f"{back.path}?{back.query}"

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        """One request, whoever sends it."""
        if self.down:
            raise httpx2.ConnectError("down", request=request)
        path, query = request.url.path, _once(request.url.query.decode())
        self.asked.append((path, query))
        match request.method, path:
            case "GET", "/oauth/v2/authorize":
                return self._authorize(query, query.pop("as", ""))
            case "POST", "/oauth/v2/token":
                found = self._token(_once(request.content.decode()))
            case "GET", "/oauth/v2/users":
                found = self._users(query)
            case "GET", "/oauth/v2/routes/schoolUAIs":
                found = self._schools(query)
            case _:
                return httpx2.Response(404)
        return found if isinstance(found, httpx2.Response) else httpx2.Response(200, json=found)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The same over a socket."""
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        request = Request(scope, receive)
        asked = httpx2.Request(request.method, str(request.url), content=await request.body())
        found = self.answer(asked)
        kept = {name: found.headers[name] for name in ("content-type", "location") if name in found.headers}
        await Response(found.content, found.status_code, kept)(scope, receive, send)

    def _authorize(self, asked: dict[str, str], subject: str) -> httpx2.Response:
        assert asked.keys() == {"response_type", "client_id", "redirect_uri", "scope", "state"}, asked.keys()
        if (asked["response_type"], asked["client_id"]) != ("code", self.client_id) or not asked["state"]:
            return httpx2.Response(400)
        if asked["redirect_uri"] != self.redirect_uri:
            return httpx2.Response(400)
        if not subject:
            hidden = "".join(f'<input type="hidden" name="{name}" value="{asked[name]}">' for name in asked)
            buttons = "".join(f'<button name="as" value="{one}">{one}</button>' for one in self.people)
            page = f"<!doctype html><title>ENT</title><form>{hidden}{buttons}</form>"
            return httpx2.Response(200, html=page)
        code = secrets.token_urlsafe(24)
        self.codes[code] = (subject, asked["scope"], self.now())
        query = urlencode({"code": code, "state": asked["state"]})
        return httpx2.Response(302, headers={"location": f"{self.redirect_uri}?{query}"})

    def _token(self, asked: dict[str, str]) -> Any:
        if not secrets.compare_digest(asked.get("client_secret", ""), self.client_secret):
            return httpx2.Response(400, json={"error": "invalid_client"})
        subject, scope, made = self.codes.pop(asked.get("code", ""), ("", "", 0.0))
        named = (asked.get("client_id"), asked.get("redirect_uri"), asked.get("grant_type"))
        honest = named == (self.client_id, self.redirect_uri, "authorization_code")
        if not subject or not honest or self.now() - made > CODE_SECONDS:
            return httpx2.Response(400, json={"error": "invalid_grant"})
        token = secrets.token_urlsafe(24)
        self.tokens[token] = (subject, scope)
        return self.token({"access_token": token, "token_type": "bearer", "expires_in": 3600, "scope": scope})

    def _users(self, query: dict[str, str]) -> Any:
        known = self.tokens.get(query.get("access_token", ""))
        if known is None or query.keys() != {"access_token"}:
            return httpx2.Response(401, json={"error": "invalid_grant"})
        (key, _), claims = known, self.people[known[0]]
        schools = _listed(claims.get("ENTPersonStructRattachUAI"))
        told = {
            "id": self.number(key),
            "profile": claims.get("ENTPersonProfils"),
            "classroom_ids": [],
            "school_ids": [int(uai[:7]) for uai in schools],
        }
        return self.users({**told, **{name: claims[name] for name in ("name", "paired") if name in claims}})

    def _schools(self, query: dict[str, str]) -> Any:
        known = self.tokens.get(query.get("access_token", ""))
        if known is None:
            return httpx2.Response(401, json={"error": "invalid_grant"})
        if not WITH_UAI & set(known[1].split()):
            return httpx2.Response(403, json={"error": "insufficient_scope"})
        schools = _listed(self.people[known[0]].get("ENTPersonStructRattachUAI"))
        return self.schools({"id": self.number(known[0]), "school_uais": schools})

    def number(self, key: str) -> int:
        """The server's own id of somebody."""
        return 1000 + list(self.people).index(key)


def _once(text: str) -> dict[str, str]:
    pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text))
    assert len(dict(pairs)) == len(pairs), "a parameter twice"
    return dict(pairs)


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
