"""Stand-ins for what Pelican loads with itself and no site of ours uses, in the processes that build centres.

Most of what Pelican loads are its readers of reStructuredText and Markdown, its feeds, its web server, its watch over
files and its colours on a terminal. Here each of these modules is its names alone. One that is called all the same says
so and ends the build of that centre; none does anything else than the real one. The `pelican` command and `preau
preview` have the real ones. (docs/decisions/014)
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any, NoReturn


class StandIn:
    """Stands for a class or a function that is not there."""

    def __init__(self, *_: object, **__: object) -> None:
        _refuse(type(self).__name__)


def _refuse(name: str) -> NoReturn:
    raise LookupError(f"{name} is left out where centres are built (publish/stand_ins.py)")


class NoReaders:
    """Pelican's readers, of no kind of file: texts come from the `site` plugin, and Pelican reads no folder."""

    extensions: tuple[str, ...] = ()
    disabled_extensions: tuple[str, ...] = ()

    def __init__(self, *_: object, **__: object) -> None:
        """Take the settings, and need none."""

    def read_file(self, *_: object, **__: object) -> NoReturn:
        """Refuse."""
        _refuse("Readers.read_file")

    def save_cache(self) -> None:
        """Nothing was read."""


class NoConsole:
    """Pelican's console, which is quiet in these processes: warnings are heard by `publish.worker.Recorder`."""

    quiet = True

    def print(self, *_: object, **__: object) -> None:
        """Nothing."""


class NoHandler(logging.NullHandler):
    """The handler that Pelican makes for that console, and that only its command uses."""

    def __init__(self, *_: object, **__: object) -> None:
        super().__init__()


def _named(*names: str) -> dict[str, Any]:
    return {name: type(name, (StandIn,), {}) for name in names}


MODULES: Mapping[str, Mapping[str, Any]] = {
    "feedgenerator": _named("Atom1Feed", "Rss201rev2Feed", "get_tag_uri"),
    "pelican.readers": {"Readers": NoReaders},
    "pelican.server": _named("ComplexHTTPRequestHandler", "RootedHTTPServer"),
    "rich.console": {"Console": NoConsole},
    "rich.logging": {"RichHandler": NoHandler},
    "watchfiles": _named("Change", "DefaultFilter"),
}
"""Each module, and what Pelican takes from it while it loads."""


def put_stand_ins() -> None:
    """Let Pelican find these in the place of the real ones, in this process; it is not loaded yet."""
    for name, held in MODULES.items():
        module = ModuleType(name, "A stand-in: see publish.stand_ins.")
        vars(module).update(held)
        sys.modules[name] = module
