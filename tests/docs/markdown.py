"""What the documentation says that can be checked: commands, targets, links."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

_FENCE = re.compile(r"^(?P<fence>`{3,}|~{3,})[^\n]*\n(?P<body>.*?)^(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)


def code_lines(text: str) -> list[str]:
    """Each line of fenced code (without its prompt and comment) and each inline span."""
    fenced = [line.strip().removeprefix("$ ") for match in _FENCE.finditer(text) for line in match["body"].splitlines()]
    return fenced + _SPAN.findall(_FENCE.sub("", text))


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line, comments=True)
    except ValueError:  # an apostrophe in an example's prose
        return line.split()


@dataclass(frozen=True)
class Use:
    """One use of the command in the documentation: the sub-command ("" for none) and the options that follow.

    `below` is the word after it: where the sub-command is a group, the command that it holds.
    """

    line: str
    command: str
    below: str
    options: frozenset[str]


def uses(text: str, program: click.Group) -> Iterator[Use]:
    """Every `preau …` line; options before the sub-command are the program's own."""
    values = {name: not getattr(p, "is_flag", False) for p in program.params for name in p.opts}
    for line in code_lines(text):
        words = _words(line)
        # A command is the first word, or follows a variable assignment or a path.
        while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
            words.pop(0)
        if not words or words[0].rpartition("/")[2] != "preau":
            continue
        words = words[1:]
        before: set[str] = set()
        while words and words[0].startswith("-"):
            option = words.pop(0).partition("=")[0]
            before.add(option)
            if values.get(option) and words:
                words.pop(0)
        if before - set(values) - {"--help"}:
            yield Use(line, "", "", frozenset(before))
        command = words[0] if words else ""
        if re.fullmatch(r"[a-z][a-z-]*", command):
            below = words[1] if len(words) > 1 else ""
            yield Use(
                line, command, below, frozenset(w.strip("[]").partition("=")[0] for w in words[1:] if "--" in w[:3])
            )


def targets_used(text: str) -> set[str]:
    """Every target that a `make …` line names."""
    found: set[str] = set()
    for line in code_lines(text):
        words = _words(line)
        if words[:1] == ["make"]:
            found |= {word for word in words[1:] if re.fullmatch(r"[a-z][a-z-]*", word)}
    return found


def links(text: str) -> list[str]:
    """Targets of links and images, outside code."""
    return _LINK.findall(_SPAN.sub("", _FENCE.sub("", text)))


def prose(text: str) -> str:
    """The words of a document: an inline span is one word, and fenced code, comments and targets of links are none."""
    text = re.sub(r"<!--.*?-->", "", _FENCE.sub("", text), flags=re.DOTALL)
    return re.sub(r"(?<=\])\([^)\s]+\)", "", _SPAN.sub("x", text))


def anchors(text: str) -> set[str]:
    """What `#…` may point at: headings as forges write them."""
    found = set()
    for heading in _HEADING.findall(_FENCE.sub("", text)):
        plain = unicodedata.normalize("NFC", heading).lower().replace("`", "")
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found


def broken_links(root: Path, file: Path) -> list[str]:
    """Links of one document that lead nowhere; addresses of the web are not followed."""
    found = []
    for link in links((root / file).read_text("utf-8")):
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (root / file).parent / name if name else root / file
        if not target.exists() or not target.resolve().is_relative_to(root.resolve()):
            found.append(f"{file}: {link}")
        elif anchor and target.suffix == ".md" and anchor not in anchors(target.read_text("utf-8")):
            found.append(f"{file}: {link} (no such heading)")
    return found
