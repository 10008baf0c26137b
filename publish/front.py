"""The part of `[gateway]` about what stands in front: where the gateway listens, who sends bytes, whom it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from types import MappingProxyType

from publish.errors import N_
from publish.settings_table import Table
from publish.stores.settings import S3Settings, StoreSettings

Network = IPv4Network | IPv6Network

CACHE_BYTES = 4 * 1000**3
PER_MINUTE = 600
"""Requests without a session from one address: a whole school, or a mobile network, is behind one."""

BEHIND: Mapping[str, bool] = MappingProxyType({"nginx": True, "": False})


@dataclass(frozen=True)
class Front:
    """What stands in front of the gateway.

    Arguments:
        socket: Unix socket to listen on, instead of host and port; only this machine's web server reaches it.
        behind_nginx: nginx sends the bytes of sites (`X-Accel-Redirect`); else this process does.
        proxies: addresses whose word about a client's address is taken, for limits and logs alone. Whoever speaks
            through the Unix socket is one.
        cache: folder for blobs of a store that is not on this machine, or that nginx may not read; `None` where the
            store's own files are used.
        cache_limit: bytes that it may hold.
        per_minute: requests without a session that one address may make.
    """

    socket: Path | None = None
    behind_nginx: bool = False
    proxies: tuple[Network, ...] = ()
    cache: Path | None = None
    cache_limit: int = CACHE_BYTES
    per_minute: int = PER_MINUTE


def read_front(table: Table, base: Path, store: StoreSettings) -> Front:
    """Read these keys; every problem goes to the table's list.

    Arguments:
        table: `[gateway]`.
        base: folder from which relative ones start.
        store: a bucket is never without a cache.
    """
    socket, behind, cache = table.optional("socket"), table.text("behind"), table.optional("cache")
    if socket is not None and ("host" in table.values or "port" in table.values):
        table.wrong(N_("{where} names a socket, and a host or a port: keep one of them"))
    if behind not in BEHIND:
        table.wrong(N_("{where} {key} must be one of: {known}"), key="behind", known="nginx")
    if cache is None and isinstance(store, S3Settings):
        cache = ".preau/blobs"
    return Front(
        socket=None if socket is None else base / socket,
        behind_nginx=BEHIND.get(behind, False),
        proxies=_proxies(table),
        cache=None if cache is None else base / cache,
        cache_limit=table.number("cache_gigabytes", CACHE_BYTES // 1000**3, 1, 10_000) * 1000**3,
        per_minute=table.number("requests_per_minute", PER_MINUTE, 60, 1_000_000),
    )


def _proxies(table: Table) -> tuple[Network, ...]:
    found = []
    for text in table.texts("proxies"):
        try:
            found.append(ip_network(text))
        except ValueError:
            table.wrong(N_("{where} proxies: “{value}” is not an address, such as 10.0.0.4 or 10.0.0.0/28"), value=text)
    return tuple(found)
