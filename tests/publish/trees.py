"""Small finished trees, as a build leaves them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from publish.manifest import Encoding, Manifest, files_digest
from publish.release import NOTHING, Release, make_release

NOW = datetime(2022, 11, 9, 9, 0, tzinfo=ZoneInfo("Europe/Paris"))
PHOTO = b"RIFF\x24\0\0\0WEBPVP8 " + bytes(range(200))

SITE: dict[str, bytes] = {
    "index.html": b"<!doctype html><title>Fessart</title>" + b"<p>Bonjour les familles</p>" * 40,
    "404.html": b"<!doctype html><title>404</title>",
    "plan/index.html": b"<!doctype html><title>Plan</title>",
    "calendrier.ics": b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
    "photos/0123456789abcdef01234567-480.webp": PHOTO,
    "photos/0123456789abcdef01234567-960.webp": PHOTO * 4,
}


def write_tree(folder: Path, files: dict[str, bytes] | None = None, **more: bytes) -> Path:
    for path, data in {**(SITE if files is None else files), **more}.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder


def files_of(tree: Path) -> str:
    """What a build says of the files that it judged."""
    found = {path.relative_to(tree).as_posix(): path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    return files_digest({path: hashlib.sha256(data).hexdigest() for path, data in found.items()})


def release(
    tree: Path, slug: str = "fessart", known: Manifest | None = None, digests: Mapping[str, str] = NOTHING
) -> Release:
    return make_release(tree, slug=slug, name="Fessart", built=NOW, version="0.1.0", known=known, digests=digests)


def of_older_version(made: Manifest) -> tuple[Manifest, dict[str, bytes]]:
    """The same release as versions made it that stored compressed forms besides; digest → bytes of those."""
    forms, files = {}, {}
    for path, entry in made.files.items():
        encodings = {}
        if path in ("index.html", "calendrier.ics"):
            for coding in ("br", "gzip"):
                data = f"{coding} {path}".encode()
                encodings[coding] = Encoding(hashlib.sha256(data).hexdigest(), len(data))
                forms[encodings[coding].sha256] = data
        files[path] = replace(entry, encodings=encodings)
    return replace(made, files=files), forms
