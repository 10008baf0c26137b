"""What a service says that a bucket holds: believed only where it is whole and answers the question.

A key that is missing here is a head or a withdrawal that nobody sees. An answer that could be read in two ways is
therefore none.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, XMLParser


class Unreadable(ValueError):
    """Not a whole answer to the question."""


@dataclass(frozen=True)
class Listing:
    """What stands below a prefix.

    Arguments:
        keys: of objects.
        folders: beginnings of other keys, where a delimiter was asked for.
    """

    keys: tuple[str, ...]
    folders: tuple[str, ...]


def read_listing(data: bytes, *, bucket: str, prefix: str, delimiter: str) -> Listing:
    """Read an answer to `ListObjectsV2` that was asked without `encoding-type`.

    Arguments:
        bucket, prefix, delimiter: what was asked; empty for no delimiter.

    Raises:
        Unreadable: it is cut, goes on in another page, answers another question or is no such answer.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
    """
    root = _parse(data)
    said = {"Name": bucket, "Prefix": prefix, "IsTruncated": "false"}
    if _local(root) != "ListBucketResult" or any(_only(root, name) != value for name, value in said.items()):
        raise Unreadable
    if (_only(root, "Delimiter") or "") != delimiter or _only(root, "NextContinuationToken"):
        raise Unreadable
    keys = tuple(_only(found, "Key") or "" for found in _all(root, "Contents"))
    folders = tuple(_only(found, "Prefix") or "" for found in _all(root, "CommonPrefixes"))
    if _only(root, "KeyCount") not in (None, str(len(keys) + len(folders))):
        raise Unreadable
    if not all(name and name.startswith(prefix) for name in (*keys, *folders)):
        raise Unreadable
    if delimiter and any(delimiter in key[len(prefix) :] for key in keys):
        raise Unreadable
    if not all(delimiter and folder.endswith(delimiter) for folder in folders):
        raise Unreadable
    return Listing(keys, folders)


def _parse(data: bytes) -> Element:
    # Without "<!" there is no DOCTYPE, and without one no entity that grows or is fetched. The encoding is given, so
    # that no declaration makes other characters of these bytes; UTF-16 is found out all the same, and holds zeros.
    if b"<!" in data or b"\0" in data:
        raise Unreadable
    parser = XMLParser(encoding="utf-8")  # noqa: S314 - see above
    try:
        parser.feed(data)
        return parser.close()
    except ParseError as error:
        raise Unreadable from error


def _local(element: Element) -> str:
    """An element's name without its namespace, which not every service gives."""
    return element.tag.rpartition("}")[2]


def _all(parent: Element, name: str) -> list[Element]:
    return [child for child in parent if _local(child) == name]


def _only(parent: Element, name: str) -> str | None:
    """The text of the only child of that name, `None` if there is none."""
    found = _all(parent, name)
    if not found:
        return None
    if len(found) > 1 or len(found[0]):
        raise Unreadable
    return found[0].text or ""
