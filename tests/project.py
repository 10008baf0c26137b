"""The project as its own tests see it: where it stands, and which files are part of it."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = {"plugins": ROOT / "plugins", "publish": ROOT / "publish", "themes": ROOT / "themes" / "preau"}
"""Each gettext catalogue, and the folder whose texts it holds."""


@cache
def project_files() -> tuple[Path, ...]:
    """Every file that is, or is about to be, part of the project; relative to its root, without what git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return tuple(sorted(Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()))
