"""The page of `preau faces`: photos with their numbered faces, unblurred, for the one person who chooses."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from plugins.photos.blurring import Found
from plugins.photos.cache import Cache
from plugins.photos.treatment import FULL, Box
from publish.errors import N_, BuildError, cause_of
from publish.language import translation
from publish.staging import WORK

TEMPLATES = Path(__file__).parent / "templates"
SITE_FILE = "embleme.svg"
"""Stands at the root of every built site."""


def page_text(
    name: str, photos: Iterable[tuple[str, Found]], cache: Cache, language: str, *, searched: bool = True
) -> str:
    """The page, whole: it loads nothing.

    Arguments:
        name: of the article.
        photos: by name, with their faces.
        cache: holds the small copies that the page shows.
        language: of its texts.
        searched: faces were looked for.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    texts = translation(language)
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(texts.gettext, texts.ngettext, newstyle=True)  # type: ignore[attr-defined]
    style, script = (Markup((TEMPLATES / file).read_text("utf-8")) for file in ("faces.css", "faces.js"))  # noqa: S704
    return environment.get_template("faces.html").render(
        name=name, photos=[_shown(file, found, cache) for file, found in photos], searched=searched,
        language=language, style=style, script=script,
    )  # fmt: skip


def write_page(folder: Path, name: str, text: str, apart: Iterable[Path]) -> Path:
    """Write it where its owner alone reads; an older one of the same article is replaced.

    Arguments:
        folder: made if need be, for its owner alone.
        name: of the article.
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
            raise BuildError(N_("the faces can't be shown in {folder}: it is not a folder of yours"), folder=folder)
        folder.chmod(0o700)
        page = folder / f"{name}.html"
        page.unlink(missing_ok=True)
        handle = os.open(page, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        message = N_("the faces can't be shown in {folder}: {cause}")
        raise BuildError(message, folder=folder, cause=cause_of(error)) from error
    return page


def _refuse_shared(folder: Path, apart: Iterable[Path]) -> None:
    real = folder.resolve()
    sites = (place for place in (real, *real.parents) if (place / WORK).exists() or (place / SITE_FILE).exists())
    for other in (*apart, *sites):
        if real.is_relative_to(other.resolve()):
            message = N_(
                "the faces can't be shown in {folder}: that page shows photos unblurred and must stay out of {other}"
            )
            raise BuildError(message, folder=folder, other=other)


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
