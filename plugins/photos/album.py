"""What an article's ZIP of photos is made of: a list in the site, which the gateway turns into the file asked for."""

from __future__ import annotations

import json

from plugins.posts.model import Article
from plugins.site.model import Centre

FUNCTION = "telechargement"
"""The function of `centre.toml` that allows it."""

LIST, DOWNLOAD = "album.json", "album.zip"
"""The list, beside the article's page, and the address at which the gateway gives the ZIP."""


def has_album(article: Article, centre: Centre) -> bool:
    """Whether families may download the photos of an article at once."""
    return FUNCTION in centre.functions and bool(article.photos)


def album_list(article: Article) -> bytes:
    """The largest JPEG of each photo, once, in the order of the page."""
    photos = list(dict.fromkeys(photo.largest.path for photo in article.photos))
    listed = {"date": article.published.date().isoformat(), "photos": photos}
    return (json.dumps(listed, indent=1) + "\n").encode("ascii")
