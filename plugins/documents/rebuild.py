"""A PDF made anew: a second document that takes from the first only what its pages show, key by key.

The tables say everything that passes (ISO 32000-2, the tables named beside them). What they don't name stays behind:
scripts, actions, forms, files, earlier revisions, metadata, thumbnails, private data of programs, hidden layers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object

from plugins.documents.streams import Data, Unreadable, drawing, scalar, words

Rule = Callable[["Rebuild", Any], Any]
"""An object of the first document → what the second one gets of it; `None` for nothing."""

_LONGEST_NAME = 127


class Rebuild:
    """Copies into one new document; what several pages share is copied once.

    Arguments:
        target: the new document.
    """

    def __init__(self, target: pikepdf.Pdf) -> None:
        self.target = target
        self.holds_text = False
        self._data = Data()
        self._done: dict[tuple[tuple[int, int], str], Object] = {}

    def once(self, old: Object, kind: str, make: Callable[[], Any]) -> Any:
        """What `make` gives, once for each indirect object."""
        if old.objgen == (0, 0):
            return make()
        key = (old.objgen, kind)
        if key not in self._done:
            made = make()
            if made is None:
                return None
            self._done[key] = self.target.make_indirect(made)
        return self._done[key]

    def table(self, old: Any, rules: Mapping[str, Rule]) -> Dictionary:
        """The keys that the rules name, and what they give."""
        new = Dictionary()
        for key, rule in rules.items():
            if (value := old.get(key)) is not None and (kept := rule(self, value)) is not None:
                new[key] = kept
        return new

    def data(self, old: Object, rules: Mapping[str, Rule]) -> Object:
        """A stream of data: an image, a font program, a function."""
        return self._data.copy(old, self.target, self.table(old, rules))

    def drawn(self, old: Object, rules: Mapping[str, Rule]) -> Object:
        """A stream of drawing instructions."""
        if "/F" in old:
            raise Unreadable("outside")
        table = self.table(old, rules)
        content, text = drawing(old)
        self.holds_text |= text
        return pikepdf.Stream(self.target, content, table)

    def page(self, old: pikepdf.Page) -> Dictionary:
        """A page: its sheet, its resources and its instructions, without annotations."""
        new = self.table(old.obj, PAGE)
        if not _box(new.get("/MediaBox")) or not _box(new.get("/CropBox", new.get("/MediaBox"))):
            raise Unreadable("damaged")
        content, text = drawing(old)
        self.holds_text |= text
        new["/Type"] = Name.Page
        new["/Contents"] = pikepdf.Stream(self.target, content)
        if "/Resources" not in new:
            new["/Resources"] = Dictionary()
        return new


def _box(value: Any) -> bool:
    return isinstance(value, Array) and len(value) == 4 and not any(isinstance(v, Object) for v in value)


def keep(rebuild: Rebuild, old: Any) -> Any:
    """A number, a name, or an array of them."""
    del rebuild
    return scalar(old)


def _short(rebuild: Rebuild, old: Any) -> Any:
    """A registered name, such as `Adobe`."""
    del rebuild
    text = words(old)
    return text if text is not None and len(str(text)) <= _LONGEST_NAME and str(text).isascii() else None


def _dictionary(rules: Mapping[str, Rule], kind: str) -> Rule:
    def rule(rebuild: Rebuild, old: Any) -> Any:
        if not isinstance(old, Dictionary):
            return None
        return rebuild.once(old, kind, lambda: rebuild.table(old, rules))

    return rule


def _named(rule: Rule) -> Rule:
    """A dictionary whose keys are the names that instructions use."""

    def each(rebuild: Rebuild, old: Any) -> Any:
        if not isinstance(old, Dictionary):
            return None
        new = Dictionary()
        for key in old.keys():  # noqa: SIM118 - a pikepdf dictionary iterates over nothing else
            if (kept := rule(rebuild, old[key])) is not None:
                new[key] = kept
        return new

    return each


def _data(rules: Mapping[str, Rule], kind: str) -> Rule:
    def rule(rebuild: Rebuild, old: Any) -> Any:
        if not isinstance(old, pikepdf.Stream):
            return None
        return rebuild.once(old, kind, lambda: rebuild.data(old, rules))

    return rule


def _either(*rules: Rule) -> Rule:
    def rule(rebuild: Rebuild, old: Any) -> Any:
        return next((kept for each in rules if (kept := each(rebuild, old)) is not None), None)

    return rule


def _several(rule: Rule) -> Rule:
    def each(rebuild: Rebuild, old: Any) -> Any:
        if not isinstance(old, Array):
            return None
        kept = [rule(rebuild, item) for item in old]
        return None if any(item is None for item in kept) else Array(kept)

    return each


def _later(name: str) -> Rule:
    """A rule that is written further down: kinds hold each other."""

    def rule(rebuild: Rebuild, old: Any) -> Any:
        return RULES[name](rebuild, old)

    return rule


def _keeps(keys: str) -> dict[str, Rule]:
    return {f"/{key}": keep for key in keys.split()}


_function, _colour, _form = _later("function"), _later("colour"), _later("form")
_resources, _font, _shading, _gstate = _later("resources"), _later("font"), _later("shading"), _later("gstate")


def _function_rule(rebuild: Rebuild, old: Any) -> Any:
    """Table 38 and following."""
    rules = _keeps("FunctionType Domain Range Size BitsPerSample Order Encode Decode C0 C1 N Bounds")
    rules["/Functions"] = _several(_function)
    if isinstance(old, pikepdf.Stream):
        return rebuild.once(old, "function", lambda: rebuild.data(old, rules))
    return _dictionary(rules, "function")(rebuild, old)


def _colour_rule(rebuild: Rebuild, old: Any) -> Any:
    """8.6: a name, or an array that begins with the family's."""
    if not isinstance(old, Array):
        return scalar(old)
    return rebuild.once(old, "colour", lambda: _colour_array(rebuild, old))


