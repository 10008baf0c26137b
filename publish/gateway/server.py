"""The gateway as a process: a socket, uvicorn within limits, and an orderly end."""

from __future__ import annotations

import errno
import gc
import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from publish.config import GatewayConfig
from publish.errors import N_, ServeError, cause_of
from publish.gateway.app import create_app
from publish.gateway.journal import Journal
from publish.gateway.wire import STALL_SECONDS, Wire
from publish.stores import Store

CONNECTIONS = 1_000
BACKLOG = 1024
SOCKET_MODE = 0o660
KEEP_ALIVE_SECONDS = 15
GOODBYE_SECONDS = 10
"""For answers under way when the process is asked to stop."""


def serve(config: GatewayConfig, store: Store) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Raises:
        ServeError: the port is taken, or a file can't be used.
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    socket_path = config.front.socket
    listener = listen(config.host, config.port) if socket_path is None else listen_at(socket_path)
    try:
        journal = Journal(config.journal, config.journal_months, _now)
        with closing(journal), suppress(KeyboardInterrupt):
            app = create_app(config, store, clock=_now, security_log=journal)
            # What is there now stays: no collection looks at it again while families wait.
            gc.freeze()
            Server(app).run(sockets=[listener])
    finally:
        listener.close()


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def serving(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """Serve in a thread until the block ends: for the demonstration and for tests.

    Arguments:
        listener: a socket of `listen`; closed at the end.

    Raises:
        ServeError: the application did not start.
    """
    server = Server(app)

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
            listener.listen(BACKLOG)
            # What is sent and not taken for so long ends the connection, whatever this process waits for.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(STALL_SECONDS * 1000))
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


def listen_at(path: Path) -> socket.socket:
    """A listening Unix socket, for its owner and its group: the web server in front, and no other program.

    Raises:
        ServeError: the path can't be used, or another gateway listens there.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.is_socket():
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe, suppress(ConnectionRefusedError):
                probe.connect(str(path))
                raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))  # noqa: TRY301 - one place says it
            path.unlink()
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        # Bound under a mask: between `bind` and `chmod`, nobody else gets in.
        before = os.umask(0o177)
        try:
            listener.bind(str(path))
        finally:
            os.umask(before)
        path.chmod(SOCKET_MODE)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise ServeError(
            N_("the gateway can't listen on {path} ({cause}): stop what uses it, or choose another one"),
            path=path,
            cause=cause_of(error),
        ) from error
    return listener


class Server(uvicorn.Server):
    """uvicorn within our limits: it trusts no forwarded header, names no software and logs no request."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                proxy_headers=False,
                server_header=False,
                access_log=False,
                log_config=None,
                http=Wire,
                loop="uvloop",
                ws="none",
                lifespan="on",
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
