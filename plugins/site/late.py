"""Posts whose time is past, or strangely far: advices for those who write, that stop nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from plugins.errors import N_, Problem, Severity
from plugins.posts import keys
from plugins.posts.dates import date_words
from plugins.posts.keys import Key
from plugins.posts.model import Page, Post, Programme, Reminder
from plugins.site.bodies import Draft

RECENT = timedelta(31)
"""What ended earlier is kept on purpose, as an archive; nobody needs to be told every day."""

FAR = timedelta(366)


def late_advices(draft: Draft, post: Page | Post, today: date) -> Iterator[Problem]:
    """What the dates of one post make worth a look."""
    if not isinstance(post, Post) or draft.common.published is None:
        return
    published = draft.common.published.date()
    if isinstance(post, Programme) and date.min < post.body.end < today and draft.document.value(keys.END):
        if published > post.body.end:
            message = N_("This programme ended on {date}, before the day of its publication: check the year.")
            yield _advice(draft, keys.END, message, post.body.end)
        elif today - post.body.end <= RECENT:
            yield _advice(draft, keys.END, N_("The week of this programme is past: it ended on {date}."), post.body.end)
    if isinstance(post, Reminder) and published <= post.until < today <= post.until + RECENT:
        message = N_(
            "This reminder expired on {date}: families no longer see it. Take the file away, or write a later day."
        )
        yield _advice(draft, keys.UNTIL, message, post.until)
    if published - today > FAR:
        message = N_("This text waits until {date}, in more than a year: check the year.")
        yield _advice(draft, keys.DATE, message, published)


def _advice(draft: Draft, key: Key, message: str, day: date) -> Problem:
    line = draft.document.line(key) if draft.document.value(key) else 0
    values = {"date": date_words(day), "text": draft.document.value(key)}
    return Problem(draft.source.file, line, message, values, Severity.ADVICE)
