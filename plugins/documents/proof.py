"""The second look: a finished PDF read again, in which every key, every text and every action must be one that we know.

It shares no table with the code that makes the copy, so that a mistake there is met here.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String

from plugins.documents.model import UNCLEAN
from plugins.documents.names import names
from plugins.documents.streams import Unreadable, bare_jpeg, drawing
from plugins.errors import LeakError, Problem

_TRAILER = names("/Root /ID /Size /Type /W /Index /Length /Filter /DecodeParms")
_NAMES = names("/ExtGState /ColorSpace /Pattern /Shading /XObject /Font /CharProcs /RoleMap")
"""Keys of dictionaries whose own keys are free names."""

_KEYS = names(
    "/Type /Subtype /Pages /Kids /Count /Parent /Lang /MarkInfo /Marked /StructTreeRoot /MediaBox /CropBox "
    "/Rotate /UserUnit /StructParents /StructParent /Tabs /Resources /Contents /Annots /Group /S /I /K /CS "
    "/ProcSet /Rect /Border /F /A /URI /QuadPoints /P /Pg /O /Scope /RowSpan /ColSpan /ListNumbering /Placement "
    "/WritingMode /TextAlign /BBox /Alt /ActualText /E /MCID /ParentTree /ParentTreeNextKey /Nums /Length /Filter "
    "/DecodeParms /Predictor /Colors /BitsPerComponent /Columns /EarlyChange /EndOfLine /EncodedByteAlign /Rows "
    "/EndOfBlock /BlackIs1 /DamagedRowsBeforeError /ColorTransform /Width /Height /Intent /ImageMask /Mask /SMask "
    "/SMaskInData /Decode /Interpolate /Matte /FormType /Matrix /PatternType /PaintType /TilingType /XStep /YStep "
    "/ShadingType /Background /AntiAlias /Domain /Coords /Function /Extend /BitsPerCoordinate /BitsPerFlag "
    "/VerticesPerRow /FunctionType /Functions /Range /Size /BitsPerSample /Order /Encode /C0 /C1 /N /Bounds "
    "/Alternate /WhitePoint /BlackPoint /Gamma /LW /LC /LJ /ML /D /RI /OP /op /OPM /SA /BM /CA /ca /AIS /TK /BC "
    "/G /TR /Name /BaseFont /FirstChar /LastChar /Widths /FontBBox /FontMatrix /DW /W /DW2 /W2 /FontDescriptor "
    "/Encoding /BaseEncoding /Differences /ToUnicode /DescendantFonts /CIDSystemInfo /Registry /Ordering "
    "/Supplement /CIDToGIDMap /CMapName /WMode /UseCMap /FontName /FontStretch /FontWeight /Flags /ItalicAngle "
    "/Ascent /Descent /Leading /CapHeight /XHeight /StemV /StemH /AvgWidth /MaxWidth /MissingWidth /FontFile "
    "/FontFile2 /FontFile3 /CIDSet /Length1 /Length2 /Length3"
) | _NAMES  # fmt: skip
_TEXTS = names("/ActualText /Alt /E /Lang /URI /Registry /Ordering")
_SCHEMES = ("http", "https", "mailto")


class Unclean(ValueError):
    """Something was found that a clean document does not hold."""


def prove_clean(data: bytes, *, drawings: bool = False) -> None:
    """Accept a whole file only if it is one revision of pages, fonts and images, and nothing else.

    Arguments:
        data: the whole file.
        drawings: read every instruction again too; done once, where the copy is made.

    Raises:
        Unclean: it names what was found.
    """
    if not data.startswith(b"%PDF-1.") or not data.endswith(b"%%EOF\n"):
        raise Unclean("bytes around the document")
    if data.count(b"startxref") != 1:
        raise Unclean("several revisions")
    try:
        pdf = Pdf.open(BytesIO(data), attempt_recovery=False)
    except pikepdf.PdfError as reason:
        raise Unclean("a damaged document") from reason
    if pdf.is_encrypted or pdf.get_warnings():
        raise Unclean("encryption, or a damaged document")
    if extra := set(pdf.trailer.keys()) - _TRAILER:
        raise Unclean(", ".join(sorted(extra)))
    seen: set[tuple[int, int]] = set()
    for _ in _walk(pdf.Root, seen):
        pass
    for item in pdf.objects:
        own = isinstance(item, Stream) and item.get("/Type") in (Name.XRef, Name.ObjStm)
        if item.objgen not in seen and not own:
            raise Unclean("an object that no page needs")
    if drawings and any(drawing(source)[0] != read for source, read in _drawings(pdf)):
        raise Unclean("an instruction that draws nothing")


def _drawings(pdf: Pdf) -> Iterator[tuple[Any, bytes]]:
    """Every page, form, tile and glyph, with its instructions."""
    for page in pdf.pages:
        yield page, page.Contents.read_bytes()
    for item in pdf.objects:
        if isinstance(item, Stream) and ("/PatternType" in item or item.get("/Subtype") == Name.Form):
            yield item, item.read_bytes()
        elif isinstance(item, Dictionary) and isinstance(glyphs := item.get("/CharProcs"), Dictionary):
            yield from ((glyph, glyph.read_bytes()) for _, glyph in glyphs.items())


def check_clean(data: bytes, file: str) -> None:
    """`prove_clean`, for what is about to be published; raises `LeakError`, which names the file and what was found."""
    try:
        prove_clean(data)
    except Unclean as reason:
        raise LeakError([Problem(file, 0, UNCLEAN, {"found": str(reason)})]) from reason


def _walk(root: Any, seen: set[tuple[int, int]]) -> Iterator[None]:
    """Everything that can be reached, without recursion: a document may be deep."""
    todo: list[tuple[str, Any]] = [("/Root", root)]
    while todo:
        key, item = todo.pop()
        if not isinstance(item, Object):
            continue
        if item.is_indirect:
            if item.objgen in seen:
                continue
            seen.add(item.objgen)
        if isinstance(item, String):
            if key not in _TEXTS and key != "[/Indexed":
                raise Unclean(f"a text ({key})")
        elif isinstance(item, Array):
            parts = list(item)
            indexed = parts and isinstance(parts[0], Name) and parts[0] == Name.Indexed
            todo += [("[/Indexed" if indexed else key, part) for part in parts]
        elif isinstance(item, Dictionary | Stream):
            _judge(key, item)
            todo += [(name, item[name]) for name in item.keys()]  # noqa: SIM118
        yield


def _judge(key: str, item: Any) -> None:
    """The keys of one dictionary, and what its keys together mean."""
    free = key in _NAMES and not isinstance(item, Stream) and "/Type" not in item
    if not free and (unknown := set(item.keys()) - _KEYS):
        raise Unclean(", ".join(sorted(unknown)))
    if "/F" in item and (isinstance(item, Stream) or item.get("/Subtype") != Name.Link) and not free:
        raise Unclean("a reference to another file")
    if "/URI" in item and not free and (set(item.keys()) != {"/S", "/URI"} or not _followed(str(item["/URI"]))):
        raise Unclean("an address that nobody may follow")
    if item.get("/Type") == Name.Annot and (
        item.get("/Subtype") != Name.Link or set(item.get("/A", Dictionary()).keys()) != {"/S", "/URI"}
    ):
        raise Unclean("an annotation")
    if isinstance(item, Stream) and "/DCTDecode" in str(item.get("/Filter")):
        try:
            bare = bare_jpeg(item.read_raw_bytes()) == item.read_raw_bytes()
        except Unreadable:
            bare = False
        if not bare:
            raise Unclean("an image with metadata")


def _followed(address: str) -> bool:
    return urlsplit(address).scheme.lower() in _SCHEMES
