"""A file for its owner alone, whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_private(path: Path, data: bytes) -> None:
    """Write a file of mode 0600 aside, then give it its name; nothing stays aside.

    Raises:
        OSError: it can't be written; what had the name before has it still.
    """
    part = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
