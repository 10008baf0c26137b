"""What can go wrong after the content is read.

    PublishError                (exit code 1)
    ├── ConfigError             `preau.toml`, an option or the environment can't be used
    ├── BuildError              a centre could not be built or its output was refused
    ├── ListError               a list of people can't be used, or needs a confirmation; nothing was applied
    ├── ReleaseError            a site can't become a release, or a release is not there
    │   └── NewerError          a later version of Préau wrote what stands in the store
    ├── StoreError              the store can't be read or written; what was published stays
    │   └── HeadTaken           another publisher published first
    └── ServeError              the gateway or the demonstration can't start

Each class has an exit code; each message says what, where and what to do. Messages are English sources for
gettext, turned into the reader's language only where they are shown. The gateway never shows one: it answers a
general text and a request id.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

Translate = Callable[[str], str]
"""gettext: an English source string to the reader's language."""


def N_(source: str) -> str:  # noqa: N802 - gettext's own name for "extract, but translate later"
    """Mark an English source string for extraction; it is translated when it is shown."""
    return source


class Sentence(Protocol):
    """Anything that can be said in the reader's language (a `Reason`, a problem of the plugins, another error)."""

    def text(self, translate: Translate) -> str:
        """The sentence in the reader's language."""


@dataclass(frozen=True)
class Reason:
    """One sentence: an English source with `str.format` fields, filled from `values`. Plain data: it can be pickled."""

    message: str
    values: dict[str, object] = field(default_factory=dict)

    def text(self, translate: Translate) -> str:
        """The sentence in the reader's language."""
        return fill(translate(self.message), self.values, translate)


def fill(text: str, values: Mapping[str, object], translate: Translate) -> str:
    """A translated sentence with its fields; a field that is itself a `Reason` is said in the same language."""
    said = {name: value.text(translate) if isinstance(value, Reason) else value for name, value in values.items()}
    return text.format(**said)


_CAUSES = {
    errno.ENOENT: N_("it is not there"),
    errno.EACCES: N_("access is refused"),
    errno.EPERM: N_("access is refused"),
    errno.EROFS: N_("the disk can only be read"),
    errno.ENOSPC: N_("the disk is full; free some space, then run the same command again"),
    errno.EDQUOT: N_("the disk is full; free some space, then run the same command again"),
    errno.EFBIG: N_("the disk is full; free some space, then run the same command again"),
    errno.ENOTDIR: N_("it is not a folder"),
    errno.EISDIR: N_("it is a folder"),
    errno.ELOOP: N_("it is a link"),
    errno.EIO: N_("the disk does not answer as it should"),
    errno.ENAMETOOLONG: N_("the name is too long"),
    errno.EADDRINUSE: N_("another program uses it"),
    errno.EAGAIN: N_("this machine has too much to do; close other programs, then run the same command again"),
    errno.ENOMEM: N_("this machine is short of memory; close other programs, then run the same command again"),
    errno.EMFILE: N_("too many files are open at once; close other programs, then run the same command again"),
    errno.ENFILE: N_("too many files are open at once; close other programs, then run the same command again"),
}


def cause_of(error: OSError) -> Reason:
    """What the operating system said, in words that can be translated."""
    known = _CAUSES.get(error.errno or 0)
    return Reason(known) if known else Reason("{text}", {"text": error.strerror or str(error)})


class PublishError(Exception):
    """Base of all. `message` is an English source with `str.format` fields, filled from `values`.

    `reasons` are the details, one a line; they are shown below the message.
    """

    exit_code = 1

    def __init__(self, message: str, *, reasons: Sequence[Sentence] = (), **values: object) -> None:
        self.message = message
        self.values = values
        self.reasons = tuple(reasons)
        super().__init__(self.text(str))

    def text(self, translate: Translate) -> str:
        """The sentence in the reader's language, then its reasons, indented."""
        first = fill(translate(self.message), self.values, translate)
        lines = [line for reason in self.reasons for line in reason.text(translate).splitlines()]
        return "\n".join([first, *(f"  {line}" for line in lines)])


class ConfigError(PublishError):
    """`preau.toml`, an option or the environment can't be used."""

    exit_code = 2


class BuildError(PublishError):
    """A centre could not be built, or its output was refused."""


class ListError(PublishError):
    """A list of people can't be used, or needs a confirmation; nothing was applied."""


class ReleaseError(PublishError):
    """A site can't become a release, or a release is not there."""


class NewerError(ReleaseError):
    """A later version of Préau wrote what stands in the store. It is whole: only an update helps."""

    def __init__(self, site: str, key: str) -> None:
        super().__init__(
            N_(
                "this machine has a version of Préau that is too old for {site}: nothing is damaged; tell whoever "
                "looks after Préau ({key} was written by a later version: docs/guide-exploitation.md, “Mettre à jour”)"
            ),
            site=site,
            key=key,
        )


class StoreError(PublishError):
    """The store can't be read or written; what was published stays."""

    exit_code = 3


class HeadTaken(StoreError):
    """Another publisher published first; nothing was lost, run it again."""

    exit_code = 4


class ServeError(PublishError):
    """The gateway or the demonstration can't start."""

    exit_code = 5
