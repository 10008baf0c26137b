"""A finished tree → a release: its manifest and where the bytes of each blob are."""

from __future__ import annotations

import gzip
import hashlib
import os
import stat
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import brotli  # type: ignore[import-untyped]

from plugins.leaving.mark import is_preview
from publish import strict_json
from publish.errors import N_, ReleaseError, cause_of
from publish.manifest import CODINGS, MAX_FILES, MAX_SIZE, Encoding, FileEntry, Manifest
from publish.media import MEDIA_TYPES, is_text, media_type
from publish.paths import is_file_path, is_slug
from publish.strict_json import Malformed

BROTLI_QUALITY = 10
"""11, the highest, takes 2.7 times as long for 2 % fewer bytes; a page has 7 KB."""

MIN_COMPRESSED = 256
"""Below this many bytes, an answer fits in one packet anyway and compressing only costs time."""

_KINDS = [(end, kind, is_text(kind)) for end, kind in sorted(MEDIA_TYPES.items())]
_CODERS = f"brotli {brotli.__version__}, quality {BROTLI_QUALITY}; zlib {zlib.ZLIB_RUNTIME_VERSION}, level 9"
_RECIPE = f"{_CODERS}; from {MIN_COMPRESSED} bytes; {_KINDS}"
MAKER = hashlib.sha256(_RECIPE.encode()).hexdigest()
"""What makes a release of files: another one may make another release of the same."""

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Release:
    """A release that can be published.

    Arguments:
        manifest: what it holds.
        tree: where its plain files are read from.
        encoded: digest → compressed bytes, of the files that were compressed for this release.
    """

    manifest: Manifest
    tree: Path
    encoded: Mapping[str, bytes] = field(default_factory=dict, compare=False, repr=False)

    def blobs(self) -> Mapping[str, tuple[str, str | None]]:
        """Digest → (path, coding) of one file that gives these bytes; `None` is the plain file."""
        found: dict[str, tuple[str, str | None]] = {}
        for path, entry in self.manifest.files.items():
            found.setdefault(entry.sha256, (path, None))
            for coding, encoding in entry.encodings.items():
                found.setdefault(encoding.sha256, (path, coding))
        return found

    def read(self, digest: str, path: str, coding: str | None) -> bytes:
        """The bytes of a blob, checked against its digest.

        Raises:
            ReleaseError: the file changed since the manifest was made.
        """
        data = self.encoded.get(digest)
        if data is None:
            data = _read(self.tree, path)
            if coding is not None:
                data = encode(data, coding)
        if hashlib.sha256(data).hexdigest() != digest:
            raise ReleaseError(N_("{path} changed while it was being published; run the same command again"), path=path)
        return data


def encode(data: bytes, coding: str) -> bytes:
    """`data` in a content coding; the same bytes always give the same result."""
    if coding == "br":
        return bytes(brotli.compress(data, mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY))
    return gzip.compress(data, compresslevel=9, mtime=0)


def make_release(
    tree: Path,
    *,
    slug: str,
    name: str,
    built: datetime,
    version: str,
    known: Manifest | None = None,
    digests: Mapping[str, str] = NOTHING,
) -> Release:
    """Make a release of a finished tree.

    Arguments:
        tree: what `preau build` made: regular files only, each of a known type, each path of the site's grammar.
        slug, name: the centre's.
        built: moment of the build, with its zone.
        version: of the tool.
        known: the manifest in force: files that did not change are not compressed again.
        digests: path → sha256 of files that are known to be as they were built; those that the manifest in force holds
            too are not even read.

    Raises:
        ReleaseError: naming what may not be published. Nothing was written.
    """
    if not is_slug(slug):
        raise ReleaseError(N_("“{slug}” can't be the name of a centre's folder"), slug=slug)
    if built.tzinfo is None:
        raise ValueError("built must have a zone")
    try:
        strict_json.text(name, "name")
    except Malformed as error:
        message = N_("the name of {slug} is too long, or holds characters that can't be shown")
        raise ReleaseError(message, slug=slug) from error
    before = {entry.sha256: entry for entry in known.files.values()} if known else {}
    files: dict[str, FileEntry] = {}
    encoded: dict[str, bytes] = {}
    for path in sorted(_walk(tree, "")):
        if len(files) >= MAX_FILES:
            raise ReleaseError(N_("the site of {slug} has more than {most} files"), slug=slug, most=MAX_FILES)
        same = before.get(digests.get(path, ""))
        if same is not None and same.type == media_type(path):
            files[path] = same
        else:
            files[path] = _entry(path, _read(tree, path), before, encoded)
    if "index.html" not in files and "ville.json" not in files:
        raise ReleaseError(N_("{tree} has no home page: it is not a finished site"), tree=tree)
    return Release(Manifest(slug, name, built, version, MappingProxyType(files)), tree, MappingProxyType(encoded))


def make_manifest(tree: Path, slug: str, name: str, built: datetime, version: str) -> Manifest:
    """The manifest alone; see `make_release`."""
    return make_release(tree, slug=slug, name=name, built=built, version=version).manifest


def _entry(path: str, data: bytes, before: Mapping[str, FileEntry], encoded: dict[str, bytes]) -> FileEntry:
    kind = media_type(path)
    if kind is None:
        raise ReleaseError(N_("{path} is of a type that may not be in a site; nothing was published"), path=path)
    if is_preview(data):
        raise ReleaseError(N_("{path} comes from a preview; nothing was published"), path=path)
    digest = hashlib.sha256(data).hexdigest()
    same = before.get(digest)
    if same is not None and same.type == kind:
        return same
    encodings: dict[str, Encoding] = {}
    if is_text(kind) and len(data) >= MIN_COMPRESSED:
        for coding in CODINGS:
            smaller = encode(data, coding)
            if len(smaller) < len(data):
                encodings[coding] = Encoding(hashlib.sha256(smaller).hexdigest(), len(smaller))
                encoded[encodings[coding].sha256] = smaller
    return FileEntry(digest, len(data), kind, MappingProxyType(encodings))


def _walk(folder: Path, base: str) -> Iterator[str]:
    """Paths of a tree's files; anything but a plain file or folder is refused."""
    try:
        with os.scandir(folder) as entries:
            found = list(entries)
    except OSError as error:
        raise ReleaseError(N_("{tree} can't be read: {cause}"), tree=folder, cause=cause_of(error)) from error
    for entry in found:
        path = base + entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(folder / entry.name, f"{path}/")
            continue
        if not entry.is_file(follow_symlinks=False):
            raise ReleaseError(N_("{path} is a link or a special file; nothing was published"), path=_shown(path))
        if not is_file_path(path):
            raise ReleaseError(
                N_("“{path}” is not a path that a site may have; nothing was published"), path=_shown(path)
            )
        yield path


def _read(tree: Path, path: str) -> bytes:
    try:
        # O_NOFOLLOW, O_NONBLOCK: the file may have been swapped for a link or a pipe since the walk.
        descriptor = os.open(tree / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise ReleaseError(N_("{path} is a link or a special file; nothing was published"), path=path)
            if found.st_size > MAX_SIZE:
                raise ReleaseError(N_("{path} is larger than {most} bytes"), path=path, most=MAX_SIZE)
            return file.read()
    except OSError as error:
        raise ReleaseError(N_("{tree} can't be read: {cause}"), tree=tree / path, cause=cause_of(error)) from error


def _shown(path: str) -> str:
    """A path that may hold anything, fit for a message."""
    return path.encode("unicode_escape", "surrogateescape").decode("ascii", "replace")[:200]
