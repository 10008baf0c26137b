"""What was read, put on its days and weeks; and advice on days that are empty or public holidays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from markupsafe import Markup

from plugins.errors import N_, Severity
from plugins.posts.dates import day_words
from plugins.posts.words import shortened
from plugins.programmes.feasts import public_holiday
from plugins.programmes.found import CLOSED, Found, Leaf
from plugins.programmes.model import Activity, Day, Week
from plugins.programmes.tables import Said
from plugins.programmes.weeks import WeekPart, mondays_of
from plugins.site.text import Reading
from plugins.site.typography import typo

MAX_PLACED = 20_000
"""Activities, each counted once a day: 50 a day for a whole year. A page of more would be read by nobody."""


def days(
    found: Found, notes: Mapping[date, Markup], groups: tuple[str, ...], reading: Reading
) -> list[Day]:  # fmt: skip
    """The days that hold something, in order; an activity on a closed day is an error."""
    by_day: dict[date, list[Activity]] = {day: [] for day in (*found.closed, *notes)}
    ranks: dict[tuple[object, ...], int] = {}
    placed = 0
    for leaf in found.leaves:
        placed += len(leaf.label.days or ())
        if placed > MAX_PLACED:
            reading.wrong(leaf.line, N_("Repeated over its period, this programme has more than {max} activities."),
                          max=MAX_PLACED)  # fmt: skip
            break
        for day in leaf.label.days or ():
            if day in found.closed:
                if not leaf.label.repeated:
                    message = N_("“{text}” stands on {day}, which is closed (line {closing}).")
                    where = {"day": day_words(day), "closing": found.closed[day][1]}
                    reading.wrong(leaf.line, message, text=shortened(leaf.text), **where)
                continue
            key = (day, leaf.label.slot and leaf.label.slot.key, leaf.label.groups or ())
            ranks[key] = rank = ranks.get(key, -1) + 1
            by_day.setdefault(day, []).append(_activity(leaf, day, rank))
    order = {name: i for i, name in enumerate(groups)}
    return [
        Day(
            day, day in found.closed, found.closed.get(day, ("", 0, False))[0],
            tuple(sorted(by_day[day], key=lambda a: _place(a, order))), notes.get(day, Markup("")),
        )
        for day in sorted(by_day)
    ]  # fmt: skip


def weeks(all_days: Sequence[Day], parts: Sequence[tuple[WeekPart, Markup]]) -> tuple[tuple[Week, ...], Markup]:
    """The weeks with their themes and notes, and the notes of weeks that hold no day."""
    by_week: dict[date, list[Day]] = {}
    for day in all_days:
        by_week.setdefault(day.date - timedelta(day.date.weekday()), []).append(day)
    themes: dict[date, str] = {}
    told: dict[date, Markup] = {}
    left = Markup("")
    for part, notes in parts:
        held = mondays_of(
            tuple(d.date for d in all_days if any(part.first <= a.line < part.last for a in d.activities))
        )
        mondays = [monday for monday in held or part.mondays if monday in by_week]
        for monday in mondays:
            if part.theme:
                themes[monday] = part.theme
        if mondays:
            told[mondays[0]] = told.get(mondays[0], Markup("")) + notes
        else:
            if part.theme and part.mondays:
                days = f"{day_words(part.mondays[0], part.mondays[0])}"
                left += Markup("<p>{}</p>").format(typo(f"Semaine du {days} : {part.theme}"))
            left += notes
    found = (
        Week(monday, tuple(own), themes.get(monday, ""), told.get(monday, Markup("")))
        for monday, own in sorted(by_week.items())
    )
    return tuple(found), left


def advise(
    all_days: Sequence[Day], said: Sequence[Said], reading: Reading, before: int, *, first_line: int, start: date
) -> None:  # fmt: skip
    """Tell of days without anything, of a programme without any, and of activities on a public holiday."""
    for day in all_days:
        name = public_holiday(day.date)
        first = next((a for a in day.activities if not a.cancelled and not a.text.startswith(CLOSED)), None)
        if name and first:
            reading.advise(first.line, N_(
                "{day} is a public holiday ({name}), and “{text}” stands on it. If the centre is closed, write "
                "« {right} : fermé »."
            ), day=day_words(day.date), name=name, text=shortened(first.text),
                right=day_words(day.date, day.date).capitalize())  # fmt: skip
    if any(problem.severity is Severity.ERROR for problem in reading.problems[before:]):
        return  # what stands under a heading in error was not read
    there = {day.date for day in all_days}
    full = {day.date for day in all_days if day.closed or day.activities}
    for one in said:
        days = one.label.days or ()
        if not there.intersection(days):
            reading.advise(
                one.line, N_("“{text}” holds nothing: write what is done, or « fermé »."), text=shortened(one.text)
            )
        elif not full.intersection(days):
            reading.advise(one.line, N_(
                "“{text}” holds words, but no activity that a calendar could show: begin what is done with a dash, "
                "« - peinture »."
            ), text=shortened(one.text))  # fmt: skip
    if not full and not said:
        reading.advise(first_line, N_(
            "This programme holds no activity: write each below its day, « ## {day} » then « - peinture »."
        ), day=day_words(start, start).capitalize())  # fmt: skip


def _activity(leaf: Leaf, day: date, rank: int) -> Activity:
    label = leaf.label
    return Activity(
        day=day, slot=label.slot, groups=label.groups or (), text=leaf.text, html=leaf.html, outing=label.outing,
        cancelled=label.cancelled, details=leaf.details, line=leaf.line, rank=rank,
    )  # fmt: skip


def _place(activity: Activity, order: dict[str, int]) -> tuple[object, ...]:
    slot = activity.slot
    hours = (slot.start.isoformat(), slot.end.isoformat(), slot.key) if slot else ("", "", "")
    return (*hours, tuple(order.get(group, len(order)) for group in activity.groups), activity.rank, activity.line)
