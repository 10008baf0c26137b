"""The settings of `preau.toml`, as frozen values that are right by construction; config_reader.py reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from publish.ents import EntConfig, HeadersConfig
from publish.errors import N_, ConfigError, Reason
from publish.front import Front
from publish.loopback import is_loopback
from publish.sessions_server import SessionsServer
from publish.stores.settings import S3Settings, StoreSettings

MIN_KEY_BYTES = 32
"""Least length of the key of list identifiers (NIST SP 800-107: as long as the hash)."""


def missing_secret(ent: EntConfig, secret: str) -> Reason | None:
    """What is wrong with a provider's secret, if anything."""
    if ent.secret_variable is None or len(secret) >= ent.least_secret:
        return None
    values = {"name": ent.secret_variable, "ent": ent.id, "least": ent.least_secret}
    if ent.least_secret == 1:
        return Reason(N_("the environment variable {name} (secret of ENT “{ent}”) is missing"), values)
    return Reason(
        N_("the environment variable {name} (secret of ENT “{ent}”) is missing or shorter than {least} characters"),
        values,
    )


CACHE_BYTES = 8 * 1000**3
"""Bytes of prepared photos that are kept unless preau.toml says otherwise: some 13,000, a large city's school year."""

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")


def check_origin(value: str, what: str, *, demonstration: bool) -> None:
    """Refuse anything but `https://host[:port]`; the demonstration may use plain http, on loopback only."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = (parts.hostname or "") if ":" not in (parts.hostname or "") else f"[{parts.hostname}]"
    rebuilt = f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host) or rebuilt != value:
        raise ConfigError(
            N_("{what} “{value}” must be an origin such as https://centres.example.fr"), what=what, value=value
        )
    if parts.scheme == "http" and not (demonstration and is_loopback(host)):
        raise ConfigError(
            N_("{what} “{value}” must begin with https://: plain http would show sessions to the network"),
            what=what,
            value=value,
        )


@dataclass(frozen=True)
class GatewayConfig:
    """Everything that `preau serve` needs.

    Arguments:
        address: public origin of the gateway, `https://centres.example.fr`.
        host, port: where it listens.
        store: what holds the releases; only read.
        sessions: SQLite file of the sessions; what else this gateway keeps on its disk stands beside it.
        sessions_server: Redis or Valkey instead of that file, for several gateways.
        idle, absolute: a session ends after this long without a request, and in any case after that long.
        own_device: without a request, where somebody said that the device is theirs; `None`: nobody is asked.
        ents: providers, in the order of the sign-in page.
        access_key: key of the lists' hashes; at least 32 bytes, from the environment.
        journal, journal_months: folder of the security log, and how long each day of it is kept.
        language: of the gateway's pages.
        front: what stands in front of it.
        demonstration: given by the demonstration's code alone, never read from a file: allows plain http on loopback.
    """

    address: str
    store: StoreSettings
    sessions: Path
    ents: tuple[EntConfig, ...]
    access_key: bytes = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    sessions_server: SessionsServer | None = None
    idle: timedelta = timedelta(minutes=30)
    own_device: timedelta | None = timedelta(hours=8)
    absolute: timedelta = timedelta(hours=8)
    journal: Path = Path(".preau/journal")
    journal_months: int = 6
    language: str = "fr"
    front: Front = field(default_factory=Front)
    demonstration: bool = False

    def __post_init__(self) -> None:
        check_origin(self.address, "[gateway] address", demonstration=self.demonstration)
        for ent in self.ents:
            for origin in ent.origins:
                check_origin(origin, f"[[ent]] {ent.id}", demonstration=self.demonstration)
        if self.front.behind_nginx and self.front.cache is None and isinstance(self.store, S3Settings):
            raise ConfigError(N_("behind nginx, the gateway needs a folder for the blobs of a store on S3"))
        if self.demonstration and not is_loopback(self.host):
            raise ConfigError(N_("the demonstration listens on this machine only, not on {host}"), host=self.host)
        if not self.ents:
            raise ConfigError(N_("preau.toml names no [[ent]]: nobody could sign in"))
        for what in ("id", "issuer"):
            values = [getattr(ent, what) for ent in self.ents]
            if len(set(values)) != len(values):
                raise ConfigError(N_("two [[ent]] have the same {key}"), key=what)
        for ent in self.ents:
            if missing := missing_secret(ent, ent.secret):
                raise ConfigError(N_("the gateway can't start with these settings:"), reasons=[missing])
            if isinstance(ent, HeadersConfig) and not ent.may_speak(socket=self.front.socket is not None):
                raise ConfigError(
                    N_("no peer of ENT “{ent}” can reach the gateway: it listens {where}"),
                    ent=ent.id,
                    where=Reason(N_("on a socket, whose peer is “unix”") if self.front.socket else N_("on a port")),
                )
        if len(self.access_key) < MIN_KEY_BYTES:
            raise ConfigError(N_("the access key must have at least {least} bytes"), least=MIN_KEY_BYTES)
        self._check_lives()

    def _check_lives(self) -> None:
        if not timedelta(0) < self.idle <= self.absolute:
            raise ConfigError(N_("[gateway] idle_minutes must be more than 0 and not longer than absolute_hours"))
        if self.own_device is not None and not self.idle <= self.own_device <= self.absolute:
            raise ConfigError(
                N_("[gateway] own_device_hours must not be shorter than idle_minutes nor longer than absolute_hours")
            )


@dataclass(frozen=True)
class GatewaySettings:
    """The `[gateway]` and `[[ent]]` tables as read, without secrets; `address` is empty where the file gives none."""

    address: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    sessions: Path = Path(".preau/sessions.sqlite3")
    sessions_server: SessionsServer | None = None
    idle: timedelta = timedelta(minutes=30)
    own_device: timedelta | None = timedelta(hours=8)
    absolute: timedelta = timedelta(hours=8)
    journal: Path = Path(".preau/journal")
    journal_months: int = 6
    ents: tuple[EntConfig, ...] = ()
    front: Front = field(default_factory=Front)


@dataclass(frozen=True)
class Config:
    """`preau.toml` as read; paths are absolute.

    Arguments:
        language: of what the command and the gateway say.
        store: a folder, or what S3 needs.
        cache: folder that holds what can be made again.
        cache_limit: bytes of prepared photos that it may hold.
        gateway: see `gateway_config`.
    """

    language: str = "fr"
    store: StoreSettings = Path(".preau/store")
    cache: Path = Path(".preau/cache")
    cache_limit: int = CACHE_BYTES
    gateway: GatewaySettings = GatewaySettings()

    @property
    def photos(self) -> Path:
        """Private folder of prepared photos."""
        return self.cache / "photos"

    @property
    def work(self) -> Path:
        """Folder for sites built by `preau publish`, beside the cache."""
        return self.cache.parent / "sites"

    @property
    def known(self) -> Path:
        """Private folder of what this machine knows of the store, beside the cache."""
        return self.cache.parent / "connu"

    @property
    def letters(self) -> Path:
        """Private folder of the pages of `preau access letters`, beside the cache."""
        return self.cache.parent / "lettres"

    @property
    def faces(self) -> Path:
        """Private folder of the pages of `preau faces`, beside the cache."""
        return self.cache.parent / "visages"
