"""What streams hold: drawing instructions read and written again by a list, images without what cameras add."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, String

from plugins.documents.names import names
from plugins.photos.containers import APP0, APP14, COM, SOI, Malformed, jpeg_segments

MAX_DECODED = 256 * 1024**2
"""Bytes of all the streams of a document, unpacked; a scanned page in colour has 25 MB."""

MAX_DRAWING = 64 * 1024**2
"""Bytes of the instructions of one page; the most intricate maps have some 20 MB."""

_PIECE = 1024**2

_TEXT = frozenset({"Tj", "TJ", "'", '"'})
_DRAWING = names(
    "w J j M d ri i gs q Q cm m l c v y h re S s f F f* B B* b b* n W W* BT ET Tc Tw Tz TL Tf Tr Ts Td TD Tm T* "
    "d0 d1 CS cs SC SCN sc scn G g RG rg K k sh Do"
)
"""Operators of ISO 32000-2 annex A that draw; what is not here is left out."""

_SPOKEN = ("/ActualText", "/Alt", "/E", "/Lang")
"""Words for those who listen to the page."""

_INLINE_KEYS = names(
    "/W /Width /H /Height /BPC /BitsPerComponent /CS /ColorSpace /F /Filter /DP /DecodeParms /IM /ImageMask /D "
    "/Decode /I /Interpolate /L /Length /Intent /Type /Subtype"
)
_UNPACKED = frozenset({"/FlateDecode", "/LZWDecode", "/ASCII85Decode", "/ASCIIHexDecode", "/RunLengthDecode"})
_KEPT_PARAMETERS = names(
    "/Predictor /Colors /BitsPerComponent /Columns /EarlyChange /K /EndOfLine /EncodedByteAlign /Rows /EndOfBlock "
    "/BlackIs1 /DamagedRowsBeforeError /ColorTransform"
)


class Unreadable(ValueError):
    """A part of the document that can't be made anew; `code` says which message of `plugins.documents.clean`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def scalar(value: Any, depth: int = 3) -> Any:
    """A number, a truth or a name, or an array of them; `None` for anything else: no words, no dictionary."""
    if isinstance(value, bool | int | Decimal) or (isinstance(value, Object) and isinstance(value, Name)):
        return value
    if isinstance(value, Object) and isinstance(value, Array) and depth:
        items = [scalar(item, depth - 1) for item in value]
        return None if any(item is None for item in items) else Array(items)
    return None


def words(value: Any) -> String | None:
    """A text."""
    return String(str(value)) if isinstance(value, Object) and isinstance(value, String) else None


def drawing(source: Object | pikepdf.Page) -> tuple[bytes, bool]:
    """A page's or a form's instructions without comments, private marks and unknown operators; whether it holds text.

    Raises:
        Unreadable: it makes no sense, or holds an image that can't be cleaned.
    """
    _measure(source)
    kept: list[Any] = []
    text = False
    for instruction in pikepdf.parse_content_stream(source):
        operator = str(instruction.operator)
        if operator == "INLINE IMAGE":
            _check_inline(instruction)
            kept.append(instruction)
        elif operator in _DRAWING:
            if all(scalar(operand) is not None for operand in instruction.operands):
                kept.append(instruction)
        elif operator in _TEXT:
            if all(_shown(operand) for operand in instruction.operands):
                kept.append(instruction)
                text = True
        elif operator in ("BMC", "BDC"):
            kept.append(_mark(list(instruction.operands)))
        elif operator == "EMC":
            kept.append(instruction)
    return pikepdf.unparse_content_stream(kept), text


def _measure(source: Any) -> None:
    """Refuse instructions that unpack to far too much before they are unpacked whole."""
    contents: Any = source.obj.get("/Contents") if isinstance(source, pikepdf.Page) else source
    parts = list(contents) if isinstance(contents, Array) else [contents]
    left = MAX_DRAWING
    for part in parts:
        filters = _names(part.get("/Filter")) if isinstance(part, pikepdf.Stream) else []
        if filters.count("/FlateDecode") > 1:
            raise Unreadable("hard")
        if filters == ["/FlateDecode"]:
            inflater, packed = zlib.decompressobj(), part.read_raw_bytes()
            while packed and left >= 0:
                try:
                    left -= len(inflater.decompress(packed, _PIECE))
                except zlib.error:
                    break  # a damaged end: the reader of instructions decides
                packed = inflater.unconsumed_tail
        if left < 0:
            raise Unreadable("hard")


def _shown(operand: Any) -> bool:
    if isinstance(operand, Array):
        return all(isinstance(item, int | Decimal | String) for item in operand)
    return isinstance(operand, int | Decimal | String)


