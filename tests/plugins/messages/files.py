"""One small fault for each thing that can be told of photos, PDFs and other files: name → files."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

from pikepdf import Name

from plugins.documents.clean import MAX_BYTES as PDF_BYTES
from plugins.files import MAX_BYTES as FILE_BYTES
from plugins.photos.source import MAX_BYTES as PHOTO_BYTES
from tests.plugins.conftest import phone_photo
from tests.plugins.documents import pdfs
from tests.plugins.making import CENTRE
from tests.plugins.messages.cases import ARTICLE, HEAD, PAGE, REMINDER, RIGHTS, UNTIL, Files, city
from tests.plugins.photos import pictures

FOLDER = "lilas/articles/2022-11-08-fete"
ALONE = f"{FOLDER}/article.md"
TEXT = "Un texte assez long pour que personne n'ait besoin d'ouvrir le document. " * 5


def link(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def pipe(path: Path) -> None:
    os.mkfifo(path)


def plug(path: Path) -> None:
    """A socket: its name alone stays."""
    with socket.socket(socket.AF_UNIX) as made:
        here = os.open(path.parent, os.O_RDONLY)
        try:
            made.bind(f"/proc/self/fd/{here}/{path.name}")
        finally:
            os.close(here)


def large(size: int) -> Callable[[Path], None]:
    """A file that only says that it is so large."""

    def plant(path: Path) -> None:
        path.touch()
        os.truncate(path, size)

    return plant


def shown(photo: bytes | Callable[[Path], None], name: str = "a.jpg") -> Files:
    return {ALONE: f"{HEAD}{RIGHTS}\n![x]({name})\n", f"{FOLDER}/{name}": photo}


def attached(document: bytes | Callable[[Path], None]) -> Files:
    return {PAGE: f"Titre: A\n\n{TEXT}\n\n[menu](menu.pdf)\n", "lilas/infos/menu.pdf": document}


PHOTOS: dict[str, Files] = {
    "photos without rights": {ALONE: HEAD + "\n![x](a.jpg)\n", f"{FOLDER}/a.jpg": phone_photo()},
    "a photo without description": {ALONE: HEAD + RIGHTS + "\n![](a.jpg)\n", f"{FOLDER}/a.jpg": phone_photo()},
    "a photo that is not there": {ALONE: HEAD + RIGHTS + "\n![x](zzzzzz.jpg)\n"},
    "a photo that is misspelt": {ALONE: HEAD + RIGHTS + "\n![x](potagr.jpg)\n", f"{FOLDER}/potager.jpg": phone_photo()},
    "a photo beside no folder": {ARTICLE: HEAD + RIGHTS + "\n![x](a.jpg)\n"},
    "a photo elsewhere": {ALONE: HEAD + RIGHTS + "\n![x](../a.jpg)\n"},
    "no photo": {ALONE: HEAD + RIGHTS + "\n![x](a.txt)\n"},
    "a photo in a reminder": {REMINDER: UNTIL + "\n![x](a.jpg)\n"},
    "an empty photo": shown(b""),
    "a photo that is none": shown(b"hello"),
    "too heavy a photo": shown(large(PHOTO_BYTES + 1)),
    "too large a photo": shown(pictures.png_bomb(30_000, 30_000), "a.png"),
    "a photo that was cut off": shown(phone_photo()[:-2000]),
    "a photo that moves": shown(
        pictures.encoded(
            pictures.corners(64, 48), "WEBP", save_all=True, append_images=[pictures.textured(64, 48)]
        ), "a.webp"
    ),
    "blurring: one article alone": {
        f"{FOLDER}{rank}/{name}": what
        for rank, wish in enumerate(("Flou: a.jpg (1 1 9 9)\n", ""))
        for name, what in (("article.md", f"{HEAD}{RIGHTS}{wish}\n![x](a.jpg)\n"), ("a.jpg", phone_photo()))
    },
    **{
        f"blurring: {name}": {ALONE: f"{HEAD}{RIGHTS}Flou: {wish}\n\n![x](a.jpg)\n", f"{FOLDER}/a.jpg": phone_photo()}
        for name, wish in {
            "unknown": "tout le monde", "twice": "a.jpg 1; a.jpg 2", "no photo": "zzzzzz.jpg 1", "misspelt": "b.jpg 1",
            "no number": "a.jpg un", "a zone outside": "a.jpg (90 90 20 20)",
        }.items()
    },
    "blurring: two photos of nearly one name": {
        ALONE: f"{HEAD}{RIGHTS}Flou: a.jpg 1\n\n![x](A.jpg)\n", f"{FOLDER}/A.jpg": phone_photo(),
        f"{FOLDER}/a.JPG": phone_photo("#5d8fae"),
    },
    "no photo in the folder": {ALONE: HEAD + RIGHTS + "Photos: toutes\n\nx\n"},
    "photos past their day": {
        **city('photos = "2023-08-31"', 'photos = "2022-10-31"'), ALONE: HEAD + RIGHTS + "\n![x](a.jpg)\n",
        f"{FOLDER}/a.jpg": phone_photo(),
    },
    "by the hour without hours": {
        ALONE: HEAD + RIGHTS + "Photos: toutes, par heure\n\nx\n", f"{FOLDER}/a.jpg": phone_photo()
    },
    **{
        name: {ALONE: HEAD + RIGHTS + "Photos: toutes\n\nx\n", f"{FOLDER}/a.jpg": phone_photo(),
               f"{FOLDER}/legendes.txt": text}
        for name, text in {
            "captions: nothing said": "a.jpg :\n", "captions: no photo": "zzz.jpg : x\n",
            "captions: misspelt": "b.jpg : x\n",
            "captions: no colon": "bonjour\n", "captions: twice": "a.jpg : x\na.jpg : y\n",
            "captions: too long": "a.jpg : " + "x" * 400 + "\n",
        }.items()
    },
}  # fmt: skip

FILES: dict[str, Files] = {
    "a folder is unknown": {"lilas/zzz/a.md": "x"},
    "a folder is misspelt": {"lilas/programme/a.md": "x"},
    "a post beside the folders": {"lilas/a.md": HEAD + "\nx\n"},
    "a folder without article": {"lilas/articles/2022-11-08-vide/a.jpg": phone_photo()},
    "an article of another name": {"lilas/articles/2022-11-08-vide/texte.md": HEAD + "\nx\n"},
    "a folder below reminders": {"lilas/rappels/x/a.md": UNTIL + "\nx\n"},
    "a name that is no address": {"lilas/infos/!!!.md": "Titre: A\n\nx\n"},
    "two names of one address": {"lilas/infos/Été.md": "Titre: A\n\nx\n", "lilas/infos/ete.md": "Titre: A\n\nx\n"},
    "a file of another kind": {"lilas/infos/a.docx": b"x"},
    "a page of the city is missing": {"ville/infos/charte.md": None},
    "a centre is missing": {"lilas/centre.toml": None},
    "centre.toml is missing": {"lilas/centre.toml": None, ARTICLE: HEAD + "\nx\n"},
    "ville.toml is missing": {"ville/ville.toml": None},
    "a PDF that is not there": {PAGE: "Titre: A\n\n[menu](zzzzz.pdf)\n"},
    "a PDF without link": {PAGE: "Titre: A\n\nx\n", "lilas/infos/menu.pdf": b"%PDF-1.4"},
    "a file of an office program": {ALONE: HEAD + "\nx\n", f"{FOLDER}/menu.docx": b"x"},
    "a PDF of another name": {PAGE: "Titre: A\n\n[menu](menu.pdf)\n", "lilas/infos/menus.pdf": b"%PDF-1.4"},
    "a PDF of an article without folder": {ARTICLE: HEAD + "\n[menu](menu.pdf)\n"},
    "a link": {"lilas/infos/lien.md": link},
    "a pipe": {"lilas/infos/tuyau.md": pipe},
    "a socket for settings": {"lilas/centre.toml": plug},
    "a link for settings": {"lilas/centre.toml": link},
    "a folder for settings": {"lilas/centre.toml": Path.mkdir},
    "too large a file of settings": {"lilas/centre.toml": large(FILE_BYTES + 1)},
    "a name of no letters": {os.fsdecode(b"lilas/infos/\xff.md"): "Titre: A\n\nx\n"},
    "a folder that is no address": {"Été 2022/centre.toml": CENTRE},
    "another document": {PAGE: "Titre: A\n\n[menu](menu.docx)\n"},
    "a PDF elsewhere": {PAGE: "Titre: A\n\n[menu](../menu.pdf)\n"},
    "a photo as attachment": {PAGE: "Titre: A\n\n[menu](menu.jpg)\n"},
}

DOCUMENTS: dict[str, Files] = {
    "hardly a word beside a PDF": {PAGE: "Titre: A\n\n[menu](menu.pdf)\n", "lilas/infos/menu.pdf": pdfs.honest()},
    "too heavy a PDF": attached(large(PDF_BYTES + 1)),
    "an empty PDF": attached(b""),
    "a PDF that is none": attached(b"PK\x03\x04 a text of an office program"),
    "a PDF in which people can't search": attached(pdfs.with_image(pdfs.jpeg(), Name.DCTDecode)),
    "a PDF too hard to read": attached(pdfs.endless()),
    **{f"a PDF refused: {name}": attached(make()) for name, (_, make) in pdfs.REFUSED.items()},
    **{
        f"a PDF that loses {lost}": attached(pdfs.TRAPS[lost]())
        for lost in ("script on opening", "files inside", "a comment")
    },
    "a PDF that was a form": attached(pdfs.filled_in()),
}

GIVEN: dict[str, Mapping[str, Files]] = {"Photos": PHOTOS, "Fichiers": FILES, "Documents": DOCUMENTS}
