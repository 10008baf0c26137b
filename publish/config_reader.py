"""`preau.toml` and the environment → `Config` and `GatewayConfig`. Every problem of a file is told at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from publish.config import CACHE_BYTES, MIN_KEY_BYTES, Config, GatewayConfig, GatewaySettings, missing_secret
from publish.ents import EntConfig
from publish.ents_reader import note_origin, read_ent
from publish.errors import N_, ConfigError, Reason, cause_of
from publish.front import read_front
from publish.sessions_server import SESSIONS_PASSWORD, SessionsServer, is_server, parse_server
from publish.settings_table import Table
from publish.stores.settings import StoreSettings, read_store

ACCESS_KEY = "PREAU_ACCESS_KEY"
"""Environment variable that holds the key of the lists' hashes."""

LANGUAGES = ("en", "fr")
DEFAULT_SESSIONS = GatewaySettings.sessions


def read_config(path: Path, *, required: bool) -> Config:
    """Read `preau.toml`.

    Arguments:
        path: the file; folders in it are relative to its own.
        required: a missing file is an error; else it means the defaults.

    Raises:
        ConfigError: with every problem of the file.
    """
    base = path.absolute().parent
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if required:
            raise ConfigError(N_("{path}: there is no such file"), path=path) from None
        raw = {}
    except UnicodeDecodeError:
        raise ConfigError(N_("{path}: the file is not in UTF-8"), path=path) from None
    except (ValueError, RecursionError) as error:  # also a number of thousands of digits, or brackets without end
        line = re.search(r"line (\d+)", str(error))
        raise ConfigError(
            N_("{path}, line {line}: this is not valid TOML (a quote or a bracket missing?)"),
            path=path,
            line=line.group(1) if line else "?",
        ) from None
    except OSError as error:
        raise ConfigError(N_("{path} can't be read: {cause}"), path=path, cause=cause_of(error)) from None
    problems: list[Reason] = []
    config = _config(raw, base, problems)
    if problems:
        raise ConfigError(N_("{path} can't be used:"), path=path, reasons=problems)
    return config


