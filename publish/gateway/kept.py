"""Where sessions and accounts are kept: in files of this machine, or on a server that several gateways share."""

from __future__ import annotations

from publish.config import GatewayConfig
from publish.errors import N_, ServeError
from publish.gateway.accounts import Accounts
from publish.gateway.accounts_sqlite import NAME, SqliteAccounts
from publish.gateway.sessions import Clock, Limits, Sessions
from publish.gateway.sessions_sqlite import SqliteSessions


def open_kept(config: GatewayConfig, clock: Clock) -> tuple[Sessions, Accounts]:
    """Both stores, as the configuration says.

    Raises:
        ServeError: a file can't be used, or the server's client is not installed.
    """
    limits = Limits(config.idle, config.absolute, config.own_device)
    server = config.sessions_server
    if server is None:
        accounts = SqliteAccounts(config.sessions.with_name(NAME), clock)
        return SqliteSessions(config.sessions, limits, clock), accounts
    try:
        from publish.gateway.accounts_redis import RedisAccounts
        from publish.gateway.redis_server import connect
        from publish.gateway.sessions_redis import RedisSessions
    except ModuleNotFoundError as error:
        raise ServeError(
            N_("[gateway] sessions names a server, and its client is not installed: pip install 'preau[redis]'")
        ) from error
    return RedisSessions(connect(server), limits, clock), RedisAccounts(connect(server), clock)
