"""Attack corpora: text files, one attack a line, with escapes for what a line can't hold."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"

_ESCAPES = {"t": "\t", "r": "\r", "n": "\n", "v": "\v", "0": "\0"}


def texts(name: str) -> list[str]:
    """Attacks as texts."""

    def character(match: re.Match[str]) -> str:
        found = match.group(1)
        return chr(int(found[1:], 16)) if found[0] == "u" else _ESCAPES[found]

    return [re.sub(r"\\([trnv0]|u[0-9a-f]{4})", character, line) for line in _lines(name)]


def paths(name: str, **values: str) -> list[bytes]:
    """Attacks as raw paths; `{name}` in them is replaced by `values`."""
    found = []
    for line in _lines(name):
        for key, value in values.items():
            line = line.replace(f"{{{key}}}", value)  # noqa: PLW2901
        raw = re.sub(rb"\\x([0-9a-f]{2})", lambda match: bytes([int(match.group(1), 16)]), line.encode())
        found.append(raw)
    return found


def _lines(name: str) -> list[str]:
    lines = (FOLDER / name).read_text("utf-8").splitlines()
    found = [line for line in lines if line and not line.startswith("# ")]
    assert len(found) > 20
    return found
