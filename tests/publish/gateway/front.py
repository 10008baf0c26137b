"""A gateway in front, in memory: what it adds to a request of somebody whom it signed in, as mod_auth_openidc does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.publish.gateway.browser import NAVIGATION, Answer, Browser

SECRET = "the secret that both of us know, and nobody else"
SECRET_HEADER = "X-Preau-Secret"
PREFIX = "OIDC_CLAIM_"
RETURN = "/-/connexion/passerelle/retour"

RawHeaders = list[tuple[bytes, bytes]]


@dataclass
class Front:
    """One gateway in front.

    Arguments:
        people: subject → claims; several values stand in one header, as that module writes them.
    """

    people: Mapping[str, Mapping[str, object]]
    secret: str = SECRET

    def identity(self, subject: str) -> RawHeaders:
        """The headers for somebody, as they come off the wire."""
        said: dict[str, object] = {"sub": subject, **self.people.get(subject, {})}
        texts = {name: ",".join(value) if isinstance(value, list) else str(value) for name, value in said.items()}
        named = [(f"{PREFIX}{name}".lower().encode(), value.encode()) for name, value in texts.items()]
        return [*named, (SECRET_HEADER.lower().encode(), self.secret.encode())]

    def open(self, browser: Browser, url: str, subject: str) -> Answer:
        """The browser opens the one address, through the gateway in front."""
        target = url.removeprefix(browser.origin)
        assert target.startswith(f"{RETURN}?")
        return browser.ask("GET", target, headers=NAVIGATION, more=self.identity(subject))