def _config(raw: dict[str, object], base: Path, problems: list[Reason]) -> Config:
    root = Table(raw, "", problems)
    language = root.text("language", "fr")
    if language not in LANGUAGES:
        root.wrong(N_("language must be one of: {known}"), known=", ".join(LANGUAGES))
    store = read_store(root.table("store"), base)
    build = root.table("build")
    cache = base / build.text("cache", ".preau/cache")
    limit = build.number("cache_gigabytes", CACHE_BYTES // 1000**3, 1, 10_000) * 1000**3
    build.finish()
    gateway = root.table("gateway")
    tables = root.take("ent")
    if tables is None:
        tables = []
    if not isinstance(tables, list):
        root.wrong(N_("write [[ent]], with two brackets: there may be several"))
        tables = []
    read = (read_ent(Table(table, f"ent {rank}", problems)) for rank, table in enumerate(tables, start=1))
    ents = tuple(ent for ent in read if ent is not None)
    for what in ("id", "issuer"):
        values = [getattr(ent, what) for ent in ents]
        if len(set(values)) != len(values):
            root.wrong(N_("two [[ent]] have the same {key}"), key=what)
    settings = _gateway(gateway, base, ents, store)
    root.finish()
    return Config(language=language, store=store, cache=cache, cache_limit=limit, gateway=settings)


def _gateway(table: Table, base: Path, ents: tuple[EntConfig, ...], store: StoreSettings) -> GatewaySettings:
    address = table.text("address")
    if address:
        note_origin(table, address, "[gateway] address")
    idle = table.number("idle_minutes", 30, 1, 24 * 60)
    absolute = table.number("absolute_hours", 8, 1, 24)
    if idle > absolute * 60:
        table.wrong(N_("[gateway] idle_minutes must be more than 0 and not longer than absolute_hours"))
    own = table.number("own_device_hours", min(absolute, max(8, -(-idle // 60))), 0, 24)
    if own and not idle <= own * 60 <= absolute * 60:
        table.wrong(
            N_("[gateway] own_device_hours must not be shorter than idle_minutes nor longer than absolute_hours")
        )
    file, server = _sessions(table, base)
    settings = GatewaySettings(
        address=address,
        host=table.text("host", "127.0.0.1"),
        port=table.number("port", 8000, 1, 65535),
        sessions=file,
        sessions_server=server,
        idle=timedelta(minutes=idle),
        own_device=timedelta(hours=own) if own else None,
        absolute=timedelta(hours=absolute),
        journal=base / table.text("journal", str(GatewaySettings.journal)),
        # CNIL: six months to a year.
        journal_months=table.number("journal_months", 6, 6, 12),
        ents=ents,
        front=read_front(table, base, store),
    )
    table.finish()
    return settings


def _sessions(table: Table, base: Path) -> tuple[Path, SessionsServer | None]:
    """A file, or a server; with a server, what stays on this machine stands where the file would."""
    written = table.text("sessions", str(DEFAULT_SESSIONS))
    authority = table.optional("sessions_ca")
    if not is_server(written):
        if authority:
            table.wrong(N_("[gateway] sessions_ca is for a server with rediss://, not for a file"))
        return base / written, None
    server = None
    try:
        server = parse_server(written, base / authority if authority else None)
    except ConfigError as error:
        table.problems.append(Reason(error.message, error.values))
    return base / DEFAULT_SESSIONS, server


def access_key(environ: Mapping[str, str]) -> bytes:
    """The key of the lists' hashes, the same here and at the gateway.

    Raises:
        ConfigError: it is missing or too short.
    """
    key = environ.get(ACCESS_KEY, "").encode()
    if missing := _missing_key(key):
        raise ConfigError(N_("no list can be read:"), reasons=[missing])
    return key


def _missing_key(key: bytes) -> Reason | None:
    if len(key) >= MIN_KEY_BYTES:
        return None
    return Reason(
        N_("the environment variable {name} (key of the lists) is missing or shorter than {least} bytes"),
        {"name": ACCESS_KEY, "least": MIN_KEY_BYTES},
    )


def gateway_config(config: Config, environ: Mapping[str, str]) -> GatewayConfig:
    """Everything that `preau serve` needs: the file's settings with the environment's secrets.

    Raises:
        ConfigError: with everything that is missing.
    """
    settings = config.gateway
    problems: list[Reason] = []
    if not settings.address:
        problems.append(Reason(N_("[gateway] address is missing: the public address, https://…")))
    if not settings.ents:
        problems.append(Reason(N_("preau.toml names no [[ent]]: nobody could sign in")))
    secrets = (missing_secret(ent, environ.get(ent.secret_variable or "", "")) for ent in settings.ents)
    problems.extend(missing for missing in secrets if missing)
    key = environ.get(ACCESS_KEY, "").encode()
    if missing := _missing_key(key):
        problems.append(missing)
    if problems:
        raise ConfigError(N_("the gateway can't start with these settings:"), reasons=problems)
    return GatewayConfig(
        address=settings.address,
        store=config.store,
        sessions=settings.sessions,
        sessions_server=with_password(settings.sessions_server, environ),
        ents=tuple(
            replace(ent, secret=environ[ent.secret_variable]) if ent.secret_variable else ent for ent in settings.ents
        ),
        access_key=key,
        host=settings.host,
        port=settings.port,
        idle=settings.idle,
        own_device=settings.own_device,
        absolute=settings.absolute,
        journal=settings.journal,
        journal_months=settings.journal_months,
        language=config.language,
        front=settings.front,
    )


def with_password(server: SessionsServer | None, environ: Mapping[str, str]) -> SessionsServer | None:
    """The server that gateways share, with its password from the environment."""
    return replace(server, password=environ.get(SESSIONS_PASSWORD, "")) if server else None
