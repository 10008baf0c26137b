"""uvicorn in a thread, on a socket of this machine alone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from publish.errors import N_, ServeError
from publish.loopback import check_loopback

GOODBYE_SECONDS = 2


@contextmanager
def serving(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """Serve until the block ends; the socket is closed then.

    Raises:
        ServeError: the socket listens anywhere else than on loopback, or the application did not start.
    """
    check_loopback(listener.getsockname()[0])
    server = _Server(app)
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]), name="preau-preview-server", daemon=True)
    thread.start()
    try:
        while not server.ready.wait(0.05):
            if not thread.is_alive():
                raise ServeError(N_("the preview did not start"))
        yield
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


class _Server(uvicorn.Server):
    """uvicorn that trusts no forwarded header, names no software and logs nothing."""

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
                lifespan="off",
                timeout_graceful_shutdown=GOODBYE_SECONDS,
            )
        )
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        if self.started:
            self.ready.set()
