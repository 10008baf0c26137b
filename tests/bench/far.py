"""A server on loopback as if it were far away: every byte arrives later; none is lost, nothing else is slowed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO

from tests.project import ROOT

_CHUNK = 256 * 1024
_REQUEST = b" HTTP/1.1\r\n"
"""Ends the first line of each request, and stands nowhere else in what these clients send."""
_LISTING = b"list-type=2"


@dataclass(frozen=True)
class Server:
    """A server behind a distance.

    Arguments:
        port: where it answers.
        asking, answers: of the process between.
    """

    port: int
    asking: IO[str]
    answers: IO[str]

    def requests(self) -> tuple[int, int]:
        """How many requests went through since the last time, and how many of them were listings."""
        self.asking.write("?\n")
        self.asking.flush()
        requests, listings = self.answers.readline().split()
        return int(requests), int(listings)


@contextmanager
def far(port: int, seconds: float) -> Iterator[Server]:
    """The server at `port`, `seconds` further: half of it on each way.

    Opening a connection takes no longer: clients that open many are not held back by it.
    """
    command = [sys.executable, "-m", "tests.bench.far", str(port), str(seconds)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Server(int(process.stdout.readline()), process.stdin, process.stdout)
        finally:
            process.terminate()


class _Between:
    """Carries bytes both ways, and counts requests."""

    def __init__(self, target: int, seconds: float) -> None:
        self.target, self.delay = target, seconds / 2
        self.requests = self.listings = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, here = await asyncio.open_connection("127.0.0.1", self.target, limit=_CHUNK)
        try:
            await asyncio.gather(self.carry(reader, here, counted=True), self.carry(there, writer, counted=False))
        finally:
            for end in (writer, here):
                with suppress(OSError):
                    end.close()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, counted: bool) -> None:
        """Each byte `delay` seconds after it came; the end as well."""
        clock = asyncio.get_running_loop().time
        coming: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(64)

        async def send() -> None:
            while True:
                due, data = await coming.get()
                await asyncio.sleep(due - clock())
                if not data:
                    writer.write_eof()
                    return
                writer.write(data)
                await writer.drain()

        sending = asyncio.ensure_future(send())
        rest = b""
        try:
            while data := await reader.read(_CHUNK):
                if counted:
                    self.requests += (rest + data).count(_REQUEST)
                    self.listings += (rest + data).count(_LISTING)
                    rest = data[1 - len(_REQUEST) :]  # both are of the same length
                await coming.put((clock() + self.delay, data))
            await coming.put((clock() + self.delay, b""))
            await sending
        except OSError:
            sending.cancel()

    def tell(self) -> None:
        """The counts, each time that they are asked for; then they begin anew."""
        for _ in sys.stdin:
            print(self.requests, self.listings, flush=True)
            self.requests = self.listings = 0


async def _serve(target: int, seconds: float) -> None:
    between = _Between(target, seconds)
    server = await asyncio.start_server(between.answer, "127.0.0.1", 0, limit=_CHUNK, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    threading.Thread(target=between.tell, daemon=True).start()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
