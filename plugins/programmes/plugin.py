"""The edge to Pelican: programmes, their list and their calendars."""

from __future__ import annotations

from functools import partial

from pelican import Pelican, signals
from pelican.generators import Generator
from pelican.writers import Writer

from plugins.programmes.calendar import centre_calendar, group_calendar, programme_calendar
from plugins.site.plugin import SiteGenerator


class ProgrammesGenerator(SiteGenerator):
    """`programmes/`, each programme, its `.ics` and those of its groups, and the centre's `calendrier.ics`."""

    def generate_output(self, writer: Writer) -> None:
        """Write them."""
        site = self.site
        self.page(writer, "programmes.html", "programmes/", posts=site.programmes, title="Programmes", moment=None)
        for programme in site.programmes:
            self.page(writer, "programme.html", programme.path, programme=programme)
            if "calendrier" in site.centre.functions:
                self.file(programme.calendar_path, partial(programme_calendar, programme, site.centre))
                for group, path in programme.group_calendars.items():
                    self.file(path, partial(group_calendar, programme, group, site.centre))
        if "calendrier" in site.centre.functions:
            self.file("calendrier.ics", partial(centre_calendar, site.programmes, site.centre))


def generators(pelican: Pelican) -> type[Generator]:
    """Tell Pelican of our generator."""
    del pelican
    return ProgrammesGenerator


def register() -> None:
    """Connect to Pelican."""
    signals.get_generators.connect(generators)
