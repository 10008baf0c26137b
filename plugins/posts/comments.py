"""Comments, `<!-- … -->`: notes between those who write. They are taken out before anything else is read."""

from __future__ import annotations

from plugins.errors import N_, Problem

OPEN, CLOSE = "<!--", "-->"

_WORDS_OPEN, _WORDS_CLOSE = ("<!–", "<!—", "<! -"), ("–>", "—>", "-- >")
"""What telephones and word processors make of them; it would be shown to families, so it is told instead."""


def without_comments(text: str, file: str) -> tuple[list[str | None], list[Problem]]:
    """The lines of a text without its comments, and what is wrong with these.

    A line that held nothing but a comment is `None`: it is neither text nor a blank line. Lines keep their numbers.
    A comment that is not closed takes the rest of the text with it, and is an error: nothing of it is ever shown.
    """
    lines: list[str | None] = []
    problems: list[Problem] = []
    opened = 0
    some = OPEN in text
    for number, line in enumerate(text.split("\n"), 1):
        kept: list[str] = []
        at, was_open = 0, bool(opened)
        while True:
            if opened:
                inner, end = line.find(OPEN, at), line.find(CLOSE, at)
                if inner >= 0 and (end < 0 or inner < end):
                    message = N_("“{text}” stands inside a comment, opened at line {line}: close that one before.")
                    problems.append(Problem(file, number, message, {"text": OPEN, "line": opened}))
                if end < 0:
                    break
                at, opened = end + len(CLOSE), 0
                was_open = True
            else:
                start = line.find(OPEN, at)
                kept.append(line[at:] if start < 0 else line[at:start])
                if start < 0:
                    break
                at, opened, was_open = start + len(OPEN), number, True
        rest = "".join(kept)
        _check(rest, number, file, problems, some=some)
        lines.append(None if was_open and not rest.strip() else rest)
    if opened:
        message = N_("“{text}” opens a comment that nothing closes: write “-->” where it ends.")
        problems.append(Problem(file, opened, message, {"text": OPEN}))
    return lines, problems


def _check(rest: str, number: int, file: str, problems: list[Problem], *, some: bool) -> None:
    """Half a comment in what is left of a line would be read by families."""
    for mark in (*_WORDS_OPEN, *((CLOSE, *_WORDS_CLOSE) if some else ())):
        if mark in rest:
            problems.append(Problem(file, number, N_(
                "“{text}” looks like half a comment, and would be shown. A comment is written “<!-- … -->”, with two "
                "hyphens."
            ), {"text": mark}))  # fmt: skip
