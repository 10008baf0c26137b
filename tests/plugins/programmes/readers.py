"""Two independent readers of calendars, and what both must see: `ical` (pydantic models, strict) and npm `ical.js`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from ical.calendar_stream import IcsCalendarStream

from plugins.posts.dates import PARIS
from plugins.posts.model import Programme
from plugins.programmes.calendar import uid
from plugins.site.model import Centre


@dataclass(frozen=True, order=True)
class Seen:
    """An event, as a calendar application understands it; moments in UTC, days as they are."""

    uid: str
    stamp: str
    start: str
    end: str
    summary: str
    location: str
    description: str
    categories: tuple[str, ...]
    status: str


def moment(value: date | None) -> str:
    """A day as it is, a moment in UTC."""
    assert value is not None
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat()


def with_ical(data: bytes) -> list[Seen]:
    """What `ical` reads; it raises for anything that its models refuse."""
    (calendar,) = IcsCalendarStream.from_ics(data.decode()).calendars
    return sorted(
        Seen(
            event.uid, moment(event.dtstamp), moment(event.dtstart), moment(event.dtend or event.dtstart),
            event.summary or "", event.location or "", event.description or "", tuple(event.categories),
            event.status.value if event.status else "",
        )
        for event in calendar.events
    )  # fmt: skip


def with_icaljs(calendars: Sequence[bytes], node: Path, peers: Path) -> list[list[Seen]]:
    """What `ical.js` reads of each calendar."""
    script = Path(__file__).with_name("read_calendar.mjs")
    texts = json.dumps([data.decode() for data in calendars])
    library = peers / "ical.js" / "dist" / "ical.js"
    done = subprocess.run([node, script, library], input=texts, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [
        sorted(Seen(**{**event, "categories": tuple(event["categories"])}) for event in events)
        for events in json.loads(done.stdout)
    ]


def titled(text: str) -> str:
    """With a capital for its first letter or digit, whatever sign stands before it."""
    first = next((place for place, sign in enumerate(text) if sign.isalnum() or sign == "_"), len(text))
    return text[:first] + text[first : first + 1].upper() + text[first + 1 :]


def meant(programmes: Iterable[Programme], centre: Centre) -> list[Seen]:
    """What must be seen: one event an activity, said here a second time, in words of its own."""
    seen = []
    for programme in programmes:
        for activity in (a for day in programme.body.days for a in day.activities):
            start: date
            end: date
            if activity.slot is None:
                start, end = activity.day, activity.day + timedelta(1)
            else:
                start = datetime.combine(activity.day, activity.slot.start, PARIS)
                end = datetime.combine(activity.day, activity.slot.end, PARIS)
            outing = activity.outing and not activity.text.casefold().startswith("sortie")
            marks = ("Annulé\u202f: " if activity.cancelled else "") + ("Sortie\u202f: " if outing else "")
            groups = f" ({', '.join(activity.groups)})" if activity.groups else ""
            places = [detail.text for detail in activity.details if detail.key == "lieu"]
            said = [f"{d.label}\u202f: {d.text}" if d.label else d.text for d in activity.details]
            seen.append(
                Seen(
                    uid(centre.slug, programme, activity), moment(programme.published), moment(start), moment(end),
                    titled(marks + activity.text) + groups,
                    places[0] if places else ", ".join([f"Accueil de loisirs {centre.name}", *centre.address]),
                    "\n".join([programme.title, *said]), activity.groups,
                    "CANCELLED" if activity.cancelled else "CONFIRMED",
                )
            )  # fmt: skip
    return sorted(seen)
