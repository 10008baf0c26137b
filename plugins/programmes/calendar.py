"""iCalendar files (RFC 5545) of programmes: the same programme always gives the same bytes.

An event has no SEQUENCE and its DTSTAMP is the post's date, so that building again changes nothing. Its times are those
of Paris with a VTIMEZONE of their own: neither the machine's zone nor its zone files have a say.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vRecur, vText

from plugins.posts.dates import PARIS
from plugins.posts.model import Programme
from plugins.programmes.model import Activity
from plugins.site.model import Centre
from plugins.site.typography import NARROW

PRODUCT = "-//Preau//Programmes//FR"

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")
"""What RFC 5545 allows in no text, or what some readers take for the end of a line."""


def programme_calendar(programme: Programme, centre: Centre) -> bytes:
    """`programmes/<stem>.ics`."""
    return _calendar((programme,), centre, f"{programme.title} – {centre.name}")


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


def _calendar(programmes: tuple[Programme, ...], centre: Centre, name: str) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", vText(_line(name)))
    calendar.add("x-wr-timezone", "Europe/Paris")
    calendar.add_component(_paris())
    for programme in programmes:
        for week in programme.body.weeks:
            for activity in (activity for day in week.days for activity in day.activities):
                calendar.add_component(_event(activity, programme, centre, week.theme))
    return bytes(calendar.to_ical())


def _event(activity: Activity, programme: Programme, centre: Centre, theme: str) -> Event:
    event = Event()
    event.add("uid", uid(centre.slug, programme, activity))
    event.add("dtstamp", programme.published.astimezone(UTC))
    if activity.slot:
        event.add("dtstart", _at(activity, activity.slot.start))
        if activity.slot.end != activity.slot.start:  # else nothing says when it ends, and RFC 5545 lets that be
            event.add("dtend", _at(activity, activity.slot.end))
    else:
        event.add("dtstart", activity.day)
        event.add("dtend", activity.day + timedelta(1))
    groups = [_line(group) for group in activity.groups]
    named = activity.text.lower().startswith("sortie")
    text = f"Sortie{NARROW}: {activity.text}" if activity.outing and not named else activity.text
    text = f"Annulé{NARROW}: {text}" if activity.cancelled else text
    event.add("summary", _line(f"{text} ({', '.join(groups)})" if groups else text))
    place = next((detail.text for detail in activity.details if detail.key == "lieu"), "")
    event.add("location", _line(place or ", ".join((f"Accueil de loisirs {centre.name}", *centre.address))))
    lines = [programme.title]
    lines += [f"Thème{NARROW}: {theme}"] if theme else []
    lines += [f"{detail.label}{NARROW}: {detail.text}" if detail.label else detail.text for detail in activity.details]
    event.add("description", "\n".join(map(_line, lines)))
    if groups:
        event.add("categories", groups)
    event.add("status", "CANCELLED" if activity.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    return event


def _line(text: str) -> str:
    """One line of text, without control characters."""
    return _CONTROLS.sub(" ", text)


def _at(activity: Activity, hour: time) -> datetime:
    return datetime.combine(activity.day, hour, PARIS)


def _paris() -> Timezone:
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
    return zone
