"""Whose address counts, and how often one may ask without a session."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlencode

import pytest

from publish.front import Front
from publish.gateway import clients
from publish.gateway.app import NOTICES
from publish.gateway.clients import Rates, client_of
from tests.publish.gateway.cas import LOGOUT
from tests.publish.gateway.house import Moment, build_house
from tests.publish.gateway.protection import opens

PROXIES = (ip_network("127.0.0.1"), ip_network("10.0.0.0/24"), ip_network("fd00::/8"))


def scope(peer: str | None, *forwarded: str) -> dict[str, object]:
    headers = [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded]
    return {"client": None if peer is None else (peer, 1234), "headers": headers}


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", (), "203.0.113.9"),
        ("203.0.113.9", ("198.51.100.1",), "203.0.113.9"),  # not one of ours: its word is nothing
        ("127.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        (None, ("198.51.100.1",), "198.51.100.1"),  # through the Unix socket
        (None, (), "unknown"),
        ("127.0.0.1", (), "127.0.0.1"),
        ("127.0.0.1", ("192.0.2.7, 198.51.100.1",), "198.51.100.1"),  # what the client itself wrote comes first
        ("127.0.0.1", ("192.0.2.7", "198.51.100.1"), "198.51.100.1"),
        ("127.0.0.1", ("198.51.100.1, 10.0.0.3",), "198.51.100.1"),  # two proxies
        ("127.0.0.1", ("198.51.100.1, garbage",), "127.0.0.1"),
        ("127.0.0.1", ("198.51.100.1, ",), "127.0.0.1"),
        ("127.0.0.1", ("198.51.100.1:4711",), "127.0.0.1"),
        ("127.0.0.1", ("\xff",), "127.0.0.1"),
        ("127.0.0.1", ("1" * 100_000,), "127.0.0.1"),
        ("127.0.0.1", ("10.0.0.1, " * 50 + "10.0.0.2",), "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", (), "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", (), "203.0.113.9"),
        ("fd00::1", ("2001:db8:1:2::9",), "2001:db8:1:2::/64"),
        ("not an address", ("198.51.100.1",), "unknown"),
    ],
)
def test_the_address_that_counts(peer: str | None, forwarded: tuple[str, ...], expected: str) -> None:
    assert client_of(scope(peer, *forwarded), PROXIES) == expected


def test_a_bucket_refills_and_addresses_are_apart() -> None:
    clock = Moment()
    rates = Rates(60, (), clock)
    assert [rates.allow(scope("203.0.113.9")) for _ in range(61)] == [True] * 60 + [False]
    assert rates.allow(scope("203.0.113.8"))
    clock.later(seconds=2)
    assert [rates.allow(scope("203.0.113.9")) for _ in range(3)] == [True, True, False]
    clock.later(seconds=-100)
    assert not rates.allow(scope("203.0.113.9"))
    clock.later(hours=1)
    assert [rates.allow(scope("203.0.113.9")) for _ in range(61)] == [True] * 60 + [False]


def test_the_addresses_that_are_counted_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "MOST_ADDRESSES", 10)
    rates = Rates(60, (), Moment())
    for number in range(100):
        rates.allow(scope(f"203.0.113.{number}"))
    assert len(rates._left) == 10


def test_who_has_a_session_is_never_counted(tmp_path: Path, loop: asyncio.Runner) -> None:
    """A whole school behind one address: strangers who ask too often stop nobody who is signed in."""
    house = build_house(tmp_path, loop, front=Front(per_minute=60))
    guardian, stranger = house.signed_in("guardian-fessart"), house.browser()
    statuses = [stranger.get("/fessart/").status for _ in range(70)]
    assert statuses[-1] == 429
    assert stranger.fetch("/fessart/").status == stranger.get("/-/connexion").status == 429
    assert stranger.post("/-/connexion/ecoles").status == 429
    assert stranger.get("/-/connexion").header("retry-after")
    assert stranger.get("/-/sante").status == 200
    assert stranger.get(next(iter(house.gateway.theme.urls.values()))).status == 200
    stranger.cookies["__Host-preau"] = "x" * 43
    assert stranger.get("/fessart/").status == 429
    assert all(opens(guardian) for _ in range(100))
    house.clock.later(seconds=61)
    assert stranger.get("/-/connexion").status == 200
    house.close()


def test_an_ent_that_ends_many_sessions_at_once_is_heard(tmp_path: Path, loop: asyncio.Runner) -> None:
    house = build_house(tmp_path, loop, front=Front(per_minute=60))
    guardian, somebody = house.signed_in("guardian-fessart", "academie"), house.browser()
    logout = urlencode({"logoutRequest": LOGOUT.format(ticket="ST-gone")}).encode()
    back = "/-/connexion/academie/retour"
    for _ in range(200):
        assert somebody.ask("POST", back, headers={}, body=logout).status == 200
    (ticket,) = house.cas.tickets
    somebody.ask("POST", back, headers={}, body=LOGOUT.format(ticket=ticket).encode())
    assert not opens(guardian)
    statuses = {somebody.ask("POST", back, headers={}, body=b"x").status for _ in range(60 * NOTICES)}
    assert statuses == {200, 429}
    assert [somebody.get(back).status for _ in range(61)][-1] == 429, "the way back of browsers is counted as before"
    house.close()
