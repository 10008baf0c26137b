"""A web server of another project, as a child of the tests: it listens before the block begins, and ends with it."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def listening(name: str, command: Sequence[str], port: int, output: Path) -> Iterator[subprocess.Popen]:
    """Its first process.

    Arguments:
        name: for messages.
        port: on 127.0.0.1.
        output: file for what it prints.
    """
    with output.open("wb") as stream:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"{name} did not start:\n{output.read_text()}")
        else:
            raise AssertionError(f"{name} does not listen")
        yield process
    finally:
        process.terminate()
        process.wait(20)
