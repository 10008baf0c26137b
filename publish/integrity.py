"""Whether a store still holds everything that its releases promise, byte for byte; and mending from a local build."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from publish import __version__, series
from publish.errors import N_, NewerError, ReleaseError
from publish.heads import Head, read_head_number, read_release
from publish.layout import HEADS, POLICIES, WITHDRAWN, blob_key, release_key
from publish.manifest import Manifest
from publish.policies import read_policy
from publish.release import make_release
from publish.stores import Store
from publish.upload import TRANSFERS
from publish.withdrawn import Withdrawn, read_withdrawn

MISSING = N_("missing")
ALTERED = N_("its bytes are not those that were published")
UNREADABLE = N_("damaged: it can't be read")


@dataclass(frozen=True)
class Damage:
    """One thing that is not as it was published.

    Arguments:
        what: a path of the site, or the end of a key: of a head, a release, a policy, a withdrawal.
        reason: an English source for gettext.
        in_force: readers meet it now; otherwise only a rollback would.
        mended: it was written again, from the local build.
    """

    what: str
    reason: str
    in_force: bool
    mended: bool = False


@dataclass(frozen=True)
class Health:
    """The state of a centre in a store.

    Arguments:
        releases: whose manifest is there and whole.
        gone: earlier releases whose manifest was removed; a rollback to them is refused.
        files, size: blobs that were read, and their bytes.
    """

    site: str
    releases: int
    gone: int
    files: int
    size: int
    damages: tuple[Damage, ...]

    @property
    def unmended(self) -> int:
        """Damages that are still there."""
        return sum(not damage.mended for damage in self.damages)


@dataclass(frozen=True)
class LocalBuild:
    """What a damaged store is mended from.

    Arguments:
        tree: the finished site of one centre, as the last build on this machine left it.
        name: the centre's, as its content says it today; empty if that can't be read.
        now: the moment that a manifest written again says.
    """

    tree: Path
    name: str
    now: datetime

    def blob(self, digest: str, path: str) -> bytes | None:
        """The bytes of a blob; `None` if the build no longer gives exactly these."""
        file = self.tree / path
        if file.is_symlink() or not file.is_file():
            return None
        data = file.read_bytes()
        return data if hashlib.sha256(data).hexdigest() == digest else None

    def manifest(self, slug: str, name: str, release: str) -> Manifest | None:
        """The manifest of a release; `None` if the build is another one."""
        if not self.tree.is_dir():
            return None
        made = make_release(self.tree, slug=slug, name=name, built=self.now, version=__version__).manifest
        return made if made.id == release else None


def examine(store: Store, slug: str, build: LocalBuild | None = None) -> Health:
    """Read everything of a centre, and mend what a local build can mend. What was withdrawn is never written again.

    Arguments:
        build: where to take lost bytes from; `None` changes nothing in the store.

    Raises:
        StoreError: the store can't be read or written.
        NewerError: a later version wrote what says which release is in force, who may enter or what was withdrawn, or a
            release. The centre is not judged.
    """
    damages: list[Damage] = []
    heads = list(_heads(store, slug, damages))
    withdrawn = _rules(store, slug, damages)
    if withdrawn is None:
        build = None  # not knowing what may never come back, write nothing
    in_force = heads[0].release if heads else None
    hidden = withdrawn or Withdrawn()
    manifests, gone = _manifests(store, slug, heads, hidden, build, damages)
    blobs: dict[str, tuple[str, bool]] = {}
    for release in sorted(manifests, key=lambda release: release != in_force):
        manifest = manifests[release]
        for path, entry in manifest.files.items():
            if not hidden.covers(path, entry):
                blobs.setdefault(entry.sha256, (path, release == in_force))

    def one(digest: str) -> tuple[int, Damage | None]:
        path, now_read = blobs[digest]
        data = store.get(blob_key(slug, digest))
        if data is not None and hashlib.sha256(data).hexdigest() == digest:
            return len(data), None
        good = build.blob(digest, path) if build else None
        if good is not None:
            store.put(blob_key(slug, digest), good)
        return len(data or b""), Damage(path, MISSING if data is None else ALTERED, now_read, good is not None)

    with ThreadPoolExecutor(TRANSFERS) as pool:
        read = list(pool.map(one, blobs))
    damages += [damage for _size, damage in read if damage is not None]
    return Health(slug, len(manifests), gone, len(blobs), sum(size for size, _damage in read), tuple(damages))


def _heads(store: Store, slug: str, damages: list[Damage]) -> Iterator[Head]:
    """Every head that can be read, newest first."""
    numbers = series.numbers(store, slug, HEADS)
    for number in reversed(numbers):
        try:
            yield read_head_number(store, slug, number)
        except NewerError:
            raise
        except ReleaseError:
            damages.append(Damage(f"{HEADS}/{number:06d}.json", UNREADABLE, number == numbers[-1]))


def _rules(store: Store, slug: str, damages: list[Damage]) -> Withdrawn | None:
    """What was withdrawn, after a look at the rules of access; `None` if the register is damaged."""
    try:
        read_policy(store, slug)
    except NewerError:
        raise
    except ReleaseError:
        damages.append(Damage(f"{POLICIES}/", UNREADABLE, in_force=True))
    try:
        return read_withdrawn(store, slug)
    except NewerError:
        raise
    except ReleaseError:
        damages.append(Damage(f"{WITHDRAWN}/", UNREADABLE, in_force=True))
        return None


def _manifests(
    store: Store,
    slug: str,
    heads: list[Head],
    hidden: Withdrawn,
    build: LocalBuild | None,
    damages: list[Damage],
) -> tuple[dict[str, Manifest], int]:
    """Every release that is whole, by its id, the one in force first; how many earlier ones are gone."""
    found: dict[str, Manifest] = {}
    lost: dict[str, str] = {}
    for release in dict.fromkeys(head.release for head in heads):
        try:
            manifest = read_release(store, slug, release)
        except NewerError:
            raise
        except ReleaseError:
            lost[release] = UNREADABLE
        else:
            if manifest is None:
                lost[release] = MISSING
            else:
                found[release] = manifest
    gone = 0
    for release, reason in lost.items():
        in_force = release == heads[0].release
        if reason == MISSING and not in_force:
            gone += 1
            continue
        made = _rebuilt(slug, release, build, {manifest.name for manifest in found.values()})
        if made is not None and not hidden.found_in(made):
            store.put(release_key(slug, release), made.to_json())
            found[release] = made
        damages.append(Damage(f"releases/{release[:12]}.json", reason, in_force, release in found))
    return found, gone


def _rebuilt(slug: str, release: str, build: LocalBuild | None, names: set[str]) -> Manifest | None:
    """The manifest of a release, if the local build is that very one under a name that the centre has or had."""
    if build is None:
        return None
    for name in sorted({*names, build.name} - {""}):
        if made := build.manifest(slug, name, release):
            return made
    return None
