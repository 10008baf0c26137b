"""Run a server for as long as another process lives: `keeper.py OWNER COMMAND…`. Nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys


def main(owner: int, command: list[str]) -> int:
    server = subprocess.Popen(command)
    signal.signal(signal.SIGTERM, lambda *_: server.kill())
    while True:
        try:
            return server.wait(0.2)
        except subprocess.TimeoutExpired:
            try:
                os.kill(owner, 0)
            except ProcessLookupError:
                server.kill()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
