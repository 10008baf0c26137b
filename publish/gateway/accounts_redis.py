"""Accounts in Redis or Valkey, beside the sessions. They never expire: the server must keep them on disk (AOF).

account:<hash>   hash     `charter`, `charter_day`, and `code:<hash>` → the day it was typed
owners           hash     code → the account that typed it first
guesses          hash     code → wrong codes with its letter's reference
wrong            sorted   account and a number → moment of a wrong code
wrong:<hash>     sorted   the same, of one account; expires
"""

from __future__ import annotations

from collections.abc import Collection

from redis.asyncio import Redis

from publish.gateway.accounts import (
    MOST_GUESSES,
    MOST_WRONG,
    MOST_WRONG_IN_ALL,
    WINDOW,
    WINDOW_IN_ALL,
    Account,
    Outcome,
)
from publish.gateway.redis_server import PREFIX, or_down, text
from publish.gateway.sessions import Clock

_REDEEM = """
local prefix, account, code, right, now, day = KEYS[1], ARGV[1], ARGV[2], ARGV[3] == '1', tonumber(ARGV[4]), ARGV[5]
local window, window_in_all = tonumber(ARGV[6]), tonumber(ARGV[7])
local own, all = prefix .. 'wrong:' .. account, prefix .. 'wrong'
if redis.call('ZCOUNT', own, '(' .. string.format('%.6f', now - window), '+inf') >= tonumber(ARGV[8])
    or redis.call('ZCOUNT', all, '(' .. string.format('%.6f', now - window_in_all), '+inf') >= tonumber(ARGV[9]) then
    return 'TOO_MANY'
end
local outcome = 'WRONG'
if right then
    local owner = redis.call('HGET', prefix .. 'owners', code)
    if owner then
        outcome = owner == account and 'BOUND' or 'USED'
    else
        local guesses = tonumber(redis.call('HGET', prefix .. 'guesses', code) or '0')
        outcome = guesses >= tonumber(ARGV[10]) and 'DEAD' or 'BOUND'
    end
elseif code ~= '' then
    redis.call('HINCRBY', prefix .. 'guesses', code, 1)
    for each = 11, #ARGV do redis.call('HINCRBY', prefix .. 'guesses', ARGV[each], 1) end
end
if outcome == 'BOUND' then
    redis.call('HSETNX', prefix .. 'owners', code, account)
    redis.call('HSETNX', prefix .. 'account:' .. account, 'code:' .. code, day)
else
    local mark = account .. ':' .. redis.call('INCR', prefix .. 'rank')
    redis.call('ZADD', own, now, mark)
    redis.call('PEXPIRE', own, math.ceil(window * 1000))
    redis.call('ZADD', all, now, mark)
end
return outcome
"""


class RedisAccounts:
    """The `Accounts` protocol over a server.

    Arguments:
        client: see `redis_server.connect`; closed by `close`.
        clock: the current moment.
    """

    def __init__(self, client: Redis, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._redeem = client.register_script(_REDEEM)

    async def find(self, account: str) -> Account:
        """What is remembered."""
        with or_down():
            held = await self._client.hgetall(f"{PREFIX}account:{account}")
        known = {text(name): text(value) for name, value in held.items()}
        codes = frozenset(name.removeprefix("code:") for name in known if name.startswith("code:"))
        return Account(codes, known.get("charter", ""))

    async def redeem(self, account: str, code: str | None, *, right: bool, also: Collection[str] = ()) -> Outcome:
        """Judge, note and bind in one script."""
        now = self._clock()
        arguments: list[str | int | float] = [
            account, code or "", int(right and code is not None), repr(now.timestamp()), now.date().isoformat(),
            WINDOW.total_seconds(), WINDOW_IN_ALL.total_seconds(), MOST_WRONG, MOST_WRONG_IN_ALL, MOST_GUESSES, *also,
        ]  # fmt: skip
        with or_down():
            return Outcome[text(await self._redeem(keys=[PREFIX], args=arguments))]

    async def accept(self, account: str, version: str) -> None:
        """Note that this version of the charter was accepted today."""
        noted = ["charter", version, "charter_day", self._clock().date().isoformat()]
        with or_down():
            await self._client.hset(f"{PREFIX}account:{account}", items=noted)

    async def sweep(self) -> int:
        """Forget wrong codes that no limit counts any more."""
        since = self._clock().timestamp() - WINDOW.total_seconds()
        with or_down():
            return int(await self._client.zremrangebyscore(f"{PREFIX}wrong", "-inf", since))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()
