"""Previews of small contents, without a browser."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from plugins.language import translator
from plugins.preview.loader import Memory, load_preview
from plugins.preview.model import PreviewSite
from plugins.preview.page import Dress
from plugins.preview.plugin import Shelf, Workshop
from tests.plugins.making import NOW, fake_photo, make_content
from tests.project import ROOT

Files = Mapping[str, str | bytes | None]

WAITING: dict[str, str | bytes] = {
    "lilas/rappels/brouillon.md": "Titre: Inachevé\nDate: 2022-11-08\nJusqu'au: 2022-11-30\nStatut: brouillon\n\nUn.\n",
    "lilas/rappels/relire.md": "Titre: À relire\nDate: 2022-11-08\nJusqu'au: 2022-11-30\nStatut: à valider\n\nDeux.\n",
    "lilas/rappels/futur.md": "Titre: Plus tard\nDate: 12 novembre 2022 à 18 h\nJusqu'au: 2022-11-30\n\nTrois.\n",
    "lilas/rappels/passe.md": "Titre: Autrefois\nDate: 2022-10-01\nJusqu'au: 2022-11-08\n\nQuatre.\n",
    "lilas/rappels/visible.md": "Titre: En ce moment\nDate: 2022-11-08\nJusqu'au: 2022-11-30\n\nCinq.\n",
}


def read_preview(folder: Path, files: Files, memory: Memory | None = None) -> PreviewSite:
    return load_preview(make_content(folder, files), "lilas", NOW, fake_photo, memory or Memory())


def shelf_of(content: Path, cache: Path, slug: str = "lilas") -> Shelf:
    return Workshop(content, slug, ROOT / "pelicanconf.py", cache).make(NOW)


def dress_of(shelf: Shelf, *, older: bool = False) -> Dress:
    return Dress("1", older, len(shelf.site.unfinished), shelf.site.marks, translator())


def plain(text: str) -> str:
    """French text with ordinary spaces, to be compared."""
    return text.replace("\u202f", " ").replace("\xa0", " ")


def put_on_disk(shelf: Shelf, tree: Path) -> Path:
    """A tree of everything that a preview shows, as `wget` would keep it."""
    for path in shelf.paths():
        data = shelf.read(path, dress_of(shelf))
        assert data is not None
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(data)
    return tree
