"""Redis or Valkey, as several gateways share it: the connection, its limits, and what a failing answer means.

One server, or one address that stands for several (a proxy, a Sentinel's virtual address); not a cluster: scripts touch
keys that belong together. It needs `maxmemory-policy noeviction` and a file of its own (AOF): see docs/acces.md.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis.asyncio import BlockingConnectionPool, Connection, SSLConnection, UnixDomainSocketConnection
from redis.asyncio import Redis as Client
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from publish.gateway.sessions import SessionsDown
from publish.sessions_server import SessionsServer

CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 2.0
CONNECTIONS = 50
"""Of one gateway; beyond, a request waits for `ANSWER_SECONDS` at most."""

PREFIX = "preau:"
"""Of every key, so that the server may hold something else too."""

_log = logging.getLogger(__name__)


def connect(server: SessionsServer) -> Client:
    """A client; it connects when it is first asked, and again after the server was away."""
    kind: type[Connection | UnixDomainSocketConnection]
    given: dict[str, Any]
    if server.socket is not None:
        kind, given = UnixDomainSocketConnection, {"path": str(server.socket)}
    else:
        kind, given = Connection, {"host": server.host, "port": server.port, "socket_connect_timeout": CONNECT_SECONDS}
    if server.tls:
        # Certificate and name are verified: redis-py's default, said here so that no other default replaces it.
        kind = SSLConnection
        given |= {"ssl_cert_reqs": "required", "ssl_check_hostname": True}
        given |= {"ssl_ca_certs": str(server.authority)} if server.authority else {}
    pool = BlockingConnectionPool(
        connection_class=kind,
        max_connections=CONNECTIONS,
        timeout=ANSWER_SECONDS,
        db=server.database,
        username=server.user or None,
        password=server.password or None,
        socket_timeout=ANSWER_SECONDS,
        # One more try: the server may have closed a connection that was idle.
        retry=Retry(NoBackoff(), 1),
        **given,
    )
    return Client.from_pool(pool)


def text(value: bytes | str) -> str:
    """An answer as text: the client gives bytes, and its types allow both."""
    return value.decode() if isinstance(value, bytes) else value


@contextmanager
def or_down() -> Iterator[None]:
    """What the client can't do becomes `SessionsDown`; the log has its class, never its text."""
    try:
        yield
    except (RedisError, OSError) as error:
        _log.error("sessions' server: %s", type(error).__name__)
        raise SessionsDown from error
