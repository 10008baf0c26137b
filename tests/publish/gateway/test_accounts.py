"""Both stores of accounts keep the contract; neither holds anything that names somebody, and neither forgets."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from publish.access import Person
from publish.errors import ServeError
from publish.gateway.accounts import Accounts, account_of
from publish.gateway.accounts_redis import RedisAccounts
from publish.gateway.accounts_sqlite import SqliteAccounts
from publish.gateway.redis_server import PREFIX, connect
from publish.gateway.sessions import SessionsDown
from publish.sessions_server import SessionsServer
from tests.publish.gateway.accounts_contract import CODE, ONE, AccountsContract
from tests.publish.gateway.house import KEY, Moment
from tests.publish.gateway.redis_peer import RedisPeer


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "inside" / "accounts.sqlite3"


class TestSqliteAccounts(AccountsContract):
    @pytest.fixture
    def accounts(self, file: Path, clock: Moment, loop: asyncio.Runner) -> Iterator[Accounts]:
        store = SqliteAccounts(file, clock)
        yield store
        loop.run(store.close())


class TestRedisAccounts(AccountsContract):
    @pytest.fixture
    def accounts(self, redis_peer: RedisPeer, clock: Moment, loop: asyncio.Runner) -> Iterator[Accounts]:
        store = RedisAccounts(connect(redis_peer.settings), clock)
        yield store
        loop.run(store.close())


def test_only_the_owner_reads_the_file(file: Path, loop: asyncio.Runner) -> None:
    store = SqliteAccounts(file, Moment())
    loop.run(store.accept(ONE, "2022-09-01"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()} == {0o600}
    loop.run(store.close())


def test_it_outlives_the_process(file: Path, loop: asyncio.Runner) -> None:
    store = SqliteAccounts(file, Moment())
    loop.run(store.redeem(ONE, CODE, right=True))
    loop.run(store.close())
    again = SqliteAccounts(file, Moment())
    assert loop.run(again.find(ONE)).codes == {CODE}
    loop.run(again.close())


def test_a_file_of_another_layout_is_never_made_anew(file: Path, loop: asyncio.Runner) -> None:
    store = SqliteAccounts(file, Moment())
    loop.run(store.redeem(ONE, CODE, right=True))
    loop.run(store.close())
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA user_version = 9")
    db.close()
    with pytest.raises(ServeError, match="layout 9"):
        SqliteAccounts(file, Moment())
    with sqlite3.connect(file) as db:
        assert db.execute("SELECT code FROM codes").fetchall() == [(CODE,)]
    db.close()


def test_a_damaged_file_lets_nobody_in(file: Path, loop: asyncio.Runner) -> None:
    store = SqliteAccounts(file, Moment())
    store._db.execute("DROP TABLE codes")
    for asked in (store.find(ONE), store.redeem(ONE, CODE, right=True)):
        with pytest.raises(SessionsDown):
            loop.run(asked)
    loop.run(store.close())


def test_a_server_that_is_away(loop: asyncio.Runner) -> None:
    store = RedisAccounts(connect(SessionsServer(socket=Path("/nowhere/valkey.sock"))), Moment())
    for asked in (store.find(ONE), store.redeem(ONE, CODE, right=True), store.accept(ONE, "1"), store.sweep()):
        with pytest.raises(SessionsDown):
            loop.run(asked)
    loop.run(store.close())


def test_what_is_bound_never_expires(redis_peer: RedisPeer, loop: asyncio.Runner) -> None:
    store = RedisAccounts(connect(redis_peer.settings), Moment())
    loop.run(store.redeem(ONE, CODE, right=True))
    inside: Any = redis_peer.client()
    assert {inside.ttl(key) for key in inside.keys(f"{PREFIX}*")} == {-1}
    inside.close()
    loop.run(store.close())


def test_an_account_names_nobody() -> None:
    person = Person("https://ent.example", "1", frozenset())
    account = account_of(KEY, person)
    assert len(account) == 64
    assert account != account_of(b"x" * 32, person)
    assert account != account_of(KEY, Person("https://ent.example", "2", frozenset()))
    assert account != account_of(KEY, Person("https://autre.example", "1", frozenset()))
