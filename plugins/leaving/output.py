"""A finished tree, judged before it may be called a site: it holds exactly what the site is made of, and nothing else.

This is the second lock. It reads the tree and the content again and trusts no generator; what it does not know is
refused.
"""

from __future__ import annotations

import hashlib
import html
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from plugins.errors import N_, LeakError, Problem, Wrong
from plugins.leaving.mark import is_preview
from plugins.leaving.pagelinks import page_problems
from plugins.leaving.paths import MEDIA_TYPES, is_path, walk
from plugins.photos.album import LIST, has_album
from plugins.photos.model import Variant
from plugins.posts.dates import DAYS, MONTHS
from plugins.posts.header import decode
from plugins.posts.model import Moment, Page, Post
from plugins.site.centre import CITY
from plugins.site.model import Site

TEXTS = (".html", ".css", ".js", ".svg", ".ics", ".txt")
_NAMED_BY_HASH = re.compile(r"theme/[a-z0-9][a-z0-9_-]*\.[0-9a-f]{8}\.(css|js|svg|woff2|txt)|centre\.[0-9a-f]{8}\.css")
_MARKUP = re.compile(r"<[^<>]*>")
_SPACE = re.compile(r"[\s\u00a0\u202f]+")
_SHORTEST = 12
"""Letters, besides dates, from which words are surely somebody's own, and not French that any page may hold."""

_DATED = frozenset({*DAYS, *MONTHS, *Moment, "du", "au", "le", "la", "les", "et", "jusqu", "1er", "matin", "journée"})
"""Words of days, periods and moments, which a site writes by itself: « Mercredi 16 novembre » is nobody's secret."""


def expected(site: Site) -> frozenset[str]:
    """The paths of a site's pages, calendars and photos; theme files and stylesheet are named by their bytes."""
    pages = {"", "plan/", "programmes/", "rappels/", "articles/", *(f"moments/{moment.value}/" for moment in Moment)}
    pages |= {post.path for post in _posts(site)}
    paths = {f"{page}index.html" for page in pages} | {"404.html", "embleme.svg"} | set(_variants(site))
    paths |= {document.path for document in site.documents}
    if "calendrier" in site.centre.functions:
        paths |= {"calendrier.ics", *(programme.calendar_path for programme in site.programmes)}
        paths |= {path for programme in site.programmes for path in programme.group_calendars.values()}
    paths |= {article.path + LIST for article in site.articles if has_album(article, site.centre)}
    return frozenset(paths)


def verify(tree: Path, site: Site, content: Path) -> list[Problem]:
    """Everything that is wrong in the finished tree of `site`; an empty list if it may be published.

    Arguments:
        tree: the output folder, whole.
        site: what the tree was made of.
        content: the content folder; the centre's and the city's files are compared with the tree.
    """
    problems: list[Problem] = []
    files = dict(_files(tree, problems))
    wanted = expected(site)
    problems += [
        _problem(path, N_("This file should have been made and was not.")) for path in sorted(wanted - set(files))
    ]
    for path in sorted(set(files) - wanted):
        if not _NAMED_BY_HASH.fullmatch(path):
            problems.append(_problem(path, N_("This file belongs to no page of the site.")))
    held = _read(files)
    problems += _sources(files, held.sizes, site, content)
    problems += _photos(files, site)
    problems += _documents(files, site)
    problems += page_problems(held.pages, frozenset(files), site.centre.slug)
    problems += _words(files, site, content)
    problems += _preview(held.previews, site)
    return problems


def _files(tree: Path, problems: list[Problem]) -> Iterator[tuple[str, Path]]:
    """Every regular file, by its path; anything else in the tree is a problem."""
    for path, regular in walk(tree):
        if not regular:
            problems.append(_problem(path, N_("This is no regular file.")))
        elif not is_path(path) or path.rpartition(".")[2] not in MEDIA_TYPES:
            problems.append(_problem(path, N_("A site can't hold a file at this address.")))
        else:
            yield path, tree / path


@dataclass(frozen=True)
class _Held:
    """What files hold, each read once.

    Arguments:
        sizes: of each, in bytes.
        pages: text of each page and stylesheet.
        previews: those that come from a preview, in order.
    """

    sizes: dict[str, int]
    pages: dict[str, str]
    previews: list[str]


def _read(files: dict[str, Path]) -> _Held:
    held = _Held({}, {}, [])
    for path, file in sorted(files.items()):
        data = file.read_bytes()
        held.sizes[path] = len(data)
        if path.endswith((".html", ".css")):
            held.pages[path] = data.decode()
        if is_preview(data):
            held.previews.append(path)
    return held


def _posts(site: Site) -> list[Page | Post]:
    return [*site.pages, *site.programmes, *site.reminders, *site.articles]


def _variants(site: Site) -> dict[str, Variant]:
    return {v.path: v for article in site.articles for photo in article.photos for v in photo.variants}


