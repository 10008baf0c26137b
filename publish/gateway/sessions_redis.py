"""Sessions in Redis or Valkey: one store for several gateways. What several of them do at once, one script does whole.

    session:<hash>   hash     record, started, seen, own, handles; expires with the session
    sessions         sorted   session hash → moment at which it is over without another request
    handle:<hash>    set      the sessions that a provider calls so
    attempt:<hash>   hash     browser, record, started; expires
    attempts         sorted   attempt hash → rank
    browser:<hash>   sorted   the same, of one browser
    marks            sorted   mark → moment from which it counts as new

Moments are the gateways' clocks, in seconds; expiry by the server only cleans up what nobody asks for any more.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from publish.gateway.redis_server import PREFIX, or_down
from publish.gateway.sessions import (
    ATTEMPT_LIFE,
    MOST_ATTEMPTS,
    MOST_PER_BROWSER,
    Attempt,
    Clock,
    Handle,
    Limits,
    NewSession,
    Session,
    new_token,
    person_from_json,
    person_to_json,
    token_hash,
)

_FORGET = """
local prefix = KEYS[1]
local function forget(session)
    local handles = redis.call('HGET', prefix .. 'session:' .. session, 'handles')
    if handles then
        for _, handle in ipairs(cjson.decode(handles)) do
            redis.call('SREM', prefix .. 'handle:' .. handle, session)
        end
    end
    redis.call('ZREM', prefix .. 'sessions', session)
    return redis.call('DEL', prefix .. 'session:' .. session)
end
local function drop(attempt)
    local key = prefix .. 'attempt:' .. attempt
    local browser = redis.call('HGET', key, 'browser')
    if browser then redis.call('ZREM', prefix .. 'browser:' .. browser, attempt) end
    redis.call('ZREM', prefix .. 'attempts', attempt)
    return redis.call('DEL', key)
end
"""

_OPEN = """
local session, replaced, now, left, absolute = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
if replaced ~= '' then forget(replaced) end
local key = prefix .. 'session:' .. session
redis.call('HSET', key, 'started', ARGV[3], 'seen', ARGV[3], 'own', ARGV[6], 'record', ARGV[7], 'handles', ARGV[8])
redis.call('PEXPIRE', key, math.ceil(left * 1000))
redis.call('ZADD', prefix .. 'sessions', now + left, session)
for _, handle in ipairs(cjson.decode(ARGV[8])) do
    redis.call('SADD', prefix .. 'handle:' .. handle, session)
    redis.call('PEXPIRE', prefix .. 'handle:' .. handle, absolute)
end
"""

_SEEN = """
local key = prefix .. 'session:' .. ARGV[1]
if redis.call('EXISTS', key) == 0 then return end
redis.call('HSET', key, 'seen', ARGV[2])
redis.call('PEXPIRE', key, math.ceil(tonumber(ARGV[3]) * 1000))
redis.call('ZADD', prefix .. 'sessions', tonumber(ARGV[2]) + tonumber(ARGV[3]), ARGV[1])
"""

_END = """
forget(ARGV[1])
"""

_END_BY = """
local ended = 0
for _, session in ipairs(redis.call('SMEMBERS', prefix .. 'handle:' .. ARGV[1])) do ended = ended + forget(session) end
return ended
"""

_BEGIN = """
local attempt, browser, most_own, most = ARGV[1], ARGV[2], tonumber(ARGV[6]), tonumber(ARGV[7])
local rank = redis.call('INCR', prefix .. 'rank')
local key, own, all = prefix .. 'attempt:' .. attempt, prefix .. 'browser:' .. browser, prefix .. 'attempts'
redis.call('HSET', key, 'browser', browser, 'started', ARGV[3], 'record', ARGV[4])
redis.call('ZADD', own, rank, attempt)
redis.call('ZADD', all, rank, attempt)
redis.call('PEXPIRE', key, ARGV[5])
redis.call('PEXPIRE', own, ARGV[5])
for _, oldest in ipairs(redis.call('ZRANGE', own, 0, -most_own - 1)) do
    drop(oldest)
    redis.call('ZREM', own, oldest)
end
for _, oldest in ipairs(redis.call('ZRANGE', all, 0, -most - 1)) do drop(oldest) end
"""

_TAKE = """
local held = redis.call('HMGET', prefix .. 'attempt:' .. ARGV[1], 'browser', 'record', 'started')
if held[1] ~= ARGV[2] then return false end
drop(ARGV[1])
return {held[2], held[3]}
"""

_ONCE = """
local until_then = redis.call('ZSCORE', prefix .. 'marks', ARGV[1])
if until_then and tonumber(until_then) > tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', prefix .. 'marks', tonumber(ARGV[2]) + tonumber(ARGV[3]), ARGV[1])
return 1
"""

_SWEEP = """
local now, before = ARGV[1], tonumber(ARGV[2])
local gone = redis.call('ZREMRANGEBYSCORE', prefix .. 'marks', '-inf', now)
for _, session in ipairs(redis.call('ZRANGEBYSCORE', prefix .. 'sessions', '-inf', now)) do
    gone = gone + 1
    forget(session)
