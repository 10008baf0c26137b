"""A real Valkey or Redis for the tests: on loopback and a Unix socket, with a password, all in memory."""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from publish.sessions_server import SessionsServer

PASSWORD = "a password of the tests"


@dataclass
class RedisPeer:
    """A server that can be stopped and started again; it forgets everything when it stops.

    Arguments:
        folder: of its socket.
        port: on loopback.
    """

    folder: Path
    port: int
    process: subprocess.Popen | None = field(default=None, repr=False)

    @property
    def settings(self) -> SessionsServer:
        return SessionsServer("127.0.0.1", self.port, password=PASSWORD)

    @property
    def socket(self) -> Path:
        return self.folder / "redis.sock"

    def client(self) -> Any:
        """What an administrator sees."""
        return redis.Redis(unix_socket_path=str(self.socket), password=PASSWORD)

    def start(self) -> None:
        program = shutil.which("valkey-server") or shutil.which("redis-server")
        assert program, "neither valkey-server nor redis-server: see .ci/debian"
        self.process = subprocess.Popen(
            [
                program, "--bind", "127.0.0.1", "--port", str(self.port), "--unixsocket", str(self.socket),
                "--unixsocketperm", "700", "--requirepass", PASSWORD, "--save", "", "--appendonly", "no",
                "--maxmemory-policy", "noeviction", "--dir", str(self.folder),
            ],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        client = self.client()
        for _ in range(400):
            try:
                client.ping()
                break
            except redis.ConnectionError:
                assert self.process.poll() is None, "the server ended"
                time.sleep(0.02)
        else:
            raise AssertionError("the server does not answer")
        client.close()

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(10)
        self.process = None
