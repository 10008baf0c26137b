"""Pages for one person on this computer alone, such as numbered faces or letters with codes. They load nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from publish.errors import N_, BuildError, cause_of
from publish.language import translation
from publish.staging import WORK

TEMPLATES = Path(__file__).parent / "templates"
SITE_FILE = "embleme.svg"
"""Stands at the root of every built site."""


def page_environment(language: str) -> Environment:
    """Templates of such pages, in a language; they escape everything and refuse what they are not given."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    texts = translation(language)
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(texts.gettext, texts.ngettext, newstyle=True)  # type: ignore[attr-defined]
    return environment


def write_page(folder: Path, name: str, text: str, apart: Iterable[Path]) -> Path:
    """Write it where its owner alone reads; an older one of the same name is replaced.

    Arguments:
        folder: made if need be, for its owner alone.
        name: of the page, without its end.
        text: the page.
        apart: folders that it must not stand in: what lies there is shared, published or kept.

    Raises:
        BuildError: the folder is not private, or can't be written.
    """
    _refuse_shared(folder, apart)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        about = folder.lstat()
        if folder.is_symlink() or about.st_uid != os.getuid():
            raise BuildError(N_("this page can't be written in {folder}: it is not a folder of yours"), folder=folder)
        folder.chmod(0o700)
        page = folder / f"{name}.html"
        page.unlink(missing_ok=True)
        handle = os.open(page, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        message = N_("this page can't be written in {folder}: {cause}")
        raise BuildError(message, folder=folder, cause=cause_of(error)) from error
    return page


def _refuse_shared(folder: Path, apart: Iterable[Path]) -> None:
    real = folder.resolve()
    sites = (place for place in (real, *real.parents) if (place / WORK).exists() or (place / SITE_FILE).exists())
    for other in (*apart, *sites):
        if real.is_relative_to(other.resolve()):
            message = N_("this page can't be written in {folder}: it is for you alone and must stay out of {other}")
            raise BuildError(message, folder=folder, other=other)
