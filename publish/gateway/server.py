"""The gateway as a process: a socket, uvicorn within limits, and an orderly end."""

from __future__ import annotations

import logging
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import uvicorn
from starlette.types import ASGIApp

from publish.config import GatewayConfig
from publish.errors import N_, ServeError, cause_of
from publish.gateway.app import create_app
from publish.gateway.guard import MOST_HEADERS
from publish.stores import Store

CONNECTIONS = 1_000
KEEP_ALIVE_SECONDS = 15
GOODBYE_SECONDS = 10
"""For answers under way when the process is asked to stop."""


def serve(config: GatewayConfig, store: Store) -> None:
    """Serve until Ctrl-C or SIGTERM. The security log goes to standard error.

    Raises:
        ServeError: the port is taken, or a file can't be used.
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    listener = listen(config.host, config.port)
    try:
        app = create_app(config, store, clock=lambda: datetime.now(UTC), security_log=sys.stderr)
        with suppress(KeyboardInterrupt):
            _Server(app).run(sockets=[listener])
    finally:
        listener.close()


@contextmanager
def serving(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """Serve in a thread until the block ends: for the demonstration and for tests.

    Arguments:
        listener: a socket of `listen`; closed at the end.

    Raises:
        ServeError: the application did not start.
    """
    server = _Server(app)

    def run() -> None:
        # uvicorn leaves by `sys.exit` when the application does not start; the caller is told below.
        with suppress(SystemExit):
            server.run(sockets=[listener])

    thread = threading.Thread(target=run, name="preau-gateway", daemon=True)
    thread.start()
    try:
        while not server.ready.wait(0.05):
            if not thread.is_alive():
                raise ServeError(N_("the gateway did not start"))
        yield
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one.

    Raises:
        ServeError: the port is taken, or the address is not this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(1024)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise ServeError(
            N_("the gateway can't listen on {host}, port {port} ({cause}): stop what uses it, or choose another port"),
            host=host,
            port=port,
            cause=cause_of(error),
        ) from error
    return listener


class _Server(uvicorn.Server):
    """uvicorn within our limits: it trusts no forwarded header, names no software and logs no request."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                proxy_headers=False,
                server_header=False,
                access_log=False,
                log_config=None,
                http="h11",
                ws="none",
                lifespan="on",
                h11_max_incomplete_event_size=MOST_HEADERS,
                limit_concurrency=CONNECTIONS,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=GOODBYE_SECONDS,
            )
        )
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        if self.started:
            self.ready.set()
