"""Photos that may never be shown again, and those that only look so: the city's register, `ville/retraits.json`.

It is written by `preau withdraw` and read by every build. It holds no image, no name of a file and no free text:
digests, likenesses, paths of published photos, days, and who withdrew them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from plugins.errors import N_, ContentError, Problem, SettingsError, Wrong
from plugins.files import read_file, unreadable

if TYPE_CHECKING:
    from plugins.photos.likeness import Likenesses

FILE = "ville/retraits.json"
"""From the content folder; every build reads `ville/`."""

FORMAT = 1
WITHDRAWN_WHY = ("famille", "erreur", "conservation", "autre")
"""Reasons for a withdrawal, as they are typed and written down: a closed list, so that no child's name stands there."""
ALLOWED_WHY = ("autre-photo", "accord")
"""Reasons for letting pass what looks like a withdrawn photo."""

DAMAGED = N_(
    "The register of what was withdrawn is damaged: nothing can be built without it. Take it from a backup; or remove "
    "it and run `preau withdraw CENTRE --reappliquer` for each centre, which writes it again from the store."
)
EXACT = N_(
    "This photo was withdrawn on {date} (withdrawal {name}: {why}) and may never be shown again. Take it out of the "
    "folder and of the article."
)
ALIKE = N_(
    "This photo looks like one that was withdrawn on {date} (withdrawal {name}: {why}). If it is the same, even "
    "cropped, take it out. If it is another one: preau withdraw {centre} --autoriser {path} --motif autre-photo"
)

_NAME = re.compile(r"[0-9]{8}-[0-9a-f]{8}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEYS = {"since", "by", "why", "centres", "digests", "paths", "sources", "likenesses", "allowed"}


@dataclass(frozen=True)
class Withdrawal:
    """One entry of the register.

    Arguments:
        since: moment, with its zone.
        by: who did it.
        why: one of the reasons above.
        centres: slugs whose sites it concerns; a city post stands in all of them.
        digests: sha256 of published files.
        paths: of published photos.
        sources: sha256 of photos as people put them.
        likenesses: in hexadecimal.
        allowed: sha256 of photos that look like a withdrawn one and are allowed by name.
    """

    since: datetime
    by: str
    why: str
    centres: frozenset[str]
    digests: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    likenesses: tuple[str, ...] = ()
    allowed: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """`20221112-3f2a91bc`: its day and the beginning of its digest; the same everywhere."""
        return f"{self.since:%Y%m%d}-{hashlib.sha256(self.to_json()).hexdigest()[:8]}"

    def to_json(self) -> bytes:
        """Canonical bytes."""
        return json.dumps(self.as_table(), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    def as_table(self) -> dict[str, object]:
        """As it is written down."""
        return {
            "since": self.since.isoformat(),
            "by": self.by,
            "why": self.why,
            "centres": sorted(self.centres),
            "digests": sorted(self.digests),
            "paths": sorted(self.paths),
            "sources": sorted(self.sources),
            "likenesses": list(self.likenesses),
            "allowed": sorted(self.allowed),
        }


def withdrawal(raw: object) -> Withdrawal:
    """An entry as it was written down; raises `ValueError`, `TypeError` or `KeyError` for anything else."""
    if not isinstance(raw, dict) or raw.keys() != _KEYS:
        raise ValueError("keys")
    since = datetime.fromisoformat(raw["since"])
    lists = {key: _texts(raw[key]) for key in ("centres", "digests", "paths", "sources", "likenesses", "allowed")}
    digests = (*lists["digests"], *lists["sources"], *lists["allowed"], *lists["likenesses"])
    if since.tzinfo is None or raw["why"] not in (*WITHDRAWN_WHY, *ALLOWED_WHY) or not isinstance(raw["by"], str):
        raise ValueError("since, why or by")
    if not all(_DIGEST.fullmatch(digest) for digest in digests):
        raise ValueError("digests")
    return Withdrawal(
        since,
        raw["by"],
        raw["why"],
        frozenset(lists["centres"]),
        frozenset(lists["digests"]),
        frozenset(lists["paths"]),
        frozenset(lists["sources"]),
        tuple(lists["likenesses"]),
        frozenset(lists["allowed"]),
    )


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError("not a list of texts")
    return value


@dataclass(frozen=True)
class Register:
    """Every withdrawal of the city, by its name."""

    entries: Mapping[str, Withdrawal] = field(default_factory=dict)

    @cached_property
    def _alike(self) -> tuple[list[Withdrawal], Likenesses]:
        """Every likeness, each with its withdrawal: compared all at once, a hundred withdrawals take 2 ms a photo."""
        from plugins.photos import likeness

        owners = [entry for entry in self.entries.values() for _ in entry.likenesses]
        return owners, likeness.from_hex(text for entry in self.entries.values() for text in entry.likenesses)

    @cached_property
    def _allowed(self) -> frozenset[str]:
        return frozenset(digest for entry in self.entries.values() for digest in entry.allowed)

    def __bool__(self) -> bool:
        return bool(self.entries)

    def of(self, slug: str) -> list[Withdrawal]:
        """The entries that concern the site of one centre."""
        return [entry for entry in self.entries.values() if slug in entry.centres]

    def exact(self, source: str) -> Withdrawal | None:
        """The withdrawal of these very bytes, by their sha256."""
        return next((entry for entry in self.entries.values() if source in entry.sources), None)

    def alike(self, source: str, orientations: Likenesses) -> Withdrawal | None:
        """The withdrawal of a photo that looks the same, unless this one is allowed by name."""
        if source in self._allowed:
            return None
        from plugins.photos import likeness  # numpy takes 0.1 s to load: only where something was withdrawn

        owners, known = self._alike
        differing, row = likeness.nearest(known, orientations)
        return owners[row] if differing <= likeness.MOST_APART else None

    def with_entry(self, entry: Withdrawal) -> Register:
        """With one more."""
        return Register({**self.entries, entry.name: entry})

    def to_json(self) -> bytes:
        """The file."""
        tables = {name: self.entries[name].as_table() for name in sorted(self.entries)}
        return (json.dumps({"format": FORMAT, "withdrawals": tables}, indent=1, ensure_ascii=False) + "\n").encode()


def parse_register(data: bytes) -> Register:
    """Read the file whole, or refuse it; raises `ValueError`."""
    try:
        raw = json.loads(data)
        if raw.keys() != {"format", "withdrawals"} or raw["format"] != FORMAT:
            raise ValueError("format")
        entries = {name: withdrawal(entry) for name, entry in raw["withdrawals"].items()}
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if any(entry.name != name for name, entry in entries.items()):
        raise ValueError("an entry was changed")
    return Register(entries)


def read_register(content: Path) -> Register:
    """The city's register; empty if nothing was ever withdrawn.

    Raises:
        SettingsError: it is damaged or can't be read.
    """
    try:
        return parse_register(read_file(content, content / FILE))
    except FileNotFoundError:
        return Register()
    except Wrong as wrong:
        raise SettingsError([wrong.at(FILE, 0)]) from wrong
    except OSError as error:
        raise SettingsError([unreadable(error).at(FILE, 0)]) from error
    except ValueError as error:
        raise SettingsError([Problem(FILE, 0, DAMAGED)]) from error


def refused(message: str, entry: Withdrawal, file: str) -> ContentError:
    """The error of a photo that may not be shown."""
    values = {
        "date": f"{entry.since:%d/%m/%Y}",
        "name": entry.name,
        "why": entry.why,
        "centre": file.partition("/")[0],
        "path": file,
    }
    return ContentError([Problem(file, 0, message, values)])
