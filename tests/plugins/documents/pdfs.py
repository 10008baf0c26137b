"""PDF files drawn here: an honest one, and those that somebody with bad intentions would attach."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String
from PIL import Image

SECRET = b"SECRET"
"""Every trap holds it; no copy may."""

TEXT = b"BT /F1 24 Tf 72 700 Td (Menu de la semaine) Tj ET"


def font(pdf: Pdf) -> Dictionary:
    return Dictionary(F1=pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)))


def page(pdf: Pdf, content: bytes = TEXT, **more: Any) -> Any:
    """A new page of A4 with a text; `more` are further keys."""
    made = pdf.add_blank_page(page_size=(595, 842)).obj
    made["/Resources"] = Dictionary(Font=font(pdf))
    made["/Contents"] = Stream(pdf, content)
    for key, value in more.items():
        made[f"/{key}"] = value
    return made


def saved(pdf: Pdf, **options: Any) -> bytes:
    out = BytesIO()
    pdf.save(out, static_id=True, **{"compress_streams": False, **options})
    return out.getvalue()


def honest(content: bytes = TEXT, **more: Any) -> bytes:
    pdf = Pdf.new()
    page(pdf, content, **more)
    return saved(pdf)


def secret(pdf: Pdf, **keys: Any) -> Stream:
    return Stream(pdf, SECRET, Dictionary(**keys))


def action(kind: str, **keys: Any) -> Dictionary:
    return Dictionary(S=Name(f"/{kind}"), **keys)


def file_of(pdf: Pdf) -> Dictionary:
    embedded = secret(pdf, Type=Name.EmbeddedFile)
    return Dictionary(Type=Name.Filespec, F=String("SECRET.exe"), EF=Dictionary(F=pdf.make_indirect(embedded)))


def annotation(subtype: str, **keys: Any) -> Dictionary:
    return Dictionary(Type=Name.Annot, Subtype=Name(f"/{subtype}"), Rect=Array([10, 10, 90, 90]), **keys)


def _root(**keys: Callable[[Pdf], Any]) -> bytes:
    pdf = Pdf.new()
    page(pdf)
    for key, value in keys.items():
        pdf.Root[f"/{key}"] = value(pdf)
    return saved(pdf)


def _on_page(**keys: Callable[[Pdf], Any]) -> bytes:
    pdf = Pdf.new()
    made = page(pdf)
    for key, value in keys.items():
        made[f"/{key}"] = value(pdf)
    return saved(pdf)


def _annotated(*makers: Callable[[Pdf], Any]) -> bytes:
    return _on_page(Annots=lambda pdf: Array([pdf.make_indirect(make(pdf)) for make in makers]))


def jpeg() -> bytes:
    """A JPEG with EXIF, XMP, a comment, and a thumbnail."""
    image = Image.new("RGB", (32, 24), "#8fae5d")
    exif = image.getexif()
    exif[0x010F] = "SECRET"
    out = BytesIO()
    image.save(out, "JPEG", exif=exif, comment=b"SECRET", xmp=b"<x:xmpmeta>SECRET</x:xmpmeta>", progressive=True)
    return out.getvalue()


def with_image(data: bytes, filters: Any, **more: Any) -> bytes:
    pdf = Pdf.new()
    made = page(pdf, b"q 100 0 0 100 0 0 cm /Im1 Do Q")
    image = Stream(pdf, b"")
    image.write(data, filter=filters)
    for key, value in dict(Type=Name.XObject, Subtype=Name.Image, Width=32, Height=24, BitsPerComponent=8,
                           ColorSpace=Name.DeviceRGB, **more).items():  # fmt: skip
        image[f"/{key}"] = value
    made["/Resources"]["/XObject"] = Dictionary(Im1=image)
    return saved(pdf)


def with_metadata() -> bytes:
    pdf = Pdf.new()
    made = page(pdf, PieceInfo=Dictionary(Word=Dictionary(Private=String("SECRET"))), LastModified=String("SECRET"))
    pdf.docinfo["/Author"] = "SECRET"
    pdf.Root["/Metadata"] = secret(pdf, Type=Name.Metadata, Subtype=Name.XML)
    made["/Metadata"] = secret(pdf, Type=Name.Metadata)
    made["/Thumb"] = secret(pdf, Width=1, Height=1)
    return saved(pdf)


def with_revision() -> bytes:
    """Saved twice, the second time over the first, as some programs do: the first text is still in the file."""
    before = honest(b"BT /F1 12 Tf (SECRET) Tj ET")
    start = before.rindex(b"startxref") + len(b"startxref")
    where = int(before[start:].split()[0])
    body = TEXT
    with Pdf.open(BytesIO(before)) as pdf:
        number, size = pdf.pages[0].Contents.objgen[0], len(pdf.objects) + 1
        root = pdf.Root.objgen[0]
    change = len(before) + 1
    added = b"\n%d 0 obj\n<</Length %d>>\nstream\n%s\nendstream\nendobj\n" % (number, len(body), body)
    table = b"xref\n%d 1\n%010d 00000 n \n" % (number, change)
    trailer = b"trailer\n<</Size %d /Root %d 0 R /Prev %d>>\nstartxref\n%d\n%%%%EOF\n"
    return before + added + table + trailer % (size, root, where, len(before) + len(added))


def bomb(size: int = 100_000_000, twice: bool = False) -> bytes:
    """A few kilobytes of instructions that unpack to far more than any page has."""
    pdf = Pdf.new()
    made = page(pdf)
    stream = Stream(pdf, b"")
    once = zlib.compress(b" " * size, 1)
    if twice:
        stream.write(zlib.compress(once, 9), filter=Array([Name.FlateDecode, Name.FlateDecode]))
    else:
        stream.write(once, filter=Name.FlateDecode)
    made["/Contents"] = stream
    return saved(pdf)


def long(count: int = 10_000) -> bytes:
    """Thousands of empty pages."""
    pdf = Pdf.new()
    tree = pdf.Root.Pages
    one = Dictionary(Type=Name.Page, Parent=tree, MediaBox=Array([0, 0, 9, 9]))
    tree.Kids = Array([pdf.make_indirect(one) for _ in range(count)])
    tree.Count = count
    return saved(pdf)


def deep(levels: int = 20_000) -> bytes:
    """Patterns in patterns in patterns."""
    pdf = Pdf.new()
    made = page(pdf)
    inside = Dictionary()
    for _ in range(levels):
        tile = Stream(pdf, b"", Dictionary(PatternType=1, Resources=pdf.make_indirect(inside)))
        inside = Dictionary(Pattern=Dictionary(P=tile))
    made["/Resources"] = pdf.make_indirect(inside)
    return saved(pdf)


def endless() -> bytes:
    """A form that draws itself."""
    pdf = Pdf.new()
    made = page(pdf, b"/X Do")
    form = Stream(pdf, b"/X Do", Dictionary(Subtype=Name.Form, BBox=Array([0, 0, 9, 9])))
    form["/Resources"] = Dictionary(XObject=Dictionary(X=form))
    made["/Resources"] = Dictionary(XObject=Dictionary(X=form))
    return saved(pdf)


def filled_in() -> bytes:
    """A form with one field."""
    pdf = Pdf.new()
    widget = annotation("Widget", FT=Name.Tx, T=String("nom"), V=String("Camille"), DA=String(""))
    fields = Array([pdf.make_indirect(widget)])
    page(pdf, Annots=fields)
    pdf.Root.AcroForm = Dictionary(Fields=fields)
    return saved(pdf)


def locked(user: str) -> bytes:
    pdf = Pdf.new()
    page(pdf)
    return saved(pdf, encryption=pikepdf.Encryption(owner="owner", user=user))


def _external(pdf: Pdf) -> Dictionary:
    stream = Stream(pdf, b"", Dictionary(Subtype=Name.Image, Width=1, Height=1, F=String("http://SECRET.example/x")))
    return Dictionary(Font=font(pdf), XObject=Dictionary(X=stream))


SCRIPT = {"JS": String("app.alert('SECRET')")}

TRAPS: dict[str, Callable[[], bytes]] = {
    "script on opening": lambda: _root(OpenAction=lambda _: action("JavaScript", **SCRIPT)),
    "named scripts": lambda: _root(
        Names=lambda _: Dictionary(
            JavaScript=Dictionary(Names=Array([String("SECRET"), action("JavaScript", **SCRIPT)]))
        )
    ),
    "script on closing": lambda: _root(AA=lambda _: Dictionary(WC=action("JavaScript", **SCRIPT))),
    "script on a page": lambda: _on_page(AA=lambda _: Dictionary(O=action("JavaScript", **SCRIPT))),
    "a program": lambda: _annotated(lambda _: annotation("Link", A=action("Launch", F=String("SECRET.exe")))),
    "a form that is sent": lambda: _annotated(
        lambda _: annotation("Link", A=action("SubmitForm", F=String("http://SECRET.example")))
    ),
    "another file": lambda: _annotated(lambda _: annotation("Link", A=action("GoToR", F=String("SECRET.pdf")))),
    "a script for address": lambda: _annotated(
        lambda _: annotation("Link", A=action("URI", URI=String("javascript:alert('SECRET')")))
    ),
    "a file for address": lambda: _annotated(
        lambda _: annotation("Link", A=action("URI", URI=String("file:///SECRET")))
    ),
    "an action after a link": lambda: _annotated(
        lambda _: annotation(
            "Link", A=Dictionary(S=Name.URI, URI=String("https://a.example/"), Next=action("JavaScript", **SCRIPT))
        )
    ),
    "files inside": lambda: _root(
        Names=lambda pdf: Dictionary(EmbeddedFiles=Dictionary(Names=Array([String("SECRET"), file_of(pdf)])))
    ),
    "associated files": lambda: _root(AF=lambda pdf: Array([file_of(pdf)])),
    "a file on a page": lambda: _annotated(lambda pdf: annotation("FileAttachment", FS=file_of(pdf))),
    "a film": lambda: _annotated(
        lambda pdf: annotation("RichMedia", RichMediaContent=Dictionary(Assets=secret(pdf)))
    ),
    "a comment": lambda: _annotated(lambda _: annotation("Text", Contents=String("SECRET"), T=String("SECRET"))),
    "metadata": with_metadata,
    "an earlier revision": with_revision,
    "bookmarks": lambda: _root(
        Outlines=lambda pdf: Dictionary(First=Dictionary(Title=String("SECRET"), A=action("JavaScript", **SCRIPT)))
    ),
    "private marks": lambda: honest(b"/Tag <</Private (SECRET) /MCID 0>> BDC % SECRET\n" + TEXT + b" EMC"),
    "a note in the drawing": lambda: honest(TEXT + b" /SECRET MP (SECRET) w BX (SECRET) Xx EX"),
    "a photo's metadata": lambda: with_image(jpeg(), Name.DCTDecode, Metadata=String("SECRET")),
    "a photo's metadata, packed": lambda: with_image(
        zlib.compress(jpeg()), Array([Name.FlateDecode, Name.DCTDecode])
    ),
    "bytes behind an image": lambda: with_image(zlib.compress(b"\0" * 32 * 24 * 3) + SECRET, Name.FlateDecode),
    "a print-only file": lambda: with_image(
        zlib.compress(b"\0" * 32 * 24 * 3), Name.FlateDecode, OPI=Dictionary(F=String("SECRET"))
    ),
    "an unknown part": lambda: honest(Unknown=String("SECRET")),
    "an unused object": lambda: honest() .replace(b"trailer", b"99 0 obj\n(SECRET)\nendobj\ntrailer"),
    "a web page in front": lambda: b"<html><script>alert('SECRET')</script></html>\n" + honest(),
    "an archive behind": lambda: honest() + b"PK\x03\x04SECRET",
}  # fmt: skip

REFUSED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a password": ("locked", lambda: locked("user")),
    "rights only": ("locked", lambda: locked("")),
    "a form for one program": (
        "form", lambda: _root(AcroForm=lambda pdf: Dictionary(Fields=Array(), XFA=secret(pdf))),
    ),
    "hidden layers": (
        "layers",
        lambda: _root(OCProperties=lambda pdf: (
            Dictionary(OCGs=Array([(layer := pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("SECRET"))))]),
                       D=Dictionary(OFF=Array([layer])))
        )),
    ),
    "a portfolio": ("wrapper", lambda: _root(Collection=lambda _: Dictionary())),
    "cut off": ("damaged", lambda: honest()[:-200]),
    "another kind of image": ("image", lambda: with_image(b"jp2", Name.JPXDecode)),
    "a damaged photo": ("image", lambda: with_image(jpeg()[:-40], Name.DCTDecode)),
    "an inline photo": (
        "image", lambda: honest(b"q BI /W 8 /H 8 /BPC 8 /CS /RGB /F /DCT ID \xff\xd8SECRET\xff\xd9 EI Q"),
    ),
    "an image elsewhere": ("outside", lambda: _on_page(Resources=_external)),
    "too many pages": ("long", lambda: long(300)),
}  # fmt: skip
