"""XML from a provider, parsed hardened: no DOCTYPE, no entity, nothing fetched, bounded in depth and number."""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

MOST_DEPTH = 16
"""Of nested elements; the deepest known answer (schools of children of a guardian) has eight."""

MOST_ELEMENTS = 5_000


class NotXml(ValueError):
    """These bytes are no XML that is taken."""


def parse(data: bytes) -> Element:
    """The root element; comments are left out, and the text around one stays whole.

    Raises:
        NotXml
    """
    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, ValueError, LookupError) as error:  # ValueError: also what defusedxml forbids
        raise NotXml(type(error).__name__) from None
    level, count = [root], 0
    for _ in range(MOST_DEPTH):
        count += len(level)
        if count > MOST_ELEMENTS:
            raise NotXml("too many elements")
        level = [child for element in level for child in element]
    if level:
        raise NotXml("too deep")
    return root


def split(tag: str) -> tuple[str, str]:
    """Namespace and local name of an element or of an XML attribute."""
    namespace, brace, name = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
    return (namespace, name) if brace else ("", tag)


def text(element: Element) -> str:
    """The text of an element without its outer blanks."""
    return (element.text or "").strip(" \t\r\n")
