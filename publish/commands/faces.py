"""`preau faces`: one page, on this computer alone, with the numbered faces of an article's photos."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Iterator
from pathlib import Path

import click
from jinja2 import Environment, PackageLoader, StrictUndefined

from plugins.errors import ContentError, Problem, Wrong
from plugins.photos.blurring import Found, find
from plugins.photos.cache import Cache
from plugins.photos.treatment import FULL, Box
from plugins.site.galleries import natural
from plugins.site.scan import PHOTOS
from publish import language
from publish.command import Argument, Command
from publish.errors import N_, BuildError, Reason
from publish.session import Session, session


@click.command(cls=Command, help=N_("Number the faces of an article's photos, on a page for this computer alone."))
@click.argument("article", type=click.Path(path_type=Path), cls=Argument, metavar=N_("ARTICLE"))
@session
def faces(run: Session, article: Path) -> None:
    """Write the page, and say where it stands."""
    content = run.content.resolve()
    folder = article_folder(content, article)
    cache = Cache(run.config.photos, time.time)
    try:
        found = [(path.name, find(path, content, cache)) for path in _photos(folder)]
    except Wrong as wrong:
        reasons = [_reason(wrong.at(folder.name, 0))]
        raise BuildError(N_("the faces of this article can't be numbered:"), reasons=reasons) from None
    except ContentError as error:
        reasons = [_reason(problem) for problem in error.problems]
        raise BuildError(N_("the faces of this article can't be numbered:"), reasons=reasons) from None
    page = write_page(run.config.cache.parent / "visages", folder.name, found, cache)
    click.echo(language.say(N_("Open this page in a browser: {page}")).format(page=page))
    click.echo(language.say(N_("It shows the photos unblurred, to you alone: remove it once you have chosen.")))


def article_folder(content: Path, article: Path) -> Path:
    """The folder of an article named by itself, by its `article.md`, or from the content folder."""
    for path in (article, content / article):
        folder = (path.parent if path.name == "article.md" else path).resolve()
        if folder.is_relative_to(content) and (folder / "article.md").is_file():
            return folder
    raise BuildError(N_("{article} is no article with a folder of its own"), article=article)


def write_page(folder: Path, name: str, found: list[tuple[str, Found]], cache: Cache) -> Path:
    """The page, in a folder that only its owner may enter; an older one of the same article is replaced.

    Arguments:
        folder: private, outside of every site.
        name: of the article.
        found: the photos by name, with their faces.
        cache: holds the small copies that the page shows.
    """
    pages = Environment(loader=PackageLoader("publish"), autoescape=True, undefined=StrictUndefined)
    photos = [_shown(file, each, cache) for file, each in found]
    html = pages.get_template("faces.html").render(name=name, photos=photos)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    page = folder / f"{name}.html"
    page.unlink(missing_ok=True)
    handle = os.open(page, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(html)
    return page


def _photos(folder: Path) -> Iterator[Path]:
    names = [e.name for e in os.scandir(folder) if e.is_file(follow_symlinks=False) and e.name[0] not in ".~#"]
    return (folder / name for name in sorted(names, key=natural) if name.lower().endswith(PHOTOS))


def _shown(file: str, found: Found, cache: Cache) -> dict[str, object]:
    jpegs = found.photo.of_type("image/jpeg")
    copy = jpegs[min(1, len(jpegs) - 1)]
    data = cache.read(found.photo.digest, copy.path.rpartition("-")[2])
    return {
        "file": file,
        "mark": found.mark,
        "width": copy.width,
        "height": copy.height,
        "source": "data:image/jpeg;base64," + base64.b64encode(data).decode(),
        "faces": [_percent(box) for box in found.faces],
    }


def _percent(box: Box) -> dict[str, float]:
    unit = FULL / 100
    return {
        "x": box.left / unit,
        "y": box.top / unit,
        "w": (box.right - box.left) / unit,
        "h": (box.bottom - box.top) / unit,
    }


def _reason(problem: Problem) -> Reason:
    return Reason("{text}", {"text": problem.text(language.say)})
