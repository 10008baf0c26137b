"""Bodies rendered once: all that depends on a text's bytes alone, with its links and photos still as they were written.

Rendering Markdown takes most of the time that a text takes. What comes of it is kept by the text's bytes, and used
again whatever became of other texts, of photos, of the theme or of the day: a link is judged, a photo looked for and
the HTML sanitised after it was taken from there, each time. So nothing that is kept can show a page or a photo that may
not be shown.

    <folder>/<centre>.json     one line with the sha256 of the rest; then the version, and digest → rendered body
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from markdown_it.common.utils import escapeHtml
from markupsafe import Markup

from plugins.site import spaced, text, typography
from plugins.site.text import LATER, Piece, Reading
from plugins.site.written import Image, Link

_LINK = re.compile(rf'<a href="{re.escape(LATER)}(\d+)">(.*?)</a>', re.DOTALL)


@dataclass(frozen=True)
class Compiled:
    """A body, rendered as far as its bytes alone tell; lines are counted from 0.

    Arguments:
        pieces: prose, not sanitised yet, in which links are numbers; and galleries.
        links: as written, in order.
    """

    pieces: tuple[str | tuple[Image, ...], ...]
    links: tuple[Link, ...]


CompileBody = Callable[[str], Compiled]
"""A body → the same, rendered."""


def compile_body(body: str) -> Compiled:
    """Render a body."""
    links: list[Link] = []
    found = text.pieces(text.parse(body), 0, Reading("", lambda _: None, later=links))
    return Compiled(tuple(str(piece) if isinstance(piece, Markup) else piece for piece in found), tuple(links))


def pieces(body: Compiled, first_line: int, reading: Reading) -> list[Piece]:
    """Prose and galleries in order, sanitised; prose holds no image, and only links that were judged now."""
    links = [text.judged(replace(link, line=first_line + link.line), reading) for link in body.links]

    def linked(m: re.Match[str]) -> str:
        attributes = links[int(m[1])]
        if not attributes:
            return m[2]
        shown = "".join(f' {name}="{escapeHtml(value)}"' for name, value in attributes.items())
        note = reading.notes.get(attributes["href"], "")
        return f"<a{shown}>{m[2]}{escapeHtml(f' {note}') if note else ''}</a>"

    return [
        text.clean(_LINK.sub(linked, piece))
        if isinstance(piece, str)
        else tuple(replace(image, line=first_line + image.line) for image in piece)
        for piece in body.pieces
    ]


def prose(body: Compiled, first_line: int, reading: Reading) -> Markup:
    """A text without images; an image in it is an error that says where images may stand."""
    found = pieces(body, first_line, reading)
    for image in (image for piece in found if not isinstance(piece, Markup) for image in piece):
        text.refuse(image, reading)
    return Markup("").join(piece for piece in found if isinstance(piece, Markup))


@dataclass
class Bodies:
    """The bodies of one centre that were rendered before, and those of this build; see the module.

    Arguments:
        file: where they are kept; a file that can't be read, or is damaged, holds none.
    """

    file: Path
    _before: dict[str, Compiled] = field(default_factory=dict)
    _used: dict[str, Compiled] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with suppress(OSError, ValueError, LookupError, TypeError):
            digest, _, rest = self.file.read_bytes().partition(b"\n")
            if hashlib.sha256(rest).hexdigest().encode() == digest:
                table = json.loads(rest)
                if table["version"] == _version():
                    self._before = {key: _compiled(kept) for key, kept in table["bodies"].items()}

    def compile(self, body: str) -> Compiled:
        """A body, rendered now or before."""
        key = hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()
        found = self._used.get(key) or self._before.get(key) or compile_body(body)
        self._used[key] = found
        return found

    def keep(self) -> None:
        """Keep the bodies of this build, and no others: a text that is gone is gone from here too."""
        if self._used.keys() == self._before.keys():
            return
        table = {"version": _version(), "bodies": {key: _table(body) for key, body in self._used.items()}}
        rest = json.dumps(table, separators=(",", ":")).encode()
        with suppress(OSError):  # only time is lost
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, part = tempfile.mkstemp(dir=self.file.parent, prefix=".part-")  # 0600
            try:
                with os.fdopen(handle, "wb") as stream:
                    stream.write(hashlib.sha256(rest).hexdigest().encode() + b"\n" + rest)
                Path(part).replace(self.file)
            finally:
                Path(part).unlink(missing_ok=True)


def _table(body: Compiled) -> list[object]:
    shown = [
        piece if isinstance(piece, str) else [[image.target, image.alt, image.caption, image.line] for image in piece]
        for piece in body.pieces
    ]
    return [shown, [[link.target, link.worded, link.line] for link in body.links]]


def _compiled(kept: list[list[Any]]) -> Compiled:
    shown, links = kept
    return Compiled(
        tuple(piece if isinstance(piece, str) else tuple(Image(*image) for image in piece) for piece in shown),
        tuple(Link(*link) for link in links),
    )


@cache
def _version() -> str:
    """Of all that turns a body into what is kept."""
    own = b"".join(Path(file).read_bytes() for file in (text.__file__, spaced.__file__, typography.__file__, __file__))
    return hashlib.sha256(own).hexdigest() + version("markdown-it-py")
