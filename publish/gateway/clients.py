"""Who is at the other end, as far as limits and logs care, and how often one address may ask without a session.

An address decides nothing else: no right, no link, no cookie depends on it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.types import Scope

from publish.front import Network
from publish.gateway.sessions import Clock

MOST_ADDRESSES = 50_000
"""Counted at once; beyond, the one that was silent longest is forgotten."""

MOST_FORWARDED = 1_000
"""Characters of `X-Forwarded-For` that are read, from its end: the nearest proxy writes last."""

MOST_HOPS = 10

Address = IPv4Address | IPv6Address

UNKNOWN = "unknown"


def client_of(scope: Scope, proxies: Iterable[Network]) -> str:
    """The client's address, or its /64 in IPv6: a household has a whole one.

    Arguments:
        proxies: whose `X-Forwarded-For` is believed; so is that of whoever speaks through a Unix socket. A header that
            comes from anywhere else, or can't be read, counts for nothing.
    """
    peer = address_of(scope["client"][0]) if scope.get("client") else None
    if scope.get("client") and (peer is None or not _is_one(peer, proxies)):
        return _group(peer)
    said = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
    hops = said[-MOST_FORWARDED:].decode("latin-1").split(",")
    for hop in list(reversed(hops))[:MOST_HOPS]:
        found = address_of(hop.strip(" \t"))
        if found is None:
            return _group(peer)
        peer = found
        if not _is_one(found, proxies):
            break
    return _group(peer)


def address_of(text: str) -> Address | None:
    """An address that a socket or a header names; `None` if it is none."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    # An IPv4 address as a socket for both families shows it.
    return getattr(found, "ipv4_mapped", None) or found


def _is_one(address: Address, proxies: Iterable[Network]) -> bool:
    return any(address in proxy for proxy in proxies)


def _group(address: Address | None) -> str:
    if address is None:
        return UNKNOWN
    return str(ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


@dataclass
class _Left:
    requests: float
    at: float


class Rates:
    """Requests without a session, by address: a bucket that refills all the time.

    Arguments:
        per_minute: how many; as many may come at once.
        proxies: see `client_of`.
        clock: the current moment.
    """

    def __init__(self, per_minute: int, proxies: Iterable[Network], clock: Clock) -> None:
        self._most = float(per_minute)
        self._proxies = tuple(proxies)
        self._clock = clock
        self._left: OrderedDict[str, _Left] = OrderedDict()

    def allow(self, scope: Scope) -> bool:
        """Whether one more may be answered, which is counted."""
        address, now = client_of(scope, self._proxies), self._clock().timestamp()
        left = self._left.setdefault(address, _Left(self._most, now))
        self._left.move_to_end(address)
        while len(self._left) > MOST_ADDRESSES:
            self._left.popitem(last=False)
        # A clock that is set back gives nothing, and takes nothing.
        left.requests = min(self._most, left.requests + max(0.0, now - left.at) * self._most / 60)
        left.at = now
        if left.requests < 1:
            return False
        left.requests -= 1
        return True
