"""Days and moments within a sentence, as people of its language write them."""

from __future__ import annotations

from datetime import date, datetime

from publish.errors import N_, Reason


def day_words(day: date) -> Reason:
    """A day, in figures."""
    return Reason(N_("{year}-{month}-{day}"), _parts(day))


def moment_words(moment: datetime) -> Reason:
    """A day and its time, in figures; the zone is the one that was written."""
    return Reason(N_("{year}-{month}-{day} {time}"), {**_parts(moment), "time": f"{moment:%H:%M}"})


def _parts(day: date) -> dict[str, object]:
    year, month, number = f"{day:%Y %m %d}".split()
    return {"year": year, "month": month, "day": number}
