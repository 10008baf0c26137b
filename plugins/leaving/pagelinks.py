"""What pages refer to: every link, image and stylesheet must be in the site; nothing is asked of anyone else."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote

from plugins.errors import N_, Problem
from plugins.photos.album import DOWNLOAD, LIST

OUTSIDE = ("https://", "http://", "mailto:", "tel:")
"""What a link that a person follows may begin with; nothing that a browser fetches by itself may."""

GATEWAY = ("/-/compte",)
"""The gateway's own pages that a site links to."""

_CSS_URL = re.compile(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")
_LOADED = {"src", "poster", "data", "background"}


@dataclass
class _Page(HTMLParser):
    """The references of one page, the places in it that can be linked to, and what no page may hold."""

    followed: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    inline: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag refers to."""
        values = {name: value or "" for name, value in attrs}
        if tag == "style" or (tag == "script" and not values.get("src")):
            self.inline.append(f"<{tag}>")
        if tag in ("iframe", "object", "embed", "base") or "http-equiv" in values:
            self.inline.append(f"<{tag}>")
        for name, value in values.items():
            if name == "style" or name.startswith("on"):
                self.inline.append(f"{name}=")
            elif name == "id":
                self.ids.add(value)
            elif name in ("href", "xlink:href"):
                (self.followed if tag in ("a", "area") else self.loaded).append(value)
            elif name in _LOADED:
                self.loaded.append(value)
            elif name in ("srcset", "imagesrcset"):
                self.loaded += [part.split()[0] for part in value.split(",") if part.strip()]
            elif name in ("action", "formaction", "ping"):
                self.inline.append(f"{name}=")


_TAG = re.compile(r"""<(?:!doctype html|/?[a-z][a-z0-9-]*(?:\s+[a-z][a-z:-]*(?:="[^"<>]*")?)*\s*/?)>""", re.IGNORECASE)


_RAW = re.compile(
    r"<(script|style|textarea|xmp|iframe|noembed|noframes|noscript|plaintext)\b[^>]*>(?!</\1>)", re.IGNORECASE
)
"""What HTML reads otherwise than as text with tags in it, unless nothing stands in it."""


def _read(text: str, tags: dict[str, _Page]) -> _Page:
    """The references of a page. A site repeats few different tags many times: each is read once.

    Arguments:
        text: the page; where it holds anything but plain tags and text, it is read whole, sign by sign.
        tags: what is known of each tag; it fills up.
    """
    found = _TAG.findall(text)
    if len(found) != text.count("<") or _RAW.search(text):
        return _parsed(text)
    page = _Page()
    for tag in dict.fromkeys(found):
        known = tags.get(tag)
        if known is None:
            known = tags[tag] = _parsed(tag)
        page.followed += known.followed
        page.loaded += known.loaded
        page.ids |= known.ids
        page.inline += known.inline
    return page


def _parsed(text: str) -> _Page:
    page = _Page()
    page.feed(text)
    page.close()
    return page


def page_problems(texts: Mapping[str, str], files: frozenset[str], slug: str) -> list[Problem]:
    """What is wrong in the references of a site's pages and stylesheets.

    Arguments:
        texts: the text of each `.html` and `.css` file, by path.
        files: every path of the site.
        slug: the centre; the 404 page, shown at any depth, links by `/<slug>/…`.
    """
    problems: list[Problem] = []
    pages: dict[str, _Page] = {}
    tags: dict[str, _Page] = {}
    for path, text in sorted(texts.items()):
        if path.endswith(".html"):
            pages[path] = _read(text, tags)
    for path, page in pages.items():
        for what in dict.fromkeys(page.inline):
            problems.append(
                _problem(path, N_("This page holds “{what}”, which no page of a site may hold."), what=what)
            )
        for link in dict.fromkeys(page.followed):
            if link.startswith(OUTSIDE) or link in GATEWAY:
                continue
            target, _, place = link.partition("#")
            found = path if not target else _resolved(target, path, slug)
            if found.endswith(f"/{DOWNLOAD}"):
                found = found.removesuffix(DOWNLOAD) + LIST  # what the gateway makes the ZIP of
            if found not in files:
                problems.append(_problem(path, N_("This page links to “{link}”, which is not in the site."), link=link))
            elif place and found in pages and unquote(place) not in pages[found].ids:
                problems.append(
                    _problem(path, N_("This page links to a place that does not exist: “{link}”."), link=link)
                )
        problems += _loaded(path, page.loaded, files, slug)
    for path, text in sorted(texts.items()):
        if path.endswith(".css"):
            urls = [first or second for first, second in _CSS_URL.findall(text)]
            problems += _loaded(
                path, [url for url in urls if not url.startswith(("data:image/svg+xml", "#"))], files, slug
            )
    return problems


def _loaded(path: str, links: list[str], files: frozenset[str], slug: str) -> list[Problem]:
    return [
        _problem(path, N_("This page needs “{link}”, which is not in the site."), link=link)
        for link in dict.fromkeys(links)
        if _resolved(link.partition("#")[0], path, slug) not in files
    ]


def _resolved(target: str, path: str, slug: str) -> str:
    """The path of the site that a reference in the file at `path` means; empty if it is none."""
    if ":" in target or "?" in target or target.startswith("//"):
        return ""
    if target.startswith("/"):
        if path != "404.html" or not target.startswith(f"/{slug}/"):
            return ""
        found = target.removeprefix(f"/{slug}/")
    else:
        found = posixpath.join(posixpath.dirname(path), target)
    folder = found == "" or found.endswith("/") or posixpath.basename(found) in (".", "..")
    found = posixpath.normpath(found) if found else "."
    if found.startswith(".."):
        return ""
    if folder:
        return "index.html" if found == "." else f"{found}/index.html"
    return found


def _problem(path: str, message: str, **values: object) -> Problem:
    return Problem(path, 0, message, values)
