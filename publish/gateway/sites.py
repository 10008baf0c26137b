"""What is in force for each centre, read from the store: policy, release and withdrawals. Fails closed.

The store is probed for a next number at most every `PROBE` a centre, when somebody asks: what is published, withdrawn
or forbidden counts everywhere within that time. What can't be read or parsed admits nobody and serves nothing; a store
that does not answer leaves what is known in force for `KEPT`, then nothing is served.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import anyio

from publish import series, stored
from publish.access import Policy
from publish.errors import NewerError, PublishError, StoreError
from publish.gateway.calls import Calls
from publish.gateway.remembered import Remembered
from publish.gateway.sessions import Clock
from publish.heads import read_head_number, read_release
from publish.language import say
from publish.layout import HEADS, POLICIES
from publish.manifest import FileEntry, Manifest
from publish.paths import CITY_SLUG, is_slug
from publish.policies import read_policy
from publish.stores import Store
from publish.withdrawn import Withdrawn, read_withdrawn

PROBE = timedelta(seconds=10)
LISTING = timedelta(minutes=5)
"""Numbers have no holes, so that the next one is enough to probe; a listing now and then forgives one."""

KEPT = timedelta(minutes=1)
"""How long what is known stays in force when the store does not answer: no withdrawal is outlived by more."""

CENTRES = timedelta(seconds=10)
"""How often the list of centres is read: a new one is there within that time."""

MOST_CENTRES = 2_000
MOST_FILES = 500_000
"""Manifest entries kept in memory, over all centres (about 450 bytes each, see docs/performance.md)."""

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_log = logging.getLogger(__name__)


class Unavailable(Exception):
    """The store does not answer, or what it holds can't be used: the general "down for a moment" page."""


@dataclass(frozen=True)
class InForce:
    """What counts for one centre now.

    Arguments:
        slug: the centre, which need not exist.
        policy: `None` if there is none that can be read: nobody enters.
        release: id of the release in force; `None` if there is none.
        usable: `False` if the head, its manifest or the register of withdrawals is damaged: nothing is served.
        name: of the centre, as people read it.
        has_emblem: whether the site has one.
        withdrawn: everything that must not be served.
    """

    slug: str
    policy: Policy | None = field(default=None, repr=False)
    release: str | None = None
    usable: bool = True
    name: str = ""
    has_emblem: bool = False
    withdrawn: Withdrawn = field(default=Withdrawn(), repr=False)
    policy_number: int = 0
    head_number: int = 0


@dataclass
class _Entry:
    value: InForce
    lock: anyio.Lock = field(default_factory=anyio.Lock)
    tried_at: datetime = _NEVER
    read_at: datetime = _NEVER
    listed_at: datetime = _NEVER


