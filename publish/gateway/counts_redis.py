"""What is counted, in the Redis or Valkey server that the gateways share.

counts:salts          hash   week → salt
counts:weeks          set    weeks that have sketches
counts:sketches:WEEK  hash   centre, kind and post → sketch
counts:figures        hash   week, centre, kind and post → people
"""

from __future__ import annotations

import secrets
from contextlib import suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError, WatchError

from publish.gateway.counts import LEAST, SALT_BYTES, Figure, Marks, Subject, oldest_kept
from publish.gateway.counts_sketch import counted, grown
from publish.gateway.redis_server import PREFIX, or_down, text
from publish.gateway.sessions import SessionsDown

TRIES = 20
"""Gateways that write at the same moment try again; each try loses to another one's success."""

_SALTS, _WEEKS, _FIGURES = f"{PREFIX}counts:salts", f"{PREFIX}counts:weeks", f"{PREFIX}counts:figures"


class RedisLedger:
    """The `Ledger` protocol over a server.

    Arguments:
        client: see `redis_server.connect`; closed by `close`.
    """

    def __init__(self, client: Redis) -> None:
        self._client = client

    async def salt(self, week: str) -> bytes:
        """This week's salt, made when first asked."""
        with or_down():
            await self._client.hsetnx(_SALTS, week, secrets.token_bytes(SALT_BYTES))
            found = await self._client.hget(_SALTS, week)
        if not isinstance(found, bytes):
            raise SessionsDown
        return found

    async def add(self, week: str, marks: Marks) -> None:
        """Take marks in, all or none: another gateway's write in between makes this one begin again."""
        place = _sketches(week)
        names = {_name(subject): new for subject, new in marks.items()}
        if not names:
            return
        with or_down():
            for _ in range(TRIES):
                async with self._client.pipeline(transaction=True) as pipe:
                    await pipe.watch(place)
                    held = await pipe.hmget(place, list(names))
                    pipe.multi()  # type: ignore[no-untyped-call]
                    for (name, new), sketch in zip(names.items(), held, strict=True):
                        pipe.hset(place, name, grown(None if sketch is None else _bytes(sketch), new))
                    pipe.sadd(_WEEKS, week)
                    with suppress(WatchError):
                        await pipe.execute()
                        return
        raise SessionsDown

    async def end_weeks(self, running: str) -> int:
        """Turn past weeks into figures, and destroy what they were made of."""
        with or_down():
            weeks = {text(week) for week in await self._client.smembers(_WEEKS)}
            weeks |= {text(week) for week in await self._client.hkeys(_SALTS)}
            past = sorted(weeks - {running})
            for week in past:
                sketches = await self._client.hgetall(_sketches(week))
                figures = {f"{week}/{text(name)}": counted(_bytes(sketch)) for name, sketch in sketches.items()}
                kept = {name: number for name, number in figures.items() if number >= LEAST}
                # Two gateways at once write the same figures: the sketches of a past week change no more.
                async with self._client.pipeline(transaction=True) as pipe:
                    for name, number in kept.items():
                        pipe.hset(_FIGURES, name, str(number))
                    pipe.hdel(_SALTS, week)
                    pipe.delete(_sketches(week))
                    pipe.srem(_WEEKS, week)
                    await pipe.execute()
            oldest = oldest_kept(running)
            old = [name for name in await self._client.hkeys(_FIGURES) if text(name) < oldest]
            if old:
                await self._client.hdel(_FIGURES, *old)
        if past:
            # The server's own journal still holds the salt: written again, it does not. Some hosts forbid the command.
            with suppress(RedisError):
                await self._client.bgrewriteaof()
        return len(past)

    async def figures(self) -> list[Figure]:
        """Every figure that may be shown."""
        found: list[Figure] = []
        with or_down():
            for name, number in (await self._client.hgetall(_FIGURES)).items():
                past, _, subject = text(name).partition("/")
                found.append(Figure(past, _subject(subject), int(number), ended=True))
            for week in await self._client.smembers(_WEEKS):
                sketches = await self._client.hgetall(_sketches(text(week)))
                for name, sketch in sketches.items():
                    found.append(Figure(text(week), _subject(text(name)), counted(_bytes(sketch)), ended=False))
        return [figure for figure in found if figure.people >= LEAST]

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()


def _bytes(value: bytes | str) -> bytes:
    return value.encode() if isinstance(value, str) else value


def _sketches(week: str) -> str:
    return f"{PREFIX}counts:sketches:{week}"


def _name(subject: Subject) -> str:
    # Slugs, kinds and stems hold no slash.
    return f"{subject.centre}/{subject.kind}/{subject.post}"


def _subject(name: str) -> Subject:
    return Subject(*name.split("/"))
