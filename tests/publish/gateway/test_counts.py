"""How many people read what: both stores keep the contract, and neither can be asked who."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publish.gateway.counts import (
    KEPT_WEEKS,
    LEAST,
    SALT_BYTES,
    Figure,
    Ledger,
    Subject,
    monday,
    oldest_kept,
    subjects_of,
    week_of,
)
from publish.gateway.counts_redis import RedisLedger
from publish.gateway.counts_sketch import people, with_marks
from publish.gateway.counts_sqlite import SqliteLedger
from publish.gateway.redis_server import connect
from tests.publish.gateway.redis_peer import RedisPeer

Held = Callable[[], bytes]
Damage = Callable[[], None]

WEEK, NEXT = "2022-W45", "2022-W46"
SITE, POST = Subject("fessart", "site"), Subject("fessart", "articles", "2022-11-08-potager")


def marks(start: int, end: int) -> frozenset[bytes]:
    return frozenset(number.to_bytes(32, "big") for number in range(start, end))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "inside" / "counts.sqlite3"


class LedgerContract:
    """Tests that use the fixtures `ledger`, `held` (a function that reads every byte kept) and `loop`."""

    def test_a_week_has_one_salt_whoever_asks(self, ledger: Ledger, loop: asyncio.Runner) -> None:
        async def together() -> list[bytes]:
            return await asyncio.gather(*(ledger.salt(WEEK) for _ in range(8)))

        salts = loop.run(together())
        assert len(set(salts)) == 1
        assert len(salts[0]) == SALT_BYTES
        assert loop.run(ledger.salt(NEXT)) != salts[0]

    def test_the_same_people_count_once(self, ledger: Ledger, loop: asyncio.Runner) -> None:
        for start, end in ((0, 6), (3, 9), (0, 9)):
            loop.run(ledger.add(WEEK, {SITE: marks(start, end)}))
        assert loop.run(ledger.figures()) == [Figure(WEEK, SITE, 9, ended=False)]

    def test_gateways_that_write_at_once_lose_nobody(self, ledger: Ledger, loop: asyncio.Runner) -> None:
        async def together() -> None:
            await asyncio.gather(*(ledger.add(WEEK, {SITE: marks(n, n + 3), POST: marks(n, n + 1)}) for n in range(8)))

        loop.run(together())
        found = {one.subject: one.people for one in loop.run(ledger.figures())}
        assert found == {SITE: 10, POST: 8}

    def test_fewer_than_five_are_nowhere(self, ledger: Ledger, loop: asyncio.Runner) -> None:
        loop.run(ledger.add(WEEK, {SITE: marks(0, LEAST), POST: marks(0, LEAST - 1)}))
        assert [one.subject for one in loop.run(ledger.figures())] == [SITE]
        loop.run(ledger.end_weeks(NEXT))
        assert loop.run(ledger.figures()) == [Figure(WEEK, SITE, LEAST, ended=True)]

    def test_the_salt_of_a_week_ends_with_it(self, ledger: Ledger, held: Held, loop: asyncio.Runner) -> None:
        salt = loop.run(ledger.salt(WEEK))
        loop.run(ledger.add(WEEK, {SITE: marks(0, 60), POST: marks(0, 60)}))
        assert salt in held()
        assert loop.run(ledger.end_weeks(NEXT)) == 1
        assert salt not in held()
        assert b"2022-11-08-potager" in held()
        assert {one.people for one in loop.run(ledger.figures())} == {60}
        assert loop.run(ledger.end_weeks(NEXT)) == 0
        assert loop.run(ledger.salt(WEEK)) != salt

    def test_the_running_week_goes_on(self, ledger: Ledger, loop: asyncio.Runner) -> None:
        salt = loop.run(ledger.salt(WEEK))
        loop.run(ledger.add(WEEK, {SITE: marks(0, 5)}))
        assert loop.run(ledger.end_weeks(WEEK)) == 0
        assert loop.run(ledger.salt(WEEK)) == salt
        assert loop.run(ledger.figures()) == [Figure(WEEK, SITE, 5, ended=False)]

    def test_figures_end_after_twenty_five_months(self, ledger: Ledger, loop: asyncio.Runner) -> None:
        loop.run(ledger.add(WEEK, {SITE: marks(0, 9)}))
        loop.run(ledger.salt(WEEK))
        loop.run(ledger.end_weeks(NEXT))
        loop.run(ledger.end_weeks("2024-W49"))
        assert [one.week for one in loop.run(ledger.figures())] == [WEEK]
        loop.run(ledger.end_weeks("2024-W50"))
        assert loop.run(ledger.figures()) == []

    def test_a_damaged_sketch_begins_again(self, ledger: Ledger, damage: Damage, loop: asyncio.Runner) -> None:
        loop.run(ledger.add(WEEK, {SITE: marks(0, 9)}))
        damage()
        assert loop.run(ledger.figures()) == []
        loop.run(ledger.add(WEEK, {SITE: marks(0, 7)}))
        assert [one.people for one in loop.run(ledger.figures())] == [7]


class TestSqliteLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, file: Path, loop: asyncio.Runner) -> Iterator[Ledger]:
        store = SqliteLedger(file)
        yield store
        loop.run(store.close())

    @pytest.fixture
    def held(self, file: Path) -> Held:
        return lambda: b"".join(path.read_bytes() for path in sorted(file.parent.iterdir()))

    @pytest.fixture
    def damage(self, file: Path) -> Damage:
        def spoil() -> None:
            with sqlite3.connect(file) as db:
                db.execute("UPDATE sketches SET sketch = x'00ff00ff'")

        return spoil


class TestRedisLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, redis_peer: RedisPeer, loop: asyncio.Runner) -> Iterator[Ledger]:
        store = RedisLedger(connect(redis_peer.settings))
        yield store
        loop.run(store.close())

    @pytest.fixture
    def held(self, redis_peer: RedisPeer) -> Held:
        def everything() -> bytes:
            client = redis_peer.client()
            read = {b"hash": client.hgetall, b"set": client.smembers}
            found = [repr(read[client.type(key)](key)) for key in client.scan_iter()]
            salts = list(client.hgetall("preau:counts:salts").values())
            client.close()
            return "".join(found).encode() + b"".join(salts)

        return everything

    @pytest.fixture
    def damage(self, redis_peer: RedisPeer) -> Damage:
        def spoil() -> None:
            client = redis_peer.client()
            for name in client.hkeys(f"preau:counts:sketches:{WEEK}"):
                client.hset(f"preau:counts:sketches:{WEEK}", name, b"\0\xff")
            client.close()

        return spoil


def test_only_the_owner_reads_the_file(file: Path, loop: asyncio.Runner) -> None:
    store = SqliteLedger(file)
    loop.run(store.salt(WEEK))
    assert {stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()} == {0o600}
    loop.run(store.close())


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        ("", ["accueil", "site"]),
        ("index.html", ["accueil", "site"]),
        ("articles/2022-11-08-potager/", ["articles:2022-11-08-potager", "articles", "site"]),
        ("articles/2022-11-08-potager/index.html", ["articles:2022-11-08-potager", "articles", "site"]),
        ("programmes/soirs/", ["programmes:soirs", "programmes", "site"]),
        ("programmes/soirs.ics", ["calendrier:soirs", "calendrier"]),
        ("programmes/soirs/lutins.ics", ["calendrier:soirs", "calendrier"]),
        ("programmes/soirs/lutins/x.ics", []),
        ("articles/soirs/lutins.ics", []),
        ("calendrier.ics", ["calendrier"]),
        ("articles/", []),
        ("articles/x/y/", []),
        ("photos/0123456789abcdef-480.webp", []),
        ("preau.css", []),
        ("plan/", []),
    ],
)
def test_what_is_read(path: str, kinds: list[str]) -> None:
    found = subjects_of("fessart", path)
    assert [f"{one.kind}:{one.post}" if one.post else one.kind for one in found] == kinds
    assert {one.centre for one in found} <= {"fessart"}


@pytest.mark.parametrize(
    ("moment", "week"),
    [
        (datetime(2022, 11, 13, 22, 59, 59, tzinfo=UTC), "2022-W45"),
        (datetime(2022, 11, 13, 23, tzinfo=UTC), "2022-W46"),
        (datetime(2023, 1, 1, 12, tzinfo=UTC), "2022-W52"),
        (datetime(2021, 1, 3, 12, tzinfo=UTC), "2020-W53"),
    ],
)
def test_weeks_are_those_of_paris(moment: datetime, week: str) -> None:
    assert week_of(moment) == week


def test_weeks_begin_on_a_monday_and_are_kept_no_longer_than_twenty_five_months() -> None:
    assert monday(WEEK).isoformat() == "2022-11-07"
    with pytest.raises(ValueError, match="2022-45"):
        monday("2022-45")
    assert (monday("2022-W45") - monday(oldest_kept("2022-W45"))).days == KEPT_WEEKS * 7 < 25 * 30.4 + 1


def test_a_sketch_is_right_to_some_hundredths() -> None:
    few, many = with_marks(None, marks(0, 200)), with_marks(with_marks(None, marks(0, 2000)), marks(1000, 3000))
    assert abs(people(few) - 200) <= 4
    assert abs(people(many) - 3000) <= 210  # three standard deviations
    assert len(many) < 4096