def _colour_array(rebuild: Rebuild, old: Any) -> Any:
    parts = list(old)
    family = str(parts[0]) if parts else ""
    rules: dict[str, list[Rule]] = {
        "/ICCBased": [_data({**_keeps("N Range"), "/Alternate": _colour}, "profile")],
        "/CalGray": [_dictionary(_keeps("WhitePoint BlackPoint Gamma"), "calibrated")],
        "/CalRGB": [_dictionary(_keeps("WhitePoint BlackPoint Gamma Matrix"), "calibrated")],
        "/Lab": [_dictionary(_keeps("WhitePoint BlackPoint Range"), "calibrated")],
        "/Indexed": [_colour, keep, _either(_data({}, "palette"), _bytes)],
        "/Separation": [keep, _colour, _function],
        "/DeviceN": [keep, _colour, _function],
        "/Pattern": [_colour],
    }
    kept = [rule(rebuild, part) for rule, part in zip(rules.get(family, ()), parts[1:], strict=False)]
    return None if any(item is None for item in kept) else Array([Name(family), *kept]) if family else None


def _bytes(rebuild: Rebuild, old: Any) -> Any:
    """The palette of an indexed colour space, at most 256 colours of a few bytes."""
    del rebuild
    return pikepdf.String(bytes(old)) if isinstance(old, pikepdf.String) and len(bytes(old)) <= 256 * 32 else None


def _pattern_rule(rebuild: Rebuild, old: Any) -> Any:
    """Tables 74 and 75."""
    if isinstance(old, pikepdf.Stream):
        rules = {**_keeps("Type PatternType PaintType TilingType BBox XStep YStep Matrix"), "/Resources": _resources}
        return rebuild.once(old, "tiles", lambda: rebuild.drawn(old, rules))
    rules = {**_keeps("Type PatternType Matrix"), "/Shading": _shading, "/ExtGState": _gstate}
    return _dictionary(rules, "pattern")(rebuild, old)


def _shading_rule(rebuild: Rebuild, old: Any) -> Any:
    """Table 77 and following."""
    rules = _keeps(
        "ShadingType Background BBox AntiAlias Domain Coords Extend Matrix BitsPerCoordinate BitsPerComponent "
        "BitsPerFlag Decode VerticesPerRow"
    )
    rules |= {"/ColorSpace": _colour, "/Function": _either(_function, _several(_function))}
    if isinstance(old, pikepdf.Stream):
        return rebuild.once(old, "shading", lambda: rebuild.data(old, rules))
    return _dictionary(rules, "shading")(rebuild, old)


