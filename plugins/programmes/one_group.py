"""A programme as one group has it: its own activities, and those for all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from plugins.posts.words import slugify
from plugins.programmes.model import Activity, Programme


@dataclass(frozen=True)
class OneGroup:
    """A group that can be seen alone.

    Arguments:
        name: as the programme writes it.
        slug: last part of its addresses, which no other group of the programme has.
    """

    name: str
    slug: str


def groups_apart(body: Programme) -> tuple[OneGroup, ...]:
    """The groups for which something is planned; none where all of them, or a single one, have the whole programme."""
    if all(is_for_all(activity, body) for activity in _activities(body)):
        return ()
    found = tuple(
        one for one in _named(body) if any(is_for(activity, one.name, body) for activity in _activities(body))
    )
    return found if len(found) > 1 else ()


def of_group(body: Programme, name: str) -> Programme:
    """The programme of one group: days on which nothing is planned for it, closed or told, are left out.

    Arguments:
        name: one of the programme's groups.
    """
    weeks = []
    for week in body.weeks:
        days = (
            replace(day, activities=tuple(item for item in day.activities if is_for(item, name, body)))
            for day in week.days
        )
        if kept := tuple(day for day in days if day.activities or day.closed or day.notes):
            weeks.append(replace(week, days=kept))
    return replace(body, weeks=tuple(weeks))


def is_for(activity: Activity, name: str, body: Programme) -> bool:
    """Whether an activity is for a group: its own, or for everybody."""
    return is_for_all(activity, body) or name in activity.groups


def is_for_all(activity: Activity, body: Programme) -> bool:
    """Whether an activity is for everybody, however that was written."""
    return not activity.groups or (len(body.groups) > 1 and len(activity.groups) == len(body.groups))


def _activities(body: Programme) -> Iterator[Activity]:
    return (activity for day in body.days for activity in day.activities)


def _named(body: Programme) -> Iterator[OneGroup]:
    """Every group with a slug of its own, whatever signs its name is made of."""
    taken = set[str]()
    for name in body.groups:
        base = slugify(name) or "groupe"
        slug, number = base, 2
        while slug in taken:
            slug, number = f"{base}-{number}", number + 1
        taken.add(slug)
        yield OneGroup(name, slug)
