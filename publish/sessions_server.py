"""Where several gateways share sessions: `[gateway] sessions = "redis://…"`, right by construction."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from publish.errors import N_, ConfigError
from publish.loopback import is_loopback

SESSIONS_PASSWORD = "PREAU_SESSIONS_PASSWORD"  # noqa: S105 - the name of the variable
"""Environment variable that holds the server's password, if it has one."""

SCHEMES = ("redis://", "rediss://", "valkey://", "valkeys://", "unix://")
"""How an address begins; anything else is a file of this machine."""

MOST_DATABASES = 16


@dataclass(frozen=True)
class SessionsServer:
    """A Redis or Valkey server.

    Arguments:
        host, port: where it listens.
        socket: its Unix socket, instead of host and port.
        tls: certificate and name are verified; only a socket and this machine itself may do without.
        authority: file of the authority that signed its certificate; `None`: those that the machine trusts.
        database: number.
        user, password: the password comes from the environment only.
    """

    host: str = "localhost"
    port: int = 6379
    socket: Path | None = None
    tls: bool = False
    authority: Path | None = None
    database: int = 0
    user: str = ""
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.socket is None and not self.tls and not is_loopback(self.host):
            raise ConfigError(
                N_("[gateway] sessions: {host} is another machine: write rediss://, so that the network reads nothing"),
                host=self.host,
            )


def is_server(text: str) -> bool:
    """Whether a setting names a server, not a file."""
    return text.lower().startswith(SCHEMES)


def parse_server(text: str, authority: Path | None = None) -> SessionsServer:
    """`redis://[user@]host[:port][/database]`, `rediss://…` (TLS), `valkey(s)://…`, or `unix:///path/of.sock`.

    Raises:
        ConfigError: it is anything else, or holds a password.
    """
    wrong = ConfigError(
        N_(
            "[gateway] sessions must be a file, redis://host:port/0, rediss://host:port/0 or unix:///run/valkey.sock, "
            "without anything more"
        )
    )
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise wrong from None
    if parts.password is not None:
        # Not repeated: it is the password.
        raise ConfigError(N_("[gateway] sessions holds a password: put it in {name} instead"), name=SESSIONS_PASSWORD)
    if parts.query or parts.fragment:
        raise wrong
    if parts.scheme == "unix":
        path = Path(unquote(parts.path))
        if parts.netloc or not path.is_absolute():
            raise wrong
        return SessionsServer(socket=path)
    database = parts.path.removeprefix("/") or "0"
    if not parts.hostname or not database.isascii() or not database.isdecimal() or int(database) >= MOST_DATABASES:
        raise wrong
    return SessionsServer(
        parts.hostname, port or 6379, tls=parts.scheme in ("rediss", "valkeys"), authority=authority,
        database=int(database), user=unquote(parts.username or ""),
    )  # fmt: skip
