"""What `publish --due` says of the centres that it publishes, and of those that it leaves to people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

import click

from publish.due import State, Verdict
from publish.errors import N_
from publish.language import say as _
from publish.report import moment_words

_HELD = {
    State.PUT_BACK: N_("{site}: {by} put an earlier release back on {since}; it stays until “preau publish {site}”"),
    State.EDITED: N_(
        "{site}: the site should have changed on {at}, but its content is no longer what was published; look at it, "
        "then run “preau publish {site}”"
    ),
    State.UNKNOWN: N_(
        "{site}: which content was published was not noted; look at the content, then run “preau publish {site}”"
    ),
}


def held(verdicts: Sequence[Verdict]) -> None:
    """The centres that wait for a person, on the error stream: nothing of theirs is published nor taken away."""
    for verdict in verdicts:
        if verdict.state in _HELD:
            at, since = (moment_words(found) if found else "–" for found in (verdict.at, verdict.since))
            text = _(_HELD[verdict.state]).format(site=verdict.slug, by=verdict.by, since=since, at=at)
            click.echo(text, err=True)


def nothing(verdicts: Sequence[Verdict]) -> None:
    """No centre is due; when the next one is."""
    coming = [(v.at.astimezone(UTC), v) for v in verdicts if v.state is State.LATER and v.at is not None]
    if not coming:
        click.echo(_("Nothing to publish."))
        return
    first = min(coming, key=lambda pair: (pair[0], pair[1].slug))[1]
    assert first.at is not None
    text = _("Nothing to publish; next, the site of {site} changes on {at}.")
    click.echo(text.format(site=first.slug, at=moment_words(first.at)))


def as_table(verdicts: Sequence[Verdict]) -> list[dict[str, object]]:
    """Every verdict, for a program."""
    return [
        {
            "slug": verdict.slug,
            "state": verdict.state.value,
            "head": verdict.head,
            "next_change": verdict.at.isoformat() if verdict.at else None,
        }
        for verdict in verdicts
    ]
