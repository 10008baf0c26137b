"""A finished tree → a release: its manifest and where the bytes of each blob are."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from plugins.leaving.mark import is_preview
from publish import strict_json
from publish.errors import N_, ReleaseError, cause_of
from publish.manifest import MAX_FILES, MAX_SIZE, FileEntry, Manifest
from publish.media import MEDIA_TYPES, media_type
from publish.paths import is_file_path, is_slug
from publish.strict_json import Malformed

MAKER = hashlib.sha256(f"as they are; {sorted(MEDIA_TYPES.items())}".encode()).hexdigest()
"""What makes a release of files: another one may make another release of the same."""

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Release:
    """A release that can be published.

    Arguments:
        manifest: what it holds.
        tree: where its files are read from.
    """

    manifest: Manifest
    tree: Path

    def blobs(self) -> Mapping[str, str]:
        """Digest → path of one file that holds these bytes."""
        found: dict[str, str] = {}
        for path, entry in self.manifest.files.items():
            found.setdefault(entry.sha256, path)
        return found

    def read(self, digest: str, path: str) -> bytes:
        """The bytes of a blob, checked against its digest.

        Raises:
            ReleaseError: the file changed since the manifest was made.
        """
        data = _read(self.tree, path)
        if hashlib.sha256(data).hexdigest() != digest:
            raise ReleaseError(N_("{path} changed while it was being published; run the same command again"), path=path)
        return data


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
        known: the manifest in force.
        digests: path → sha256 of files that are known to be as they were built; those that the manifest in force holds
            too are not read.

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
    before = {entry.sha256: entry.size for entry in known.files.values()} if known else {}
    files: dict[str, FileEntry] = {}
    for path in sorted(_walk(tree, "")):
        if len(files) >= MAX_FILES:
            raise ReleaseError(N_("the site of {slug} has more than {most} files"), slug=slug, most=MAX_FILES)
        kind = media_type(path)
        if kind is None:
            raise ReleaseError(N_("{path} is of a type that may not be in a site; nothing was published"), path=path)
        digest = digests.get(path, "")
        size = before.get(digest)
        if size is None:
            digest, size = _judged(path, _read(tree, path))
        files[path] = FileEntry(digest, size, kind)
    if "index.html" not in files and "ville.json" not in files:
        raise ReleaseError(N_("{tree} has no home page: it is not a finished site"), tree=tree)
    return Release(Manifest(slug, name, built, version, MappingProxyType(files)), tree)


def make_manifest(tree: Path, slug: str, name: str, built: datetime, version: str) -> Manifest:
    """The manifest alone; see `make_release`."""
    return make_release(tree, slug=slug, name=name, built=built, version=version).manifest


def _judged(path: str, data: bytes) -> tuple[str, int]:
    """Digest and size of a file that may be published."""
    if is_preview(data):
        raise ReleaseError(N_("{path} comes from a preview; nothing was published"), path=path)
    return hashlib.sha256(data).hexdigest(), len(data)


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
