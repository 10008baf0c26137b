"""What a page must never hold and must always hold: each rule gives the faults that it finds in one page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib

ELSEWHERE = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
ASKS = {"src", "srcset", "href", "action", "data", "poster", "formaction", "ping", "background"}


def parse(html: str) -> Element:
    """The page's tree; templates' contents included."""
    tree: Element = html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False)
    return tree


def words(element: Element) -> str:
    """The text of an element, in one line."""
    return " ".join("".join(element.itertext()).split())


def with_class(tree: Element, name: str) -> list[Element]:
    """Every element of a class, in order."""
    return [element for element in tree.iter() if name in element.get("class", "").split()]


def unsafe(html: str) -> Iterator[str]:
    """Inline styles and scripts, and requests to other hosts."""
    for element in parse(html).iter():
        tag = str(element.tag)
        if tag == "style" or (tag == "script" and (not element.get("src") or words(element))):
            yield f"inline <{tag}>"
        for name, value in element.attrib.items():
            if name == "style" or name.startswith("on"):
                yield f"{tag} {name}={value}"
            if name in ASKS and ELSEWHERE.match(value.strip()):
                yield f"{tag} asks another host: {value}"
            if name in ASKS and value.strip().lower().startswith(("javascript:", "data:")):
                yield f"{tag} {name}={value}"
        if tag in {"iframe", "object", "embed", "base"}:
            yield f"<{tag}>"


def unreadable(html: str) -> Iterator[str]:
    """What a person with a screen reader would stumble on, among what needs no browser to be seen."""
    tree = parse(html)
    yield from _document(tree)
    yield from _headings(tree)
    yield from _names(tree)
    for element in tree.iter():
        yield from _element(element)


def _document(tree: Element) -> Iterator[str]:
    if tree.get("lang") != "fr":
        yield "no lang"
    robots = [e.get("content", "") for e in tree.iter("meta") if e.get("name") == "robots"]
    if robots != ["noindex, nofollow, noarchive"]:
        yield "may be indexed"
    if not any(words(e) for e in tree.iter("title")):
        yield "no title"
    for tag in ("main", "header", "footer", "h1"):
        if len(list(tree.iter(tag))) != 1:
            yield f"not one <{tag}>"


def _headings(tree: Element) -> Iterator[str]:
    level = 0
    for element in tree.iter():
        if heading := re.fullmatch(r"h([1-6])", str(element.tag)):
            if int(heading[1]) > level + 1:
                yield f"{element.tag} after h{level}: {words(element)}"
            level = int(heading[1])
            if not words(element):
                yield f"empty {element.tag}"


def _names(tree: Element) -> Iterator[str]:
    ids = [element.attrib["id"] for element in tree.iter() if "id" in element.attrib]
    yield from (f"id twice: {name}" for name, count in Counter(ids).items() if count > 1)
    for element in tree.iter():
        for name in ("aria-labelledby", "aria-describedby"):
            if element.get(name) and element.get(name) not in ids:
                yield f"{name} names nothing: {element.get(name)}"
        if element.tag == "a" and element.get("href", "").startswith("#") and element.get("href", "")[1:] not in ids:
            yield f"link to nowhere: {element.get('href')}"


def _element(element: Element) -> Iterator[str]:
    if element.tag == "img" and not ("alt" in element.attrib and element.get("width") and element.get("height")):
        yield f"<img> without alt or size: {element.get('src')}"
    if element.tag in {"a", "button"} and not (words(element) or any(i.get("alt") for i in element.iter("img"))):
        yield f"<{element.tag}> without a name"
    if element.tag == "nav" and not (element.get("aria-label") or element.get("aria-labelledby")):
        yield "<nav> without a name"
