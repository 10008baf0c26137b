"""The edge to Pelican: reminders in force and their list."""

from __future__ import annotations

from pelican import Pelican, signals
from pelican.generators import Generator
from pelican.writers import Writer

from plugins.site.plugin import SiteGenerator


class RemindersGenerator(SiteGenerator):
    """`rappels/` and each reminder."""

    def generate_output(self, writer: Writer) -> None:
        """Write them."""
        reminders = self.site.reminders
        self.page(writer, "reminders.html", "rappels/", posts=reminders, title="Rappels", moment=None)
        for reminder in reminders:
            self.page(writer, "reminder.html", reminder.path, reminder=reminder)


def generators(pelican: Pelican) -> type[Generator]:
    """Tell Pelican of our generator."""
    del pelican
    return RemindersGenerator


def register() -> None:
    """Connect to Pelican."""
    signals.get_generators.connect(generators)
