"""What pages refer to: every link, image and stylesheet must be in the site; nothing is asked of anyone else."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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
class _Page:
    """The references of one page, the places in it that can be linked to, and what no page may hold."""

    followed: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    inline: list[str] = field(default_factory=list)

    def add(self, other: _Page) -> None:
        """Take what another one holds."""
        self.followed += other.followed
        self.loaded += other.loaded
        self.ids |= other.ids
        self.inline += other.inline

    def note(self, tag: str, attributes: Sequence[tuple[str, str]]) -> None:
        """Note what a tag refers to, by its attributes.

        Of two with one name a browser takes the first, and what is read here is the last: no page may hold them.
        """
        values = dict(attributes)
        if len(values) < len(attributes):
            times = Counter(name for name, _ in attributes)
            self.inline += [f"{name}= {name}=" for name in values if times[name] > 1]
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


class _Parser(HTMLParser):
    """Reads a page sign by sign, as a browser would."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = _Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag refers to."""
        self.page.note(tag, [(name, value or "") for name, value in attrs])


def _parsed(text: str) -> _Page:
    parser = _Parser()
    parser.feed(text)
    parser.close()
    return parser.page


_ANY_CASE = re.IGNORECASE | re.ASCII
_TAG = re.compile(
    r"""<(?:!doctype html|/?[a-z][a-z0-9-]*(?:[ \t]+[a-z][a-z:-]*(?:="[^"<>]*")?)*[ \t]*/?)>""", _ANY_CASE
)
_NAME = re.compile(r"<([a-z][a-z0-9-]*)", _ANY_CASE)
_ATTRIBUTE = re.compile(r"""[ \t]([a-z][a-z:-]*)(?:="([^"]*)")?""", _ANY_CASE)

_RAW = re.compile(
    r"<(script|style|textarea|xmp|iframe|noembed|noframes|noscript|plaintext)\b[^>]*>(?!</\1>)", re.IGNORECASE
)
"""What HTML reads otherwise than as text with tags in it, unless nothing stands in it."""

_ODD = _Page()
"""A line that is not plainly text with whole tags in it."""


def _plain(tag: str) -> _Page:
    """What one plain tag refers to: what `_parsed` says of it, sooner."""
    if "&" in tag:
        return _parsed(tag)
    page = _Page()
    if m := _NAME.match(tag):
        page.note(m[1].lower(), [(name.lower(), value) for name, value in _ATTRIBUTE.findall(tag, m.end())])
    return page


@dataclass
class _Lines:
    """What is known of the lines and the tags of a site's pages: it repeats few of them many times."""

    _lines: dict[str, _Page | None] = field(default_factory=dict)
    _tags: dict[str, _Page] = field(default_factory=dict)

    def read(self, text: str) -> _Page:
        """The references of a page; where it holds anything but plain tags and text, it is read whole, sign by sign."""
        page = _Page()
        for line in text.split("\n"):
            if line in self._lines:
                known = self._lines[line]
            else:
                known = self._lines[line] = self._line(line)
            if known is None:
                continue
            if known is _ODD:
                return _parsed(text)
            page.add(known)
        return page

    def _line(self, line: str) -> _Page | None:
        """What one line refers to: `None` for nothing, `_ODD` if it can't be read by itself."""
        found = _TAG.findall(line)
        if len(found) != line.count("<") or _RAW.search(line):
            return _ODD
        page = _Page()
        for tag in dict.fromkeys(found):
            if tag not in self._tags:
                self._tags[tag] = _plain(tag)
            page.add(self._tags[tag])
        return page if page != _Page() else None


@dataclass
class _Site:
    """Where the references of one site lead.

    Arguments:
        files: every path of the site.
        slug: the centre.
    """

    files: frozenset[str]
    slug: str
    _from_root: dict[str, str] = field(default_factory=dict)

    def resolved(self, target: str, path: str) -> str:
        """The path of the site that a reference in the file at `path` means; empty if it is none.

        What goes up to the root first means the same in every file: it is resolved once.
        """
        up = "../" * path.count("/")
        rest = target.removeprefix(up)
        if len(rest) == len(target) or rest.startswith("/"):
            return _resolved(target, path, self.slug)
        found = self._from_root.get(rest)
        if found is None:
            found = self._from_root[rest] = _resolved(rest, "index.html", self.slug)
        return found

    def missing(self, path: str, links: Iterable[str]) -> list[Problem]:
        """What the file at `path` needs and the site does not have."""
        return [
            _problem(path, N_("This page needs “{link}”, which is not in the site."), link=link)
            for link in dict.fromkeys(links)
            if self.resolved(link.partition("#")[0], path) not in self.files
        ]


def page_problems(texts: Mapping[str, str], files: frozenset[str], slug: str) -> list[Problem]:
    """What is wrong in the references of a site's pages and stylesheets.

    Arguments:
        texts: the text of each `.html` and `.css` file, by path.
        files: every path of the site.
        slug: the centre; the 404 page, shown at any depth, links by `/<slug>/…`.
    """
    problems: list[Problem] = []
    lines = _Lines()
    pages = {path: lines.read(text) for path, text in sorted(texts.items()) if path.endswith(".html")}
    site = _Site(files, slug)
    for path, page in pages.items():
        for what in dict.fromkeys(page.inline):
            problems.append(
                _problem(path, N_("This page holds “{what}”, which no page of a site may hold."), what=what)
            )
        for link in dict.fromkeys(page.followed):
            if link.startswith(OUTSIDE) or link in GATEWAY:
                continue
            target, _, place = link.partition("#")
            found = path if not target else site.resolved(target, path)
            if found.endswith(f"/{DOWNLOAD}"):
                found = found.removesuffix(DOWNLOAD) + LIST  # what the gateway makes the ZIP of
            if found not in files:
                problems.append(_problem(path, N_("This page links to “{link}”, which is not in the site."), link=link))
            elif place and found in pages and unquote(place) not in pages[found].ids:
                problems.append(
                    _problem(path, N_("This page links to a place that does not exist: “{link}”."), link=link)
                )
        problems += site.missing(path, page.loaded)
    for path, text in sorted(texts.items()):
        if path.endswith(".css"):
            urls = [first or second for first, second in _CSS_URL.findall(text)]
            problems += site.missing(path, [url for url in urls if not url.startswith(("data:image/svg+xml", "#"))])
    return problems


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
