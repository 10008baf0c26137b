"""Which reminders are in force, and in what order families read them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from plugins.posts.model import Reminder
from plugins.posts.words import fold


def in_force(reminder: Reminder, today: date) -> bool:
    """Whether it is shown on that day: `Jusqu'au` is the last one, inclusive, Europe/Paris."""
    return reminder.published.date() <= today <= reminder.until


def ordered(reminders: Iterable[Reminder]) -> tuple[Reminder, ...]:
    """Important ones first, then the one that ends first, then by title as a dictionary has it; never by chance."""
    return tuple(sorted(reminders, key=lambda r: (not r.important, r.until, fold(r.title), r.title, r.source)))


def shown(reminders: Iterable[Reminder], today: date) -> tuple[Reminder, ...]:
    """The reminders of one day, in order."""
    return ordered(reminder for reminder in reminders if in_force(reminder, today))