def _mark(operands: Sequence[Any]) -> tuple[list[Any], pikepdf.Operator]:
    """The beginning of marked content: what it is and its number, no other property."""
    tag = operands[0] if operands and isinstance(operands[0], Name) else Name.Span
    properties = operands[1] if len(operands) > 1 else None
    if not isinstance(properties, Dictionary):
        return [tag], pikepdf.Operator("BMC")
    about = Dictionary()
    number: Any = properties.get("/MCID")
    if isinstance(number, int):
        about["/MCID"] = number
    for key in _SPOKEN:
        if (text := words(properties.get(key))) is not None:
            about[key] = text
    return [tag, about], pikepdf.Operator("BDC")


def _check_inline(instruction: Any) -> None:
    image = instruction.iimage
    if set(image.obj.keys()) - _INLINE_KEYS:
        raise Unreadable("image")
    if any(name not in _UNPACKED | {"/CCITTFaxDecode"} for name in image.filters):
        raise Unreadable("image")


class Data:
    """Reads streams other than drawings, and counts what they unpack to."""

    def __init__(self) -> None:
        self._left = MAX_DECODED

    def copy(self, source: Object, target: pikepdf.Pdf, table: Dictionary) -> Object:
        """The stream in another document, with `table` for its dictionary, and only the bytes that its format needs.

        Raises:
            Unreadable: an image of a kind that can't be cleaned; far too much data.
        """
        if "/F" in source or "/FFilter" in source:  # its bytes would be in another file
            raise Unreadable("outside")
        filters = _names(source.get("/Filter"))
        raw = source.read_raw_bytes()
        if filters and filters[-1] in ("/DCTDecode", "/CCITTFaxDecode"):
            for name in filters[:-1]:
                raw = self._unpacked(raw, name)
            if filters[-1] == "/DCTDecode":
                raw = bare_jpeg(raw)
            return _made(target, table, raw, filters[-1], _parameters(source))
        if filters == ["/FlateDecode"] and self._whole(raw):
            return _made(target, table, raw, "/FlateDecode", _parameters(source))
        if set(filters) - _UNPACKED:
            raise Unreadable("image")
        data = source.read_bytes()
        self._count(len(data))
        return _made(target, table, data, "", None)

    def _count(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise Unreadable("hard")

    def _whole(self, raw: bytes) -> bool:
        """Whether deflated data end where they should: nothing stands behind them."""
        try:
            return len(self._inflated(raw)) >= 0
        except zlib.error:
            return False

    def _inflated(self, raw: bytes) -> bytes:
        inflater = zlib.decompressobj()
        data = inflater.decompress(raw, self._left + 1)
        self._count(len(data))
        if not inflater.eof or inflater.unused_data:
            raise zlib.error("more, or less")
        return data

    def _unpacked(self, raw: bytes, name: str) -> bytes:
        if name != "/FlateDecode":
            raise Unreadable("image")
        try:
            return self._inflated(raw)
        except zlib.error:
            raise Unreadable("image") from None


def _made(target: pikepdf.Pdf, table: Dictionary, data: bytes, name: str, parameters: Dictionary | None) -> Object:
    stream = pikepdf.Stream(target, b"", table)
    stream.write(data, filter=Name(name) if name else None, decode_parms=parameters)
    return stream


def _names(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, Array) else [str(value)]


def _parameters(source: Object) -> Dictionary | None:
    """How the last filter was set."""
    given: Any = source.get("/DecodeParms")
    if isinstance(given, Array):
        given = list(given)[-1] if len(given) else None
    if not isinstance(given, Dictionary):
        return None
    kept = {key: scalar(given.get(key), 0) for key in sorted(_KEPT_PARAMETERS)}
    return Dictionary({key: value for key, value in kept.items() if value is not None})


def bare_jpeg(data: bytes) -> bytes:
    """A JPEG without anything but tables, frame and scans; Adobe's marker stays, which says what its colours mean.

    Raises:
        Unreadable: it is damaged.
    """
    try:
        segments = list(jpeg_segments(data))
    except Malformed:
        raise Unreadable("image") from None
    kept = [b"\xff\xd8"]
    for segment, following in zip(segments, [*segments[1:], None], strict=True):
        until = following.at if following else segment.end
        payload = data[segment.start : segment.end]
        application = APP0 <= segment.marker < APP0 + 16
        adobe = segment.marker == APP14 and payload.startswith(b"Adobe") and len(payload) == 12
        if segment.marker == SOI or segment.marker == COM or (application and not adobe):
            continue
        # what follows a scan's header, up to the next marker, are its pixels
        kept.append(data[segment.at : until if segment.marker == 0xDA else segment.end])
    return b"".join(kept)
