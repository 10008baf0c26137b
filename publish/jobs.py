"""What goes into the process that builds one centre, and what comes out of it: plain data, that can be pickled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from publish.access import Admission
from publish.errors import Sentence
from publish.incremental.files import Known

READY = "ready"
"""What `publish.worker_server` says first: it started."""


@dataclass(frozen=True)
class Noting:
    """What is needed to note how a site was made, so that the next build can tell whether it must be made again.

    Arguments:
        to: where the note is written; it does not exist yet.
        known: the note of the build before, which tells what is in files that did not change.
        parts: digests of what sites are made with.
        city: files of the city's folder.
        boot: of the machine.
        paranoid: read every file.
    """

    to: Path
    known: Path
    parts: Mapping[str, str]
    city: Known
    boot: str
    paranoid: bool = False


@dataclass(frozen=True)
class Job:
    """One centre to build.

    Arguments:
        slug: name of its folder.
        content: the content folder, absolute.
        settings: `pelicanconf.py`, absolute.
        output: where the tree is built; does not exist yet.
        cache: private folder of prepared photos.
        now: moment of the build, Europe/Paris.
        without: posts left out, by their path from the content folder.
        noting: what the worker notes of a site that it built; `None` for nothing.
    """

    slug: str
    content: Path
    settings: Path
    output: Path
    cache: Path
    now: datetime
    without: tuple[str, ...] = ()
    noting: Noting | None = None


@dataclass(frozen=True)
class Built:
    """A centre (or the city) that was built and verified.

    Arguments:
        name: as families read it.
        tree: where it stands.
        pages, photos: what it holds.
        admission: what `centre.toml` says of who may enter; `None` for the city's own tree.
        waiting: posts that do not leave today, and why.
        advices: what would make the site better.
        next_change: when the same content gives another site; `None` for the city's own tree, which never changes so.
        unchanged: it stood there already, and is what a build would make: it was not built again.
        why: what made a build necessary.
        files: `publish.manifest.files_digest` of what was judged: no release of anything else is made of this tree.
        seconds: that it took.
    """

    slug: str
    name: str
    tree: Path
    pages: int
    photos: int
    admission: Admission | None = None
    waiting: tuple[Sentence, ...] = ()
    advices: tuple[Sentence, ...] = ()
    next_change: datetime | None = None
    unchanged: bool = False
    why: tuple[Sentence, ...] = ()
    files: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Failed:
    """A centre that could not be built or published; what was there before is untouched."""

    slug: str
    problems: tuple[Sentence, ...]


Outcome = Built | Failed
