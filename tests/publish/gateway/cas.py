"""A CAS server in memory: strict where an honest one is, and able to lie in every way of a hostile one.

Honest behaviour is proved against real servers too (tests/browser/test_cas.py); this one makes faults that they can't.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit
from xml.sax.saxutils import escape

import httpx2

Claims = Mapping[str, object]

LOGOUT = (
    '<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="LR-1" Version="2.0"'
    ' IssueInstant="2022-11-09T08:00:00Z"><saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">@NOT_USED@'
    "</saml:NameID><samlp:SessionIndex>{ticket}</samlp:SessionIndex></samlp:LogoutRequest>"
)


def success(inside: str) -> str:
    """An answer with these elements."""
    return (
        '<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas"><cas:authenticationSuccess>'
        f"{inside}</cas:authenticationSuccess></cas:serviceResponse>"
    )


def described(user: str, claims: Claims) -> str:
    """A person as CAS 3 describes one: an element a value."""
    lines = [
        f"<cas:{name}>{escape(str(value))}</cas:{name}>"
        for name, stated in claims.items()
        for value in (stated if isinstance(stated, list) else [stated])
    ]
    return success(f"<cas:user>{escape(user)}</cas:user><cas:attributes>{''.join(lines)}</cas:attributes>")


@dataclass
class CasServer:
    """One server.

    Arguments:
        issuer: its origin; CAS lives below `/cas`.
        people: user → attributes.
        answers: changes what it answers a good ticket, or replaces the whole answer.
        lenient: validates any ticket that it ever made, for any service, again and again.
    """

    issuer: str
    people: Mapping[str, Claims] = field(default_factory=dict)
    answers: Callable[[str], str | bytes | httpx2.Response] = lambda answer: answer
    lenient: bool = False
    down: bool = False
    tickets: dict[str, tuple[str, str]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    asked: list[dict[str, list[str]]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"{self.issuer}/cas"

    def authorize(self, url: str, subject: str) -> str:
        """Sign somebody in at the server; the address to which it sends the browser back."""
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.address}/login"
        ((name, service),) = parse_qsl(parts.query)
        assert name == "service"
        ticket = f"ST-{len(self.tickets) + 1}-{secrets.token_urlsafe(16)}"
        self.tickets[ticket] = (service, subject)
        back = urlsplit(service)
        return f"{back.path}?{back.query}&{urlencode({'ticket': ticket})}"

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        if self.down:
            raise httpx2.ConnectError("down", request=request)
        assert request.url.path in ("/cas/serviceValidate", "/cas/p3/serviceValidate")
        asked = parse_qs(request.url.query.decode(), strict_parsing=True)
        self.asked.append(asked)
        (service,), (ticket,) = asked["service"], asked["ticket"]
        known = self.tickets.get(ticket)
        if known is None or (not self.lenient and (known[0] != service or ticket in self.used)):
            found: str | bytes | httpx2.Response = (
                '<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas"><cas:authenticationFailure'
                ' code="INVALID_TICKET">not recognised</cas:authenticationFailure></cas:serviceResponse>'
            )
        else:
            self.used.add(ticket)
            found = self.answers(described(known[1], self.people[known[1]]))
        return found if isinstance(found, httpx2.Response) else httpx2.Response(200, content=found)
