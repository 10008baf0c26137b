"""What a store holds of published photos: every release of some centres, and which files of them are one photo."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from publish.errors import NewerError, ReleaseError
from publish.heads import read_release
from publish.layout import blob_key, release_prefix
from publish.manifest import FileEntry, Manifest
from publish.stores import Store

if TYPE_CHECKING:
    from plugins.photos.likeness import Likenesses

PHOTO = re.compile(r"photos/([0-9a-f]{24})-([0-9]+)\.([a-z]+)")
_IN_PAGE = re.compile(rb"photos/([0-9a-f]{24})-")


@dataclass(frozen=True)
class Stock:
    """Every release of some centres that can be read.

    Arguments:
        releases: slug → id → manifest.
        unread: slug → what a later version wrote, and may show the same photos.
    """

    store: Store
    releases: Mapping[str, Mapping[str, Manifest]]
    unread: Mapping[str, tuple[NewerError, ...]] = field(default_factory=dict)

    def manifests(self) -> Iterator[Manifest]:
        """All of them."""
        for found in self.releases.values():
            yield from found.values()

    def photos(self) -> dict[str, dict[str, FileEntry]]:
        """Name of each published photo (24 digits) → path → file."""
        found: dict[str, dict[str, FileEntry]] = {}
        for manifest in self.manifests():
            for path, entry in manifest.files.items():
                if match := PHOTO.fullmatch(path):
                    found.setdefault(match[1], {})[path] = entry
        return found

    def pages(self, path: str) -> tuple[FileEntry, ...]:
        """One page in every release that has it: of the same bytes, one may hold compressed forms, and another none."""
        return tuple(manifest.files[path] for manifest in self.manifests() if path in manifest.files)

    def shown_in(self, path: str) -> set[str]:
        """Names of the photos that any version of one page shows."""
        return {
            name.decode()
            for digest in {entry.sha256 for entry in self.pages(path)}
            for name in _IN_PAGE.findall(self.read(digest) or b"")
        }  # fmt: skip

    def likenesses(self, files: Mapping[str, FileEntry], *, whole: bool) -> Likenesses | None:
        """Of a published photo; `None` if its bytes are gone or damaged.

        Arguments:
            files: its variants, by path.
            whole: by which it is known again; otherwise, by which it is compared.
        """
        from plugins.photos import likeness

        for path in sorted(files, key=_width):
            if path.endswith(".jpg") and (data := self.read(files[path].sha256)) is not None:
                try:
                    picture = likeness.picture(data)
                except OSError:
                    continue
                return likeness.likenesses(picture) if whole else likeness.orientations(picture)
        return None

    def read(self, digest: str) -> bytes | None:
        """A blob of any of the centres, if it is whole."""
        for slug in self.releases:
            data = self.store.get(blob_key(slug, digest))
            if data is not None and hashlib.sha256(data).hexdigest() == digest:
                return data
        return None


def read_stock(store: Store, slugs: Iterable[str]) -> Stock:
    """Read every release of these centres; a damaged one is served to nobody, and is left out; a newer one is told."""
    found: dict[str, dict[str, Manifest]] = {}
    unread: dict[str, tuple[NewerError, ...]] = {}
    for slug in slugs:
        of_slug = found.setdefault(slug, {})
        prefix = release_prefix(slug)
        for key in store.keys(prefix):
            release = key.removeprefix(prefix).removesuffix(".json")
            try:
                manifest = read_release(store, slug, release)
            except NewerError as error:
                unread[slug] = (*unread.get(slug, ()), error)
                continue
            except ReleaseError:
                continue
            if manifest is not None:
                of_slug[release] = manifest
    return Stock(store, found, unread)


def _width(path: str) -> int:
    match = PHOTO.fullmatch(path)
    return int(match[2]) if match else 0
