"""What somebody asks to withdraw: a photo of the content, a published address, or the reference that a family sends."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import unquote, urlsplit

from plugins.posts import keys
from plugins.posts.words import slugify
from plugins.site.scan import PHOTOS, scan
from publish.errors import N_, BuildError, Reason, cause_of
from publish.withdrawal.stock import PHOTO, Stock

_REFERENCE = re.compile(r"(?:#?photo-)?([0-9a-f]{4})-?([0-9a-f]{4})", re.IGNORECASE)
_FRAGMENT = re.compile(r"photo-([0-9a-f]{4})-([0-9a-f]{4})", re.IGNORECASE)
_ARTICLE = re.compile(r"(articles/[a-z0-9-]+)(?:/(?:index\.html)?)?")

UNKNOWN = N_("“{asked}”: there is no such photo or article of {site}, in the content or published")
NEAR = N_("“{asked}”: there is no such photo or article of {site}, in the content or published; did you mean “{near}”?")
SEVERAL = N_("“{asked}” could be several photos of {site}: give the address of the one that is meant")
NEITHER = N_("“{asked}”: only a photo or a whole article can be withdrawn; take other texts out, then publish")
CLOSED = N_(
    "“{asked}” can't be read: {cause}. If families see this photo, name it by the reference that stands below it"
)
ELSEWHERE = N_("“{asked}” is not of {site}: run `preau withdraw {other}` for it")


@dataclass(frozen=True)
class Asked:
    """What is meant, found in the content and among what is published.

    Arguments:
        files: from the content folder.
        photos: names of published photos (24 digits).
        pages: paths of published articles.
        known: asked for again: it was withdrawn before.
    """

    files: frozenset[str] = frozenset()
    photos: frozenset[str] = frozenset()
    pages: frozenset[str] = frozenset()
    known: bool = False

    @property
    def names_any(self) -> bool:
        """Whether something is named that is still there; otherwise all that ever was withdrawn is meant once more."""
        return bool(self.files or self.photos or self.pages)


def find(content: Path, slug: str, texts: Sequence[str], stock: Stock, paths: Iterable[str], aside: Path) -> Asked:
    """What all these texts mean.

    Arguments:
        slug: of the centre, or of the city.
        texts: as typed.
        stock: the releases of the centres where it may be seen.
        paths: of the register of withdrawals, to know again what was asked before.
        aside: the quarantine, for the same.

    Raises:
        BuildError: with everything that is not found, or can't be read.
    """
    published = stock.photos()
    gone = {match[1] for path in paths if (match := PHOTO.fullmatch(path))} - published.keys()
    found, problems = [], []
    for text in texts:
        try:
            found.append(_one(content, slug, text.strip(), stock, (frozenset(published), frozenset(gone)), aside))
        except BuildError as error:
            problems.append(Reason(error.message, dict(error.values)))
        except OSError as error:
            problems.append(Reason(CLOSED, {"asked": text, "cause": cause_of(error)}))
    if problems:
        raise BuildError(N_("nothing was done:"), reasons=problems)
    return Asked(
        frozenset().union(*(one.files for one in found)),
        frozenset().union(*(one.photos for one in found)),
        frozenset().union(*(one.pages for one in found)),
        known=any(one.known for one in found),
    )


def _one(
    content: Path, slug: str, text: str, stock: Stock, photos: tuple[frozenset[str], frozenset[str]], aside: Path
) -> Asked:
    for file in _files(content, slug, text):
        other = file.partition("/")[0]
        if (content / file).exists() and other != slug:
            raise BuildError(ELSEWHERE, asked=text, site=slug, other=other)
        if (content / file).exists():
            return _source(content, slug, file, text, stock)
        if any((place / file).is_file() for place in aside.glob("*")):
            return Asked(known=True)
    parts = urlsplit(text)
    path = unquote(parts.path).lstrip("/").removeprefix(f"{slug}/")
    reference = _REFERENCE.fullmatch(text) or _FRAGMENT.fullmatch(parts.fragment)
    if reference:
        return _photo(slug, text, (reference[1] + reference[2]).lower(), photos)
    if match := PHOTO.fullmatch(path):
        return _photo(slug, text, match[1], photos)
    if match := _ARTICLE.fullmatch(path):
        return _article(content, slug, match[1], text, stock)
    raise _unknown(content, slug, text)


def _files(content: Path, slug: str, text: str) -> list[str]:
    """The paths from the content folder that somebody may have meant."""
    typed = [os.path.abspath(base / text) for base in (content, content / slug, Path())]  # noqa: PTH100 - names alone
    roots = dict.fromkeys((os.path.abspath(content), os.path.realpath(content)))  # noqa: PTH100
    inside = [path[len(root) + 1 :] for path in typed for root in roots if path.startswith(f"{root}/")]
    return sorted(
        dict.fromkeys(file for file in inside if "/" in file), key=lambda file: not file.startswith(f"{slug}/")
    )


def _source(content: Path, slug: str, file: str, text: str, stock: Stock) -> Asked:
    """A photo, or an article with all that stands beside it."""
    parts = file.split("/")
    if len(parts) < 3 or parts[1] != keys.ARTICLES or (content / file).is_symlink():
        raise BuildError(NEITHER, asked=text)
    if (content / file).is_file() and file.lower().endswith(PHOTOS):
        # Its bytes alone say which published photo it is: unread, it would be withdrawn from nowhere.
        with (content / file).open("rb") as stream:
            stream.read(1)
        return Asked(files=frozenset({file}))
    if (content / file).is_dir() or file.lower().endswith(".md"):
        stem = slugify(parts[2].removesuffix(".md") if len(parts) == 3 else parts[2])
        return _article(content, slug, f"{keys.ARTICLES}/{stem}", text, stock)
    raise BuildError(NEITHER, asked=text)


def _article(content: Path, slug: str, address: str, text: str, stock: Stock) -> Asked:
    page = f"{address}/index.html"
    files: set[str] = set()
    for source in scan(content, slug, []):
        if f"{source.kind}/{source.stem}" == address:
            files.add(source.file)
            if source.own is not None:
                files |= {
                    path.relative_to(content).as_posix()
                    for path in source.own.iterdir()
                    if path.is_file() and not path.is_symlink()
                }
    if not files and not stock.pages(page):
        raise _unknown(content, slug, text)
    return Asked(frozenset(files), frozenset(stock.shown_in(page)), frozenset({page}))


def _photo(slug: str, text: str, start: str, photos: tuple[frozenset[str], frozenset[str]]) -> Asked:
    published, gone = photos
    found = {name for name in published if name.startswith(start)}
    if len(found) > 1:
        raise BuildError(SEVERAL, asked=text, site=slug)
    if found:
        return Asked(photos=frozenset(found))
    if any(name.startswith(start) for name in gone):
        return Asked(known=True)
    raise BuildError(UNKNOWN, asked=text, site=slug)


def _unknown(content: Path, slug: str, text: str) -> BuildError:
    names = {
        path.name: path.relative_to(content).as_posix()
        for path in sorted((content / slug / keys.ARTICLES).glob("*/*"))
        if path.name.lower().endswith(PHOTOS)
    }
    near = get_close_matches(text.rpartition("/")[2], names, n=1, cutoff=0.6)
    if near:
        return BuildError(NEAR, asked=text, site=slug, near=names[near[0]])
    return BuildError(UNKNOWN, asked=text, site=slug)
