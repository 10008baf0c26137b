"""`preau`: build, publish, look at the history, go back, serve, show a demonstration."""

from __future__ import annotations

from pathlib import Path

import click

from publish import __version__, language
from publish.command import Lazily, Option, Program
from publish.config_reader import read_config
from publish.errors import N_
from publish.session import Session, option

COMMANDS = {
    "access": "access",
    "build": "build",
    "check": "check",
    "counts": "counts",
    "demo": "demo",
    "diff": "releases",
    "doctor": "doctor",
    "export": "releases",
    "faces": "faces",
    "new": "new",
    "preview": "preview",
    "prune": "prune",
    "publish": "publish",
    "releases": "releases",
    "retention": "retention",
    "rollback": "releases",
    "serve": "serve",
    "verify": "verify",
    "withdraw": "withdraw",
}
"""Each command, and the module of `publish.commands` that holds it under the same name."""


def _language(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        language.use(value)
    return value


@click.group(
    "preau",
    cls=Program,
    commands=Lazily("publish.commands", COMMANDS),
    subcommand_metavar=N_("COMMAND [OPTIONS]…"),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@option(
    "--lang",
    type=click.Choice(language.LANGUAGES),
    callback=_language,
    is_eager=True,
    help=N_("Language of the messages (French by default)."),
)
@option(
    "--content",
    type=click.Path(path_type=Path),
    default=Path("content"),
    metavar=N_("DIR"),
    help=N_("The content folder: one folder a centre, and ville/."),
    show_default=True,
)
@option(
    "--config",
    type=click.Path(path_type=Path),
    metavar=N_("FILE"),
    help=N_("The technical settings, instead of preau.toml."),
)
@option("--debug", is_flag=True, help=N_("Show the whole trace of an error."))
@click.version_option(__version__, prog_name="preau", cls=Option, help=N_("Show the version and exit."))
@click.pass_context
def main(ctx: click.Context, lang: str | None, content: Path, config: Path | None, debug: bool) -> None:
    """Choose the language and read the settings, before any command."""
    ctx.obj = ctx.obj or Session()
    ctx.obj.content = content
    ctx.obj.config = read_config(config or Path("preau.toml"), required=config is not None)
    if lang is None:
        language.use(ctx.obj.config.language)


main.help = N_("Private news sites for the leisure centres of a city.")
