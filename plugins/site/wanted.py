"""Which photos a build will ask for, and what is blurred in each: known from headers alone, before any body is read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from plugins.errors import Wrong
from plugins.files import read_file
from plugins.photos.blur import Blur, read_wishes
from plugins.posts import keys
from plugins.posts.header import read as read_header
from plugins.site.centre import CITY, read_centre
from plugins.site.galleries import read_folder
from plugins.site.scan import Source, scan


def wanted_photos(content: Path, slugs: Iterable[str]) -> set[tuple[Path, Blur]]:
    """Every photo beside an article of these centres and of the city, once for each way in which it is blurred.

    What can't be read is left to the build of its centre, which says why. So is a folder behind a link.
    """
    found: set[tuple[Path, Blur]] = set()
    city = _sources(content, CITY)
    for slug in slugs:
        everywhere = _blurs_faces(content, slug)
        for source in (*_sources(content, slug), *city):
            try:
                found |= _of_article(content, source, everywhere=everywhere)
            except (Wrong, OSError):
                continue
    return found


def _sources(content: Path, folder: str) -> list[Source]:
    if (content / folder).is_symlink():
        return []
    return [source for source in scan(content, folder, []) if source.own is not None]


def _blurs_faces(content: Path, slug: str) -> bool:
    try:
        data = read_file(content, content / slug / "centre.toml")
    except (Wrong, OSError):
        return False
    return read_centre(data, slug, slug)[0].blur_faces


def _of_article(content: Path, source: Source, *, everywhere: bool) -> set[tuple[Path, Blur]]:
    document, _ = read_header(read_file(content, source.path), source.file, source.kind)
    photos = read_folder(content, source, []).photos
    wishes = read_wishes(document.value(keys.BLUR), photos, everywhere=everywhere)
    return {(path, wishes.of(name)) for name, path in photos.items()}
