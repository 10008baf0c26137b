"""The theme's files, for the gateway's own pages: a fixed list, read and named by content when the gateway starts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from publish.errors import N_, ServeError, cause_of
from publish.gateway.addresses import THEME
from publish.media import MEDIA_TYPES
from publish.paths import is_file_path

_SUFFIXES = ("css", "js", "svg", "woff2")
_URL = re.compile(r"""url\(\s*["']?([^"')\s]*)["']?\s*\)""")


@dataclass(frozen=True)
class ThemeFile:
    """One file, under its public name."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True)
class Theme:
    """All of them.

    Arguments:
        files: public name (`preau.1a2b3c4d.css`) → file.
        urls: plain name (`preau.css`) → address.
    """

    files: Mapping[str, ThemeFile]
    urls: Mapping[str, str]


def load_theme(folder: Path) -> Theme:
    """Read a theme's static folder; stylesheets name the other files by their public names.

    Raises:
        ServeError: the folder can't be read, or a stylesheet names what is not in it.
    """
    try:
        plain = {
            path.name: path.read_bytes()
            for path in sorted(folder.iterdir())
            if path.is_file() and path.suffix[1:] in _SUFFIXES and is_file_path(path.name)
        }
    except OSError as error:
        raise ServeError(
            N_("the theme's folder {folder} can't be read: {cause}"), folder=folder, cause=cause_of(error)
        ) from error
    named = {name: _file(name, data) for name, data in plain.items() if not name.endswith(".css")}
    for name, data in plain.items():
        if name.endswith(".css"):
            named[name] = _file(name, _rewrite(data.decode(), named, folder / name).encode())
    return Theme(
        files=MappingProxyType({file.name: file for file in named.values()}),
        urls=MappingProxyType({name: THEME + file.name for name, file in named.items()}),
    )


def _file(name: str, data: bytes) -> ThemeFile:
    stem, _, suffix = name.rpartition(".")
    digest = hashlib.sha256(data).hexdigest()[:8]
    return ThemeFile(f"{stem}.{digest}.{suffix}", MEDIA_TYPES[suffix], data)


def _rewrite(text: str, named: Mapping[str, ThemeFile], path: Path) -> str:
    def public(match: re.Match[str]) -> str:
        file = named.get(match.group(1))
        if file is None:
            raise ServeError(N_("{path} names “{name}”, which is not beside it"), path=path, name=match.group(1)[:80])
        return f'url("{file.name}")'

    return _URL.sub(public, text)