def _sources(files: dict[str, Path], sizes: dict[str, int], site: Site, content: Path) -> list[Problem]:
    """Files of the tree that are, byte for byte, a file of the content: an original, a post's source, settings."""
    possible, originals, found = set(sizes.values()) - {0}, dict[str, str](), set[int]()
    for folder in (site.centre.slug, CITY):
        for source, size in _content_files(content / folder):
            if size in possible:
                originals[_sha256(source)] = source.relative_to(content).as_posix()
                found.add(size)
    # a clean PDF that somebody attaches again is its own copy; what it holds is judged by `_documents`
    same = {document.path for document in site.documents}
    return [
        _problem(path, N_("This file is the original “{source}” itself."), source=originals[digest])
        for path, file in sorted(files.items())
        if path not in same and sizes[path] in found and (digest := _sha256(file)) in originals
    ]


def _content_files(folder: Path) -> Iterator[tuple[Path, int]]:
    """Every regular file in a folder of the content, with its size."""
    for where, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            try:
                about = os.lstat(f"{where}/{name}")
            except FileNotFoundError:  # written by somebody who goes on writing
                continue
            if stat.S_ISREG(about.st_mode):
                yield Path(where, name), about.st_size


def _photos(files: dict[str, Path], site: Site) -> list[Problem]:
    """Photos whose bytes hold anything but pixels, or that are not the size they say."""
    problems: list[Problem] = []
    for path, variant in sorted(_variants(site).items()):
        if path in files:
            from plugins.photos.clean import prove_clean  # Pillow: only where there are photos

            try:
                prove_clean(files[path].read_bytes(), variant.media_type, (variant.width, variant.height), path)
            except LeakError as error:
                problems += error.problems
    return problems


def _documents(files: dict[str, Path], site: Site) -> list[Problem]:
    """PDF files that hold anything but pages, or that are not the copies which were made."""
    problems: list[Problem] = []
    for document in site.documents:
        if document.path in files:
            from plugins.documents.proof import check_clean  # pikepdf: only where there are documents

            data = files[document.path].read_bytes()
            if hashlib.sha256(data).hexdigest() != document.sha256:
                problems.append(_problem(document.path, N_("This file is not the copy that was made of the PDF.")))
            try:
                check_clean(data, document.path)
            except LeakError as error:
                problems += error.problems
    return problems


def _words(files: dict[str, Path], site: Site, content: Path) -> list[Problem]:
    """Words of posts that wait, found in the tree. Words that a published file holds too prove nothing."""
    shown = {post.source for post in _posts(site)}
    waiting = sorted({w.source for w in site.waiting} - shown)
    if not waiting:
        return []
    texts = {p.relative_to(content).as_posix(): _squeezed(_text(p)) for p in _markdown(content, site)}
    public = "\n".join(text for source, text in texts.items() if source not in waiting)
    if "404.html" in files:  # it shows no post: its words are those of every page (« Accueil de loisirs Fessart »)
        public += "\n" + _squeezed(_MARKUP.sub("", files["404.html"].read_text("utf-8")))
    secrets = [
        (source, phrase) for source in waiting for phrase in _phrases(_text(content / source)) if phrase not in public
    ]
    problems: list[Problem] = []
    for path, file in sorted(files.items()) if secrets else ():
        if path.endswith(TEXTS):
            text = _squeezed(_MARKUP.sub("", file.read_text("utf-8").replace("\r\n ", "")))
            problems += [
                _problem(path, N_("This file holds words of “{source}”, which does not leave today."), source=source)
                for source in dict.fromkeys(source for source, phrase in secrets if phrase in text)
            ]
    return problems


def _markdown(content: Path, site: Site) -> Iterable[Path]:
    for folder in (site.centre.slug, CITY):
        yield from sorted(p for p in (content / folder).rglob("*.md") if p.is_file() and not p.is_symlink())
        yield from sorted(p for p in (content / folder).glob("*.toml") if p.is_file() and not p.is_symlink())


def _phrases(text: str) -> list[str]:
    """What would betray a post: its title, and its longest plain lines."""
    lines = text.split("\n")
    titles = [line.partition(":")[2] for line in lines[:30] if line.lower().lstrip().startswith("titre")]
    plain = [line.strip(" -") for line in lines if not re.search(r"[*_`\[\]|#<>\\:]", line)]
    longest = sorted(plain, key=len, reverse=True)[:3]
    return [_squeezed(line) for line in (*titles, *longest) if _own(line) >= _SHORTEST]


def _own(line: str) -> int:
    """Letters of a line that are not those of a date."""
    words = re.findall(r"\w+", line.casefold())
    return sum(len(word) for word in words if not word.isdigit() and word not in _DATED)


def _squeezed(text: str) -> str:
    """Text without spaces, case and kind of apostrophe: what typography changes does not count."""
    return _SPACE.sub("", html.unescape(text)).replace("’", "'").replace("…", "...").casefold()


def _text(file: Path) -> str:
    try:
        return decode(file.read_bytes()) if file.is_file() else ""  # never a pipe
    except (Wrong, OSError):
        return ""


def _preview(previews: list[str], site: Site) -> list[Problem]:
    """Drafts: a preview's site, or a page that a preview showed."""
    if type(site) is not Site:
        return [_problem(site.centre.slug, N_("This is a preview: it may never be published."))]
    return [_problem(path, N_("This file comes from a preview, which may never be published.")) for path in previews]


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _problem(path: str, message: str, **values: object) -> Problem:
    return Problem(path, 0, message, values)