end
for _, attempt in ipairs(redis.call('ZRANGE', prefix .. 'attempts', 0, -1)) do
    local started = redis.call('HGET', prefix .. 'attempt:' .. attempt, 'started')
    if started and tonumber(started) > before then break end
    gone = gone + 1
    drop(attempt)
end
return gone
"""


class RedisSessions:
    """The `Sessions` protocol over a server.

    Arguments:
        client: see `redis_server.connect`; closed by `close`.
        limits: how long sessions live.
        clock: the current moment.
    """

    def __init__(self, client: Redis, limits: Limits, clock: Clock) -> None:
        self._client = client
        self._limits = limits
        self._clock = clock
        scripts = (_OPEN, _SEEN, _END, _END_BY, _BEGIN, _TAKE, _ONCE, _SWEEP)
        self._open, self._seen, self._end, self._end_by, self._begin, self._take, self._once, self._sweep = (
            client.register_script(_FORGET + script) for script in scripts
        )

    async def open(self, new: NewSession, replaced: str | None) -> str:
        """Begin a session under a new value; the session of `replaced` ends."""
        token, now = new_token(), self._now()
        record = json.dumps(
            {
                "person": person_to_json(new.person), "ent": new.ent, "display_name": new.display_name,
                "id_token": new.id_token, "csrf": new_token(),
            }
        )  # fmt: skip
        handles = json.dumps([handle.hex() for handle in sorted(new.handles)])
        left = self._limits.left(now, now, now, own_device=new.own_device)
        before = _hex(replaced) if replaced is not None else ""
        absolute = _milliseconds(self._limits.absolute)
        await self._run(
            self._open, _hex(token), before, repr(now), repr(left), absolute, int(new.own_device), record, handles
        )
        return token

    async def find(self, token: str) -> Session | None:
        """The living session of a browser's value, and note that it was used."""
        key, now = _hex(token), self._now()
        with or_down():
            held = await self._client.hgetall(f"{PREFIX}session:{key}")
        try:
            started, seen = float(held[b"started"]), float(held[b"seen"])
            session = _session(held[b"record"], started, own_device=held[b"own"] == b"1")
        except (KeyError, ValueError, TypeError):
            if held:
                await self.end(token)
            return None
        left = self._limits.left(now, started, seen, own_device=session.own_device)
        if left == 0:
            await self.end(token)
            return None
        if abs(now - seen) >= self._limits.resolution.total_seconds():
            left = self._limits.left(now, started, now, own_device=session.own_device)
            await self._run(self._seen, key, repr(now), repr(left))
        return session

    async def end(self, token: str) -> str:
        """End a session for good; its ID token."""
        key = _hex(token)
        # Apart: a script whose answer was lost is run again, and by then the record is gone.
        with or_down():
            record = await self._client.hget(f"{PREFIX}session:{key}", "record")
        await self._run(self._end, key)
        try:
            return str(json.loads(record)["id_token"]) if record is not None else ""
        except (KeyError, ValueError, TypeError):
            return ""

    async def end_by(self, handle: Handle) -> int:
        """End for good every session that was opened with this handle."""
        return int(str(await self._run(self._end_by, handle.hex())))

    async def begin(self, state: str, browser: str, attempt: Attempt) -> None:
        """Keep a pending sign-in; the oldest ones past a bound give way."""
        record = json.dumps(
            {
                "ent": attempt.ent, "nonce": attempt.nonce, "verifier": attempt.verifier, "back": attempt.back,
                "own_device": attempt.own_device,
            }
        )  # fmt: skip
        await self._run(
            self._begin, _hex(state), _hex(browser), repr(attempt.started.timestamp()), record,
            _milliseconds(ATTEMPT_LIFE), MOST_PER_BROWSER, MOST_ATTEMPTS,
        )  # fmt: skip

    async def take(self, state: str, browser: str) -> Attempt | None:
        """The pending sign-in of this state and browser, once."""
        held = await self._run(self._take, _hex(state), _hex(browser))
        if not isinstance(held, list):
            return None
        started = float(held[1])
        if abs(self._now() - started) >= ATTEMPT_LIFE.total_seconds():
            return None
        return Attempt(**json.loads(held[0]), started=datetime.fromtimestamp(started, UTC))

    async def once(self, mark: Handle, life: timedelta) -> bool:
        """Whether this mark is seen for the first time within `life`."""
        return await self._run(self._once, mark.hex(), repr(self._now()), life.total_seconds()) == 1

    async def sweep(self) -> int:
        """Forget everything past its limits."""
        now = self._now()
        return int(str(await self._run(self._sweep, repr(now), repr(now - ATTEMPT_LIFE.total_seconds()))))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def _run(self, script: AsyncScript, *arguments: str | int | float) -> object:
        with or_down():
            return await script(keys=[PREFIX], args=list(arguments))

    def _now(self) -> float:
        return self._clock().timestamp()


def _session(record: bytes | str, started: float, *, own_device: bool) -> Session:
    raw = json.loads(record)
    return Session(
        person_from_json(raw["person"]), raw["ent"], raw["display_name"], own_device=own_device, csrf=raw["csrf"],
        started=datetime.fromtimestamp(started, UTC),
    )  # fmt: skip


def _hex(token: str) -> str:
    return token_hash(token).hex()


def _milliseconds(length: timedelta) -> int:
    return length // timedelta(milliseconds=1)
