"""Lists of names of the PDF format, written as one text: they are long."""

from __future__ import annotations


def names(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())
