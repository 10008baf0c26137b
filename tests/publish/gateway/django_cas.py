"""django-cas-server for the tests of signing in: a process of its own, on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from publish.gateway.server import listen


@contextmanager
def django_cas(folder: Path, people: Mapping[str, Mapping[str, object]], *, service: str) -> Iterator[str]:
    """A server that knows `people`, each with their name as password; its CAS address.

    Arguments:
        service: prefix of the services that it lets in.
    """
    with listen("127.0.0.1", 0) as probe:
        port = probe.getsockname()[1]
    settings = {"port": port, "service": service, "database": str(folder / "cas.sqlite3"), "people": people}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, Path(__file__).parent / "django_cas_server.py"],
            env={"PATH": os.environ["PATH"], "SETTINGS": json.dumps(settings)},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"listening\n", (folder / "log").read_text("utf-8", "replace")
        yield f"http://127.0.0.1:{port}/cas"
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
