"""Publish finished sites once, as `preau publish` does after its build, and say what it took: a process of its own.

    python -m tests.bench.publish_once ENDPOINT BUCKET PREFIX SITES MEMORY

Prints `{"blobs": …, "changed": …}`, of all sites together.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

from plugins.photos.refused import Register
from publish.access import Admission, MembershipKind
from publish.build import BuildRequest, Silent
from publish.jobs import Built
from publish.memory import Memory
from publish.paris import PARIS
from publish.sites import Published, publish_built
from publish.steps import no_log
from publish.stores.s3 import S3Store
from publish.stores.settings import S3Settings

KNOWN = "built.json"
"""In the memory's folder: what the build says of each site: the digest of its files, and whether it was as before."""

ADMISSION = Admission(frozenset({"0929010U"}), "ecoles", frozenset({MembershipKind.GUARDIAN}))


def main(endpoint: str, bucket: str, prefix: str, folder: Path, memory: Path) -> None:
    now = datetime.now(PARIS)
    store = S3Store(S3Settings(bucket, endpoint=endpoint, prefix=prefix))
    known = json.loads((memory / KNOWN).read_bytes())
    later = datetime(2100, 1, 1, tzinfo=PARIS)
    built = [
        Built(
            path.name,
            path.name,
            path,
            pages=0,
            photos=0,
            admission=ADMISSION,
            next_change=later,
            unchanged=known[path.name]["unchanged"],
            files=known[path.name]["files"],
        )
        for path in sorted(folder.iterdir())
    ]
    results = publish_built(
        BuildRequest(folder, memory, folder, now, 1),
        built,
        store,
        Register({}),
        {site.slug: "0" * 64 for site in built},
        version="bench",
        by="bench",
        clock=lambda: now,
        progress=Silent(),
        log=no_log,
        memory=Memory(memory, store),
    )
    done = [result.publication for result in results if isinstance(result, Published)]
    assert len(done) == len(built), results
    blobs, changed = sum(each.new_blobs for each in done), sum(each.changed for each in done)
    print(json.dumps({"blobs": blobs, "changed": changed}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]), Path(sys.argv[5]))
