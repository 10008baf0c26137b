"""Identity headers from an existing gateway in front: at one address alone, from a listed peer, with a shared secret.

Anywhere else such a header is a 400 and a line in the log, whatever its case and whether it is spelled with `-` or `_`:
some server on the way may fold one into the other, and what means nothing here must mean nothing there.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Iterable, Mapping
from typing import NoReturn
from urllib.parse import urlencode

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from publish.ents import UNIX, HeadersConfig, folded
from publish.gateway.addresses import SIGN_IN
from publish.gateway.clients import address_of
from publish.gateway.sessions import Attempt
from publish.gateway.sign_in import Answer, Notice, SignInRefused, Verified

MOST_VALUE = 4096
MOST_SUBJECT = 255

NOBODY = frozenset({"(null)", "null", "none", "undefined", "-"})
"""What servers write where a variable has no value: it names nobody, and would be the same person for everybody."""

Headers = Iterable[tuple[bytes, bytes]]


def address_for(ent: HeadersConfig) -> str:
    """The one address at which its headers count."""
    return f"{SIGN_IN}/{ent.id}/retour"


class OneRouteOnly:
    """Wraps the application: a configured identity header that stands anywhere else ends the request.

    Arguments:
        app: what answers.
        ents: gateways in front.
        misplaced: called when such a header is where it has no place.
    """

    def __init__(self, app: ASGIApp, ents: Iterable[HeadersConfig], misplaced: Callable[[], None]) -> None:
        self._app = app
        self._misplaced = misplaced
        self._at = {address_for(ent): frozenset(map(folded, ent.spelled)) for ent in ents}
        self._all: frozenset[str] = frozenset().union(*self._at.values())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and self._all:
            here = self._at.get(scope["path"], frozenset()) if scope["method"] == "GET" else frozenset()
            named = {folded(name.decode("latin-1")) for name, _ in scope["headers"]}
            if (named & self._all) - here:
                self._misplaced()
                await PlainTextResponse("400\n", 400)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class FrontGateway:
    """The `SignIn` protocol for one gateway in front.

    Arguments:
        ent: who, and what its headers are called.
        address: our public origin, from the configuration alone.
        unix: whether we listen on a Unix socket: only then a peer without an address is one.
    """

    notice_refusal = 400

    def __init__(self, ent: HeadersConfig, address: str, *, unix: bool) -> None:
        self.ent = ent
        self._entrance = f"{address}{address_for(ent)}"
        self._unix = unix

    async def start(self, state: str, attempt: Attempt) -> str:
        """The one address, before which the gateway in front signs people in."""
        return f"{self._entrance}?{urlencode({'state': state})}"

    async def finish(self, answer: Answer, attempt: Attempt) -> Verified:
        """Read the headers that it wrote."""
        if not self._is_listed(answer.peer):
            raise SignInRefused("headers from an unlisted peer")
        return Verified(*identify(self.ent, answer.headers))

    async def ended(self, notice: Notice) -> NoReturn:
        """There is no single logout: the session there is not ours to know."""
        raise SignInRefused("no single logout")

    async def farewell(self, id_token: str) -> str | None:
        """The configured address that ends the session there."""
        return self.ent.sign_out

    async def origins(self) -> tuple[str, ...]:
        """Where the gateway in front sends browsers: to the provider behind it, and to its own sign-out."""
        return self.ent.origins

    async def close(self) -> None:
        """Nothing is open."""

    def _is_listed(self, peer: str) -> bool:
        if not peer:
            return self._unix and UNIX in self.ent.peers
        address = address_of(peer)
        return address is not None and address in {address_of(known) for known in self.ent.peers - {UNIX}}


def identify(ent: HeadersConfig, headers: Headers) -> tuple[str, dict[str, object]]:
    """The person's lasting name and claims, of the headers of a request.

    Raises:
        SignInRefused: they prove nothing, or name nobody.
    """
    values = read_values(ent, headers)
    subject = values.pop(ent.subject, "")
    if not 0 < len(subject) <= MOST_SUBJECT or subject.casefold() in NOBODY:
        raise SignInRefused("headers name nobody")
    if not is_listable(ent, values):
        raise SignInRefused("headers without the identifier")
    return subject, {**values, "sub": subject}


def is_listable(ent: HeadersConfig, values: Mapping[str, str]) -> bool:
    """Whether what the city's lists know people by is there, or is the subject itself.

    Apache takes away what a browser names in `Connection`, identity headers too: without this one, nobody is blocked.
    """
    return ent.claims.identifier == "sub" or values.get(ent.claims.identifier, "-").casefold() not in NOBODY


def read_values(ent: HeadersConfig, headers: Headers) -> dict[str, str]:
    """What the identity headers say, by their configured names; those that say nothing are left out.

    Raises:
        SignInRefused: without the secret, or one of them is there twice, in another spelling, or badly written.
    """
    spelled = {name.lower(): name for name in ent.spelled}
    names = set(map(folded, ent.spelled))
    found: dict[str, bytes] = {}
    for raw, value in headers:
        given = raw.decode("latin-1").lower()
        if folded(given) not in names:
            continue
        if given not in spelled:
            raise SignInRefused("header in another spelling")
        if spelled[given] in found:
            raise SignInRefused("header twice")
        found[spelled[given]] = value
    if not hmac.compare_digest(found.pop(ent.secret_header, b""), ent.secret.encode()):
        raise SignInRefused("headers without the secret")
    values = {name: _decoded(value, ent.encoding) for name, value in found.items()}
    return {name: value for name, value in values.items() if value and value != "(null)"}


def _decoded(value: bytes, encoding: str) -> str:
    if len(value) > MOST_VALUE:
        raise SignInRefused("header too long")
    try:
        if encoding == "base64url":
            value, encoding = _unpacked(value), "utf-8"
        text = value.decode(encoding)
    except ValueError:
        raise SignInRefused("header badly encoded") from None
    if not text.isprintable():
        raise SignInRefused("header badly encoded")
    return text.strip()


def _unpacked(value: bytes) -> bytes:
    try:
        data = base64.b64decode(value + b"=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError from error
    # One text has one form, padded or not: what else decodes to the same was written by nobody.
    padded = base64.urlsafe_b64encode(data)
    if value not in (padded, padded.rstrip(b"=")):
        raise ValueError
    return data
