"""What serves this machine alone: a socket that nothing outside reaches, and an orderly end."""

from __future__ import annotations

import errno
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import NoReturn

from publish.errors import N_, ServeError, cause_of

LOOPBACK = "127.0.0.1"


def is_loopback(host: str) -> bool:
    """Whether a host name or address never leaves this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def listen(port: int, host: str = LOOPBACK) -> socket.socket:
    """A listening socket.

    Arguments:
        port: where; 0 takes a free one.
        host: an address of this machine's loopback; any other is refused.

    Errors: `ServeError` if the address is not loopback or the port is taken.
    """
    check_loopback(host)
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


def check_loopback(host: str) -> None:
    """Refuse an address that another machine could reach.

    Errors: `ServeError`.
    """
    if host == "localhost" or not is_loopback(host):
        raise ServeError(N_("what is shown here listens on this machine only (127.0.0.1), not on {host}"), host=host)


def port_of(listener: socket.socket) -> int:
    """The port that a socket listens on."""
    return int(listener.getsockname()[1])


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Ctrl-C and SIGTERM both raise `KeyboardInterrupt`, once: a second one would cut the closing short."""

    def stop(number: int, frame: object) -> NoReturn:
        for one in held:
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt

    held = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    for one in held:
        signal.signal(one, stop)
    try:
        yield
    finally:
        for one, before in held.items():
            signal.signal(one, before)
