"""A TOML file read key by key, every problem collected with its line; what is not asked for is an unknown key."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from plugins.errors import N_, Problem, Wrong
from plugins.posts.header import decode
from plugins.posts.words import nearest, quoted

T = TypeVar("T")

MAX_TEXT = 300
"""Characters of one setting."""

EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
PHONE = re.compile(r"(\+33 ?[1-9]|0[1-9])([ .]?\d\d){4}|3\d{3}|3\d \d\d|\d{4}")


class Table:
    """One table of a TOML file. Readers give a value of the right type whatever is written, and note what is wrong."""

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        lines: list[str],
        file: str,
        problems: list[Problem],
        name: str = "",
        nth: int = 0,
    ) -> None:
        self._data: Mapping[str, Any] = data or {}
        self._absent = data is None  # said once, not again for each of its keys
        self._lines, self._file, self._problems, self._name, self._nth = lines, file, problems, name, nth
        self._asked: list[str] = []

    def has(self, key: str) -> bool:
        """Whether the key is written."""
        return key in self._data

    def wrong(self, key: str, message: str, **values: object) -> None:
        """Note a problem of one key."""
        self._problems.append(Problem(self._file, self._line(key), message, {"key": self._full(key), **values}))

    def text(self, key: str, *, required: bool = True, default: str = "") -> str:
        """One line of text."""
        value = self._typed(key, str, required)
        if value is None:
            return default
        if not value.strip() or "\n" in value:
            self.wrong(key, N_("“{key}” must be one line of text, not empty."))
            return default
        return self._shown(key, " ".join(value.split())) or default

    def texts(self, key: str, *, required: bool = True) -> tuple[str, ...]:
        """A list of lines of text; one text alone is a list of one."""
        self._asked.append(key)
        value = self._data.get(key)
        if value is None:
            if required:
                self._missing(key)
            return ()
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(i, str) and i.strip() and "\n" not in i for i in items):
            self.wrong(key, N_('“{key}” must be a list of texts: {key} = ["…", "…"].'))
            return ()
        return tuple(shown for i in items if (shown := self._shown(key, " ".join(i.split()))))

    def flag(self, key: str, *, default: bool) -> bool:
        """`true` or `false`."""
        self._asked.append(key)
        value = self._data.get(key, default)
        if not isinstance(value, bool):
            self.wrong(key, N_("“{key}” must be true or false, without quotes."))
            return default
        return value

    def choice(self, key: str, choices: Iterable[str], *, default: str) -> str:
        """One of several words."""
        value = self.text(key, required=False, default=default)
        choices = tuple(choices)
        if value not in choices:
            self._not_one_of(key, value, choices)
            return default
        return value

    def choices(self, key: str, choices: Iterable[str], *, default: tuple[str, ...]) -> tuple[str, ...]:
        """Some of several words."""
        if not self.has(key):
            self._asked.append(key)
            return default
        choices = tuple(choices)
        values = self.texts(key)
        for value in values:
            if value not in choices:
                self._not_one_of(key, value, choices)
        if not values:
            self.wrong(key, N_("“{key}” is empty: nobody could enter."))
        return tuple(dict.fromkeys(v for v in values if v in choices))

    def parsed(self, key: str, parse: Callable[[str], T], default: T, *, required: bool = True) -> T:
        """A text read by a parser that raises `Wrong`."""
        value = self.text(key, required=required)
        if not value:
            return default
        try:
            return parse(value)
        except Wrong as wrong:
            self._problems.append(wrong.at(self._file, self._line(key)))
            return default

    def email(self, key: str) -> str:
        """An e-mail address."""
        value = self.text(key)
        if value and not EMAIL.fullmatch(value):
            self.wrong(key, N_("“{key}”: “{value}” is no e-mail address."), value=value)
        return value

    def phone(self, key: str) -> str:
        """A French telephone number."""
        value = self.text(key)
        if value and not PHONE.fullmatch(value):
            self.wrong(key, N_("“{key}”: “{value}” is no telephone number. Write « 01 99 00 12 34 »."), value=value)
        return value

    def table(self, key: str, *, required: bool = False) -> Table:
        """A table inside this one; an empty one if it is absent."""
        self._asked.append(key)
        value = self._data.get(key)
        if value is None and required:
            self._problems.append(Problem(self._file, 0, N_("The part [{key}] is missing."), {"key": self._full(key)}))
        if value is not None and not isinstance(value, dict):
            self.wrong(key, N_("“{key}” must be a part of its own: [{key}]."))
            value = None
        return Table(value, self._lines, self._file, self._problems, self._full(key))

    def tables(self, key: str) -> tuple[Table, ...]:
        """A list of tables: `[[key]]`."""
        self._asked.append(key)
        value = self._data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(i, dict) for i in value):
            self.wrong(key, N_("“{key}” must be written as [[{key}]], once for each."))
            return ()
        name = self._full(key)
        return tuple(Table(i, self._lines, self._file, self._problems, name, nth) for nth, i in enumerate(value))

    def done(self) -> None:
        """Every key that nobody asked for is unknown: say so, with the nearest right spelling."""
        for key in self._data:
            if key in self._asked:
                continue
            if meant := nearest(key, self._asked, cutoff=0.6):
                self.wrong(key, N_("The key “{key}” is unknown. Did you mean “{meant}”?"), meant=meant)
            else:
                self.wrong(key, N_("The key “{key}” is unknown. Known keys: {known}."), known=quoted(self._asked))

    def keys(self) -> tuple[str, ...]:
        """Every key that is written, read or not."""
        return tuple(self._data)

    def _typed(self, key: str, kind: type[T], required: bool) -> T | None:
        self._asked.append(key)
        value = self._data.get(key)
        if value is None:
            if required:
                self._missing(key)
            return None
        if not isinstance(value, kind):
            self.wrong(key, N_("“{key}” must be a text between quotes."))
            return None
        return value

    def _shown(self, key: str, text: str) -> str:
        """A text as people can read it; empty, and a problem, if it holds what nobody sees or far too much."""
        text = "".join(c for c in text if unicodedata.category(c) != "Cf")  # marks that come along with a copied text
        if text and text.isprintable() and len(text) <= MAX_TEXT:
            return text
        self.wrong(key, N_("“{key}” holds characters that can't be shown, or more than {max} of them."), max=MAX_TEXT)
        return ""

    def _missing(self, key: str) -> None:
        if self._absent:
            return
        self._problems.append(Problem(self._file, 0, N_("The key “{key}” is missing."), {"key": self._full(key)}))

    def _not_one_of(self, key: str, value: str, choices: tuple[str, ...]) -> None:
        self.wrong(key, N_("“{key}”: “{value}” is not one of {choices}."), value=value, choices=quoted(choices))

    def _full(self, key: str) -> str:
        return f"{self._name}.{key}" if self._name else key

    def _line(self, key: str) -> int:
        """Line of the key in its part of the file; TOML's own parser gives none."""
        pattern = re.compile(rf"""^\s*(\[\[?\s*)?["']?{re.escape(key)}["']?\s*(=|\])""")
        start = 0
        if self._name:
            part = re.compile(rf"^\s*\[\[?\s*{re.escape(self._name)}\s*\]")
            starts = [i for i, line in enumerate(self._lines) if part.match(line)]
            start = starts[self._nth] if self._nth < len(starts) else 0
        return next((i + 1 for i in range(start, len(self._lines)) if pattern.match(self._lines[i])), 0)


def read_toml(data: bytes, file: str) -> tuple[Table, list[Problem]]:
    """Open a TOML file for reading; a file that is no TOML is one problem and an empty table."""
    problems: list[Problem] = []
    try:
        text = decode(data)
        return Table(tomllib.loads(text), text.split("\n"), file, problems), problems
    except Wrong as wrong:
        problems.append(wrong.at(file, 0))
    except (ValueError, RecursionError) as error:  # also a number of thousands of digits
        line = re.search(r"at line (\d+)", str(error))
        message = N_(
            "This line is not written as TOML: texts stand between straight quotes, lists between square brackets."
        )
        problems.append(Problem(file, int(line[1]) if line else 0, message))
    return Table(None, [], file, problems), problems
