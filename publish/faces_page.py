"""The page of `preau faces`: photos with their numbered faces, unblurred, for the one person who chooses."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from markupsafe import Markup

from plugins.photos.blurring import Found
from plugins.photos.cache import Cache
from plugins.photos.treatment import FULL, Box
from publish.private_page import TEMPLATES, page_environment


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
    environment = page_environment(language)
    style, script = (Markup((TEMPLATES / file).read_text("utf-8")) for file in ("faces.css", "faces.js"))  # noqa: S704
    return environment.get_template("faces.html").render(
        name=name, photos=[_shown(file, found, cache) for file, found in photos], searched=searched,
        language=language, style=style, script=script,
    )  # fmt: skip


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
