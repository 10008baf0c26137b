"""One PDF on standard input, what was found in it and its clean copy on standard output: run as a program of its own.

The answer is one line of JSON: `{"error": code}`, or `{"removed": […], "text": …, "pages": …}` and then the copy.
"""

from __future__ import annotations

import json
import re
import sys
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf

from plugins.apart import confine
from plugins.documents.model import MAX_PAGES, SECONDS
from plugins.documents.names import names
from plugins.documents.proof import Unclean, prove_clean
from plugins.documents.rebuild import Rebuild
from plugins.documents.streams import Unreadable, scalar, words
from plugins.documents.structure import Structure

MEMORY = 1024**3
"""Bytes of address space; a brochure of 5 MB needs less than 200 MB."""

SCHEMES = ("http", "https", "mailto")

_MARKS = names(
    "/FreeText /Widget /Stamp /Ink /Square /Circle /Line /Polygon /PolyLine /Highlight /Underline /StrikeOut "
    "/Squiggly /Watermark"
)
"""Annotations that a page shows by itself: they become part of it. Others are comments, files, films and buttons."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}")


def clean(data: bytes) -> tuple[bytes, dict[str, Any]]:
    """The copy, made and then read again, and what was found.

    Raises:
        Unreadable: with the code of the message.
    """
    try:
        old = Pdf.open(BytesIO(data), attempt_recovery=False)
    except pikepdf.PasswordError:
        raise Unreadable("locked") from None
    except pikepdf.PdfError:
        raise Unreadable("damaged") from None
    if old.is_encrypted:
        raise Unreadable("locked")
    _refuse(old)
    removed = _flatten(old)
    new = Pdf.new()
    text = _copy(old, new)
    out = BytesIO()
    new.save(
        out, deterministic_id=True, min_version="1.5", fix_metadata_version=False, compress_streams=True,
        object_stream_mode=pikepdf.ObjectStreamMode.generate, linearize=False,
    )  # fmt: skip
    prove_clean(out.getvalue(), drawings=True)
    return out.getvalue(), {"removed": sorted(removed), "text": text, "pages": len(new.pages)}


def _refuse(old: Pdf) -> None:
    """What would not show the same once it is made anew."""
    if len(old.pages) > MAX_PAGES:
        raise Unreadable("long")
    if not len(old.pages) or "/Collection" in old.Root:
        raise Unreadable("wrapper")
    form = old.Root.get("/AcroForm")
    if _true(old.Root.get("/NeedsRendering")) or (isinstance(form, Dictionary) and "/XFA" in form):
        raise Unreadable("form")
    layers = old.Root.get("/OCProperties")
    if isinstance(layers, Dictionary):
        shown = layers.get("/D")
        off = shown.get("/OFF") if isinstance(shown, Dictionary) else None
        base = shown.get("/BaseState", Name.ON) if isinstance(shown, Dictionary) else Name.ON
        if base != Name.ON or (isinstance(off, Array) and len(off)):
            raise Unreadable("layers")


def _flatten(old: Pdf) -> set[str]:
    """Draw stamps and filled-in fields onto their pages; what else stands on a page goes. Tells what is left behind."""
    removed: set[str] = set()
    root = old.Root
    if _acts(root.get("/OpenAction")) or "/AA" in root or "/JavaScript" in root.get("/Names", Dictionary()):
        removed.add("actions")
    if "/EmbeddedFiles" in root.get("/Names", Dictionary()) or "/AF" in root:
        removed.add("files")
    form = root.get("/AcroForm")
    if isinstance(form, Dictionary) and _true(form.get("/NeedAppearances")):
        old.generate_appearance_streams()
    links: list[list[Any]] = []
    for page in old.pages:
        if "/AA" in page.obj:
            removed.add("actions")
        found = _annotations(page.obj)
        kinds = [str(each.get("/Subtype")) for each in found]
        links.append([each for each, kind in zip(found, kinds, strict=True) if kind == "/Link"])
        marks = [each for each, kind in zip(found, kinds, strict=True) if kind in _MARKS]
        removed |= {_left(kind) for kind in kinds if kind not in _MARKS and kind not in ("/Link", "/Popup")}
        removed |= {"form" for kind in kinds if kind == "/Widget"}
        page.obj["/Annots"] = Array(marks)
    if any(len(page.obj["/Annots"]) for page in old.pages):
        old.flatten_annotations("screen")
    for page, kept in zip(old.pages, links, strict=True):
        page.obj["/Annots"] = Array(kept)
        if any(_address(link) is None and _acts(link.get("/A")) for link in kept):
            removed.add("actions")
    return removed


def _true(value: Any) -> bool:
    return value is True


def _annotations(page: Any) -> list[Any]:
    found = page.get("/Annots")
    items = list(found) if isinstance(found, Array) else []
    return [item for item in items if isinstance(item, Dictionary)]


def _left(kind: str) -> str:
    return "files" if kind == "/FileAttachment" else "comments" if kind in ("/Text", "/Caret") else "actions"


def _acts(action: Any) -> bool:
    """Whether an action does more than show another page of the same document."""
    return isinstance(action, Dictionary) and action.get("/S") != Name.GoTo


def _address(link: Any) -> str | None:
    """Where a link leads, if it is an address that a family may follow."""
    action = link.get("/A")
    if not isinstance(action, Dictionary) or action.get("/S") != Name.URI:
        return None
    try:
        address = bytes(action.get("/URI", b"")).decode("ascii")
        parts = urlsplit(address)
        usable = parts.scheme.lower() in SCHEMES and (parts.scheme.lower() == "mailto" or bool(parts.hostname))
    except (ValueError, TypeError):
        return None
    return address if usable and address.isprintable() and " " not in address else None


def _copy(old: Pdf, new: Pdf) -> bool:
    """Every page with its links, then the structure; whether any page holds text."""
    rebuild = Rebuild(new)
    pages: dict[tuple[int, int], Object] = {}
    for page in old.pages:
        made = new.make_indirect(rebuild.page(page))
        pages[page.obj.objgen] = made
        new.pages.append(pikepdf.Page(made))
        links = [link for each in _annotations(page.obj) if (link := _link(each)) is not None]
        if links:
            made["/Annots"] = Array([new.make_indirect(link) for link in links])
    if (structure := Structure(new, pages).copy(old.Root.get("/StructTreeRoot"))) is not None:
        new.Root["/StructTreeRoot"] = structure
        new.Root["/MarkInfo"] = Dictionary(Marked=True)
    language = words(old.Root.get("/Lang"))
    if language is not None and _LANGUAGE.fullmatch(str(language)):
        new.Root["/Lang"] = language
    return rebuild.holds_text


def _link(old: Any) -> Dictionary | None:
    address, place = _address(old), scalar(old.get("/Rect"))
    if address is None or place is None:
        return None
    action = Dictionary(S=Name.URI, URI=pikepdf.String(address))
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=place, Border=Array([0, 0, 0]), F=4, A=action)
    if (corners := scalar(old.get("/QuadPoints"))) is not None:
        link["/QuadPoints"] = corners
    return link


def main() -> None:
    """Answer on standard output."""
    confine(SECONDS, MEMORY)
    sys.setrecursionlimit(2_000)
    copy = b""
    about: dict[str, Any]
    try:
        copy, about = clean(sys.stdin.buffer.read())
    except Unreadable as reason:
        about = {"error": reason.code}
    except (MemoryError, RecursionError):
        about = {"error": "hard"}
    except Unclean as reason:
        about = {"error": "unclean", "found": str(reason)}
    except Exception:  # noqa: BLE001 - crafted bytes make a parser raise anything; all of it means "damaged"
        about = {"error": "damaged"}
    sys.stdout.buffer.write(json.dumps(about).encode() + b"\n")
    sys.stdout.buffer.write(copy)


if __name__ == "__main__":
    main()
