"""iCalendar files (RFC 5545) of programmes: the same programme always gives the same bytes.

An event has no SEQUENCE and its DTSTAMP is the post's date, so that building again changes nothing. Its times are those
of Paris with a VTIMEZONE of their own: neither the machine's zone nor its zone files have a say.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vRecur, vText

from plugins.posts.dates import PARIS
from plugins.posts.model import Programme
from plugins.programmes.model import Activity
from plugins.programmes.one_group import is_for
from plugins.site.model import Centre
from plugins.site.typography import NARROW

PRODUCT = "-//Preau//Programmes//FR"

Value = str | date | tuple[str, ...]
"""Of a property; several categories are one."""

_END = b"END:VCALENDAR\r\n"
_EVENT, _END_EVENT = b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n"

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")
"""What RFC 5545 allows in no text, or what some readers take for the end of a line."""

_BEGINNING = re.compile(r"^\W*\w")


def programme_calendar(programme: Programme, centre: Centre) -> bytes:
    """`programmes/<stem>.ics`."""
    return _calendar((programme,), centre, f"{programme.title} – {centre.name}")


def group_calendar(programme: Programme, group: str, centre: Centre) -> bytes:
    """`programmes/<stem>/<group>.ics`: what one group does, and what is for all; the same events as in the others."""
    return _calendar((programme,), centre, f"{programme.title} – {group} – {centre.name}", group)


def centre_calendar(programmes: Iterable[Programme], centre: Centre) -> bytes:
    """`calendrier.ics`: every programme of the centre."""
    return _calendar(tuple(programmes), centre, f"Accueil de loisirs {centre.name}")


def uid(slug: str, programme: Programme, activity: Activity) -> str:
    """An identifier that a rebuild, a change of words or of another activity leaves alone."""
    parts = (
        slug, programme.source, activity.day.isoformat(), activity.slot.key if activity.slot else "",
        "\x1f".join(activity.groups), str(activity.rank),
    )  # fmt: skip
    return hashlib.sha256("\x1e".join(parts).encode()).hexdigest()[:32] + "@preau"


def _calendar(programmes: tuple[Programme, ...], centre: Centre, name: str, group: str | None = None) -> bytes:
    """The calendar, put together from what icalendar wrote of its parts: most of them stand in several."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", vText(_line(name)))
    calendar.add("x-wr-timezone", "Europe/Paris")
    data = bytes(calendar.to_ical()).removesuffix(_END)
    where = ", ".join((f"Accueil de loisirs {centre.name}", *centre.address))
    events = (
        event
        for programme in programmes
        for activity, event in _events(programme, centre.slug, where)
        if group is None or is_for(activity, group, programme.body)
    )
    return b"".join((data, _paris(), *events, _END))


@lru_cache(1024)
def _events(programme: Programme, slug: str, where: str) -> tuple[tuple[Activity, bytes], ...]:
    """Every activity of a programme: the calendars of its groups and of the centre hold them too."""
    return tuple(
        (activity, _event(activity, programme, slug, where, week.theme))
        for week in programme.body.weeks
        for day in week.days
        for activity in day.activities
    )


def _event(activity: Activity, programme: Programme, slug: str, where: str, theme: str) -> bytes:
    said: dict[str, Value] = {}
    groups = tuple(_line(group) for group in activity.groups)
    named = activity.text.lower().startswith("sortie")
    text = f"Sortie{NARROW}: {activity.text}" if activity.outing and not named else activity.text
    text = _capital(f"Annulé{NARROW}: {text}" if activity.cancelled else text)
    said["summary"] = _line(f"{text} ({', '.join(groups)})" if groups else text)
    if activity.slot:
        said["dtstart"] = _at(activity, activity.slot.start)
        if activity.slot.end != activity.slot.start:  # else nothing says when it ends, and RFC 5545 lets that be
            said["dtend"] = _at(activity, activity.slot.end)
    else:
        said["dtstart"], said["dtend"] = activity.day, activity.day + timedelta(1)
    said["dtstamp"] = programme.published.astimezone(UTC)
    said["uid"] = uid(slug, programme, activity)
    lines = [programme.title]
    lines += [f"Thème{NARROW}: {theme}"] if theme else []
    lines += [f"{detail.label}{NARROW}: {detail.text}" if detail.label else detail.text for detail in activity.details]
    if groups:
        said["categories"] = groups
    said["description"] = "\n".join(map(_line, lines))
    place = next((detail.text for detail in activity.details if detail.key == "lieu"), "")
    said["location"] = _line(place or where)
    said["status"] = "CANCELLED" if activity.cancelled else "CONFIRMED"
    said["transp"] = "TRANSPARENT"
    return b"".join((_EVENT, *(_property(name, value) for name, value in said.items()), _END_EVENT))


@lru_cache(4096)
def _property(name: str, value: Value) -> bytes:
    """One property of an event, as icalendar writes it; events of a programme have most of them in common."""
    event = Event()
    event.add(name, list(value) if isinstance(value, tuple) else value)
    return bytes(event.to_ical()).removeprefix(_EVENT).removesuffix(_END_EVENT)


def _capital(text: str) -> str:
    """A title as the page shows it, where the stylesheet capitalises what begins an activity: « peinture » too."""
    return _BEGINNING.sub(lambda m: m[0].upper(), text)


def _line(text: str) -> str:
    """One line of text, without control characters."""
    return _CONTROLS.sub(" ", text)


def _at(activity: Activity, hour: time) -> datetime:
    return datetime.combine(activity.day, hour, PARIS)


@cache
def _paris() -> bytes:
    """Europe/Paris since 1996, written out: the machine's own zone files would change the bytes."""
    zone = Timezone()
    zone.add("tzid", "Europe/Paris")
    for kind, name, before, after, hour, month in (
        (TimezoneDaylight, "CEST", 1, 2, 2, 3),
        (TimezoneStandard, "CET", 2, 1, 3, 10),
    ):
        part = kind()
        part.add("dtstart", datetime(1996, month, 31 if month == 3 else 27, hour))  # noqa: DTZ001 - local by RFC 5545
        part.add("rrule", vRecur(freq="YEARLY", bymonth=month, byday="-1SU"))
        part.add("tzoffsetfrom", timedelta(hours=before))
        part.add("tzoffsetto", timedelta(hours=after))
        part.add("tzname", name)
        zone.add_component(part)
    return bytes(zone.to_ical())
