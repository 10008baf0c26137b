"""Which sites must be built, and why; what is noted of those that were. The one place that lets a build be skipped.

A site is left as it stands only if every one of these is known: it was built and verified here; by this program, theme,
settings and libraries; of these very bytes of its centre's folder and of the city's; with the same texts left out by
hand; for a moment from which nothing changes by itself until now; and no file of it was touched since. Whatever can't
be known means that it is built.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from publish.dates import moment_words
from publish.errors import N_, BuildError, Reason, cause_of
from publish.incremental import files
from publish.incremental.files import (
    FOLDER,
    Known,
    Look,
    differences,
    is_site_still,
    look,
    look_at_site,
    not_left_behind,
    read,
)
from publish.incremental.means import STARTED, Means, digest_of, look_at_means, read_means
from publish.incremental.record import Record, boot, read_record, write_record
from publish.jobs import Built, Noting
from publish.paths import CITY_SLUG
from publish.private_file import write_private

FORCED = N_("it was asked for (--force)")
FIRST = N_("it was not built here before, or by another version")
UNREADABLE = N_("not everything that it is made of can be read")
TOUCHED = N_("what was built before is no longer as it was: {path}")
LEFT_OUT = N_("other texts are left out (--sans)")
EARLIER = N_("what stands there was made for {moment}")
BY_ITSELF = N_("it changes by itself on {moment}")
PARTS = {
    "program": N_("Préau itself changed"),
    "theme": N_("the theme changed"),
    "settings": N_("pelicanconf.py changed"),
    "libraries": N_("the versions of what is installed changed"),
}
DIFFERENCES = {
    files.NEW: N_("new: {path}"),
    files.GONE: N_("no longer there: {path}"),
    files.CHANGED: N_("changed: {path}"),
}

MEANS = "means.json"
"""Outside the grammar of slugs' records: what is known of the program's own files."""


@dataclass(frozen=True)
class Verdict:
    """What becomes of one site: it stands (`built`), or must be built (`why`)."""

    built: Built | None = None
    why: tuple[Reason, ...] = ()


@dataclass
class Ledger:
    """The records of one output folder, for one build; it alone writes there meanwhile.

    Arguments:
        content: the content folder.
        output: where sites stand.
        folder: private, of the records.
        now: moment of the build.
        settings: `pelicanconf.py`.
        without: texts left out, by their path from the content folder.
        force: believe nothing: every site is built.
        paranoid: believe no size and no time: every file is read.
    """

    content: Path
    output: Path
    folder: Path
    now: datetime
    settings: Path
    without: tuple[str, ...] = ()
    force: bool = False
    paranoid: bool = False
    _boot: str = ""
    _means: Means | None = None
    _parts: dict[str, str] = field(default_factory=dict)
    _city: Known | None = None
    _looked: int = 0
    _city_looks: dict[str, Look] = field(default_factory=dict)

    def open(self) -> None:
        """Look at what all sites share."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._boot = boot()
        self._looked = time.time_ns()
        known = self._read_known(self.folder / MEANS)
        with suppress(OSError):
            self._means = read_means(self.settings, known, paranoid=self.paranoid)
            self._parts = self._means.parts
            if self._means.known.looks != known.looks:
                self._keep_means(self._means.known)
        record = self._record(CITY_SLUG)
        with suppress(OSError):
            self._city_looks = look(self.content / CITY_SLUG, not_left_behind)
            self._city = read(
                self.content / CITY_SLUG, self._city_looks, record.files if record else Known(), paranoid=self.paranoid
            )

    def verdict(self, slug: str) -> Verdict:
        """What becomes of one site."""
        if self.force:
            return Verdict(why=(Reason(FORCED),))
        record = self._record(slug)
        if record is None:
            return Verdict(why=(Reason(FIRST),))
        try:
            return self._judge(slug, record)
        except OSError:
            return Verdict(why=(Reason(UNREADABLE),))

    def _judge(self, slug: str, record: Record) -> Verdict:
        parts = self.parts(slug)
        if parts is None or self._city is None:
            return Verdict(why=(Reason(UNREADABLE),))
        why = [Reason(text) for name, text in PARTS.items() if record.parts.get(name) != parts[name]]
        if record.parts.get("without") != parts["without"]:
            why.append(Reason(LEFT_OUT))
        now, looked = self._files(slug, record)
        why += [_told(slug, kind, path) for kind, path in differences(record.files, now)]
        if slug != CITY_SLUG:
            why += [_told(CITY_SLUG, kind, path) for kind, path in differences(record.city, self._city)]
        why += self._of_time(record)
        if why:
            return Verdict(why=tuple(why))
        tree, touched = self._tree(slug, record)
        if touched:
            return Verdict(why=(Reason(TOUCHED, {"path": f"{slug}/{touched}"}),))
        if now.looks != record.files.looks or tree is not record.tree or record.boot != self._boot:
            self._refresh(slug, replace(record, files=now.settled(looked), tree=tree, boot=self._boot))
        return Verdict(built=replace(record.built, tree=self.output / slug))

    def _files(self, slug: str, record: Record) -> tuple[Known, int]:
        """What the centre's folder holds now, and when it was looked at."""
        if slug == CITY_SLUG:
            assert self._city is not None
            return self._city, self._looked
        looked = time.time_ns()
        looks = look(self.content / slug, not_left_behind)
        if looks == record.files.looks and not self.paranoid:
            return record.files, looked
        return read(self.content / slug, looks, record.files, paranoid=self.paranoid), looked

    def _of_time(self, record: Record) -> list[Reason]:
        now, following = self.now.astimezone(UTC), record.built.next_change
        if now < record.now.astimezone(UTC):
            return [Reason(EARLIER, {"moment": moment_words(record.now)})]
        if following is not None and now >= following.astimezone(UTC):
            return [Reason(BY_ITSELF, {"moment": moment_words(following)})]
        return []

    def _tree(self, slug: str, record: Record) -> tuple[Known, str]:
        """What stands there, and the first file that is not as it was built; empty if all are."""
        known = record.boot == self._boot and not self.paranoid
        if known and is_site_still(self.output / slug, record.tree.looks):
            return record.tree, ""
        looks = look_at_site(self.output / slug)
        different = [path for path in looks.keys() | record.tree.looks.keys()
                     if looks.get(path) != record.tree.looks.get(path)]  # fmt: skip
        if different:
            return record.tree, min(different, key=lambda path: (path.endswith("/"), path))
        tree = read(self.output / slug, looks, Known())
        return tree, next((path for _, path in differences(record.tree, tree)), "")

    def parts(self, slug: str) -> dict[str, str] | None:
        """Digests of what one site is made with; `None` if that is not known."""
        if self._means is None:
            return None
        out = sorted(file for file in self.without if file.split("/")[0] in (slug, CITY_SLUG))
        return {**self._parts, "without": json.dumps(out)}

    def noting(self, slug: str, to: Path) -> Noting | None:
        """What the worker needs to note how it made a site; `None` if that can't be known."""
        parts = self.parts(slug)
        if parts is None or self._city is None:
            return None
        city = Known(dict.fromkeys(self._city.looks, FOLDER), self._city.digests)  # its looks stand in its own record
        return Noting(to, self._path(slug), parts, city, self._boot, self.paranoid)

    def forget(self, slug: str) -> None:
        """Before another tree gets this name: what is noted would tell of files that no longer stand there.

        Raises:
            BuildError: it can't be removed, and the tree must not be replaced.
        """
        try:
            self._path(slug).unlink(missing_ok=True)
        except OSError as error:
            raise BuildError(
                N_("{path}, which notes what was built of {site}, can't be removed: {cause}"),
                path=self._path(slug),
                site=slug,
                cause=cause_of(error),
            ) from error

    def keep(self, slugs: Iterable[str], noted: Callable[[str], Path]) -> None:
        """Give the notes of sites that are in their place their names, unless what all sites share changed meanwhile.

        Arguments:
            noted: where the note of a site was written, if it was.
        """
        if self._is_as_it_was():
            for slug in slugs:
                with suppress(OSError):  # a worker noted nothing, or the disk is full: that site is built again
                    noted(slug).replace(self._path(slug))

    def _is_as_it_was(self) -> bool:
        if self._means is None or any(
            len(seen) == 4 and seen[2] > STARTED for seen in self._means.known.looks.values()
        ):
            return False  # this process may have loaded what was there before
        try:
            same = look(self.content / CITY_SLUG, not_left_behind) == self._city_looks
            same = same and digest_of(self.settings) == self._means.other["settings"]
            return same and look_at_means() == self._means.known.looks
        except OSError:
            return False

    def note_city(self, built: Built, to: Path, tree: Known) -> None:
        """Note the city's own tree, which this process makes itself."""
        noting = self.noting(CITY_SLUG, to)
        if noting is not None and self._city is not None:
            known = self._city.settled(self._looked)
            write_record(to, Record(noting.parts, known, Known(), tree, built, self.now, self._boot))

    def _refresh(self, slug: str, record: Record) -> None:
        with suppress(OSError):
            write_record(self._path(slug), record)

    def _record(self, slug: str) -> Record | None:
        return read_record(self._path(slug), self.output / slug)

    def _path(self, slug: str) -> Path:
        return self.folder / f"{slug}.json"

    def _read_known(self, path: Path) -> Known:
        with suppress(OSError, ValueError, LookupError, TypeError):
            table = json.loads(path.read_bytes())
            return Known(table["looks"], table["digests"])
        return Known()

    def _keep_means(self, known: Known) -> None:
        settled = known.settled(self._looked)
        with suppress(OSError):
            write_private(
                self.folder / MEANS,
                json.dumps({"looks": settled.looks, "digests": settled.digests}, separators=(",", ":")).encode(),
            )


