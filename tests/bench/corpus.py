"""A centre with as many posts as one wants, the same each time: what every bench is measured on."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from plugins.posts.dates import date_words, day_words
from tests.plugins.making import make_content

FIRST = date(2022, 9, 1)
PROSE = "On a planté des *fèves* avec les **grands**, puis on a goûté dehors sous le tilleul. " * 8


def write_corpus(folder: Path, posts: int) -> Path:
    """A content folder whose centre `lilas` has `posts` posts: programmes, reminders and articles in turn."""
    files: dict[str, str | bytes | None] = {}
    for number in range(posts):
        day = FIRST + timedelta(days=number // 3)
        kind = (_programme, _reminder, _article)[number % 3]
        files |= kind(number, day)
    return make_content(folder, files)


def _programme(number: int, day: date) -> dict[str, str | bytes | None]:
    days = [day + timedelta(days=7 * week) for week in range(4)]
    body = "".join(
        f"## {day_words(one).capitalize()}\n\n"
        f"### Matin\n\n- Maternelles : peinture {number}\n- Élémentaires : hockey\n\n"
        "### Après-midi\n\n- Sortie : piscine\n  - Départ : 14 h\n  - Prévoir : maillot\n\n"
        for one in days
    )
    header = f"Titre: Programme {number}\nDate: {day}\nDu: {date_words(days[0])}\nAu: {date_words(days[-1])}\n\n"
    return {f"lilas/programmes/p{number}.md": f"{header}{PROSE}\n\n{body}"}


def _reminder(number: int, day: date) -> dict[str, str | bytes | None]:
    until = day + timedelta(days=30)
    return {f"lilas/rappels/r{number}.md": f"Titre: Rappel {number}\nDate: {day}\nJusqu'au: {until}\n\n{PROSE}\n"}


def _article(number: int, day: date) -> dict[str, str | bytes | None]:
    return {f"lilas/articles/a{number}.md": f"Titre: Article {number}\nDate: {day}\n\n{PROSE}\n\n{PROSE}\n\n{PROSE}\n"}
