"""Markdown to sanitised HTML: emphasis, lists, links, images, tables and headings; nothing active, ever.

Two locks: the parser knows no raw HTML, and nh3 lets through only the tags and attributes listed here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from plugins.errors import N_, Problem, Severity, Wrong
from plugins.site.links import ROOT
from plugins.site.spaced import Destinations
from plugins.site.typography import typo
from plugins.site.written import Image, Link

TAGS = {
    "p", "br", "hr", "em", "strong", "s", "ul", "ol", "li", "a", "h2", "h3", "h4", "h5", "h6", "blockquote", "code",
    "pre",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "rel"}, "ol": {"start"}, "th": {"scope"}}
SCHEMES = {"http", "https", "mailto", "tel", ROOT.rstrip(":/")}

Resolve = Callable[[str], "str | None"]
"""A link's target → its `href`; `None` to keep the words without the link; raises `Wrong`."""


Piece = Markup | tuple[Image, ...]

LATER = "preau:?"
"""Stands for a link that is judged later, with its number. No link that is judged begins so."""


@dataclass
class Reading:
    """What stays the same while one text is read: where it stands, how its links resolve, and what is wrong.

    Arguments:
        notes: `href` → what the words of a link to it end with, such as `(PDF, 1,2 Mo)`; `resolve` may add to it.
        later: takes the links as they stand, to be judged another time; `None` where they are judged at once.
    """

    file: str
    resolve: Resolve
    problems: list[Problem] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    later: list[Link] | None = None

    def wrong(self, line: int, message: str, **values: object) -> None:
        """Note an error."""
        self.problems.append(Problem(self.file, line, message, values))

    def advise(self, line: int, message: str, **values: object) -> None:
        """Note an advice: it never stops a build."""
        self.problems.append(Problem(self.file, line, message, values, Severity.ADVICE))


def _parser() -> MarkdownIt:
    # maxNesting bounds the work and the depth of the HTML; indented text is text, not code
    md = MarkdownIt("commonmark", {"html": False, "maxNesting": 40}).enable(["table", "strikethrough"])
    md.disable(["code", "html_block", "html_inline"])
    md.validateLink = lambda url: True  # type: ignore[method-assign]
    md.normalizeLink = lambda url: url  # type: ignore[method-assign]
    md.normalizeLinkText = lambda link: link  # type: ignore[method-assign]
    md.helpers = Destinations()  # type: ignore[assignment]
    return md


_MD = _parser()
_RENDERER = RendererHTML()


def parse(body: str) -> list[Token]:
    """The body's tokens; `token.map` counts lines from 0."""
    return _MD.parse(body)


def refuse_images(tokens: Sequence[Token], first_line: int, reading: Reading) -> None:
    """Take out every image, wherever it stands, and tell each as an error."""
    for token in tokens:
        for image in _take_images(token, first_line):
            refuse(image, reading)


def refuse(image: Image, reading: Reading) -> None:
    """Tell that an image stands where none may."""
    reading.wrong(image.line, N_("Photos may stand in articles only (“{target}”)."), target=image.target)


def prose(tokens: Sequence[Token], first_line: int, reading: Reading) -> Markup:
    """Tokens without images as sanitised HTML."""
    return Markup("").join(piece for piece in pieces(tokens, first_line, reading) if isinstance(piece, Markup))


def pieces(tokens: Sequence[Token], first_line: int, reading: Reading) -> list[Piece]:
    """Prose and galleries in order: images that follow each other are one gallery; prose holds no image."""
    _shift_headings(tokens)
    found: list[Piece] = []
    prose: list[Token] = []
    for block in blocks(tokens):
        images = [image for token in block for image in _take_images(token, first_line)]
        if any(_holds(token) for token in block):
            prose += block
        if images:
            _prose(found, prose, first_line, reading)
            _gallery(found, images)
    _prose(found, prose, first_line, reading)
    return found


def inline(children: Sequence[Token], line: int, reading: Reading) -> Markup:
    """One line of text (an activity) as sanitised HTML, without a paragraph around it."""
    children = list(children)
    _prepare(children, line, reading)
    return clean(_RENDERER.renderInline(children, _MD.options, {}))


def plain(children: Sequence[Token]) -> str:
    """The words of one line of text, without its marks."""
    return "".join(" " if t.type in ("softbreak", "hardbreak") else t.content for t in children if t.type != "image")


