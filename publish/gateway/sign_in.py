"""What every way of signing in has in common: an attempt goes out to a provider, verified claims come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from publish.ents import EntConfig
from publish.gateway.sessions import Attempt, Handle


class SignInRefused(Exception):
    """What came back does not prove who this is. `reason` is a constant for the log; it holds nothing of the answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ProviderDown(Exception):
    """The provider does not answer, or not with anything usable. Nothing is wrong with the person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Answer:
    """What a browser brings back from a provider.

    Arguments:
        fields: parameters of the return address, each given once.
        headers: of the request, raw and with lower-case names; only a gateway in front of ours may speak in them.
        peer: address of the socket's other end, never of a header; empty for a Unix socket.
    """

    fields: Mapping[str, str] = field(repr=False)
    headers: tuple[tuple[bytes, bytes], ...] = field(default=(), repr=False)
    peer: str = ""


@dataclass(frozen=True)
class Notice:
    """What a provider sends us by itself, without a browser; anybody can send one: it proves nothing before it is read.

    Arguments:
        content_type: as it says, perhaps empty.
        body: bounded by the guard.
    """

    content_type: str
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Verified:
    """What a provider proved.

    Arguments:
        subject: its stable identifier of the person.
        claims: what it says about the person.
        id_token: to be given back at sign-out; empty if the provider has none.
        handles: by what it may end this session later (`sessions.handle`).
        withheld: it refused to say at which schools the person is.
    """

    subject: str = field(repr=False)
    claims: Mapping[str, object] = field(repr=False)
    id_token: str = field(default="", repr=False)
    handles: frozenset[Handle] = field(default=frozenset(), repr=False)
    withheld: bool = False


class SignIn(Protocol):
    """One provider's way of signing in.

    Arguments:
        notice_refusal: HTTP status for a notice that is refused.
    """

    notice_refusal: int

    @property
    def ent(self) -> EntConfig:
        """Who, as configured."""

    async def start(self, state: str, attempt: Attempt) -> str:
        """The URL to send the browser to.

        Raises:
            ProviderDown: it can't be known now.
        """

    async def finish(self, answer: Answer, attempt: Attempt) -> Verified:
        """Verify what the browser brought back.

        Arguments:
            attempt: the pending sign-in that this browser began at this provider; it can't be used again.

        Raises:
            SignInRefused, ProviderDown
        """

    async def ended(self, notice: Notice) -> frozenset[Handle]:
        """Single logout: the handles whose sessions the provider ended. It must name what only the two of us know.

        Raises:
            SignInRefused: the notice is none of this provider's, or it offers no single logout.
            ProviderDown: it can't be told now.
        """

    async def farewell(self, id_token: str) -> str | None:
        """The URL that ends the session at the provider too and comes back; `None` if it offers none. Never raises."""

    async def origins(self) -> tuple[str, ...]:
        """Origins to which `start` and `farewell` send the browser, as far as they are known now. Never raises."""

    async def close(self) -> None:
        """Let go of connections."""
