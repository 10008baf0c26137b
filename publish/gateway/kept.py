"""Where sessions, accounts and counts are kept: in files of this machine, or on a server that gateways share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from publish.config import GatewayConfig
from publish.errors import N_, ServeError
from publish.gateway.accounts import Accounts
from publish.gateway.accounts_sqlite import NAME, SqliteAccounts
from publish.gateway.counts import Ledger
from publish.gateway.counts_sqlite import NAME as COUNTS
from publish.gateway.counts_sqlite import SqliteLedger
from publish.gateway.sessions import Clock, Limits, Sessions
from publish.gateway.sessions_sqlite import SqliteSessions
from publish.sessions_server import SessionsServer

NO_CLIENT = N_("[gateway] sessions names a server, and its client is not installed: pip install 'preau[redis]'")


@dataclass(frozen=True)
class Kept:
    """The stores; each is closed by whoever uses it."""

    sessions: Sessions
    accounts: Accounts
    counts: Ledger


def open_kept(config: GatewayConfig, clock: Clock) -> Kept:
    """Every store, as the configuration says.

    Raises:
        ServeError: a file can't be used, or the server's client is not installed.
    """
    limits = Limits(config.idle, config.absolute, config.own_device)
    server = config.sessions_server
    if server is None:
        accounts = SqliteAccounts(config.sessions.with_name(NAME), clock)
        return Kept(SqliteSessions(config.sessions, limits, clock), accounts, open_counts(config.sessions, None))
    try:
        from publish.gateway.accounts_redis import RedisAccounts
        from publish.gateway.redis_server import connect
        from publish.gateway.sessions_redis import RedisSessions
    except ModuleNotFoundError as error:
        raise ServeError(NO_CLIENT) from error
    return Kept(
        RedisSessions(connect(server), limits, clock),
        RedisAccounts(connect(server), clock),
        open_counts(config.sessions, server),
    )


def open_counts(sessions: Path, server: SessionsServer | None) -> Ledger:
    """What is counted, for a gateway or for whoever reads the figures.

    Arguments:
        sessions: the file of the sessions, beside which the counts' stands.
        server: instead.

    Raises:
        ServeError: the file can't be used, or the server's client is not installed.
    """
    if server is None:
        return SqliteLedger(sessions.with_name(COUNTS))
    try:
        from publish.gateway.counts_redis import RedisLedger
        from publish.gateway.redis_server import connect
    except ModuleNotFoundError as error:
        raise ServeError(NO_CLIENT) from error
    return RedisLedger(connect(server))
