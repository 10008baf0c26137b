"""The lines of a programme: Markdown as word processors write it, items of lists, lines of paragraphs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from plugins.programmes.tokens import closing, opening, space
from plugins.site.text import plain

if TYPE_CHECKING:
    from markdown_it.token import Token

_HASH = re.compile(r"( {0,3}#{1,6})(?=[^\s#])")
_HYPHEN = re.compile(r"([ \t]*)-(?=[^\W_])")
_BULLET = re.compile(r"([ \t]*)[•●○◦▪▫■□‣⁃➢➤►▶✓✔·–—]\s*(?=[^\s–—-])")
_BOX = re.compile(r"([ \t]*[-*+] )\[[ xX]\] ")
_OVER = re.compile(r"([ \t]*- )\+ (?=de \d)")
_UNDER = re.compile(r"([ \t]*- )- (?=de \d)")
_TIDY = (
    (_HASH, r"\1 "), (_HYPHEN, r"\1- "), (_BULLET, r"\1- "), (_BOX, r"\1"), (_OVER, r"\1plus "),
    (_UNDER, r"\1moins "),
)  # fmt: skip
_RULE = re.compile(r" {0,3}-{3,}[ \t]*")
_TOLD = re.compile(r"\S\s?[:：]\s")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,3}[.)]) ")
_DEEP = 4
"""Spaces from which Markdown takes a line for the rest of the one above."""


@dataclass
class Item:
    """A list item: its first line of text, and the items below it."""

    children: list[Token]
    line: int
    items: list[Item] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The words, without marks."""
        return plain(self.children)


def tidied(body: str) -> str:
    """The same lines, with the marks that Markdown knows: `##Lundi`, `-Matin : jeux`, `• Matin : jeux` are meant so."""
    found: list[str] = []
    above, shift = False, 0
    for typed in body.split("\n"):
        # a rule parts two days, and makes no title of the activity above it
        parts = found and _RULE.fullmatch(typed) and _TOLD.search(found[-1])
        line = "***" if parts else _tidied(typed)
        indent = len(line) - len(line.lstrip(" "))
        item = _ITEM.match(line) is not None
        if line.strip():
            shift = shift if shift and indent >= shift else indent if item and indent >= _DEEP and not above else 0
            above = item or (above and indent > 0)
        found.append(line[shift:] if line.strip() else line)
    return "\n".join(found)


def _tidied(line: str) -> str:
    for pattern, mark in _TIDY:
        if m := pattern.match(line):
            line = m.expand(mark) + line[m.end() :]
    return line


def list_items(tokens: Sequence[Token], first_line: int) -> list[Item]:
    """The items of a list, given its tokens from `bullet_list_open` to its closing."""
    roots: list[Item] = []
    stack: list[Item | None] = []
    for token in tokens:
        if token.type == "list_item_open":
            item = Item([], first_line + (token.map or [0])[0])
            (stack[-1].items if stack and stack[-1] else roots).append(item)
            stack.append(item)
        elif token.type == "list_item_close":
            stack.pop()
        elif token.type in ("inline", "fence") and stack and (current := stack[-1]):
            if current.children and token.children:
                current.children.append(space(token.children[0]))
            current.children += token.children or []
    return roots


def lines_as_items(token: Token, first_line: int) -> list[Item]:
    """The lines of a paragraph, each read like an item; a link or mark over two lines is one in each."""
    line = first_line + (token.map or [0])[0]
    items = [Item([], line)]
    marks: list[Token] = []
    for child in token.children or []:
        if child.type in ("softbreak", "hardbreak"):
            line += 1
            items[-1].children += [closing(mark) for mark in reversed(marks)]
            items.append(Item([opening(mark) for mark in marks], line))
            continue
        if child.nesting:
            marks = [*marks, child] if child.nesting > 0 else marks[:-1]
        items[-1].children.append(child)
    return [item for item in items if item.text.strip()]
