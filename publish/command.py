"""click, in the reader's language, with errors as sentences: the classes that `cli.py` builds its commands from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from importlib import import_module
from typing import Any, NoReturn

import click

from publish.errors import PublishError
from publish.language import say as _
from publish.language import speaking
from publish.strict_json import MOST_TEXT

UNEXPECTED_EXIT = 70
"""EX_SOFTWARE of sysexits.h: a fault of the program itself."""


@contextmanager
def _shown(owner: object, name: str) -> Iterator[None]:
    """An attribute that holds an English source, in the reader's language for the time of showing it."""
    source = getattr(owner, name, None)
    if source:
        setattr(owner, name, _(source))
    try:
        yield
    finally:
        setattr(owner, name, source)


class Option(click.Option):
    """An option whose help and metavar are English sources."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The two columns of the help."""
        with _shown(self, "help"), _shown(self, "metavar"):
            return super().get_help_record(ctx)


class Argument(click.Argument):
    """An argument whose metavar is an English source."""

    def make_metavar(self, ctx: click.Context) -> str:
        """As shown in the usage line."""
        with _shown(self, "metavar"):
            return super().make_metavar(ctx)


class Command(click.Command):
    """A command whose help is an English source."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The paragraph below the usage line."""
        with _shown(self, "help"):
            super().format_help_text(ctx, formatter)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """`--help`, in the language spoken now: click keeps the text of the first time."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _("Show this message and exit.")
        return option

    def get_short_help_str(self, limit: int = 45) -> str:
        """The line in the list of commands: the first sentence."""
        with _shown(self, "help"):
            return super().get_short_help_str(max(limit, 90))

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The usage line."""
        with _shown(self, "options_metavar"):
            super().format_usage(ctx, formatter)


class Group(Command, click.Group):
    """A command that holds others."""

    command_class = Command

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The usage line."""
        with _shown(self, "subcommand_metavar"):
            super().format_usage(ctx, formatter)


class Lazily(MutableMapping[str, click.Command]):
    """Commands by name, each imported when it is first asked for: a command that is typed waits for no other.

    Arguments:
        package: of the modules.
        modules: name of each command → module that holds it under that name.
    """

    def __init__(self, package: str, modules: Mapping[str, str]) -> None:
        self._package = package
        self._modules = dict(modules)
        self._loaded: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._loaded:
            found = getattr(import_module(f"{self._package}.{self._modules[name]}"), name)
            assert isinstance(found, click.Command)
            self._loaded[name] = found
        return self._loaded[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._loaded[name] = command
        self._modules[name] = ""

    def __delitem__(self, name: str) -> None:
        del self._modules[name]
        self._loaded.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


class Program(Group):
    """The whole command: sets the language before anything is said, and turns errors into sentences."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Run; see `click.Command.main`."""
        with speaking():
            return super().main(args, *rest, **extra)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; what goes wrong ends as a sentence and an exit code, with a traceback only for `--debug`."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise  # the last one, of `preau check | head`, ends click in silence
        except KeyboardInterrupt:
            raise click.Abort from None
        except PublishError as error:
            if ctx.params.get("debug"):
                raise
            fail(ctx, error.text(_), error.exit_code)
        except Exception as error:
            # The edge of the program: nothing above it could say anything better.
            if ctx.params.get("debug"):
                raise
            text = _("Préau met an error of its own ({kind}: {cause}). Run again with --debug and send what it shows.")
            fail(ctx, text.format(kind=type(error).__name__, cause=error), UNEXPECTED_EXIT)


def fail(ctx: click.Context, text: str, code: int) -> NoReturn:
    """Say an error and end; what a file or an ENT wrote into it gives no order to a terminal."""
    from plugins.errors import visible

    click.echo(visible(_("Error: {message}").format(message=text)), err=True)
    ctx.exit(code)


class Count(click.IntRange):
    """A whole number within bounds."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Parse a number, or say what is wrong."""
        try:
            number = int(str(value))
        except ValueError:
            self.fail(_("“{value}” is not a whole number").format(value=value), param, ctx)
        return int(super().convert(number, param, ctx))


class Day(click.ParamType[date]):
    """A day, `2022-11-09`."""

    name = "day"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Parse a day, or say how one is written."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            self.fail(_("“{value}” is not a day; write it as 2022-11-09").format(value=value), param, ctx)


class Name(click.ParamType[str]):
    """A person's name for the history, as every reader of a store takes it: on one line, and not too long."""

    name = "name"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name without spaces around it, or what is wrong with it."""
        from plugins.errors import visible

        name = str(value).strip()
        if len(name) > MOST_TEXT:
            text = _("this name has {count} characters, and {most} at most can be kept")
            self.fail(text.format(count=len(name), most=MOST_TEXT), param, ctx)
        if visible(name) != name or not {"\n", "\t"}.isdisjoint(name):
            self.fail(_("this name holds a line break or another sign that can't be seen"), param, ctx)
        return name
