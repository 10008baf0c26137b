"""Calls to the store: so many at once, and so long that somebody waits for one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

import anyio
from anyio.to_thread import run_sync

from publish.errors import N_, StoreError

SECONDS = 8.0
"""For a whole call. A service that is slower counts as silent; what is known of a site then stays for a minute."""

MOST_CALLS = 24
"""Threads that wait for a store. One that hangs holds its place until the store's own limits end it."""

_Given = TypeVarTuple("_Given")
_Found = TypeVar("_Found")


class Calls:
    """Asks a store in worker threads of its own, so that a silent one leaves the gateway's others free."""

    def __init__(self) -> None:
        self._limiter = anyio.CapacityLimiter(MOST_CALLS)

    async def ask(self, call: Callable[[*_Given], _Found], *given: *_Given) -> _Found:
        """What the call gives.

        Raises:
            StoreError: it did not answer within `SECONDS`.
        """
        try:
            with anyio.fail_after(SECONDS):
                return await run_sync(call, *given, abandon_on_cancel=True, limiter=self._limiter)
        except TimeoutError:
            raise StoreError(N_("the store does not answer")) from None
