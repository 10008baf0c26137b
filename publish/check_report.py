"""What `preau check` shows: each problem below the line that it is about, or JSON for a program."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby

import click

from plugins.errors import visible
from plugins.site.model import Waiting
from publish.check import Checked, Finding
from publish.errors import N_
from publish.language import ngettext
from publish.language import say as _

FORMAT = 1
"""Of the JSON; docs/contenu.md describes it."""


def shown(checked: Checked, *, seconds: float) -> None:
    """Errors, advices, what waits, and one closing sentence."""
    for heading, findings, colour in (
        (N_("Errors: nothing is published from a centre before they are mended"), checked.errors, "red"),
        (N_("Advice: it stops nothing"), checked.advices, "yellow"),
    ):
        if findings:
            click.echo(click.style(_(heading), fg=colour, bold=True) + "\n")
        for finding in findings:
            _finding(finding, colour)
    if checked.waiting:
        click.echo(click.style(_("Waiting: not shown today"), bold=True) + "\n")
        _waiting(checked.waiting)
    click.echo(_closing(checked, seconds))


def as_json(checked: Checked, *, seconds: float) -> None:
    """The same, for a program."""
    value = {
        "format": FORMAT,
        "centres": list(checked.centres),
        "errors": [_finding_json(finding) for finding in checked.errors],
        "advices": [_finding_json(finding) for finding in checked.advices],
        "waiting": [_waiting_json(item) for item in checked.waiting],
        "seconds": round(seconds, 2),
    }
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _finding(finding: Finding, colour: str) -> None:
    problem, found = finding.problem, finding.excerpt
    click.echo(click.style(_place(finding), bold=True))
    margin = "    "
    if found is not None:
        number = f"{problem.line:>4}"
        margin = " " * len(number)
        click.echo(f"{number} │ {found.text}")
        click.echo(f"{margin} │ {click.style(found.marks, fg=colour, bold=True)}")
    click.echo(f"{margin} {click.style('→', fg=colour, bold=True)} {problem.sentence(_)}\n")


def _place(finding: Finding) -> str:
    problem, found = finding.problem, finding.excerpt
    if not problem.line:
        return visible(problem.file)
    place = N_("{file}, line {line}, column {column}") if found and found.column else N_("{file}, line {line}")
    return _(place).format(file=visible(problem.file), line=problem.line, column=found.column if found else 0)


def _waiting(waiting: Sequence[Waiting]) -> None:
    """By person first: whoever validates finds their list; then the rest."""
    by_people = sorted(waiting, key=lambda item: (not item.by, item.by, item.source))
    for people, items in groupby(by_people, key=lambda item: item.by):
        if people:
            click.echo("  " + _("For {people}:").format(people=", ".join(map(visible, people))))
        elif by_people[0].by:
            click.echo("\n  " + _("The others:"))
        for item in items:
            click.echo(f"  {'  ' if by_people[0].by else ''}{item.text(_)}")
    click.echo()


def _closing(checked: Checked, seconds: float) -> str:
    errors, advices, waiting = len(checked.errors), len(checked.advices), len(checked.waiting)
    if not errors and checked.uncompared:
        first = _("Nothing stops the publication, unless a photo looks like a withdrawn one")
    elif not errors:
        first = _("Nothing stops the publication")
    else:
        first = ngettext("{count} error to mend", "{count} errors to mend", errors).format(count=errors)
    return _("{first} ({advices}, {waiting}; {centres}, in {seconds} s).").format(
        first=click.style(first, fg="red" if errors else "green", bold=True),
        advices=ngettext("{count} piece of advice", "{count} pieces of advice", advices).format(count=advices),
        waiting=ngettext("{count} text waits", "{count} texts wait", waiting).format(count=waiting),
        centres=ngettext("{count} centre read", "{count} centres read", len(checked.centres)).format(
            count=len(checked.centres)
        ),
        seconds=f"{seconds:.1f}".replace(".", _(".")),
    )


def _finding_json(finding: Finding) -> dict[str, object]:
    problem, found = finding.problem, finding.excerpt
    return {
        "file": problem.file,
        "line": problem.line or None,
        "column": (found.column or None) if found else None,
        "length": (found.length or None) if found else None,
        "text": problem.sentence(_),
    }


def _waiting_json(item: Waiting) -> dict[str, object]:
    until = item.until.isoformat() if item.until else None
    return {"file": item.source, "reason": item.sentence(_), "until": until, "by": list(item.by)}
