"""Texts in the content codings that browsers read: made when somebody first asks, then kept in memory within a bound.

Only bytes of a release are coded, which are the same for everybody who may read them. What a page of the gateway's own
says of one person (the value in its forms) never is: the length of what is coded tells about what is in it (BREACH).
"""

from __future__ import annotations

import gzip
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field

import anyio
import brotli  # type: ignore[import-untyped]
from anyio.to_thread import run_sync

from publish.gateway.blobs import LARGEST_KEPT, Blobs
from publish.gateway.sites import Unavailable
from publish.manifest import FileEntry
from publish.media import is_text

SMALLEST = 256
"""Below this many bytes, an answer fits in one packet anyway and compressing only costs time."""

BROTLI_QUALITY = 7
"""A page of the demonstration (9 kB) takes 0.16 ms and becomes 2,099 bytes; a page of 200 kB 2 ms, with 9 MB of tables.

9 takes 0.27 ms for 2,098 bytes, and for 200 kB 12 ms with 21 MB; 5 saves no time and gives 2,108 bytes; 10 takes 3.3 ms
for 1,949 bytes, and more than a second for 2 MB of words.
"""

GZIP_LEVEL = 6
"""0.13 ms and 2,274 bytes for such a page; 9 takes as long for 2,271.

But 9 takes 12 s for 2 MB of two letters at random, where 6 takes 0.3 s: whoever writes a text holds up no other.
"""

MOST_BYTES = 32 * 1024 * 1024

BESIDE = 400
"""Bytes of memory that each text takes beside its own: its key and its place. Thousands are smaller than that."""

AT_ONCE = 1
"""Texts that are compressed at the same time: on a machine of two cores, one is left for who is answered meanwhile."""

TOGETHER = 16
"""Texts that are read or compressed: only these are in memory as they are, 2 MB at most each; others wait."""

Key = tuple[str, str, str]


@dataclass
class _Making:
    """A coded text that somebody asked for and others wait for.

    Arguments:
        refused: nobody gets it: it can't be had, or was withdrawn meanwhile.
    """

    over: anyio.Event = field(default_factory=anyio.Event)
    refused: bool = False


class CodedTexts:
    """Texts of centres in content codings.

    Arguments:
        blobs: where the plain bytes come from, verified.
    """

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._limiter = anyio.CapacityLimiter(AT_ONCE)
        self._places = anyio.CapacityLimiter(TOGETHER)
        self._kept: OrderedDict[Key, bytes] = OrderedDict()
        self._size = 0
        self._making: dict[Key, _Making] = {}

    async def read(self, slug: str, entry: FileEntry, coding: str) -> bytes:
        """The bytes of a text in a coding; however many ask for it at once, it is read and compressed once.

        Arguments:
            slug: the centre under whose prefix it stands.
            entry: one that `is_coded`.
            coding: `br` or `gzip`.

        Raises:
            Unavailable: the plain bytes are missing, damaged, withdrawn meanwhile, or the store does not answer.
        """
        key = (slug, entry.sha256, coding)
        while (kept := self._kept.get(key)) is None:
            making = self._making.get(key)
            if making is None:
                return await self._make(key, entry.size)
            await making.over.wait()
            if making.refused:
                raise Unavailable
            # It is there now; or whoever made it went away, and the first one who waited makes it.
        self._kept.move_to_end(key)
        return kept

    def forget(self, slug: str, digests: Collection[str]) -> None:
        """Keep these no longer, nor what is being made of them: they were withdrawn.

        Arguments:
            digests: of the plain bytes.
        """
        for key in [key for key in self._kept if key[0] == slug and key[1] in digests]:
            self._drop(key)
        for key, making in self._making.items():
            making.refused |= key[0] == slug and key[1] in digests

    def slugs(self) -> tuple[str, ...]:
        """Centres of which something is kept, whose withdrawals must be looked for though nobody asks."""
        return tuple(dict.fromkeys(slug for slug, _, _ in self._kept))

    async def _make(self, key: Key, size: int) -> bytes:
        slug, digest, coding = key
        making = self._making[key] = _Making()
        try:
            async with self._places:
                plain = await self._blobs.read(slug, digest, size, keep=False)
                # Both coders let go of the interpreter's lock while they work.
                coded = await run_sync(encode, plain, coding, limiter=self._limiter)
        except Unavailable:
            # Those who wait would find the same, each after the other.
            making.refused = True
            raise
        finally:
            del self._making[key]
            making.over.set()
        if making.refused:
            raise Unavailable
        self._keep(key, coded)
        return coded

    def _keep(self, key: Key, coded: bytes) -> None:
        self._kept[key] = coded
        self._size += len(coded) + BESIDE
        while self._size > MOST_BYTES:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Key) -> None:
        self._size -= len(self._kept.pop(key)) + BESIDE


def is_coded(entry: FileEntry) -> bool:
    """Whether a file is sent in the coding that a browser asks for: a text, neither tiny nor too large for memory."""
    return SMALLEST <= entry.size <= LARGEST_KEPT and is_text(entry.type)


def encode(data: bytes, coding: str) -> bytes:
    """A text in a content coding, `br` or `gzip`."""
    if coding == "br":
        # The smallest window that holds it: with a larger one, tables of 17 MB are made for a page of 9 kB.
        window = min(max((len(data) + 15).bit_length(), 10), 22)
        return bytes(brotli.compress(data, mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY, lgwin=window))
    return gzip.compress(data, compresslevel=GZIP_LEVEL, mtime=0)
