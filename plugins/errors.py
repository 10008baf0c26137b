"""What can go wrong between a content folder and a site.

    PluginError                 (exit code 1)
    ├── ContentError            one or more problems in what people wrote
    ├── SettingsError           a `centre.toml` or `ville.toml` that can't be used
    └── LeakError               something that must not leave was found in an output; nothing is published

A problem names its file and line, says what is wrong, and what to do. Texts are English sources for gettext;
they are turned into the reader's language only where they are shown, so that no pure module knows a locale.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Translate = Callable[[str], str]
"""gettext: an English source string to the reader's language."""


def N_(source: str) -> str:  # noqa: N802 - gettext's own name for "extract, but translate later"
    """Mark an English source string for extraction; it is translated when it is shown."""
    return source


_OFFENDING = ("word", "label", "value", "text", "target", "title", "name", "key")
"""Fields of messages that hold what somebody wrote, the most precise first."""


def visible(text: str) -> str:
    """A text that a terminal may show: control characters and invisible marks become `�`."""
    return text if text.isprintable() else "".join(c if c.isprintable() or c in _SPACES else "�" for c in text)


_SPACES = "\n\t\u00a0\u202f"


class Severity(StrEnum):
    """An error stops the centre; an advice never does."""

    ERROR = "error"
    ADVICE = "advice"


@dataclass(frozen=True)
class Problem:
    """One thing to mend, where it stands.

    Arguments:
        file: path from the content folder, with `/` (`fessart/programmes/mercredis.md`).
        line: 1-based line in that file; 0 when the whole file is meant.
        message: English source with `str.format` fields: what is wrong, and what to do.
        values: the fields of the message; a `str` is shown as it is.
        severity: an error stops the centre, an advice does not.
    """

    file: str
    line: int
    message: str
    values: Mapping[str, object] = field(default_factory=dict)
    severity: Severity = Severity.ERROR

    @property
    def offending(self) -> str:
        """What is wrong, as it was written; empty where a message names nothing that is there."""
        return next((str(self.values[name]) for name in _OFFENDING if self.values.get(name)), "")

    def sentence(self, translate: Translate) -> str:
        """What is wrong and what to do, in the reader's language, without its place."""
        return visible(translate(self.message).format(**self.values))

    def text(self, translate: Translate) -> str:
        """The sentence in the reader's language, with its place in front."""
        place = N_("{file}:{line} : {text}") if self.line else N_("{file} : {text}")
        return translate(place).format(file=visible(self.file), line=self.line, text=self.sentence(translate))


class Wrong(ValueError):
    """A value that can't be used, said by a module that does not know where the value stands.

    Pure parsers raise it; whoever holds the file and the line turns it into a `Problem` with `at`.
    """

    def __init__(self, message: str, **values: object) -> None:
        self.message = message
        self.values = values
        super().__init__(message.format(**values))

    def at(self, file: str, line: int, severity: Severity = Severity.ERROR) -> Problem:
        """The same, with its place."""
        return Problem(file, line, self.message, self.values, severity)


class PluginError(Exception):
    """Base of all: one or more problems, shown together."""

    exit_code = 1

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.text(str) for problem in self.problems))

    def text(self, translate: Translate) -> str:
        """Every problem in the reader's language, one a line."""
        return "\n".join(problem.text(translate) for problem in self.problems)


class ContentError(PluginError):
    """One or more problems in what people wrote."""


class SettingsError(PluginError):
    """A `centre.toml` or `ville.toml` that can't be used."""


class LeakError(PluginError):
    """Something that must not leave was found in an output."""