def distrust(folder: Path, slug: str) -> None:
    """Have a site built again the next time, if its note can be removed.

    Arguments:
        folder: of the records.
    """
    with suppress(OSError):
        (folder / f"{slug}.json").unlink()


def tree_digests(folder: Path, slug: str) -> Mapping[str, str]:
    """Path → sha256 of the files of a site, as the last record says; none if there is none.

    Whether it speaks of the tree at hand is for the caller to ask: another build may have written it, or one before.

    Arguments:
        folder: of the records.
    """
    record = read_record(folder / f"{slug}.json", Path())
    return record.tree.digests if record else {}


def digests_of(folder: Path, content: Path) -> Callable[[Path], str]:
    """Reads the sha256 of files of the content, but for those that are known already and look the same.

    Arguments:
        folder: of the records.
    """

    @lru_cache(maxsize=2)  # the city's, and those of the centre at hand
    def known(slug: str) -> Known:
        record = read_record(folder / f"{slug}.json", Path())
        return record.files if record else Known()

    def digest(path: Path) -> str:
        top, _, inside = path.relative_to(content).as_posix().partition("/")
        there = known(top)
        if there.looks.get(inside) == files.look_of(path.lstat()):
            return there.digests[inside]
        return files.sha256_of(path)

    return digest


def _told(folder: str, kind: str, path: str) -> Reason:
    return Reason(DIFFERENCES[kind], {"path": f"{folder}/{path.removeprefix('./')}"})
