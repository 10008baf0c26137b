"""What an article, and the file of its captions, say of photos, taken out of them. Pure: texts in, texts out."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection
from urllib.parse import unquote

from plugins.photos.blur import photo_of
from plugins.photos.captions import NAME as CAPTIONS
from plugins.photos.names import candidates
from plugins.posts import keys
from plugins.posts.words import fold
from plugins.site import text as markdown
from plugins.site.spaced import FILE

_IMAGE = re.compile(
    r"!\[(?:\\.|[^\[\]\\]|\[[^\[\]]*\])*\]"  # the description, which may hold one pair of brackets
    rf"\(\s*(<[^<>\n]*>|{FILE}|(?:\\.|[^\s()\\]|\([^\s()]*\))+)"  # the file
    r"(?:\s+(?:\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|\((?:\\.|[^()\\])*\)))?\s*\)",  # the caption
    re.IGNORECASE,
)
_BARE = re.compile(r"\s*(?:[-*+>]|\d+[.)])?\s*")
_FIELD = re.compile(r"\s*([^:]+?)\s*:\s*(.*?)\s*")


def without_photos(text: str, names: Collection[str], stay: Collection[str]) -> str:
    """An article without these photos: their images with descriptions and captions, and what its header asks for them.

    Arguments:
        text: the whole file.
        names: of photos of its folder.
        stay: photos that stay in the folder; with none, a header that asks for them all asks for nothing.
    """

    def take(found: re.Match[str]) -> str:
        return "" if _target(found[1]) in names else found[0]

    lines: list[str] = []
    header = True
    for line in text.splitlines(keepends=True):
        header = header and (bool(line.strip()) or not lines)
        kept = _field(line, names, stay) if header else _IMAGE.sub(take, line)
        if kept is not None and (kept == line or not _BARE.fullmatch(kept)):
            lines.append(kept)
    return "".join(lines)


def without_captions(text: str, names: Collection[str], stay: Collection[str]) -> str:
    """`legendes.txt` without the lines of these photos; the others keep theirs."""
    kept = []
    for line in text.splitlines(keepends=True):
        written = line.replace("：", ":").partition(":")[0].strip().strip("«»\"'").strip()
        if line.lstrip().startswith("#") or not _means(written, names, stay) & set(names):
            kept.append(line)
    return "".join(kept)


def shows(text: str, names: Collection[str]) -> bool:
    """Whether an article still places one of these photos, however that is written."""
    tokens = markdown.parse(text)
    targets = {
        _target(str(child.attrs.get("src", "")))
        for token in tokens
        for child in token.children or []
        if child.type == "image"
    }
    return not targets.isdisjoint(names)


def is_captions(name: str) -> bool:
    """Whether a file is `legendes.txt`."""
    return fold(name) == CAPTIONS


def _target(written: str) -> str:
    return posixpath.normpath(unquote(written.strip().removeprefix("<").removesuffix(">")).replace("\\", ""))


def _means(written: str, names: Collection[str], stay: Collection[str]) -> set[str]:
    return set(candidates(written, (*names, *stay)))


def _field(line: str, names: Collection[str], stay: Collection[str]) -> str | None:
    """A line of the header; `None` if nothing of it is left."""
    found = _FIELD.fullmatch(line.rstrip("\r\n"))
    key = keys.find(found[1]) if found else None
    if found is None or key is None:
        return line
    if key is keys.PHOTOS:
        return line if stay else None
    if key is keys.BLUR:
        wishes = [part.strip() for part in re.split(r";(?![^(]*\))", found[2])]
        # A wish that may be of a photo that stays is kept: without it, that one would be shown as it is.
        kept = [part for part in wishes if not (meant := _means(photo_of(part), names, stay)) or not meant <= {*names}]
        end = line[len(line.rstrip("\r\n")) :]
        return line if kept == wishes else f"{found[1]} : {' ; '.join(kept)}{end}" if kept else None
    return line
