"""The theme's own files under names that hold their hash: they can be kept for ever, and hold no content."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from plugins.errors import N_, LeakError, Problem
from plugins.site.stylesheet import hash8

_URL = re.compile(rb"""url\(\s*(["']?)(?!data:|#)([^"')]+)\1\s*\)""")


@dataclass(frozen=True)
class ThemeFile:
    """One file of the theme: its path in a site, and its bytes."""

    path: str
    data: bytes


def theme_files(static: Path) -> dict[str, ThemeFile]:
    """Every file of the theme's `static` folder, by name; stylesheets come last and refer to the hashed names.

    Raises `LeakError` if a stylesheet refers to what is not in the theme (another site, a missing file).
    """
    files: dict[str, ThemeFile] = {}
    paths = sorted(
        (p for p in static.rglob("*") if p.is_file() and not p.name.startswith(".")), key=lambda p: p.suffix == ".css"
    )
    for path in paths:
        data = path.read_bytes()
        if path.suffix == ".css":
            data = _with_hashes(data, files, path.name)
        name, _, suffix = path.name.rpartition(".")
        files[path.name] = ThemeFile(f"theme/{name.lower()}.{hash8(data)}.{suffix.lower()}", data)
    return files


def _with_hashes(data: bytes, files: dict[str, ThemeFile], css: str) -> bytes:
    return _URL.sub(lambda m: b'url("' + _sibling(m[2], files, css) + b'")', data)


def _sibling(target: bytes, files: dict[str, ThemeFile], css: str) -> bytes:
    name = target.decode().split("?")[0].split("#")[0].removeprefix("./").split("/")[-1]
    if name not in files or b"//" in target:
        raise LeakError([Problem(css, 0, N_("This stylesheet refers to “{target}”, which is not in the theme."),
                                 {"target": target.decode()})])  # fmt: skip
    return files[name].path.removeprefix("theme/").encode()
