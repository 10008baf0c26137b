"""Run commands of a JSON file, two at a time; end with an error if one does."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def main(file: Path) -> int:
    """The number of commands that failed."""

    def one(asked: tuple[list[str], str]) -> int:
        command, folder = asked
        return subprocess.run(command, cwd=folder, check=False).returncode != 0

    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(one, json.loads(file.read_text("utf-8"))))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
