"""A WSGI application on this machine alone, in a thread: for the demonstration's ENT, which must never be reachable."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

from publish.errors import N_, ServeError, cause_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

LOOPBACK = "127.0.0.1"

_POLL_SECONDS = 0.05


class _Quiet(WSGIRequestHandler):
    """Logs nothing: a request line here holds codes and tokens."""

    protocol_version = "HTTP/1.0"  # one connection a request: nothing is open when the server stops

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        """Nothing."""

    def version_string(self) -> str:
        """No version is told."""
        return "ENT"


def listen(port: int, host: str = LOOPBACK) -> socket.socket:
    """A listening socket.

    Arguments:
        port: where; 0 takes a free one.
        host: an address of this machine's loopback; any other is refused.

    Errors: `ServeError` if the address is not loopback or the port is taken.
    """
    try:
        loopback = ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ServeError(N_("the demonstration listens on this machine only (127.0.0.1), not on {host}"), host=host)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named: asyncio sends answers at once (TCP_NODELAY) only where it is, else 40 ms late.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ServeError(
                N_("port {port} is already in use: stop what uses it, or choose another one with --port"), port=port
            ) from error
        raise ServeError(
            N_("port {port} can’t be used ({reason}): choose another one with --port"),
            port=port,
            reason=cause_of(error),
        ) from error
    return listener


def port_of(listener: socket.socket) -> int:
    """The port that a socket listens on."""
    return int(listener.getsockname()[1])


@contextmanager
def serving(listener: socket.socket, application: WSGIApplication) -> Iterator[None]:
    """Serve an application on a loopback socket until the block ends; then the socket is closed too.

    Errors: `ServeError` if the socket listens anywhere else than on loopback.
    """
    address = listener.getsockname()[0]
    if not ip_address(address).is_loopback:
        raise ServeError(N_("the demonstration listens on this machine only (127.0.0.1), not on {host}"), host=address)
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
