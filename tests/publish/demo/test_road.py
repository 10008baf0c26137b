from __future__ import annotations

from publish.demo.road import sockets
from publish.loopback import listen, port_of


def test_the_ent_takes_the_next_port_so_that_its_address_stays_the_same() -> None:
    with sockets(0) as (gateway, ent):
        free = port_of(gateway)
        assert port_of(ent) != free
    with sockets(free) as (gateway, ent):
        assert (port_of(gateway), port_of(ent)) == (free, free + 1)


def test_where_the_next_port_is_taken_the_ent_takes_another() -> None:
    with sockets(0) as (gateway, _):
        free = port_of(gateway)
    with listen(free + 1), sockets(free) as (gateway, ent):
        assert port_of(gateway) == free
        assert port_of(ent) not in (free, free + 1)


def test_both_are_on_loopback_alone() -> None:
    with sockets(0) as both:
        assert [one.getsockname()[0] for one in both] == ["127.0.0.1", "127.0.0.1"]
