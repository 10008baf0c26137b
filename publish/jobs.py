"""What goes into the process that builds one centre, and what comes out of it: plain data, that can be pickled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from publish.access import Admission
from publish.errors import Sentence


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
    """

    slug: str
    content: Path
    settings: Path
    output: Path
    cache: Path
    now: datetime
    without: tuple[str, ...] = ()


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


@dataclass(frozen=True)
class Failed:
    """A centre that could not be built or published; what was there before is untouched."""

    slug: str
    problems: tuple[Sentence, ...]


Outcome = Built | Failed
