"""Our two cookies: written with every attribute, read strictly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from publish.gateway.sessions import ATTEMPT_LIFE, is_token


@dataclass(frozen=True)
class Cookie:
    """One of our cookies. Host-only, whole site, out of reach of scripts, not sent along from other sites.

    Arguments:
        name: begins with `__Host-` over https: a browser then takes it only from us, secure, for this host alone.
        secure: never sent over plain http.
        seconds: life in the browser; `None` ends with the browser. The server's own limits count, not this one.
    """

    name: str
    secure: bool
    seconds: int | None = None

    def set(self, token: str) -> str:
        """`Set-Cookie` that gives the browser a value."""
        return self._header(token, self.seconds)

    def expire(self) -> str:
        """`Set-Cookie` that takes it back."""
        return self._header("", 0)

    def read(self, headers: Iterable[tuple[bytes, bytes]]) -> str | None:
        """The value that the browser sent; `None` if there is none, several, or one of another form."""
        found: list[str] = []
        for header, value in headers:
            if header != b"cookie":
                continue
            for pair in value.decode("latin-1").split(";"):
                name, equals, token = pair.strip(" \t").partition("=")
                if equals and name == self.name:
                    found.append(token)
        # Two of the same name: somebody planted one (a sister host, another path). None is trusted.
        return found[0] if len(found) == 1 and is_token(found[0]) else None

    def _header(self, value: str, seconds: int | None) -> str:
        parts = [f"{self.name}={value}", "Path=/", "HttpOnly", "SameSite=Lax"]
        if self.secure:
            parts.append("Secure")
        if seconds is not None:
            parts.append(f"Max-Age={seconds}")
        return "; ".join(parts)


@dataclass(frozen=True)
class Cookies:
    """The session's cookie, and the one that binds pending sign-ins to a browser."""

    session: Cookie
    attempt: Cookie


def cookies(*, demonstration: bool) -> Cookies:
    """Over https the `__Host-` ones; the demonstration, on plain http and loopback, has its own names."""
    life = int(ATTEMPT_LIFE.total_seconds())
    if demonstration:
        return Cookies(Cookie("preau-demo", False), Cookie("preau-demo-connexion", False, life))
    return Cookies(Cookie("__Host-preau", True), Cookie("__Host-preau-connexion", True, life))
