"""`preau faces`: one page, on this computer alone, with the numbered faces of an article's photos."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import click

from plugins.errors import ContentError, Problem, Wrong
from plugins.site.scan import PHOTOS
from publish import language
from publish.command import Argument, Command
from publish.errors import N_, BuildError, Reason, cause_of
from publish.session import Session, session


@click.command(cls=Command, help=N_("Number the faces of an article's photos, on a page for this computer alone."))
@click.argument("article", type=click.Path(path_type=Path), cls=Argument, metavar=N_("ARTICLE"))
@session
def faces(run: Session, article: Path) -> None:
    """Write the page, and say where it stands."""
    from plugins.photos.blurring import find, look  # and with it Pillow, which no other command must load
    from plugins.photos.cache import Cache
    from plugins.photos.faces import installed
    from publish.faces_page import page_text
    from publish.private_page import write_page

    content = run.content.resolve()
    try:
        folder = article_folder(content, article)
        photos = list(_photos(folder))
    except OSError as error:
        raise BuildError(N_("{path} can't be read: {cause}"), path=article, cause=cause_of(error)) from error
    cache = Cache(run.config.photos, time.time)
    searched = installed()
    see = find if searched else look
    message = N_("the faces of this article can't be numbered:")
    try:
        found = [(path.name, see(path, content, cache)) for path in photos]
    except Wrong as wrong:
        raise BuildError(message, reasons=[_reason(wrong.at(folder.name, 0))]) from None
    except ContentError as error:
        raise BuildError(message, reasons=[_reason(problem) for problem in error.problems]) from None
    text = page_text(folder.name, found, cache, language.spoken(), searched=searched)
    store = [run.config.store] if isinstance(run.config.store, Path) else []
    page = write_page(run.config.faces, folder.name, text, (content, run.config.work, *store))
    click.echo(language.say(N_("Open this page in a browser: {page}")).format(page=page))
    click.echo(language.say(N_("It shows the photos unblurred, to you alone: remove it once you have chosen.")))


def article_folder(content: Path, article: Path) -> Path:
    """The folder of an article named by itself, by its `article.md`, or from the content folder."""
    for path in (article, content / article):
        folder = (path.parent if path.name == "article.md" else path).resolve()
        if folder.is_relative_to(content) and (folder / "article.md").is_file():
            return folder
    raise BuildError(N_("{article} is no article with a folder of its own"), article=article)


def _photos(folder: Path) -> Iterator[Path]:
    from plugins.site.galleries import natural

    names = [e.name for e in os.scandir(folder) if e.is_file(follow_symlinks=False) and e.name[0] not in ".~#"]
    return (folder / name for name in sorted(names, key=natural) if name.lower().endswith(PHOTOS))


def _reason(problem: Problem) -> Reason:
    return Reason("{text}", {"text": problem.text(language.say)})
