"""Images and links as they are written in a text, before anybody looked for what they mean."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Image:
    """An image as written: `![alt](target "caption")`."""

    target: str
    alt: str
    caption: str
    line: int


@dataclass(frozen=True)
class Link:
    """A link as written: where to, whether it has words, and its line."""

    target: str
    worded: bool
    line: int
