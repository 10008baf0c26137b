"""When does a site change by itself? The one answer for whatever must be built again though nobody wrote anything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from plugins.posts.dates import PARIS
from plugins.site.home import home
from plugins.site.model import Site


def next_change(site: Site, now: datetime) -> datetime:
    """The first moment after `now` at which the same content gives another site. There always is one: a year ends.

    Every moment of [`now`, this one) gives the bytes of `now`: posts of the centre or of the city that wait for their
    hour, reminders after their last day, photos after theirs, « Aujourd'hui » and « Demain », programmes that begin
    and end, and the year of dates. Too early costs a build that changes nothing; too late would show what is over.

    Arguments:
        site: as it was loaded at `now`, or at a moment from which it did not change until `now`.
        now: with its time zone.
    """
    # moments of one zone are compared by their clock, which tells the same hour twice when summer time ends
    instant = now.astimezone(UTC)
    new_year = midnight(date(now.astimezone(PARIS).year + 1, 1, 1))  # dates of another year say it
    moments = (moment.astimezone(UTC) for moment in (new_year, *_moments(site)))
    return min(moment for moment in moments if moment > instant).astimezone(PARIS)


def midnight(day: date) -> datetime:
    """The moment at which a day begins in Paris (no clock change there is at midnight)."""
    return datetime.combine(day, time(0), PARIS)


def _moments(site: Site) -> Iterator[datetime]:
    yield from (waiting.until for waiting in site.waiting if waiting.until is not None)
    yield from map(midnight, _days(site))


def _days(site: Site) -> Iterator[date]:
    """Days at whose beginning something changes."""
    after = timedelta(1)
    for reminder in site.reminders:
        yield reminder.until + after
    for article in site.articles:
        if article.photos and article.photos_until:
            yield article.photos_until + after
    for programme in site.programmes:
        yield programme.body.start  # from « À venir » to « En ce moment », and then to « Passés »
        yield programme.body.end + after
        for day in programme.body.days:  # « Aujourd'hui » in the grid and on the home page
            yield day.date
            yield day.date + after
    if next_day := home(site).next_day:
        yield next_day - after  # « Demain »
