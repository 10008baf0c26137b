"""All that a withdrawal takes away, found before anything is touched: `--dry-run` shows it, the rest obeys it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from plugins.errors import ContentError
from plugins.photos import likeness
from plugins.photos.cache import Cache, Entry
from plugins.photos.likeness import Likenesses
from plugins.photos.prepare import orientations_of, prepare_many, smallest
from plugins.photos.ready import Wanted, found_ready
from plugins.photos.refused import Register, Withdrawal
from plugins.photos.rendering import SUFFIX
from plugins.photos.source import read_source
from plugins.posts.words import slugify
from plugins.site.scan import PHOTOS
from publish.config import CACHE_BYTES
from publish.errors import N_, BuildError, Reason, cause_of
from publish.manifest import FileEntry
from publish.withdrawal.asked import CLOSED, Asked
from publish.withdrawal.stock import Stock


@dataclass(frozen=True)
class Plan:
    """What goes.

    Arguments:
        entry: of the register; `None` if all of it was withdrawn before.
        files: of the content folder, that go to the quarantine.
        alike: those of them that nobody named: they look like one that somebody did, or like an earlier one.
        unsure: those named that were never published as they are now → the photos that their article showed and that
            nothing in its folder is: the file may have been replaced or damaged since one of them was made of it.
        uncompared: why photos of the content could not be prepared: what looks the same among them is not found.
    """

    entry: Withdrawal | None
    files: frozenset[str]
    alike: frozenset[str]
    unsure: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    uncompared: Reason | None = None


@dataclass(frozen=True)
class _Photo:
    """A photo of the content: its file, its digest, and what it is compared by; unprepared, only its bytes tell."""

    file: str
    source: str
    entry: Entry | None


class Planner:
    """Finds what goes; see `plan`.

    Arguments:
        content: the content folder.
        folder: the centre's in it, or the city's.
        stock: the releases of the centres where it may be seen.
        cache: of prepared photos.
        jobs: photos prepared at the same time.
    """

    def __init__(self, content: Path, folder: str, stock: Stock, cache: Path, jobs: int) -> None:
        self._content, self._folder, self._stock, self._jobs = content, folder, stock, jobs
        self._cache = Cache(cache, time.time)
        self._uncompared: Reason | None = None

    @property
    def reads_all(self) -> bool:
        """Whether what every release shows is known here: a later version wrote none."""
        return not self._stock.unread

    def must_prepare(self, asked: Asked) -> bool:
        """Whether photos of the content must be prepared, which takes time, besides those that are asked for."""
        return any(self._ready(one) is None for one in self._wanted() if one.file not in asked.files)

    def plan(
        self, asked: Asked, register: Register, *, why: str, now: datetime, by: str, known_again: bool,
        among: Collection[str] | None = None,
    ) -> Plan:  # fmt: skip
        """What withdrawing takes away, with whatever an earlier withdrawal, cut off, left.

        Arguments:
            asked: what was named.
            register: as it is.
            why, now, by: of the new entry.
            known_again: also take away, and refuse for ever, what looks the same; otherwise the very same bytes alone.
            among: look through these files of the content alone.

        Raises:
            BuildError: a photo that is named can't be prepared here: nobody knows as what it is published.
        """
        photos = self._photos(among)
        self._refuse_unknown(asked, photos)
        published = self._stock.photos()
        named = [photo for photo in photos if photo.file in asked.files]
        pictures = [*self._of_content(named), *self._of_published(asked.photos, published)] if known_again else []
        new = Withdrawal(
            now,
            by,
            why,
            frozenset(self._stock.releases),
            sources=frozenset(photo.source for photo in named),
            likenesses=tuple(dict.fromkeys(text for found in pictures for text in likeness.to_hex(found))),
        )
        whole = register.with_entry(new)
        goes = [photo for photo in photos if self._goes(photo, whole)]
        stay = {photo.entry.digest for photo in photos if photo.entry and photo not in goes}
        again: Iterable[str] = () if asked.names_any else self._stock.releases
        known = new.likenesses or tuple(text for slug in again for one in register.of(slug) for text in one.likenesses)
        names = set(asked.photos) | self._published_alike(published, known) - stay
        files = {path: entry for name in names for path, entry in published.get(name, {}).items()}
        made = {path: sha for photo in goes if photo.entry for path, sha in _variants(photo.entry)}
        pages = [entry for page in asked.pages for entry in self._stock.pages(page)]
        new = replace(
            new,
            sources=new.sources | {photo.source for photo in goes},
            digests=frozenset(made.values()) | _digests(files.values()) | _digests(pages),
            paths=frozenset(files) | frozenset(made),
        )
        moved = frozenset(photo.file for photo in goes) | asked.files
        entry = new if _says_more(new, register, self._stock.releases) else None
        return Plan(
            entry, moved, moved - asked.files, dict(self._unsure(asked, photos, published, names)), self._uncompared
        )

    def _refuse_unknown(self, asked: Asked, photos: Sequence[_Photo]) -> None:
        known = {photo.file for photo in photos if photo.entry}
        unknown = [file for file in sorted(_named_alone(asked)) if file not in known]
        if self._uncompared and unknown:
            reasons = [Reason(CLOSED, {"asked": file, "cause": self._uncompared}) for file in unknown]
            raise BuildError(N_("nothing was done:"), reasons=reasons)

    def _unsure(
        self,
        asked: Asked,
        photos: Sequence[_Photo],
        published: dict[str, dict[str, FileEntry]],
        gone: Collection[str],
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        """See `Plan`."""
        by_file = {photo.file: photo for photo in photos}
        for file, page in sorted(_named_alone(asked).items()):
            folder = file.rpartition("/")[0]
            if (photo := by_file.get(file)) and self._shown_as(photo, published):
                continue
            left = {name: published[name] for name in self._stock.shown_in(page) - set(gone) if name in published}
            for other in photos:
                if left and other.file != file and other.file.startswith(f"{folder}/"):
                    for name in self._shown_as(other, left):
                        del left[name]
            if left:
                yield file, tuple(sorted(left))

    def _shown_as(self, photo: _Photo, published: dict[str, dict[str, FileEntry]]) -> set[str]:
        """Under which names a photo of the content is published, whatever was blurred in it."""
        if photo.entry is None:
            return set()
        known = [text for found in self._of_content([photo]) for text in likeness.to_hex(found)]
        return {photo.entry.digest} & published.keys() | self._published_alike(published, known)

    def _wanted(self) -> list[Wanted]:
        root = self._content / self._folder
        files = sorted(
            path.relative_to(self._content).as_posix()
            for path in root.rglob("*")
            if path.name.lower().endswith(PHOTOS) and path.is_file() and not path.is_symlink()
        )
        return [Wanted(self._content, self._content / file, file) for file in files]

    def _photos(self, among: Collection[str] | None) -> list[_Photo]:
        wanted = [one for one in self._wanted() if among is None or one.file in among]
        if unready := [one for one in wanted if self._ready(one) is None]:
            try:
                prepare_many(unready, self._cache, self._jobs, CACHE_BYTES)
            except OSError as error:  # what can be hidden is hidden, whatever the disk says
                self._uncompared = cause_of(error)
        return [photo for one in wanted if (photo := self._photo(one)) is not None]

    def _photo(self, wanted: Wanted) -> _Photo | None:
        """`None` for a file that can't be read: no build can show it."""
        try:
            source = hashlib.sha256(read_source(wanted.root, wanted.path, wanted.file)).hexdigest()
        except ContentError:
            return None
        return _Photo(wanted.file, source, self._ready(wanted))

    def _ready(self, wanted: Wanted) -> Entry | None:
        try:
            return found_ready(wanted, self._cache)
        except ContentError:
            return None

    def _goes(self, photo: _Photo, register: Register) -> bool:
        if register.exact(photo.source):
            return True
        return photo.entry is not None and register.alike(photo.source, self._turned(photo.entry)) is not None

    def _turned(self, entry: Entry) -> Likenesses:
        return orientations_of(entry, self._cache)

    def _of_content(self, photos: Iterable[_Photo]) -> list[Likenesses]:
        variants = [(photo.entry, smallest(photo.entry)) for photo in photos if photo.entry]
        pictures = [likeness.picture(self._cache.read(entry.digest, stored.name)) for entry, stored in variants]
        return [likeness.likenesses(picture) for picture in pictures]

    def _of_published(self, names: Iterable[str], published: dict[str, dict[str, FileEntry]]) -> list[Likenesses]:
        found = [self._stock.likenesses(published[name], whole=True) for name in sorted(names) if name in published]
        return [one for one in found if one is not None]

    def _published_alike(self, published: dict[str, dict[str, FileEntry]], likenesses: Sequence[str]) -> set[str]:
        """The same photo under another name: made by an earlier version, or with other zones blurred."""
        if not likenesses:
            return set()
        known = likeness.from_hex(likenesses)
        found = set()
        for name, files in published.items():
            turned = self._stock.likenesses(files, whole=False)
            if turned is not None and likeness.apart(known, turned) <= likeness.MOST_APART:
                found.add(name)
        return found


def _named_alone(asked: Asked) -> dict[str, str]:
    """The photos that are asked for without their whole article, and the page of that."""
    pages = {
        file: f"articles/{slugify(file.split('/')[-2])}/index.html"
        for file in asked.files
        if file.lower().endswith(PHOTOS)
    }
    return {file: page for file, page in pages.items() if page not in asked.pages}


def _variants(entry: Entry) -> list[tuple[str, str]]:
    return [(f"photos/{entry.digest}-{one.width}.{SUFFIX[one.media_type]}", one.sha256) for one in entry.files]


def _digests(files: Iterable[FileEntry]) -> frozenset[str]:
    return frozenset(digest for entry in files for digest in entry.digests())


def _says_more(new: Withdrawal, register: Register, slugs: Iterable[str]) -> bool:
    """Whether an entry adds anything to what the register says of each of these centres."""
    for slug in slugs:
        entries = register.of(slug)
        for name in ("digests", "paths", "sources"):
            known: set[str] = set().union(*(getattr(entry, name) for entry in entries))
            if getattr(new, name) - known:
                return True
    return False