def _object_rule(rebuild: Rebuild, old: Any) -> Any:
    """An image (table 87) or a form (table 93)."""
    if isinstance(old, pikepdf.Stream) and old.get("/Subtype") == Name.Form:
        return _form(rebuild, old)
    if not isinstance(old, pikepdf.Stream) or old.get("/Subtype") != Name.Image:
        return None
    rules = _keeps(
        "Type Subtype Width Height BitsPerComponent Intent ImageMask Decode Interpolate SMaskInData StructParent Matte"
    )
    mask = _later("object")
    rules |= {"/ColorSpace": _colour, "/Mask": _either(mask, keep), "/SMask": mask}
    return rebuild.once(old, "image", lambda: rebuild.data(old, rules))


def _form_rule(rebuild: Rebuild, old: Any) -> Any:
    if not isinstance(old, pikepdf.Stream):
        return None
    group = _dictionary({**_keeps("Type S I K"), "/CS": _colour}, "group")
    rules = _keeps("Type Subtype FormType BBox Matrix StructParent StructParents")
    rules |= {"/Resources": _resources, "/Group": group}
    return rebuild.once(old, "form", lambda: rebuild.drawn(old, rules))


def _font_rule(rebuild: Rebuild, old: Any) -> Any:
    """Tables 109 to 120."""
    system = _dictionary({"/Registry": _short, "/Ordering": _short, "/Supplement": keep}, "system")
    codes = _data({**_keeps("Type CMapName WMode UseCMap"), "/CIDSystemInfo": system}, "codes")
    program = _data(_keeps("Subtype Length1 Length2 Length3"), "program")
    descriptor = _keeps(
        "Type FontName FontStretch FontWeight Flags FontBBox ItalicAngle Ascent Descent Leading CapHeight XHeight "
        "StemV StemH AvgWidth MaxWidth MissingWidth"
    )
    descriptor |= {"/FontFile": program, "/FontFile2": program, "/FontFile3": program, "/CIDSet": _data({}, "set")}
    rules = _keeps("Type Subtype Name BaseFont FirstChar LastChar Widths FontBBox FontMatrix DW W DW2 W2")
    rules |= {
        "/FontDescriptor": _dictionary(descriptor, "descriptor"),
        "/Encoding": _either(keep, codes, _dictionary(_keeps("Type BaseEncoding Differences"), "encoding")),
        "/ToUnicode": _either(keep, codes),
        "/DescendantFonts": _several(_font),
        "/CIDSystemInfo": system,
        "/CIDToGIDMap": _either(keep, _data({}, "glyphs")),
        "/CharProcs": _named(_glyph),
        "/Resources": _resources,
    }
    return _dictionary(rules, "font")(rebuild, old)


def _glyph(rebuild: Rebuild, old: Any) -> Any:
    if not isinstance(old, pikepdf.Stream):
        return None
    return rebuild.once(old, "glyph", lambda: rebuild.drawn(old, {}))


def _gstate_rule(rebuild: Rebuild, old: Any) -> Any:
    """Table 57, without what only printing presses read."""
    mask = _dictionary(
        {**_keeps("Type S BC"), "/G": _form, "/TR": _either(_function, keep)},
        "mask",
    )
    rules = _keeps("Type LW LC LJ ML D RI OP op OPM SA BM CA ca AIS TK")
    rules |= {"/SMask": _either(keep, mask), "/Font": _font_and_size}
    return _dictionary(rules, "state")(rebuild, old)


def _font_and_size(rebuild: Rebuild, old: Any) -> Any:
    parts = list(old) if isinstance(old, Array) else []
    if len(parts) != 2 or (font := _font(rebuild, parts[0])) is None or (size := scalar(parts[1])) is None:
        return None
    return Array([font, size])


RULES: dict[str, Rule] = {
    "function": _function_rule,
    "colour": _colour_rule,
    "shading": _shading_rule,
    "object": _object_rule,
    "form": _form_rule,
    "font": _font_rule,
    "gstate": _gstate_rule,
    "resources": _dictionary(
        {
            "/ExtGState": _named(_gstate_rule),
            "/ColorSpace": _named(_colour_rule),
            "/Pattern": _named(_pattern_rule),
            "/Shading": _named(_shading_rule),
            "/XObject": _named(_object_rule),
            "/Font": _named(_font_rule),
            "/ProcSet": keep,
        },
        "resources",
    ),
}

PAGE: dict[str, Rule] = {
    **_keeps("MediaBox CropBox Rotate UserUnit StructParents Tabs"),
    "/Resources": _resources,
    "/Group": _dictionary({**_keeps("Type S I K"), "/CS": _colour}, "group"),
}
"""Table 31."""
