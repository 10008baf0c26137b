"""What this machine knows of each centre in a store (`publish.known`), on its disk. It only saves requests: it may go.

    .preau/connu/<store>/<slug>.json             head, outline of the site, withdrawals, policy, admission
    .preau/connu/<store>/<slug>-manifeste.json   the manifest in force, as the store holds it

What can't be read, or is of another format or way to make releases, is as if nothing were known. The manifest is read
only for a site that changed: that of a year of posts takes longer than the whole rest of a site that did not.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import partial
from pathlib import Path

from publish import strict_json
from publish.access import Admission, MembershipKind
from publish.errors import ReleaseError
from publish.heads import Head, parse_mark
from publish.known import Known
from publish.manifest import Manifest, Outline, parse_manifest, parse_moment
from publish.private_file import write_private
from publish.release import MAKER
from publish.stores import Store
from publish.strict_json import Malformed
from publish.withdrawn import Withdrawn

_FORMAT = 2
_MAX_BYTES = 64 * 1024 * 1024
_KEYS = (
    "format", "maker", "number", "release", "since", "by", "mark", "name", "files", "pages", "photos", "withdrawn",
    "digests", "paths", "policy", "admission",
)  # fmt: skip


class Memory:
    """What is known of the centres of one store.

    Arguments:
        folder: `None` to know nothing, and note nothing.
        store: whose centres they are.
        believed: `False` to know nothing, but note what is learnt.
    """

    def __init__(self, folder: Path | None, store: Store, *, believed: bool = True) -> None:
        self._believed = believed
        self._folder = folder / self.name_of(store) if folder else None

    @staticmethod
    def name_of(store: Store) -> str:
        """The folder of a store: what is known of one says nothing of another."""
        return hashlib.sha256(repr(store).encode()).hexdigest()[:16]

    def recall(self, slug: str) -> Known | None:
        """What is known of a centre, its head and its outline among it; `None` if nothing is."""
        return self._noted(slug) if self._believed else None

    def _noted(self, slug: str) -> Known | None:
        if self._folder is None:
            return None
        state, manifest = self._paths(self._folder, slug)
        try:
            return _parse(state.read_bytes(), manifest, slug)
        except (OSError, Malformed):
            return None

    def note(self, slug: str, known: Known) -> None:
        """Keep what the publication of a head told; a disk that refuses costs requests, nothing else."""
        if self._folder is None or known.head is None or known.outline is None:
            return
        before = self._noted(slug)
        state, path = self._paths(self._folder, slug)
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if before is None or before.head is None or before.head.release != known.head.release:
                manifest = known.manifest
                if manifest is None:
                    return
                write_private(path, manifest.to_json())
            write_private(state, _dump(known, known.head, known.outline))

    def forget(self, slug: str) -> None:
        """Know nothing of a centre any more."""
        if self._folder is not None:
            with suppress(OSError):
                self._paths(self._folder, slug)[0].unlink()

    @staticmethod
    def _paths(folder: Path, slug: str) -> tuple[Path, Path]:
        return folder / f"{slug}.json", folder / f"{slug}-manifeste.json"


def _dump(known: Known, head: Head, outline: Outline) -> bytes:
    admission, mark = known.admission, head.mark
    return strict_json.dump(
        {
            "format": _FORMAT,
            "maker": MAKER,
            "number": head.number,
            "release": head.release,
            "since": head.since.isoformat(),
            "by": head.by,
            "mark": mark and {"content": mark.content, "at": mark.at.isoformat()},
            "name": outline.name,
            "files": outline.files,
            "pages": outline.pages,
            "photos": outline.photos,
            "withdrawn": known.withdrawn.number,
            "digests": sorted(known.withdrawn.digests),
            "paths": sorted(known.withdrawn.paths),
            "policy": known.policy,
            "admission": admission
            and {
                "schools": sorted(admission.schools),
                "admission": admission.admission,
                "admitted": sorted(admission.admitted),
            },
        }
    )


def _parse(state: bytes, manifest: Path, slug: str) -> Known:
    raw = strict_json.table(strict_json.load(state, most=_MAX_BYTES), _KEYS, "state")
    if (raw["format"], raw["maker"]) != (_FORMAT, MAKER):
        raise Malformed("format or maker")
    mark = None if raw["mark"] is None else strict_json.table(raw["mark"], ("content", "at"), "mark")
    number = partial(strict_json.number, most=10**12)
    head = Head(
        number(raw["number"], "number"),
        strict_json.text(raw["release"], "release"),
        parse_moment(raw["since"], "since"),
        strict_json.text(raw["by"], "by"),
        "publish",
        parse_mark(mark) if mark else None,
    )
    outline = Outline(
        strict_json.text(raw["name"], "name"),
        strict_json.text(raw["files"], "files"),
        number(raw["pages"], "pages"),
        number(raw["photos"], "photos"),
    )
    withdrawn = Withdrawn(
        number(raw["withdrawn"], "withdrawn"),
        frozenset(strict_json.texts(raw["digests"], "digests")),
        frozenset(strict_json.texts(raw["paths"], "paths")),
    )
    read = partial(_read, manifest, slug, head.release)
    return Known(head, withdrawn, number(raw["policy"], "policy"), _admission(raw), outline, read)


def _read(path: Path, slug: str, release: str) -> Manifest | None:
    try:
        return parse_manifest(path.read_bytes(), site=slug, release=release)
    except (OSError, ReleaseError):
        return None


def _admission(raw: dict[str, object]) -> Admission | None:
    if raw["admission"] is None:
        return None
    found = strict_json.table(raw["admission"], ("schools", "admission", "admitted"), "admission")
    try:
        admitted = frozenset(map(MembershipKind, strict_json.texts(found["admitted"], "admitted")))
    except ValueError as error:
        raise Malformed("admitted") from error
    schools = frozenset(strict_json.texts(found["schools"], "schools"))
    return Admission(schools, strict_json.text(found["admission"], "admission"), admitted)
