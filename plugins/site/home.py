"""What the home page shows: what not to forget, what happens next, what was seen, what is useful."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from plugins.posts.model import Article, Moment, Page, Post, Programme, Reminder
from plugins.programmes.model import Day
from plugins.site.model import Site

LATEST = 6


@dataclass(frozen=True)
class Home:
    """The home page.

    Arguments:
        reminders: in force, in order.
        closed_today: today, where a programme says that it is closed and none has something to do.
        next_day: the first day from today on with something to do, if there is one.
        next_activities: each programme with that day.
        articles: the latest.
        pages: practical information, the city's last.
        programmes: current and coming.
    """

    reminders: tuple[Reminder, ...]
    closed_today: Day | None
    next_day: date | None
    next_activities: tuple[tuple[Programme, Day], ...]
    articles: tuple[Article, ...]
    pages: tuple[Page, ...]
    programmes: tuple[Programme, ...]


def home(site: Site) -> Home:
    """The home page of a site, on its day."""
    days = [(p, day) for p in site.programmes for day in p.body.days if day.date >= site.today]
    next_day = min((day.date for _, day in days if day.activities), default=None)
    closed = next((day for _, day in days if day.date == site.today and day.closed), None)
    return Home(
        reminders=tuple(reminder for reminder in site.reminders if reminder.until >= site.today),
        closed_today=closed if next_day != site.today else None,
        next_day=next_day,
        next_activities=tuple((p, day) for p, day in days if day.date == next_day),
        articles=site.articles[:LATEST],
        pages=site.pages,
        programmes=tuple(p for p in site.programmes if p.body.end >= site.today),
    )


def of_moment(site: Site, moment: Moment) -> tuple[Post, ...]:
    """Every post of one moment: reminders, then programmes, then articles, each in their order."""
    posts: tuple[Post, ...] = (*site.reminders, *site.programmes, *site.articles)
    return tuple(post for post in posts if moment in post.moments)
