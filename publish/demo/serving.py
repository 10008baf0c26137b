"""A WSGI application on this machine alone, in a thread: for the demonstration's ENT, which must never be reachable."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

from publish.loopback import check_loopback, port_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_POLL_SECONDS = 0.05


class _Quiet(WSGIRequestHandler):
    """Logs nothing: a request line here holds codes and tokens."""

    protocol_version = "HTTP/1.0"  # one connection a request: nothing is open when the server stops

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        """Nothing."""

    def version_string(self) -> str:
        """No version is told."""
        return "ENT"


@contextmanager
def serving(listener: socket.socket, application: WSGIApplication) -> Iterator[None]:
    """Serve an application on a loopback socket until the block ends; then the socket is closed too.

    Errors: `ServeError` if the socket listens anywhere else than on loopback.
    """
    address = listener.getsockname()[0]
    check_loopback(address)
    # werkzeug listens on a copy of the descriptor; given a taken port, it would end the whole process.
    with listener:
        server = make_server(
            address, port_of(listener), application, threaded=True, request_handler=_Quiet, fd=listener.fileno()
        )
    with running(lambda: server.serve_forever(_POLL_SECONDS), server.shutdown, "ent"):
        yield


@contextmanager
def running(run: Callable[[], None], stop: Callable[[], None], name: str) -> Iterator[threading.Thread]:
    """Run something that blocks in a thread until the block ends.

    Arguments:
        run: blocks until stopped.
        stop: makes `run` return; called from the block's thread.
        name: of the thread.
    """
    thread = threading.Thread(target=run, name=f"preau-demo-{name}", daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        stop()
        thread.join()
