"""What is kept of a site that was built: what it was made of, what stands there, and what there was to say.

    DIR/.preau-build/records/<slug>.json     one line with the sha256 of the rest, then the rest

It is private, as the sites are, and holds no text of a post: names, sizes, times and digests. A record that is damaged,
of another version or not there means that the site is built; one that is believed by mistake would show what is over,
so nothing in it is guessed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from plugins.errors import Problem, Severity
from publish.access import Admission, MembershipKind
from publish.errors import Sentence
from publish.incremental.files import Known
from publish.jobs import Built
from publish.paris import PARIS
from publish.private_file import write_private

FORMAT = 3
_MOST = 256 * 1024 * 1024


@dataclass(frozen=True)
class Record:
    """One site that was built, verified and put in its place.

    Arguments:
        parts: digests of what it was made with, and of what was left out by hand.
        files: of the centre's folder (of the city's, for the city's own tree).
        city: files of the city's folder.
        tree: files of the finished site.
        built: what the build said; its moment, and when the site changes by itself.
        now: the moment that it was made for.
        boot: of the machine: after a crash of the machine itself, what stands there is read again once.
    """

    parts: Mapping[str, str]
    files: Known
    city: Known
    tree: Known
    built: Built
    now: datetime
    boot: str

    def to_bytes(self) -> bytes:
        """As it is written down."""
        table = {
            "format": FORMAT,
            "parts": dict(self.parts),
            "now": self.now.isoformat(),
            "boot": self.boot,
            "built": _built_table(self.built),
            **{name: _known_table(getattr(self, name)) for name in ("files", "city", "tree")},
        }
        data = json.dumps(table, separators=(",", ":")).encode()
        return hashlib.sha256(data).hexdigest().encode() + b"\n" + data


def parse(data: bytes, tree: Path) -> Record | None:
    """A record as it was written down; `None` if it can't be believed.

    Arguments:
        tree: where the site stands.
    """
    digest, _, rest = data.partition(b"\n")
    if hashlib.sha256(rest).hexdigest().encode() != digest:
        return None
    try:
        table = json.loads(rest)
        if table["format"] != FORMAT:
            return None
        now = datetime.fromisoformat(table["now"])
        known = {name: Known(table[name]["looks"], table[name]["digests"]) for name in ("files", "city", "tree")}
        built = _built(table["built"], tree)
        return Record(table["parts"], built=built, now=now, boot=table["boot"], **known)
    except (LookupError, TypeError, ValueError, AttributeError):
        return None


def read_record(path: Path, tree: Path) -> Record | None:
    """A record; `None` if there is none that can be believed."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST)
    except OSError:
        return None
    return parse(data, tree)


def write_record(path: Path, record: Record) -> None:
    """Write a record aside, then give it its name.

    Raises:
        OSError: it can't be written; the next build builds this site again.
    """
    write_private(path, record.to_bytes())


def boot() -> str:
    """Which start of the machine this is; empty where that can't be known."""
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    return ""


def _known_table(known: Known) -> dict[str, Any]:
    return {"looks": dict(known.looks), "digests": dict(known.digests)}


def _built_table(built: Built) -> dict[str, Any]:
    admission = built.admission
    return {
        "slug": built.slug,
        "name": built.name,
        "pages": built.pages,
        "photos": built.photos,
        "admission": admission
        and [sorted(admission.schools), admission.admission, sorted(kind.value for kind in admission.admitted)],
        "waiting": _sentences(built.waiting),
        "advices": _sentences(built.advices),
        "next_change": built.next_change and built.next_change.isoformat(),
        "files": built.files,
    }


def _built(table: dict[str, Any], tree: Path) -> Built:
    admission, following = table["admission"], table["next_change"]
    return Built(
        slug=table["slug"],
        name=table["name"],
        tree=tree,
        pages=table["pages"],
        photos=table["photos"],
        admission=None if admission is None else Admission(
            frozenset(admission[0]), admission[1], frozenset(map(MembershipKind, admission[2]))
        ),
        waiting=tuple(map(_sentence, table["waiting"])),
        advices=tuple(map(_sentence, table["advices"])),
        next_change=None if following is None else datetime.fromisoformat(following).astimezone(PARIS),
        files=table["files"],
        unchanged=True,
    )  # fmt: skip


def _sentences(found: Iterable[Sentence]) -> list[dict[str, Any]]:
    return [_sentence_table(one) for one in found]


def _sentence_table(one: Any) -> dict[str, Any]:
    """A problem, or a text that waits. Raises `TypeError` for anything else: it would be lost."""
    if isinstance(one, Problem):
        kind = {"file": one.file, "line": one.line, "message": one.message, "severity": one.severity.value}
        return {**kind, "values": _plain(one.values)}
    until = one.until and one.until.isoformat()
    return {
        "source": one.source,
        "reason": one.reason,
        "until": until,
        "values": _plain(one.values),
        "by": list(one.by),
    }


def _plain(values: Mapping[str, object]) -> dict[str, str | int]:
    return {name: value if isinstance(value, str | int) else str(value) for name, value in values.items()}


def _sentence(table: dict[str, Any]) -> Sentence:
    if "message" in table:
        return Problem(table["file"], table["line"], table["message"], table["values"], Severity(table["severity"]))
    from plugins.site.model import Waiting  # nothing waits in most centres: most builds need no more than this module

    until = table["until"] and datetime.fromisoformat(table["until"]).astimezone(PARIS)
    return Waiting(table["source"], table["reason"], until, table["values"], tuple(table["by"]))
