"""What templates may ask of values: French words for days, hours, moments and weights. Bound to the site's day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from markupsafe import Markup

from plugins.posts.dates import date_words, day_words, time_words
from plugins.posts.model import Moment
from plugins.site.typography import NO_BREAK, typo


def filters(today: date) -> dict[str, Callable[..., Any]]:
    """The filters of the template contract, by name."""
    return {
        "day_words": partial(_day_words, today=today),
        "date_words": date_words,
        "time_words": time_words,
        "moment_words": moment_words,
        "weight": weight,
        "typo": typo_filter,
    }


def _day_words(day: date, *, today: date) -> str:
    return day_words(day, today)


def moment_words(moment: Moment) -> str:
    """`Mercredi`, `Midi`, `Soir`, `Vacances`."""
    return moment.value.capitalize()


def weight(size: int) -> str:
    """`850 ko`, `1,2 Mo`."""
    if size < 1000:
        return f"{size}{NO_BREAK}o"
    if size < 995_000:
        return f"{round(size / 1000)}{NO_BREAK}ko"
    return f"{size / 1_000_000:.1f}".replace(".", ",") + f"{NO_BREAK}Mo"


def typo_filter(text: str) -> str:
    """French typography on plain text. What is markup already was typographed when it was made, and is left alone."""
    return text if isinstance(text, Markup) else typo(str(text))
