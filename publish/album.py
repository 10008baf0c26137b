"""An article's photos as one ZIP, made piece by piece while it is sent: no more than one photo is in memory."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import IO, cast

from publish import strict_json
from publish.manifest import FileEntry
from publish.paths import is_file_path
from publish.strict_json import Malformed

LIST, DOWNLOAD = "album.json", "album.zip"
"""The list that a build writes beside an article's page (`plugins.photos.album`), and the address of the ZIP."""

MOST_PHOTOS = 2_000
MOST_LIST = 1024 * 1024
_LOCAL, _CENTRAL, _END = 30, 46, 22
"""Bytes of a ZIP's records, without names (APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16)."""


@dataclass(frozen=True)
class Album:
    """The photos of one article.

    Arguments:
        name: without its end: `fessart-2022-11-09-potager`.
        day: of the article; the photos carry no other date.
        photos: (path, entry) of each photo, in the order of the page.
    """

    name: str
    day: date
    photos: Sequence[tuple[str, FileEntry]]

    @property
    def size(self) -> int:
        """Bytes of the whole ZIP, known before it is made: a browser shows how far it is."""
        names = sum(len(self.photo_name(number)) for number in range(len(self.photos)))
        return sum(entry.size for _, entry in self.photos) + len(self.photos) * (_LOCAL + _CENTRAL) + 2 * names + _END

    def photo_name(self, number: int) -> str:
        """The name in the ZIP of the photo at a rank, from 0."""
        return f"{self.name}-{number + 1:0{max(2, len(str(len(self.photos))))}}.jpg"


def list_of(path: str) -> str | None:
    """The list that a path asks the ZIP of, or `None` if it asks for something else."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}/{LIST}" if slash and name == DOWNLOAD else None


def read_album(slug: str, path: str, data: bytes, files: Mapping[str, FileEntry]) -> Album:
    """The album of one list.

    Arguments:
        slug: the centre.
        path: of the list, `articles/…/album.json`.
        data: the list; what it names and the release no longer holds is left out.
        files: of the release.

    Raises:
        Malformed: it is no such list, or names something else than photos.
    """
    listed = strict_json.table(strict_json.load(data, most=MOST_LIST), ("date", "photos"), "album")
    paths = strict_json.texts(listed["photos"], "photos", most=MOST_PHOTOS)
    if any(not is_file_path(photo) or not photo.startswith("photos/") for photo in paths):
        raise Malformed("photos: something else is named")
    try:
        day = date.fromisoformat(strict_json.text(listed["date"], "date"))
    except ValueError as error:
        raise Malformed("date: no date") from error
    photos = [(photo, files[photo]) for photo in paths if photo in files and files[photo].type == "image/jpeg"]
    return Album(f"{slug}-{path.split('/')[-2]}", day, photos)


class ZipPieces:
    """A ZIP whose bytes are handed over photo by photo; photos are stored as they are, for they are compressed."""

    def __init__(self, album: Album) -> None:
        self._album = album
        self._window = _Window()
        self._zip = zipfile.ZipFile(cast("IO[bytes]", self._window), "w", zipfile.ZIP_STORED)
        self._number = 0

    def photo(self, data: bytes) -> bytes:
        """The bytes that the next photo adds."""
        day = self._album.day
        about = zipfile.ZipInfo(self._album.photo_name(self._number), (day.year, day.month, day.day, 0, 0, 0))
        about.external_attr = 0o600 << 16
        self._number += 1
        self._zip.writestr(about, data)
        return self._window.taken()

    def end(self) -> bytes:
        """The list of contents, with which a ZIP ends."""
        self._zip.close()
        return self._window.taken()


class _Window:
    """What `zipfile` writes and has not been handed over yet: it goes back only to the head of the entry at hand."""

    def __init__(self) -> None:
        self._start = self._at = 0
        self._data = bytearray()

    def write(self, data: bytes) -> int:
        where = self._at - self._start
        self._data[where : where + len(data)] = data
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int) -> int:
        if offset < self._start:
            raise ValueError("these bytes were handed over")
        self._at = offset
        return offset

    def seekable(self) -> bool:
        return True

    def flush(self) -> None:
        """Nothing waits."""

    def taken(self) -> bytes:
        data = bytes(self._data)
        self._start += len(data)
        self._data.clear()
        return data
