"""What the fields of a header mean: moments, status, groups, yes and no, image rights; every mistake collected."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from plugins.errors import N_, Problem, Wrong
from plugins.posts import keys
from plugins.posts.dates import parse_date, parse_moment
from plugins.posts.header import BELOW, Document, below
from plugins.posts.keys import Key
from plugins.posts.model import ImageRights, Moment, Status
from plugins.posts.words import fold, nearest, quoted
from plugins.programmes.groups import Groups

T = TypeVar("T")

_STATUS = {
    "publie": Status.PUBLISHED, "publiee": Status.PUBLISHED, "brouillon": Status.DRAFT, "a valider": Status.TO_VALIDATE,
}  # fmt: skip
_YES = {
    "oui": True, "o": True, "yes": True, "vrai": True, "important": True, "importante": True, "urgent": True,
    "non": False, "n": False, "no": False, "faux": False,
}  # fmt: skip
_MOMENTS = {fold(m): m for m in Moment} | {"vacances scolaires": Moment.HOLIDAYS, "pause meridienne": Moment.MIDDAY}
_ARTICLE = re.compile(r"(?:tous )?(?:(?:les|le|la) |l')")
_INCLUDED = re.compile(r",? \(?(?:inclus|incluse|compris|y compris)\)?$", re.IGNORECASE)
_SPLIT = re.compile(r"\s*(?:,|;|/|&|\+|\bet\b)\s*")
_RIGHTS = re.compile(r"v[ée]rifi[ée]e?s?\s+par\s+(.+?)\s*,?\s+le\s+(.+)", re.IGNORECASE)
_TITLE_MAX = 200


@dataclass(frozen=True)
class Common:
    """What every kind's header says.

    Arguments:
        published: publication moment; `None` for a page without `Date`.
    """

    title: str
    published: datetime | None
    moments: tuple[Moment, ...]
    audience: tuple[str, ...]
    author: str
    summary: str
    status: Status
    validated_by: str


class Values:
    """Reads one document's fields; whatever is wrong is noted in `problems`, and a harmless value is given instead."""

    def __init__(self, document: Document, problems: list[Problem]) -> None:
        self.document = document
        self.problems = problems

    def common(self, name: str, groups: tuple[tuple[str, tuple[str, ...]], ...] | None) -> Common:
        """The keys that all kinds share.

        Arguments:
            name: the file's name (or its folder's), which may begin with the date.
            groups: each group's name with its aliases, or `None` where any audience is accepted (the city's posts).
        """
        self._check_below()
        title = self.line(keys.TITLE)
        if len(title) > _TITLE_MAX:
            self._wrong(keys.TITLE, N_("The title is too long: at most {max} characters."), max=_TITLE_MAX)
        return Common(
            title=title,
            published=self._published(name),
            moments=self._words(keys.MOMENT, lambda text: _one_of(text, _MOMENTS, tuple(Moment))),
            audience=self._audience(groups),
            author=self.line(keys.AUTHOR),
            summary=self.line(keys.SUMMARY),
            status=self._parsed(
                keys.STATUS, lambda text: _one_of(text, _STATUS, tuple(Status)), Status.PUBLISHED, bad=Status.DRAFT
            ),
            validated_by=self.line(keys.VALIDATED_BY),
        )

    def line(self, key: Key) -> str:
        """A line of plain text."""
        return " ".join(self.document.value(key).split())

    def day(self, key: Key, default: date) -> date:
        """A date."""
        return self._parsed(key, lambda text: parse_date(_INCLUDED.sub("", text)), default)

    def yes(self, key: Key) -> bool:
        """`oui` or `non`."""
        return self._parsed(key, lambda text: _one_of(text, _YES, ("oui", "non")), default=False)

    def number(self, key: Key, default: int) -> int:
        """A whole number from 0 to 9999."""

        def parse(text: str) -> int:
            if not re.fullmatch(r"\d{1,4}", text):
                raise Wrong(N_("“{text}” is no whole number."), text=text)
            return int(text)

        return self._parsed(key, parse, default)

    def names(self, key: Key) -> tuple[str, ...]:
        """Several names: `Lutins, Mosquitos`."""
        return tuple(dict.fromkeys(name for name in _SPLIT.split(self.line(key)) if name))

    def image_rights(self) -> ImageRights | None:
        """`vérifié par NOM le DATE`."""

        def parse(text: str) -> ImageRights | None:
            m = _RIGHTS.fullmatch(text)
            if not m:
                raise Wrong(N_("“{text}”: write « vérifié par NOM le 9 novembre 2022 »."), text=text)
            return ImageRights(m[1], parse_date(m[2]))

        return self._parsed(keys.IMAGE_RIGHTS, parse, None)

    def _check_below(self) -> None:
        """`Statut: brouillon` after a blank line is text: the post would leave, with these words in it."""
        for number, line in enumerate(self.document.body.split("\n"), self.document.body_line):
            name, colon, value = line[:100].strip(" \t\u00a0*_-#>").replace("：", ":").partition(":")
            if colon and keys.find(name) is keys.STATUS and fold(value.strip(" *_.")) in _STATUS:
                self.problems.append(Problem(self.document.file, number, BELOW, {"text": line.strip()[:60]}))

    def _published(self, name: str) -> datetime | None:
        if self.document.value(keys.DATE):
            return self._parsed(keys.DATE, parse_moment, None)
        if m := re.match(r"(\d{4}-\d{2}-\d{2})(?!\d)", name):
            try:
                return parse_moment(m[1])
            except Wrong as wrong:
                self.problems.append(wrong.at(self.document.file, 0))
                return None
        if self.document.kind != keys.INFOS and "Date" not in self.document.fields:
            if found := below(keys.DATE, self.document.body.split("\n"), self.document.body_line):
                self.problems.append(Problem(self.document.file, found[0], BELOW, {"text": found[1]}))
                return None
            self.problems.append(Problem(self.document.file, 1, N_(
                "The date is missing: write “Date: 9 novembre 2022”, or begin the file's name with it (2022-11-09-…)."
            )))  # fmt: skip
        return None

    def _audience(self, groups: tuple[tuple[str, tuple[str, ...]], ...] | None) -> tuple[str, ...]:
        """Groups as programmes write them: abbreviated, by their ages; everybody is nobody in particular."""
        written = self.line(keys.AUDIENCE)
        if groups is not None and written:
            with suppress(Wrong):
                if (found := Groups(dict(groups)).read(fold(written))) is not None:
                    return found
        return self._words(keys.AUDIENCE, lambda text: _group(text, groups))

    def _words(self, key: Key, parse: Callable[[str], T]) -> tuple[T, ...]:
        found: list[T] = []
        if whole := self.line(key):
            try:
                return (parse(whole),)  # a group may be called « Petits et moyens »
            except Wrong:
                pass
        for word in self.names(key):
            try:
                found.append(parse(word))
            except Wrong as wrong:
                self.problems.append(wrong.at(self.document.file, self.document.line(key)))
        return tuple(dict.fromkeys(found))

    def _parsed(self, key: Key, parse: Callable[[str], T], default: T, bad: T | None = None) -> T:
        text = self.line(key)
        if not text:
            return default
        try:
            return parse(text)
        except Wrong as wrong:
            self.problems.append(wrong.at(self.document.file, self.document.line(key)))
            return default if bad is None else bad

    def _wrong(self, key: Key, message: str, **values: object) -> None:
        self.problems.append(Problem(self.document.file, self.document.line(key), message, values))


def _one_of(text: str, words: dict[str, T], shown: tuple[str, ...]) -> T:
    folded = fold(text).rstrip(".")
    if folded not in words:
        m = _ARTICLE.match(folded)
        folded = folded[m.end() :] if m else folded
    if folded in words:
        return words[folded]
    if folded.endswith("s") and folded[:-1] in words:
        return words[folded[:-1]]
    if meant := nearest(text, shown, cutoff=0.6):
        raise Wrong(N_("“{text}” is unknown here. Did you mean “{meant}”?"), text=text, meant=meant)
    raise Wrong(N_("“{text}” is unknown here. Possible: {choices}."), text=text, choices=quoted(shown))


def _group(text: str, groups: tuple[tuple[str, tuple[str, ...]], ...] | None) -> str:
    if groups is None:
        return text
    words = {fold(word).rstrip("."): name for name, aliases in groups for word in (name, *aliases)}
    for word, name in list(words.items()):
        words.setdefault(word + "s", name)
        words.setdefault(word.removesuffix("s"), name)
    return _one_of(text.rstrip("."), words, tuple(name for name, _ in groups))