def _prose(found: list[Piece], prose: list[Token], first_line: int, reading: Reading) -> None:
    if not prose:
        return
    for token in prose:
        if token.type == "inline" and token.children:
            _prepare(token.children, first_line + (token.map or [0])[0], reading)
        elif token.type in ("th_open", "td_open"):
            token.attrs = {"scope": "col"} if token.type == "th_open" else {}
        elif token.type == "fence":
            token.info = ""
    html = _RENDERER.render(prose, _MD.options, {})
    prose.clear()
    if reading.later is None:
        html = clean(html)
    if html.strip():
        found.append(Markup(html))  # noqa: S704 - clean, or to be cleaned once its links are judged


def _gallery(found: list[Piece], images: list[Image]) -> None:
    if found and isinstance(found[-1], tuple):
        found[-1] = (*found[-1], *images)
    else:
        found.append(tuple(images))


def blocks(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """The top-level blocks: each a list of tokens from its opening to its closing."""
    block: list[Token] = []
    depth = 0
    for token in tokens:
        block.append(token)
        depth += token.nesting
        if depth == 0:
            yield block
            block = []
    if block:
        yield block


def _holds(token: Token) -> bool:
    """Whether a token shows something by itself, once its images are taken out."""
    if token.type == "inline":
        return any(t.content.strip() or t.type in ("code_inline", "link_open") for t in token.children or [])
    return token.type in ("fence", "hr")


def _take_images(token: Token, first_line: int) -> list[Image]:
    """Take the images out of one inline token."""
    images: list[Image] = []
    line = first_line + (token.map or [0])[0]
    kept: list[Token] = []
    for child in token.children or []:
        if child.type in ("softbreak", "hardbreak"):
            line += 1
        if child.type == "image":
            src, title = str(child.attrs.get("src", "")), str(child.attrs.get("title", "") or "")
            images.append(Image(src, " ".join(plain(child.children or []).split()), " ".join(title.split()), line))
        else:
            kept.append(child)
    if images:
        token.children = kept
    return images


def _shift_headings(tokens: Sequence[Token]) -> None:
    """The page's title is its h1: the text's headings begin at h2, and none skips a level."""
    open_: list[int] = []
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1])
            while open_ and open_[-1] >= level:
                open_.pop()
            open_.append(level)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(len(open_) + 1, 6)}"


def _prepare(children: list[Token], line: int, reading: Reading) -> None:
    """Judge the links of one inline token, and write its texts as French typography asks."""
    links: list[Token | None] = []
    dropped: set[int] = set()
    noted: list[tuple[int, str]] = []
    automatic = False
    for at, child in enumerate(children):
        if child.type in ("softbreak", "hardbreak"):
            line += 1
        elif child.type == "link_open":
            automatic = child.info == "auto"
            words = plain(children[at + 1 : _closing(children, at)])
            keep = _judge(child, words, line, reading)
            links.append(child if keep else None)
            if not keep:
                dropped.add(id(child))
        elif child.type == "link_close":
            automatic = False
            link = links.pop()
            if link is None:
                dropped.add(id(child))
            elif note := reading.notes.get(str(link.attrs["href"])):
                noted.append((at, f" {note}"))
        elif child.type == "text" and not automatic:
            child.content = typo(child.content)
    for at, note in reversed(noted):
        children.insert(at, Token("text", "", 0, content=note))
    if dropped:
        children[:] = [child for child in children if id(child) not in dropped]


def _closing(children: Sequence[Token], at: int) -> int:
    return next((i for i in range(at, len(children)) if children[i].type == "link_close"), len(children))


def _judge(token: Token, words: str, line: int, reading: Reading) -> bool:
    """Give a link its checked target; whether it stays a link."""
    link = Link(str(token.attrs.get("href", "")), bool(words.strip()), line)
    if reading.later is not None:
        token.attrs = {"href": f"{LATER}{len(reading.later)}"}
        reading.later.append(link)
        return True
    token.attrs = dict(judged(link, reading))
    return bool(token.attrs)


def judged(link: Link, reading: Reading) -> dict[str, str]:
    """The attributes of a link; none if only its words stay."""
    try:
        href = reading.resolve(link.target)
    except Wrong as wrong:
        reading.problems.append(wrong.at(reading.file, link.line))
        return {}
    if href is not None and not link.worded:
        message = N_("The link to “{target}” has no words: write [words](address).")
        reading.wrong(link.line, message, target=link.target)
    if not href:
        return {}
    outside = href.startswith(("http:", "https:"))
    return {"href": href, **({"rel": "external noopener noreferrer"} if outside else {})}


_EMPTY = re.compile(r"<(strong|em|s)></\1>")
_CLEANER = nh3.Cleaner(tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=None, strip_comments=True)


def clean(html: str) -> Markup:
    """HTML with nothing in it that is not listed here."""
    return Markup(_CLEANER.clean(_EMPTY.sub("", html)))  # noqa: S704 - nh3 has just cleaned it
