"""What every way of signing in has in common: an attempt goes out to a provider, verified claims come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from publish.config import EntConfig
from publish.gateway.sessions import Attempt


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
class Verified:
    """What a provider proved.

    Arguments:
        subject: its stable identifier of the person.
        claims: what it says about the person.
        id_token: to be given back at sign-out; empty if the provider has none.
    """

    subject: str = field(repr=False)
    claims: Mapping[str, object] = field(repr=False)
    id_token: str = field(default="", repr=False)


class SignIn(Protocol):
    """One provider's way of signing in."""

    ent: EntConfig

    async def start(self, state: str, attempt: Attempt) -> str:
        """The URL to send the browser to.

        Raises:
            ProviderDown: it can't be known now.
        """

    async def finish(self, answer: Mapping[str, str], attempt: Attempt) -> Verified:
        """Verify what the browser brought back.

        Arguments:
            answer: parameters of the return address, each given once.
            attempt: the pending sign-in that this browser began at this provider; it can't be used again.

        Raises:
            SignInRefused, ProviderDown
        """

    async def farewell(self, id_token: str) -> str | None:
        """The URL that ends the session at the provider too and comes back; `None` if it offers none. Never raises."""

    async def origins(self) -> tuple[str, ...]:
        """Origins to which `start` and `farewell` send the browser, as far as they are known now. Never raises."""

    async def close(self) -> None:
        """Let go of connections."""
