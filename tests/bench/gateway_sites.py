"""What the manifests of a thousand sites take of a gateway's memory; `make bench-gateway` runs it in a process apart.

Says one JSON object: sites, files of each, seconds, and what the process's memory grew by, in bytes.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from publish.gateway.sites import Sites
from publish.heads import Head, write_head
from publish.layout import release_key
from publish.manifest import FileEntry, Manifest
from publish.media import media_type
from publish.stores.folder import FolderStore

WIDTHS = (480, 960, 1600)


def paths(files: int) -> list[str]:
    """Paths as a real centre has them: a page and a calendar for some posts, six files for each photo."""
    found = ["index.html", "404.html"]
    number = 0
    while len(found) < files:
        number += 1
        name = hashlib.sha256(str(number).encode()).hexdigest()[:16]
        found += [f"articles/2022-11-{number % 28 + 1:02}-article-{number}/index.html"]
        found += [f"photos/{name}-{width}.{end}" for width in WIDTHS for end in ("webp", "jpg")]
    return found[:files]


def write(store: FolderStore, slug: str, files: int) -> None:
    """A published site; its manifest alone, for nobody reads its bytes here."""
    moment, entries = datetime.now(UTC), {}
    for path in sorted(paths(files)):
        digest = hashlib.sha256(f"{slug}/{path}".encode()).hexdigest()
        kind = media_type(path)
        assert kind is not None
        entries[path] = FileEntry(digest, 1_000, kind)
    manifest = Manifest(slug, slug.title(), moment, "0", entries)
    store.put(release_key(slug, manifest.id), manifest.to_json())
    write_head(store, slug, Head(1, manifest.id, moment, "bench", "publish"))


def resident() -> int:
    """Bytes of this process in memory."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1]) * 1024


def measure(sites: int, files: int) -> dict[str, float]:
    """Ask for every site once, twice over."""
    with TemporaryDirectory() as folder:
        store = FolderStore(Path(folder))
        for number in range(sites):
            write(store, f"centre-{number}", files)
        held = Sites(store, lambda: datetime.now(UTC))

        async def ask() -> float:
            started = time.perf_counter()
            for _ in range(2):
                for number in range(sites):
                    assert len(await held.files(await held.in_force(f"centre-{number}"))) == files
            return time.perf_counter() - started

        before = resident()
        seconds = asyncio.run(ask())
        return {"sites": sites, "files": files, "seconds": seconds, "bytes": resident() - before}


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
