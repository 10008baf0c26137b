"""What this machine knows of each centre in a store (`publish.known`), on its disk. It only saves requests: it may go.

    .preau/connu/<store>/<slug>.json             head, withdrawals, admission
    .preau/connu/<store>/<slug>-manifeste.json   the manifest in force, as the store holds it

What can't be read, or is of another format or encoder, is as if nothing were known.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from publish import strict_json
from publish.access import Admission, MembershipKind
from publish.errors import N_, ReleaseError, StoreError, cause_of
from publish.heads import Head
from publish.known import Known
from publish.manifest import parse_manifest, parse_moment
from publish.private_file import write_private
from publish.release import ENCODER
from publish.stores import Store
from publish.strict_json import Malformed
from publish.withdrawn import Withdrawn

_FORMAT = 1
_MAX_BYTES = 64 * 1024 * 1024
_KEYS = ("format", "encoder", "number", "release", "since", "by", "withdrawn", "digests", "paths", "admission")


class Memory:
    """What is known of the centres of one store.

    Arguments:
        folder: `None` to know nothing, and note nothing.
        store: whose centres they are.
    """

    def __init__(self, folder: Path | None, store: Store) -> None:
        self._folder = folder / self.name_of(store) if folder else None

    @staticmethod
    def name_of(store: Store) -> str:
        """The folder of a store: what is known of one says nothing of another."""
        return hashlib.sha256(repr(store).encode()).hexdigest()[:16]

    def recall(self, slug: str) -> Known | None:
        """What is known of a centre; `None` if nothing is."""
        if self._folder is None:
            return None
        try:
            state, manifest = (path.read_bytes() for path in self._paths(self._folder, slug))
            return _parse(state, manifest, slug)
        except (OSError, Malformed, ReleaseError):
            return None

    def note(self, slug: str, known: Known) -> None:
        """Keep what the publication of a head told; a disk that refuses costs requests, nothing else."""
        if self._folder is None or known.head is None or known.manifest is None:
            return
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            contents = (_dump(known, known.head), known.manifest.to_json())
            for path, data in zip(self._paths(self._folder, slug), contents, strict=True):
                write_private(path, data)

    def forget(self, slug: str) -> None:
        """Know nothing of a centre any more: its policy is about to change otherwise than by a publication.

        Raises:
            StoreError: the disk refuses, and what is known would then hide that change from the next publication.
        """
        if self._folder is None:
            return
        try:
            for path in self._paths(self._folder, slug):
                path.unlink(missing_ok=True)
        except OSError as error:
            message = N_("what this machine knows of {site} can't be removed from {folder}: {cause}")
            raise StoreError(message, site=slug, folder=self._folder, cause=cause_of(error)) from error

    @staticmethod
    def _paths(folder: Path, slug: str) -> tuple[Path, Path]:
        return folder / f"{slug}.json", folder / f"{slug}-manifeste.json"


def _dump(known: Known, head: Head) -> bytes:
    admission = known.admission
    return strict_json.dump(
        {
            "format": _FORMAT,
            "encoder": ENCODER,
            "number": head.number,
            "release": head.release,
            "since": head.since.isoformat(),
            "by": head.by,
            "withdrawn": known.withdrawn.number,
            "digests": sorted(known.withdrawn.digests),
            "paths": sorted(known.withdrawn.paths),
            "admission": admission
            and {
                "schools": sorted(admission.schools),
                "admission": admission.admission,
                "admitted": sorted(admission.admitted),
            },
        }
    )


def _parse(state: bytes, manifest: bytes, slug: str) -> Known:
    raw = strict_json.table(strict_json.load(state, most=_MAX_BYTES), _KEYS, "state")
    if (raw["format"], raw["encoder"]) != (_FORMAT, ENCODER):
        raise Malformed("format or encoder")
    head = Head(
        strict_json.number(raw["number"], "number", most=10**12),
        strict_json.text(raw["release"], "release"),
        parse_moment(raw["since"], "since"),
        strict_json.text(raw["by"], "by"),
        "publish",
    )
    withdrawn = Withdrawn(
        strict_json.number(raw["withdrawn"], "withdrawn", most=10**12),
        frozenset(strict_json.texts(raw["digests"], "digests")),
        frozenset(strict_json.texts(raw["paths"], "paths")),
    )
    return Known(head, parse_manifest(manifest, site=slug, release=head.release), withdrawn, _admission(raw))


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
