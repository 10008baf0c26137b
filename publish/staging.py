"""Where a site is built before it stands at its final name, on the same disk, so that it can be moved there at once.

    DIR/.preau-build/            0700
        lock                     held while trees change names
        building                 held by the one build that works here
        records/                 what is known of the sites that stand there (publish.incremental)
        <token>/alive            held as long as the build runs; free means that the build was killed
        <token>/new/<slug>/      being built
        <token>/notes/<slug>     how it is made
        <token>/old/<slug>/      the previous tree, while names change

A build that is killed leaves the old tree or the new one at `DIR/<slug>`, or, between the two renames, none: then the
next run puts the old one back before it does anything else. Trees never change in place.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from publish.errors import N_, BuildError, cause_of

WORK = ".preau-build"
"""Outside the grammar of slugs: no centre can have this name."""

RECORDS = "records"
PATIENCE = 600.0
"""Seconds that a build waits for another one; the largest city takes a minute."""
_LOOKS_EVERY = 0.2


class Staging:
    """The private folder of one build; see `open_staging`.

    Arguments:
        output: `DIR`.
        folder: `DIR/.preau-build/<token>`.
    """

    def __init__(self, output: Path, folder: Path) -> None:
        self.output = output
        self.folder = folder

    def new(self, slug: str) -> Path:
        """Where a tree is built; it does not exist yet."""
        return self.folder / "new" / slug

    def note(self, slug: str) -> Path:
        """Where it is noted how a tree is made."""
        return self.folder / "notes" / slug

    @property
    def records(self) -> Path:
        """Where such notes are kept."""
        return records_of(self.output)

    def put_in_place(self, slug: str) -> Path:
        """Move a finished tree to its final name; the previous one goes. Its final path.

        Raises:
            BuildError: something that is not a site stands there.
        """
        final, old = self.output / slug, self.folder / "old" / slug
        with _locked(self.output / WORK / "lock"), _said(self.output):
            if final.is_symlink() or (final.exists() and not _is_site(final)):
                raise BuildError(
                    N_("{path} is not a site that Préau made: move it, or choose another folder"), path=final
                )
            try:
                if final.exists():
                    final.rename(old)
                self.new(slug).rename(final)
            except BaseException:
                _put_back(self.output, self.folder)
                raise
        shutil.rmtree(old, ignore_errors=True)
        return final


def records_of(output: Path) -> Path:
    """Where the notes on what stands in a folder are kept."""
    return output / WORK / RECORDS


@contextmanager
def open_staging(output: Path, *, apart: tuple[Path, ...]) -> Iterator[Staging]:
    """A staging folder inside `output`; what killed builds left there is put right first.

    Arguments:
        output: made if it does not exist.
        apart: folders that must neither hold `output` nor stand in it (content, theme, plugins).

    Raises:
        BuildError: the folder can't be used.
    """
    real = output.resolve()
    for folder in apart:
        other = folder.resolve()
        if real.is_relative_to(other) or other.is_relative_to(real):
            raise BuildError(
                N_("sites can't be built in {output}: {folder} must stay apart from them"), output=output, folder=folder
            )
    work = output / WORK
    with _said(output):
        output.mkdir(mode=0o700, parents=True, exist_ok=True)  # photos of children: for the owner alone
        work.mkdir(mode=0o700, exist_ok=True)
        with _locked(work / "lock"):
            _repair(output)
            folder = work / secrets.token_hex(8)
            folder.mkdir(mode=0o700)
            alive = os.open(folder / "alive", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(alive, fcntl.LOCK_EX)
        for name in ("new", "old", "notes"):
            (folder / name).mkdir()
    try:
        yield Staging(output, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(alive)


@contextmanager
def alone(output: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Inside the block no other build works in `output`: one that does is waited for.

    Arguments:
        output: its staging folder is open.
        waiting: told once, if this build must wait.

    Raises:
        BuildError: the other one does not end.
    """
    with _said(output):
        lock = os.open(output / WORK / "building", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        last, told = time.monotonic() + PATIENCE, False
        while not _taken(lock):
            if not told:
                waiting()
                told = True
            if time.monotonic() > last:
                raise BuildError(
                    N_(
                        "another build has been working in {output} for {minutes} minutes; end it, or run the same "
                        "command again later"
                    ),
                    output=output,
                    minutes=round(PATIENCE / 60),
                )
            time.sleep(_LOOKS_EVERY)
        yield
    finally:
        os.close(lock)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _repair(output: Path) -> None:
    """Put back trees that a killed build had taken aside, and remove what it left."""
    for folder in (output / WORK).iterdir():
        if folder.name == RECORDS or not folder.is_dir() or _runs(folder):
            continue
        _put_back(output, folder)
        shutil.rmtree(folder, ignore_errors=True)


def _put_back(output: Path, folder: Path) -> None:
    """Give a tree that was taken aside its name again, unless a newer one has it."""
    for old in (folder / "old").glob("*"):
        if not (output / old.name).exists():
            old.rename(output / old.name)


def _runs(folder: Path) -> bool:
    """Whether the build that made this folder still runs: it holds the lock of `alive`."""
    try:
        alive = os.open(folder / "alive", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(alive)
    return False


def _is_site(folder: Path) -> bool:
    """Whether a folder may be replaced: a site, the city's tree, or nothing at all."""
    if not folder.is_dir():
        return False
    return any((folder / name).is_file() for name in ("index.html", "ville.json")) or not any(folder.iterdir())


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


@contextmanager
def _said(output: Path) -> Iterator[None]:
    """An `OSError` becomes a sentence."""
    try:
        yield
    except OSError as error:
        raise BuildError(
            N_("sites can't be written in {output}: {cause}"), output=output, cause=cause_of(error)
        ) from error
