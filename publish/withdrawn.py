"""What must never be served or published again: `withdrawn/NNNNNN.json`, append only, all in force together.

An object: `{"format": 1, "since": moment, "by": who, "digests": [sha256…], "paths": [path…]}`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from publish import series, strict_json
from publish.errors import N_, HeadTaken, NewerError, Reason, ReleaseError
from publish.layout import WITHDRAWN, series_key
from publish.manifest import FileEntry, Manifest, parse_moment
from publish.paths import is_digest, is_file_path
from publish.stores import Store
from publish.strict_json import Malformed, Newer

MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Withdrawn:
    """Everything withdrawn from a centre.

    Arguments:
        number: the highest number read; give it back to `read_withdrawn` to read only what is newer.
        digests: of plain or compressed bytes.
        paths: of the site.
    """

    number: int = 0
    digests: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()

    def found_in(self, manifest: Manifest) -> tuple[str, ...]:
        """Paths of a manifest that must not be served."""
        return tuple(path for path, entry in manifest.files.items() if self.covers(path, entry))

    def covers(self, path: str, entry: FileEntry | None) -> bool:
        """Whether a path, or the bytes that stand there in any coding, must not be served."""
        return path in self.paths or (entry is not None and not self.digests.isdisjoint(entry.digests()))


def read_withdrawn(store: Store, slug: str, known: Withdrawn | None = None) -> Withdrawn:
    """Everything withdrawn from a centre; `known` is what was read before (then nothing is listed).

    Raises:
        ReleaseError: an object of the register is damaged: nothing may be served or published.
    """
    number = series.latest_number(store, slug, WITHDRAWN, None if known is None else known.number)
    known = known or Withdrawn()
    digests, paths = set(known.digests), set(known.paths)
    for each in range(known.number + 1, number + 1):
        try:
            new_digests, new_paths = _parse(series.read(store, slug, WITHDRAWN, each))
        except Newer as error:
            raise NewerError(slug, series_key(slug, WITHDRAWN, each)) from error
        except Malformed as error:
            raise ReleaseError(
                N_("the register of what was withdrawn from {site} is damaged (number {number})"),
                site=slug,
                number=each,
            ) from error
        digests |= new_digests
        paths |= new_paths
    return Withdrawn(number, frozenset(digests), frozenset(paths))


def refuse_withdrawn(manifest: Manifest, withdrawn: Withdrawn) -> None:
    """Refuse a release that holds something withdrawn.

    Raises:
        ReleaseError: with the paths of what it holds.
    """
    if found := withdrawn.found_in(manifest):
        raise ReleaseError(
            N_("release {release} of {site} holds what was withdrawn and may never be shown again:"),
            release=manifest.id,
            site=manifest.site,
            reasons=[Reason("{path}", {"path": path}) for path in found],
        )


def withdraw(
    store: Store, slug: str, *, digests: Collection[str], paths: Collection[str], since: datetime, by: str
) -> int:
    """Append to the register; the number written.

    Raises:
        HeadTaken: somebody else withdrew at the same moment; run it again.
    """
    if not all(map(is_digest, digests)) or not all(map(is_file_path, paths)):
        raise ValueError("digests must be sha256, paths of the site's grammar")
    number = series.latest_number(store, slug, WITHDRAWN) + 1
    data = strict_json.dump(
        {"format": 1, "since": since.isoformat(), "by": by, "digests": sorted(digests), "paths": sorted(paths)}
    )
    if not series.append(store, slug, WITHDRAWN, number, data):
        raise HeadTaken(N_("somebody else changed {site} at the same moment; run the same command again"), site=slug)
    return number


def _parse(data: bytes) -> tuple[frozenset[str], frozenset[str]]:
    keys = ("format", "since", "by", "digests", "paths")
    loaded = strict_json.mapping(strict_json.load(data, most=MAX_BYTES), "withdrawal")
    strict_json.edition(loaded.get("format"), (1,))
    raw = strict_json.table(loaded, keys, "withdrawal")
    strict_json.text(raw["by"], "by")
    parse_moment(raw["since"], "since")
    digests = strict_json.texts(raw["digests"], "digests")
    paths = strict_json.texts(raw["paths"], "paths")
    if not all(map(is_digest, digests)) or not all(map(is_file_path, paths)):
        raise Malformed("not a digest or not a path")
    return frozenset(digests), frozenset(paths)