class Sites:
    """Centres and their manifests, cached within bounds.

    Arguments:
        store: only read.
        clock: the current moment.
        remembered: withdrawals seen before, by an earlier run too.
        forget: told the digests that are withdrawn from a centre, so that no memory keeps these bytes.
        calls: to the store.
        policy_changed: told the number of a centre's policy when another one comes into force.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        remembered: Remembered | None = None,
        forget: Callable[[str, frozenset[str]], None] = lambda _slug, _digests: None,
        calls: Calls | None = None,
        policy_changed: Callable[[str, int], None] = lambda _slug, _number: None,
    ) -> None:
        self._store = store
        self._calls = calls or Calls()
        self._remembered = remembered or Remembered(None)
        self._forget = forget
        self._policy_changed = policy_changed
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._manifests: OrderedDict[tuple[str, str], Mapping[str, FileEntry]] = OrderedDict()
        self._slugs: tuple[str, ...] | None = None
        self._slugs_at = self._slugs_read_at = _NEVER
        self._slugs_lock = anyio.Lock()

    async def in_force(self, slug: str) -> InForce:
        """What counts for a centre (or for the city's own release), known or not.

        Raises:
            Unavailable: the store has not answered for `KEPT`.
        """
        entry = self._entries.get(slug)
        if entry is None:
            if not await self._is_one(slug):
                return InForce(slug)
            entry = self._entries.setdefault(slug, _Entry(InForce(slug)))
            while len(self._entries) > MOST_CENTRES:
                self._entries.popitem(last=False)
        self._entries.move_to_end(slug)
        now = self._clock()
        # What is too old is waited for while somebody else asks.
        if abs(now - entry.tried_at) >= PROBE or abs(now - entry.read_at) > KEPT:
            async with entry.lock:
                if self._is_due(entry):
                    entry.tried_at = self._clock()
                    try:
                        before = entry.value
                        entry.value = await self._calls.ask(self._refresh, entry)
                        if new := entry.value.withdrawn.digests - before.withdrawn.digests:
                            self._forget(slug, new)
                        # The first one read is what was in force before this gateway started.
                        if before.policy_number and entry.value.policy_number != before.policy_number:
                            self._policy_changed(slug, entry.value.policy_number)
                        entry.read_at = entry.tried_at
                    except StoreError as error:
                        _log.warning("store does not answer for %s (%s)", slug, type(error).__name__)
            if abs(self._clock() - entry.read_at) > KEPT:
                raise Unavailable
        return entry.value

    def withdrawn_now(self, site: InForce) -> Withdrawn:
        """What is known to be withdrawn from a centre, even since somebody was given `site` and waited for more.

        Asked right before bytes are: who begins to read them later is not told that they were withdrawn.
        """
        entry = self._entries.get(site.slug)
        return site.withdrawn if entry is None else entry.value.withdrawn

    async def slugs(self) -> tuple[str, ...]:
        """Every centre of the store, in order.

        Raises:
            Unavailable: the store has never said which.
        """
        # Whoever comes first while they are read for the first time waits for them.
        if self._slugs is None or abs(self._clock() - self._slugs_at) >= CENTRES:
            async with self._slugs_lock:
                if abs(self._clock() - self._slugs_at) >= CENTRES:
                    self._slugs_at = self._clock()
                    try:
                        self._slugs = await self._calls.ask(self._list)
                        self._slugs_read_at = self._slugs_at
                    except StoreError as error:
                        _log.warning("store does not list its centres (%s)", type(error).__name__)
        if self._slugs is None:
            raise Unavailable
        return self._slugs

    async def all_in_force(self) -> list[InForce]:
        """What counts for every centre, in order. The store is asked side by side: a portal waits for all of them.

        Raises:
            Unavailable: the store does not answer for one of them.
        """
        slugs = await self.slugs()

        async def ask(slug: str) -> None:
            with suppress(Unavailable):  # said below
                await self.in_force(slug)

        async with anyio.create_task_group() as tasks:
            for slug in slugs:
                if slug not in self._entries or self._is_due(self._entries[slug]):
                    tasks.start_soon(ask, slug)
        return [await self.in_force(slug) for slug in slugs]

    async def files(self, site: InForce) -> Mapping[str, FileEntry]:
        """The files of the release in force; empty if there is none.

        Raises:
            Unavailable: it can't be read.
        """
        if not site.usable:
            raise Unavailable
        if site.release is None:
            return MappingProxyType({})
        known = self._manifests.get((site.slug, site.release))
        if known is not None:
            self._manifests.move_to_end((site.slug, site.release))
            return known
        try:
            manifest = await self._calls.ask(read_release, self._store, site.slug, site.release)
        except PublishError as error:
            _tell(f"manifest of {site.slug}", error)
            raise Unavailable from None
        if manifest is None:
            raise Unavailable
        return self._keep(site.slug, site.release, manifest)

    async def _is_one(self, slug: str) -> bool:
        """Whether the store has such a centre: for names that somebody invents, it is not asked one by one.

        Raises:
            Unavailable: there was none when the store last answered, which is longer ago than `KEPT`.
        """
        if slug == CITY_SLUG or slug in await self.slugs():
            return True
        # While the store is silent, no answer tells a centre from a name that nobody has.
        if abs(self._clock() - self._slugs_read_at) > KEPT:
            raise Unavailable
        return False

    def _is_due(self, entry: _Entry) -> bool:
        return abs(self._clock() - entry.tried_at) >= PROBE

    def _keep(self, slug: str, release: str, manifest: Manifest) -> Mapping[str, FileEntry]:
        self._manifests[slug, release] = manifest.files
        total = sum(map(len, self._manifests.values()))
        while total > MOST_FILES and len(self._manifests) > 1:
            _, dropped = self._manifests.popitem(last=False)
            total -= len(dropped)
        return manifest.files

    def _refresh(self, entry: _Entry) -> InForce:
        """Read what is new; in a worker thread. Lets only `StoreError` through."""
        known, now = entry.value, self._clock()
        listing = abs(now - entry.listed_at) >= LISTING
        found = self._read_policy(known, None if listing else known.policy_number)
        found = self._read_withdrawn(found, None if listing else known.withdrawn)
        found = self._read_head(found, None if listing else known.head_number)
        if listing:
            entry.listed_at = now
        return found

    def _read_policy(self, known: InForce, seen: int | None) -> InForce:
        number = series.latest_number(self._store, known.slug, POLICIES, seen)
        if number == known.policy_number and known.policy is not None:
            return known
        policy: Policy | None = None
        try:
            if number and (held := read_policy(self._store, known.slug, number)):
                number, policy = held.number, held.policy
        except StoreError:
            raise
        except PublishError as error:
            _tell(f"policy {number} of {known.slug}", error)
        return replace(known, policy=policy, policy_number=number)

    def _read_withdrawn(self, known: InForce, seen: Withdrawn | None) -> InForce:
        try:
            said = read_withdrawn(self._store, known.slug, seen)
            return replace(known, withdrawn=self._remembered.with_all(known.slug, said), usable=True)
        except StoreError:
            raise
        except PublishError as error:
            _tell(f"withdrawals of {known.slug}", error)
            return replace(known, usable=False)

    def _read_head(self, known: InForce, seen: int | None) -> InForce:
        number = series.latest_number(self._store, known.slug, HEADS, seen)
        if not number:
            return replace(known, release=None, head_number=0)
        if number == known.head_number and known.release is not None:
            return known
        release, manifest = "", None
        try:
            release = read_head_number(self._store, known.slug, number).release
            manifest = read_release(self._store, known.slug, release)
        except StoreError:
            raise
        except PublishError as error:
            _tell(f"release of {known.slug}", error)
        if manifest is None:
            return replace(known, release=None, usable=False, head_number=number)
        self._keep(known.slug, release, manifest)
        return replace(
            known,
            release=release,
            head_number=number,
            name=manifest.name,
            has_emblem="embleme.svg" in manifest.files,
        )

    def _list(self) -> tuple[str, ...]:
        return tuple(slug for slug in stored.slugs(self._store) if is_slug(slug) and slug != CITY_SLUG)


def _tell(what: str, error: PublishError) -> None:
    """Say in the log why something is not served; a version that is too old is told in full: it is mended here."""
    _log.error(
        "%s can't be used (%s)", what, error.text(say) if isinstance(error, NewerError) else type(error).__name__
    )
