"""What `preau preview` prints: where to look, what is followed, and how each save turned out."""

from __future__ import annotations

import json
from datetime import datetime

import click

from publish.language import ngettext
from publish.language import say as _
from publish.preview.current import Current, Found


class Screen:
    """One line a save, and the problems below it; or one line of JSON a save, for a program.

    Arguments:
        address: of the preview.
        watched: folders that are followed, as people know them.
    """

    def __init__(self, address: str, watched: list[str], *, as_json: bool) -> None:
        self._address, self._watched, self._json = address, watched, as_json

    def welcome(self) -> None:
        """Where to look."""
        if self._json:
            self._line({"address": self._address, "watched": self._watched})
            return
        click.echo(_("Preview, not published; only this computer sees it:"))
        click.secho(f"  {self._address}", bold=True)
        click.echo(_("Save a file in {folders}: the browser shows it by itself.").format(
            folders=_(" or ").join(self._watched)))  # fmt: skip
        click.echo(_("Ctrl-C stops the preview.") + "\n")

    def told(self, current: Current, seconds: float) -> None:
        """How a save turned out."""
        shown = current.shown
        if self._json:
            problems = [{"file": p.file, "line": p.line, "text": p.sentence} for p in shown.problems]
            self._line({"version": shown.version, "problems": problems, "seconds": round(seconds, 3)})
            return
        clock = f"{datetime.now().astimezone():%H:%M:%S}"
        if shown.problems:
            count = len(shown.problems)
            text = ngettext("{count} thing to mend:", "{count} things to mend:", count).format(count=count)
            click.echo(f"{clock}  {text}")
            for problem in shown.problems:
                click.echo(f"          {_place(problem)}")
            return
        assert shown.shelf is not None
        site = shown.shelf.site
        parts = [ngettext("{count} page", "{count} pages", shown.shelf.pages).format(count=shown.shelf.pages)]
        if site.marks:
            parts.append(
                ngettext("{count} text that families don't see", "{count} texts that families don't see",
                         len(site.marks)).format(count=len(site.marks))
            )  # fmt: skip
        if site.unfinished:
            parts.append(ngettext("{count} draft to mend", "{count} drafts to mend", len(site.unfinished)).format(
                count=len(site.unfinished)))  # fmt: skip
        if shown.advices:
            parts.append(ngettext("{count} advice", "{count} advices", len(shown.advices)).format(
                count=len(shown.advices)))  # fmt: skip
        click.echo(_("{time}  up to date ({what})").format(time=clock, what=", ".join(parts)))

    def _line(self, value: object) -> None:
        click.echo(json.dumps(value, ensure_ascii=False))


def _place(problem: Found) -> str:
    if not problem.file:
        return problem.sentence
    text = _("{file}, line {line}: {what}") if problem.line else _("{file}: {what}")
    return text.format(file=problem.file, line=problem.line, what=problem.sentence)
