"""What every command shares: the session (content, settings, clock) and the options that mean the same everywhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from publish.command import Argument, Count, Day, Name, Option
from publish.config import Config
from publish.dates import day_words
from publish.errors import N_, ConfigError
from publish.paris import PARIS
from publish.progress import Mode

if TYPE_CHECKING:
    from publish.build import BuildRequest
    from publish.stores import Store

MORNING = time(9, 0)
"""Moment of a build for another day than today (`--date`)."""


def paris_now() -> datetime:
    """The real moment; the only clock of the command."""
    return datetime.now(PARIS)


@dataclass
class Session:
    """What every command knows: where content is, the settings, and the clock."""

    content: Path = Path("content")
    config: Config = field(default_factory=Config)
    clock: Callable[[], datetime] = paris_now

    def moment(self, day: date | None) -> datetime:
        """Now, or the morning of another day."""
        now = self.clock()
        return now if day is None or day == now.date() else datetime.combine(day, MORNING, PARIS)

    def store(self) -> Store:
        """Where releases live."""
        from publish.stores.opening import open_store  # a build needs no store

        return open_store(self.config.store)

    def request(
        self,
        output: Path,
        now: datetime,
        *,
        jobs: int,
        without: tuple[str, ...] = (),
        force: bool = False,
        paranoid: bool = False,
    ) -> BuildRequest:
        """What is to be built, as the options of a command say; see `publish.build.BuildRequest`."""
        from publish.build import BuildRequest

        return BuildRequest(
            self.content,
            output,
            self.config.photos,
            now,
            jobs,
            self.config.cache_limit,
            without=without,
            force=force,
            paranoid=paranoid,
        )


session = click.make_pass_decorator(Session)
option = partial(click.option, cls=Option)


def refuse_later(day: date | None, today: date) -> None:
    """Refuse to publish for a day to come: what is dated then would be seen before.

    Arguments:
        day: as given to `--date`.
        today: the real day, Europe/Paris.
    """
    if day is not None and day > today:
        raise ConfigError(
            N_("{day} is not there yet (today is {today}): what waits for that day must not be published before"),
            day=day_words(day),
            today=day_words(today),
        )


CENTRES = click.argument("centres", nargs=-1, cls=Argument, metavar=N_("[CENTRE]…"))
CENTRE = click.argument("centre", cls=Argument, metavar=N_("CENTRE"))
MAYBE_CENTRE = click.argument("centre", required=False, cls=Argument, metavar=N_("[CENTRE]"))
JSON = option("--json", "as_json", is_flag=True, help=N_("Answer as JSON, for a program."))
BY = option(
    "--by", type=Name(), metavar=N_("NAME"), help=N_("Who does it, for the history (your user name by default).")
)
DATE = option(
    "--date",
    "day",
    cls=Option,
    type=Day(),
    metavar=N_("DAY"),
    help=N_("The day that the sites are made for (2022-11-09)."),
)
WITHOUT = option(
    "--sans",
    "without",
    multiple=True,
    metavar=N_("FILE"),
    help=N_("Leave this text out, whole (may be given several times)."),
)
WHY = option("--why", is_flag=True, help=N_("Say what made it necessary to build each site."))
FORCE = option("--force", is_flag=True, help=N_("Build every site, even those to which nothing changed."))
PARANOID = option(
    "--paranoid", is_flag=True, help=N_("Read every file, even those whose size and times have not changed.")
)
PROGRESS = option(
    "--progress",
    type=click.Choice([mode.value for mode in Mode]),
    default=Mode.AUTO.value,
    help=N_("How progress is shown: bars, plain lines, quiet; by default bars on a terminal."),
)
JOBS = option(
    "--jobs",
    type=Count(1, 64),
    default=os.cpu_count() or 1,
    metavar=N_("NUMBER"),
    help=N_("Centres built at the same time."),
)


def user() -> str:
    """Who runs the command, as the operating system names them."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
