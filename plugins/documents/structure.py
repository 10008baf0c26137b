"""The order and the sense of what pages show, for those who listen to them: kept where it was written."""

from __future__ import annotations

from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object

from plugins.documents.names import names
from plugins.documents.streams import scalar, words

_SPOKEN = ("/Alt", "/ActualText", "/E", "/Lang")
_LAYOUT = names("/O /Scope /RowSpan /ColSpan /ListNumbering /Placement /WritingMode /TextAlign /BBox /Width /Height")


class Structure:
    """Copies the structure tree (ISO 32000-2, 14.7) of one document into another.

    Arguments:
        target: the new document.
        pages: number of each old page object → the new page.
    """

    def __init__(self, target: pikepdf.Pdf, pages: dict[tuple[int, int], Object]) -> None:
        self._target, self._pages = target, pages
        self._elements: dict[tuple[int, int], Object] = {}

    def copy(self, old: Any) -> Object | None:
        """The tree's new root, or `None` if there is nothing to keep."""
        if not isinstance(old, Dictionary):
            return None
        root = self._target.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        kids = self._kids(old.get("/K"), root, None)
        if not kids:
            return None
        root["/K"] = Array(kids)
        roles = old.get("/RoleMap")
        if isinstance(roles, Dictionary):
            known = {key: role for key, role in roles.items() if isinstance(role, Name)}
            root["/RoleMap"] = Dictionary(known)
        if isinstance(tree := old.get("/ParentTree"), Dictionary):
            numbers = Array()
            for number, value in pikepdf.NumberTree(tree).items():
                numbers.append(number)
                numbers.append(self._owners(value))
            root["/ParentTree"] = self._target.make_indirect(Dictionary(Nums=numbers))
            root["/ParentTreeNextKey"] = int(numbers[-2]) + 1 if len(numbers) else 0
        return root

    def _owners(self, value: Any) -> Any:
        """What a number of the parent tree stands for: an element, or one for each piece of a page."""
        if isinstance(value, Array):
            return Array([self._owners(item) for item in list[Any](value)])
        return self._elements.get(value.objgen) if isinstance(value, Object) else None

    def _kids(self, old: Any, parent: Object, page: Object | None) -> list[Any]:
        items = list(old) if isinstance(old, Array) else [old]
        return [kid for item in items if (kid := self._kid(item, parent, page)) is not None]

    def _kid(self, old: Any, parent: Object, page: Object | None) -> Any:
        if isinstance(old, int):
            return old
        if not isinstance(old, Dictionary):
            return None
        kind = old.get("/Type")
        number: Any = old.get("/MCID")
        if kind == Name.MCR and isinstance(number, int):
            new = Dictionary(Type=Name.MCR, MCID=number)
            if (on := self._page(old) or page) is not None:
                new["/Pg"] = on
            return new
        if kind in (Name.MCR, Name.OBJR):  # links are announced by themselves
            return None
        return self._element(old, parent)

    def _page(self, old: Any) -> Object | None:
        page = old.get("/Pg")
        return self._pages.get(page.objgen) if isinstance(page, Object) else None

    def _element(self, old: Any, parent: Object) -> Object | None:
        if old.objgen == (0, 0) or old.objgen in self._elements or not isinstance(role := old.get("/S"), Name):
            return None
        new = self._target.make_indirect(Dictionary(Type=Name.StructElem, S=role, P=parent))
        self._elements[old.objgen] = new
        for key in _SPOKEN:
            if (text := words(old.get(key))) is not None:
                new[key] = text
        if (layout := _layout(old.get("/A"))) is not None:
            new["/A"] = layout
        page = self._page(old)
        if page is not None:
            new["/Pg"] = page
        if kids := self._kids(old.get("/K"), new, page):
            new["/K"] = Array(kids)
        return new


def _layout(old: Any) -> Any:
    """Attributes such as the span of a table's cell."""
    if isinstance(old, Array):
        found = [kept for item in old if (kept := _layout(item)) is not None]
        return Array(found) if found else None
    if not isinstance(old, Dictionary):
        return None
    kept = {key: scalar(old.get(key)) for key in sorted(_LAYOUT)}
    new = Dictionary({key: value for key, value in kept.items() if value is not None})
    return new if "/O" in new else None
