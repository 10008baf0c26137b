"""What `preau demo` prints: where to go, and as whom one can sign in; or one line of JSON for a program."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

from babel.dates import format_date
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from publish.demo.people import PEOPLE, grouped
from publish.demo.road import Road
from publish.errors import N_
from publish.jobs import Failed
from publish.language import say as _


def welcome(console: Console, road: Road, day: date, *, invented: bool) -> None:
    """The address and the people, for somebody who reads.

    Arguments:
        day: the day that the sites were made for.
        invented: whether the content is the project's own example; the demonstration's ENT asks for no password.
    """
    shown = format_date(day, "full", locale=_(N_("en")))  # translated: the code of the catalogue's own language
    console.print()
    console.print(Text(_(N_("The sites of the centres, as families see them on {day}:")).format(day=shown)))
    console.print(Text(f"  {road.address}/", style="bold"), soft_wrap=True)
    console.print()
    console.print(Text(_(N_("At the demonstration ENT you can sign in as:"))))
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(_(N_("Name")), min_width=13)
    table.add_column(_(N_("Who")))
    table.add_column(_(N_("What happens")))
    for group, people in grouped():
        table.add_row(Text(_(group.value), style="bold"))
        for rank, one in enumerate(people, 1):
            table.add_row(
                Text(one.name),
                Text(_(one.role)),
                Text(one.expectation(road.centres, _)),
                end_section=rank == len(people),
            )
    console.print(table)
    if road.letter:
        text = _(N_("Who enters no site can try a letter’s code, once, under “My account”: it opens {centre}."))
        console.print(Text(text.format(centre=road.centres[road.letter.slug])))
        console.print(Text(f"  {road.letter.code}", style="bold"), soft_wrap=True)
        console.print()
    if not invented:
        open_door = N_(
            "These texts and photos are not those of the example: while the demonstration runs, whoever uses this"
            " computer can enter without a password. Show it on a computer of your own, and stop it afterwards."
        )
        console.print(Text(_(open_door), style="bold yellow"))
    console.print(Text(_(N_("Ctrl-C stops everything."))))


def ready_line(road: Road, day: date, failed: Sequence[Failed]) -> str:
    """The same, as one line of JSON.

    Arguments:
        failed: centres that could not be published.
    """
    return json.dumps(
        {
            "address": f"{road.address}/",
            "ent": road.issuer,
            "date": day.isoformat(),
            "centres": dict(road.centres),
            "letter": {"centre": road.letter.slug, "code": road.letter.code} if road.letter else None,
            "failed": {one.slug: [problem.text(_) for problem in one.problems] for one in failed},
            "people": [
                {
                    "key": one.key,
                    "name": one.name,
                    "sees": sorted(slug for slug in road.centres if one.everything or slug in one.sees),
                }
                for one in PEOPLE
            ],
        },
        ensure_ascii=False,
    )
