"""Tokens of markdown-it's inline text: made, and cut out of a line."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

from markdown_it.token import Token


def token(kind: str, tag: str, nesting: int, content: str = "") -> Token:
    """A new token; `nesting` is 1 where a mark opens, -1 where it closes."""
    return Token(kind, tag, nesting, content=content)  # type: ignore[arg-type]


def opening(mark: Token) -> Token:
    """The same mark, opened again."""
    again = copy(mark)
    again.attrs = dict(mark.attrs)
    return again


def closing(mark: Token) -> Token:
    """What ends a mark that is open."""
    return token(mark.type.removesuffix("_open") + "_close", mark.tag, -1)


def space(like: Token) -> Token:
    """A space where one token ends and the next begins."""
    token = copy(like)
    token.type, token.tag, token.nesting, token.content = "text", "", 0, " "
    token.children = None
    token.attrs = {}
    return token


def cut_out(children: Sequence[Token], start: int, end: int) -> list[Token]:
    """The tokens of the characters from `start` to `end` of the text; marks stay balanced."""
    kept: list[Token] = []
    at = 0
    for child in children:
        length = 1 if child.type in ("softbreak", "hardbreak") else len(child.content)
        if child.nesting != 0:
            kept.append(child)
        elif at < end and at + length > start:
            token = copy(child)
            if child.content:
                token.content = child.content[max(start - at, 0) : end - at]
            kept.append(token)
        at += length
    shown = [child for child in kept if child.content]
    if shown and shown[0].type == "text":
        shown[0].content = shown[0].content.lstrip()
    if shown and shown[-1].type == "text":
        shown[-1].content = shown[-1].content.rstrip()
    return kept


def unstruck(children: Sequence[Token], start: int, end: int) -> str:
    """The words from `start` to `end` that are not ~~struck through~~."""
    kept: list[str] = []
    at = struck = 0
    for child in children:
        text = " " if child.type in ("softbreak", "hardbreak") else child.content
        struck += child.nesting if child.type in ("s_open", "s_close") else 0
        if not struck and child.type != "image" and at < end and at + len(text) > start:
            kept.append(text[max(start - at, 0) : end - at])
        at += 0 if child.nesting else len(text)
    return "".join(kept)
