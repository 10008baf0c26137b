"""Letters with one-time codes: what each says, and the page that prints them. The codes stand nowhere else."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from babel.dates import format_date
from markupsafe import Markup

from plugins.site.model import Centre, City
from publish.access import Grant, LetterCode
from publish.letter_codes import code_hash, new_code, reference, shown
from publish.private_page import TEMPLATES, page_environment

FONT = TEMPLATES.parents[1] / "themes" / "preau" / "static" / "nunito.woff2"


@dataclass(frozen=True)
class Wanted:
    """A letter to be made.

    Arguments:
        name: of the person whom it is for, for the page alone; empty: a line to write it on.
        school: UAI for a family; empty for the staff.
    """

    name: str
    school: str


@dataclass(frozen=True)
class Letter:
    """A letter, with its code as somebody reads it, and what the policy keeps of it."""

    name: str
    code: str = field(repr=False)
    entry: LetterCode


def make_letters(
    wanted: Sequence[Wanted],
    grant: Grant,
    until: date,
    *,
    key: bytes,
    taken: Collection[str],
    choose: Callable[[int], int],
) -> tuple[Letter, ...]:
    """Letters with new codes, each with a reference of its own.

    Arguments:
        until: last day on which a code can be typed.
        key: of the lists' hashes.
        taken: references that the centre's letters have already.
        choose: a random number below the one given.
    """
    refs, made = set(taken), []
    for one in wanted:
        code = new_code(choose)
        while reference(code) in refs:
            code = new_code(choose)
        refs.add(reference(code))
        made.append(Letter(one.name, shown(code), LetterCode(
            reference(code), code_hash(key, code), grant, one.school, until
        )))  # fmt: skip
    return tuple(made)


def page_text(
    letters: Sequence[Letter],
    centre: Centre,
    city: City,
    *,
    address: str,
    ents: Sequence[str],
    day: date,
    language: str,
) -> str:
    """The page, whole: it loads nothing, and prints one letter on each sheet of A4.

    Arguments:
        address: of the gateway.
        ents: names of those with which one can sign in.
        day: on which they are made.
    """
    # The font of the sites, inside the page: a browser opens it from a file, with nothing beside it.
    font = base64.b64encode(FONT.read_bytes()).decode()
    style = (TEMPLATES / "letters.css").read_text("utf-8").replace("FONT", font)
    return page_environment(language).get_template("letters.html").render(
        letters=letters, centre=centre, city=city, shown_address=address.partition("://")[2], ents=ents,
        day=format_date(day, "long", locale=language), language=language,
        until=[format_date(letter.entry.until, "long", locale=language) for letter in letters],
        style=Markup(style),  # noqa: S704 - ours
    )  # fmt: skip
