"""A manifest: what a release holds, path by path. Immutable; parsed strictly: a damaged or hostile one is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import MappingProxyType

from publish import strict_json
from publish.errors import N_, NewerError, ReleaseError
from publish.layout import release_key
from publish.media import is_text, media_type
from publish.paths import is_digest, is_file_path, is_slug
from publish.strict_json import Malformed, Newer

FORMAT = 1
MAX_MANIFEST = 32 * 1024 * 1024
MAX_FILES = 50_000
MAX_SIZE = 64 * 1024 * 1024
"""Largest file of a site; a photo variant has about 300 KB."""

CODINGS = ("br", "gzip")
"""Content codings that older versions stored."""

_NO_ENCODINGS: Mapping[str, Encoding] = MappingProxyType({})
"""One for all: a gateway holds hundreds of thousands of entries, most of them photos."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """The same file, compressed, in the releases of older versions: digest and size of the compressed bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a release.

    Arguments:
        sha256, size: of its plain bytes.
        type: media type, always the one that `publish.media` gives to its path.
        encodings: by content coding (`br`, `gzip`): what older versions stored besides, and nobody reads any more. It
            goes with its release.
    """

    sha256: str
    size: int
    type: str
    encodings: Mapping[str, Encoding] = field(default_factory=lambda: _NO_ENCODINGS)

    def digests(self) -> Iterator[str]:
        """Digests of all that was stored of it."""
        yield self.sha256
        for encoding in self.encodings.values():
            yield encoding.sha256


@dataclass(frozen=True)
class Outline:
    """What tells one site of a centre from another, in few words: the same words are the same release.

    Arguments:
        name: the centre's name, as people read it.
        files: `files_digest` of its plain files.
        pages, photos: that it holds.
    """

    name: str
    files: str
    pages: int
    photos: int


def files_digest(digests: Mapping[str, str]) -> str:
    """One digest of the plain files of a site, names and bytes.

    Arguments:
        digests: path → sha256, of all of them.
    """
    lines = "".join(f"{path}\0{digests[path]}\n" for path in sorted(digests))
    return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


@dataclass(frozen=True)
class Manifest:
    """A release.

    Arguments:
        site: the centre's slug.
        name: the centre's name, as people read it.
        built: moment of the build, with its zone.
        version: of the tool.
        files: path → entry, in the order of paths.
    """

    site: str
    name: str
    built: datetime
    version: str
    files: Mapping[str, FileEntry]

    @cached_property
    def id(self) -> str:
        """From the content alone (not `built`, not `version`): the same site has the same id."""
        content = {"site": self.site, "name": self.name, "files": _files_json(self.files)}
        return hashlib.sha256(strict_json.dump(content)).hexdigest()[:32]

    @property
    def outline(self) -> Outline:
        """What tells it from others of the same centre."""
        plain = {path: entry.sha256 for path, entry in self.files.items()}
        return Outline(self.name, files_digest(plain), self.pages, self.photos)

    def digests(self) -> frozenset[str]:
        """Every blob that this release needs."""
        return frozenset(digest for entry in self.files.values() for digest in entry.digests())

    @property
    def size(self) -> int:
        """Bytes of its plain files."""
        return sum(entry.size for entry in self.files.values())

    @property
    def pages(self) -> int:
        """Number of HTML pages."""
        return sum(1 for path in self.files if path.endswith(".html"))

    @property
    def photos(self) -> int:
        """Number of photos, whatever their number of variants (`photos/<digest>-<width>.<ext>`)."""
        return len({path.rpartition("-")[0] for path in self.files if path.startswith("photos/")})

    def to_json(self) -> bytes:
        """Canonical bytes."""
        return strict_json.dump(
            {
                "format": FORMAT,
                "site": self.site,
                "name": self.name,
                "built": self.built.isoformat(),
                "version": self.version,
                "files": _files_json(self.files),
            }
        )


def parse_manifest(data: bytes, *, site: str, release: str) -> Manifest:
    """Read a manifest, or refuse it whole.

    Arguments:
        site, release: slug and id under which it was found; both must be those of its content.

    Raises:
        ReleaseError: anything is not as `make_manifest` writes it.
    """
    try:
        return _parse(data, site, release)
    except Newer as error:
        raise NewerError(site, release_key(site, release)) from error
    except Malformed as error:
        raise ReleaseError(
            N_("release {release} of {site} is damaged and can't be used"),
            release=release,
            site=site,
        ) from error


def _parse(data: bytes, site: str, release: str) -> Manifest:
    keys = ("format", "site", "name", "built", "version", "files")
    loaded = strict_json.mapping(strict_json.load(data, most=MAX_MANIFEST), "manifest")
    strict_json.edition(loaded.get("format"), (FORMAT,))
    raw = strict_json.table(loaded, keys, "manifest")
    if raw["site"] != site or not is_slug(site):
        raise Malformed(f"it belongs to {raw['site']!r:.80}")
    files = strict_json.mapping(raw["files"], "files")
    if len(files) > MAX_FILES:
        raise Malformed(f"{len(files)} files")
    entries = {path: _parse_entry(path, entry) for path, entry in files.items()}
    check_no_overlap(entries)
    manifest = Manifest(
        site=site,
        name=strict_json.text(raw["name"], "name"),
        built=parse_moment(raw["built"], "built"),
        version=strict_json.text(raw["version"], "version"),
        files=MappingProxyType(dict(sorted(entries.items()))),
    )
    if manifest.id != release:
        raise Malformed("its content does not give its id")
    return manifest


def _parse_entry(path: str, value: object) -> FileEntry:
    where = f"{path[:80]!r}"
    if not is_file_path(path):
        raise Malformed(f"{where} is not a path of a site")
    raw = strict_json.table(value, ("sha256", "size", "type", "encodings"), where)
    kind = media_type(path)
    if strict_json.text(raw["type"], where) != kind or kind is None:
        raise Malformed(f"{where} may not have the type {str(raw['type'])[:80]!r}")
    encodings = {}
    for coding, encoded in strict_json.mapping(raw["encodings"], where).items():
        if coding not in CODINGS or not is_text(kind):
            raise Malformed(f"{where} may not have the coding {coding[:80]!r}")
        inner = strict_json.table(encoded, ("sha256", "size"), where)
        encodings[coding] = Encoding(_digest(inner["sha256"], where), _size(inner["size"], where))
    return FileEntry(
        _digest(raw["sha256"], where),
        _size(raw["size"], where),
        kind,
        MappingProxyType(encodings) if encodings else _NO_ENCODINGS,
    )


def check_no_overlap(paths: Mapping[str, object]) -> None:
    """Refuse a path that is both a file and a folder."""
    for path in paths:
        parts = path.split("/")
        for depth in range(1, len(parts)):
            if "/".join(parts[:depth]) in paths:
                raise Malformed(f"{path!r} stands below a file")


def parse_moment(value: object, where: str) -> datetime:
    """An ISO 8601 moment with its zone."""
    try:
        moment = datetime.fromisoformat(strict_json.text(value, where))
    except ValueError:
        raise Malformed(f"{where} is not a moment") from None
    if moment.tzinfo is None:
        raise Malformed(f"{where} has no zone")
    return moment


def _digest(value: object, where: str) -> str:
    digest = strict_json.text(value, where)
    if not is_digest(digest):
        raise Malformed(f"{where} has no sha256")
    return digest


def _size(value: object, where: str) -> int:
    return strict_json.number(value, where, most=MAX_SIZE)


def _files_json(files: Mapping[str, FileEntry]) -> dict[str, object]:
    return {
        path: {
            "sha256": entry.sha256,
            "size": entry.size,
            "type": entry.type,
            "encodings": {
                coding: {"sha256": encoding.sha256, "size": encoding.size}
                for coding, encoding in entry.encodings.items()
            },
        }
        for path, entry in files.items()
    }
